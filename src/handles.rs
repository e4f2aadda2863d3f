//! `handles!`: the names of a catalog as a struct of handles.

/// Declares a struct with a handle for each name that a service uses of its catalog: written once, checked once, and no text to mistype
/// after that.
///
/// Each field is a sort (`kind`, `label`, `permission`, `action` or `role`), the name of the field and, where it differs, the name in the
/// catalog. Roles are those of the catalog. The struct is `Copy` and has two functions: `of(&catalog)` finds every name, and
/// `with_prefix(&catalog, prefix)` finds those of a catalog that was [included](crate::CatalogBuilder::include) under a prefix. Where names
/// are lacking, one [`UnknownNames`](crate::UnknownNames) lists all of them, each with the nearest known.
///
/// ```
/// use rolecall::{Catalog, Error, Grant, Policy, Scope};
///
/// rolecall::handles! {
///     /// The words of our catalog.
///     pub struct Words {
///         /// What people learn from.
///         kind course;
///         permission edit_course = "course.edit";
///         role trainer;
///     }
/// }
///
/// let catalog = Catalog::builder().kind("course").permission("course.edit").role("trainer", ["course.edit"]).build()?;
/// let words = Words::of(&catalog)?;
/// let mut policy = Policy::new(catalog);
/// let mut edit = policy.edit_unguarded();
/// let (ana, rust) = (edit.add_user("ana")?, edit.add_resource(words.course, "rust")?);
/// edit.grant(Grant::role(words.trainer).to(ana).on(Scope::this(rust)))?;
/// edit.commit()?;
/// assert!(policy.snapshot().can(ana, words.edit_course, rust));
///
/// // Every name that is lacking is listed at once.
/// let other = Catalog::builder().kind("courses").permission("course.edit").build()?;
/// assert_eq!(
///     Words::of(&other).unwrap_err().to_string(),
///     "the catalog lacks names: unknown kind `course`, the nearest known is `courses`; unknown role `trainer`",
/// );
/// # Ok::<(), Error>(())
/// ```
///
/// A sort that is none does not compile:
///
/// ```compile_fail
/// rolecall::handles! {
///     struct Words {
///         group europe;
///     }
/// }
/// ```
#[macro_export]
macro_rules! handles {
    (
        $(#[$about:meta])*
        $visible:vis struct $words:ident {
            $($(#[$note:meta])* $sort:ident $field:ident $(= $name:literal)?;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        $visible struct $words {
            $(
                $(#[$note])*
                #[doc = ::core::concat!("The ", ::core::stringify!($sort), " `", $crate::handles!(@name $field $($name)?), "`.")]
                $visible $field: $crate::handles!(@type $sort),
            )*
        }

        #[allow(dead_code)]
        impl $words {
            /// Finds every name in the catalog.
            ///
            /// # Errors
            ///
            /// [`UnknownNames`]($crate::UnknownNames) with all names that the catalog does not have.
            $visible fn of(
                catalog: &$crate::Catalog,
            ) -> ::core::result::Result<Self, $crate::UnknownNames> {
                Self::with_prefix(catalog, "")
            }

            /// Finds every name, each with the prefix in front, in a catalog that includes another one under it.
            ///
            /// # Errors
            ///
            /// [`UnknownNames`]($crate::UnknownNames) with all names that the catalog does not have.
            $visible fn with_prefix(
                catalog: &$crate::Catalog,
                prefix: &str,
            ) -> ::core::result::Result<Self, $crate::UnknownNames> {
                let mut unknown: ::std::vec::Vec<$crate::UnknownName> = ::std::vec::Vec::new();
                $(
                    let name = ::std::format!("{prefix}{}", $crate::handles!(@name $field $($name)?));
                    let $field = $crate::handles!(@find catalog, $sort, &name);
                    let $field = $field.map_err(|lacking| unknown.push(lacking)).ok();
                )*
                match ($($field,)*) {
                    ($(::core::option::Option::Some($field),)*) => ::core::result::Result::Ok(Self { $($field,)* }),
                    _ => ::core::result::Result::Err(unknown.into()),
                }
            }
        }
    };
    (@name $field:ident) => { ::core::stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@type kind) => { $crate::Kind };
    (@type label) => { $crate::Label };
    (@type permission) => { $crate::Permission };
    (@type action) => { $crate::Action };
    (@type role) => { $crate::Role };
    (@find $catalog:ident, kind, $name:expr) => { $catalog.kind($name) };
    (@find $catalog:ident, label, $name:expr) => { $catalog.label($name) };
    (@find $catalog:ident, permission, $name:expr) => { $catalog.permission($name) };
    (@find $catalog:ident, action, $name:expr) => { $catalog.action($name) };
    (@find $catalog:ident, role, $name:expr) => { $catalog.role($name) };
}
