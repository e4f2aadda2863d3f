//! The shelves of a group, and the listings that stand on them.

use crate::presets::academy::{Academy, AcademyEdit};
use crate::presets::{known, refuse};
use crate::{Action, AskError, Group, Kind, Place, Problem, ProblemKind, Resource, Snapshot};

impl Academy {
    /// The listing of a course or program in a group: what [`catalog_share`](Academy::catalog_share),
    /// [`program_assign`](Academy::program_assign) and [`session_create`](Academy::session_create) are asked about. There is none where the
    /// group has it on no shelf.
    ///
    /// ```
    /// use rolecall::presets::academy::{self, Academy, AssignedRole};
    /// use rolecall::Policy;
    ///
    /// let catalog = academy::catalog()?;
    /// let words = Academy::of(&catalog, "")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let mut academy = words.on(&mut edit);
    /// let (root, _) = academy.found("olga", "school")?;
    /// let (sales, support) = (academy.create_group(root, "sales")?, academy.create_group(root, "support")?);
    /// let aude = academy.add_account("aude", &[(AssignedRole::Author, sales)])?;
    /// let both = [(AssignedRole::Coach, sales), (AssignedRole::Coach, support)];
    /// let carl = academy.add_account("carl", &both)?;
    /// let rust = academy.create_course(aude, sales, "rust")?;
    /// academy.share_in_library(rust, sales)?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// let listing = words.listing(&now, rust, sales)?.expect("the library has it");
    /// assert!(now.can(carl, words.catalog_share, listing));
    /// assert_eq!(words.listing(&now, rust, support)?, None, "there is nothing to share in support");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle of the content does not resolve there.
    pub fn listing(
        &self,
        now: &Snapshot,
        content: Resource,
        group: Group,
    ) -> Result<Option<Resource>, AskError> {
        let placements = |resource| Ok(now.placements(resource)?.collect());
        self.find(placements, |it| now.kind_of(it), content, group)
    }

    fn find(
        &self,
        placements: impl Fn(Resource) -> Result<Vec<Place>, AskError>,
        kind_of: impl Fn(Resource) -> Result<Kind, AskError>,
        content: Resource,
        group: Group,
    ) -> Result<Option<Resource>, AskError> {
        for listing in resources(placements(content)?) {
            if kind_of(listing)? != self.listing {
                continue;
            }
            for shelf in resources(placements(listing)?) {
                if placements(shelf)?.contains(&Place::Group(group)) {
                    return Ok(Some(listing));
                }
            }
        }
        Ok(None)
    }
}

impl AcademyEdit<'_, '_> {
    /// The shelf of a kind that a group has, if any.
    fn find_shelf(&mut self, group: Group, kind: Kind) -> Result<Option<Resource>, Problem> {
        known(self.edit, |edit| {
            for resource in edit.contents(group)? {
                if edit.kind_of(resource)? == kind {
                    return Ok(Some(resource));
                }
            }
            Ok(None)
        })
    }

    /// The shelf of a kind that a group has; it is added where there is none yet.
    pub(super) fn shelf(&mut self, group: Group, kind: Kind) -> Result<Resource, Problem> {
        if let Some(shelf) = self.find_shelf(group, kind)? {
            return Ok(shelf);
        }
        let name = known(self.edit, |edit| edit.thing_name(group))?;
        let shelf = self.add_named(kind, name.name())?;
        self.edit.place(shelf, group)?;
        Ok(shelf)
    }

    /// Puts a course or program on a shelf of a group, and returns its listing there.
    pub(super) fn put_on(
        &mut self,
        content: Resource,
        group: Group,
        kind: Kind,
    ) -> Result<Resource, Problem> {
        let shelf = self.shelf(group, kind)?;
        let listing = match self.find_listing(content, group)? {
            Some(listing) => listing,
            None => {
                let names = known(self.edit, |edit| {
                    Ok((edit.thing_name(content)?, edit.thing_name(group)?))
                })?;
                let name = format!("{}@{}", names.0.name(), names.1.name());
                let listing = self.add_named(self.words.listing, &name)?;
                self.edit.place(content, listing)?;
                listing
            }
        };
        self.edit.place(listing, shelf)?;
        Ok(listing)
    }

    /// Takes a course or program off a shelf of a group. Its listing goes with the last shelf that it stands on.
    pub(super) fn take_off(
        &mut self,
        content: Resource,
        group: Group,
        kind: Kind,
    ) -> Result<(), Problem> {
        let (Some(shelf), Some(listing)) = (
            self.find_shelf(group, kind)?,
            self.find_listing(content, group)?,
        ) else {
            return Ok(());
        };
        self.edit.unplace(listing, shelf)?;
        if known(self.edit, |edit| edit.placements(listing))?.is_empty() {
            self.edit.remove(listing)?;
        }
        Ok(())
    }

    /// Demands an action of the listing in a group, and refuses what stands on none of these shelves there.
    pub(super) fn demand_listing(
        &mut self,
        content: Resource,
        group: Group,
        action: Action,
        shelves: &[Kind],
    ) -> Result<(), Problem> {
        if let Some(listing) = self.find_listing(content, group)? {
            if self.edit.acting_user().is_some() && self.edit.is_new(listing) {
                let why = "what an edit itself puts on a shelf does not go on from there before it is committed";
                return Err(refuse(self.edit, ProblemKind::NotAllowed, why));
            }
            self.edit.demand(action, listing)?;
            let stands = known(self.edit, |edit| {
                for shelf in resources(edit.placements(listing)?) {
                    if shelves.contains(&edit.kind_of(shelf)?) {
                        return Ok(true);
                    }
                }
                Ok(false)
            })?;
            if stands {
                return Ok(());
            }
        }
        let (content, group) = known(self.edit, |edit| {
            Ok((edit.thing_name(content)?, edit.thing_name(group)?))
        })?;
        let why = format!("{content} is not in the library of {group}");
        Err(refuse(self.edit, ProblemKind::WrongState, why))
    }

    fn find_listing(
        &mut self,
        content: Resource,
        group: Group,
    ) -> Result<Option<Resource>, Problem> {
        let words = self.words;
        known(self.edit, |edit| {
            let placements = |resource| edit.placements(resource);
            words.find(placements, |it| edit.kind_of(it), content, group)
        })
    }

    /// Adds a shelf or listing under a name that shows what it is of, as far as a name may be long; with a number behind where another has
    /// that name, for groups may have changed their names since.
    fn add_named(&mut self, kind: Kind, name: &str) -> Result<Resource, Problem> {
        let name = &name[..name.floor_char_boundary(1_000)];
        let mut free = name.to_owned();
        let mut number = 1;
        while self.edit.resource(kind, &free).is_ok() {
            number += 1;
            free = format!("{name} ({number})");
        }
        self.edit.add_resource(kind, &free)
    }
}

fn resources(places: Vec<Place>) -> impl Iterator<Item = Resource> {
    places.into_iter().filter_map(|place| match place {
        Place::Resource(resource) => Some(resource),
        Place::Group(_) | Place::User(_) => None,
    })
}
