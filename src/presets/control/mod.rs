//! Who administers whom, who reports on whom, and who runs sessions: permissions with target groups, timelines, trainers and events.
//!
//! Two screens share these words. In *Control*, admins and sub admins look after people, groups, permissions, invitations and imports. On
//! the *learning side*, people post in the timelines of groups, managers follow the progress of their people, and trainers and hosts run the
//! events of sessions. Everything in Control needs [`access`](Control::access); nothing on the learning side does (A-04).
//!
//! # What is recorded
//!
//! * A permission is granted to users and groups, at *target groups*: exactly those ([`Scope::this`](crate::Scope::this)), unless the cascade
//!   is asked for ([`Scope::underlying`](crate::Scope::underlying)). What a group is granted, its members and the groups below it hold
//!   (S4-18, S4-19); that widens who holds it, never where it holds (A-02).
//! * A *trainer* is a user or a group with the role [`trainer`](Control::trainer) on each group to manage. Without a group to manage, the
//!   role is [`eligible_host`](Control::eligible_host) alone: such a person may be named host, and no more (A-12).
//! * A *session* is placed in each group that its automations target, and each such group holds the role
//!   [`participant`](Control::participant) over itself: its people see what is targeted to it. So a group that manages events for the
//!   participants has its rights in the sessions that target them, and in no others.
//! * An *event* is placed in its session. It is offered to a group by [`event_attend`](Control::event_attend) on the event, its hosts hold the
//!   role [`host`](Control::host) on it and its attendees the role [`attendee`](Control::attendee).
//! * A *post* is placed in the group whose timeline it stands in, a *comment* in the post; their authors hold
//!   [`post_own`](Control::post_own) and [`comment_own`](Control::comment_own) on them.
//! * An *invitation* may be placed in the groups that it leads to.
//! * A membership that an operation records has the empty role [`member`](Control::member) beside it, by which other systems of the same policy
//!   know that Control relies on it. Groups that are added here carry the label [`group`](Control::group): their place below and above others
//!   is set here, and that of other systems' groups is not.
//!
//! # Who may do what
//!
//! "Admin" is the role [`admin`](Control::admin); it is granted on the platform and has all of it, except that an admin is no host, poster
//! or participant by being admin. A `+` is a companion: "needs to be combined with".
//!
//! | action | targets | who may | rules |
//! |---|---|---|---|
//! | [`access`](Control::access): open Control | the platform | Access Control + View members, Manage members or Manage invites anywhere | S4-01, S4-29, A-07 |
//! | [`members_view`](Control::members_view): see in the Audience | user, group | View members or Manage members there + access | S4-11, A-08 |
//! | [`members_manage`](Control::members_manage): edit details | user, group | Manage members there + access | S4-06, S4-11 |
//! | [`member_add`](Control::member_add), [`member_remove`](Control::member_remove) | user, group | members_manage at both | S4-06 |
//! | [`member_move`](Control::member_move) | user, from, to | members_manage at all three | S4-06 |
//! | [`members_import`](Control::members_import) | the platform, group | Import + View members or Manage members there or below + access | S4-02 |
//! | [`invites_manage`](Control::invites_manage): send, remind, delete | the platform, group, invitation | Manage invites + access | S4-05 |
//! | [`set_up`](Control::set_up): groups, roles, permissions, automations | the platform | admins | S0-16, S4-11 |
//! | [`attendees_control`](Control::attendees_control): attendees through Control | event, user | admins | S4-04, A-10 |
//! | [`attendee_manage`](Control::attendee_manage): attendees on the learning side | event, user | event_manage of the event + View members over the person, or trainer of a group of theirs | S4-13, A-10, S0-06 |
//! | [`reporting`](Control::reporting): details and progress | user, group | Reporting there + View members there | S4-09, S4-12, A-03 |
//! | [`buddy`](Control::buddy) | the platform | Reporting anywhere | S4-10, A-29 |
//! | [`timeline_post`](Control::timeline_post), [`post_comment`](Control::post_comment) | group; post | Post status update in this group | S4-08 |
//! | [`timeline_moderate`](Control::timeline_moderate) | group | Manage statuses, of this group and all below | S4-07 |
//! | [`post_edit`](Control::post_edit), [`post_delete`](Control::post_delete), [`comment_edit`](Control::comment_edit), [`comment_delete`](Control::comment_delete) | post; comment | timeline_moderate of the group; the author + timeline_post | S4-07, S4-33, A-28 |
//! | [`session_see`](Control::session_see), [`session_register`](Control::session_register) | session | members of a targeted group or a group below one | S0-02, S0-03, S0-15, A-30 |
//! | [`event_register`](Control::event_register) | event | members of a group it is offered to + session_see of its session | S0-02, S0-03 |
//! | [`event_add`](Control::event_add): create events | session | Can add event, or trainer of a targeted group | S0-05, S0-08, S4-03 |
//! | [`event_manage`](Control::event_manage): edit and manage | event, session | Manage events, or trainer of a targeted group | S0-05, S4-04 |
//! | [`event_offer`](Control::event_offer): assign to a group | event, group | event_manage of the event, and sight of the group: trainer of it, or View members | S0-10, S0-11 |
//! | [`attendance_submit`](Control::attendance_submit) | event, session | trainer of a targeted group | S0-05 |
//! | [`participants_email`](Control::participants_email), [`learners_manage`](Control::learners_manage) | user, group | trainer of that group | S0-05, S0-06, S0-12, S0-14 |
//! | [`host_eligible`](Control::host_eligible): can be named host | the platform | trainers, single ones too | S0-07, S0-08, A-09 |
//! | [`event_host`](Control::event_host) | event | its hosts, while they are trainers | S0-07, S0-09 |
//!
//! # What is refused
//!
//! * Reporting, View members, Manage members, both timeline permissions and the role of a trainer, on the platform: they need target groups
//!   (S4-15).
//! * A host who is no trainer: *missing role* (S0-07). An event is created with a host, so without any trainer none can be added (S0-08).
//! * Removing from a group, or a user, what is inherited: *inherited*, with the group where it can be removed (S4-27).
//! * Groups below themselves: *loop* (A-06).
//! * Posting, commenting or registering in another's name: *not allowed* (X-03). Who may add others to an event does so as an attendee's manager.
//! * Moving somebody out of a group that they are not in, ending a membership that another system recorded as well, and setting the place of a
//!   group that is not Control's: *wrong state*.
//! * A resource of another kind, and a permission that is not granted in Control: *unknown*.
//! * Hosts and attendees of anything but events, participants that are no groups, admins of less than the platform: *rule broken*.
//!
//! # Readings
//!
//! | | reading taken | the other one |
//! |---|---|---|
//! | A-02 | a target group is that group alone, except Manage statuses | [`grant_permission_underlying`](ControlEdit::grant_permission_underlying), or a grant with `Scope::underlying` |
//! | A-03 | companions cover the same person or group | `on(PLATFORM, within("members.view"))` as the companion: anywhere will do |
//! | A-04 | Control needs access, the learning side does not | add `.with(holds("access"))` to what else belongs to Control |
//! | A-05 | one grant inherited on two ways is one source, the group where it was granted | the chains of the source tell every way |
//! | A-07 | "only for admins" marks the tier, it is no gate: sub admins hold these permissions one by one | `Rule::needs_role` for the four permissions |
//! | A-08 | Manage members sees in the Audience and satisfies Import, not Reporting | put both permissions into a role |
//! | A-09 | a single trainer counts where there is no trainer group | `Rule::only_to(Granted::role("trainer"), [SubjectKind::Group])` |
//! | A-10 | attendees have two doors: the learning side for hosts, Control for admins | grant `attendees.control` to others as well |
//! | A-11 | the trainer role of a group passes to its sub-groups like a permission | grant it to users |
//! | A-12 | a trainer without a managed group creates no events, and may be named host | grant `event.add` and `event.manage` to the person |
//! | A-28 | moderating is not posting; authors edit and delete their own posts while they may post | a role of both permissions |
//! | A-29 | Reporting alone opens the Buddy feature | add `.with(holds("members.view"))` to `buddy` |
//! | A-30 | a participant group is a group that is targeted; its sub-groups' people register too | not to be had: what a group holds, the groups below it hold (S4-18) |
//! | A-33 | members of a sub-group are no members of the group above | make them members of both |
//!
//! Where the documents are silent: groups, roles and permissions are set up by admins only, or a sub admin could give everything to
//! themself; a trainer sees people as learners, which is not View members, so it unlocks neither Reporting nor the Audience (X-03);
//! removing the trainer role leaves the record of who hosted which event, without effect.
//!
//! # Example
//!
//! ```
//! use rolecall::presets::control::{self, Control};
//! use rolecall::{Catalog, Policy, ReasonKind, Target};
//!
//! let catalog = Catalog::builder().include("control.", &control::catalog()?).build()?;
//! let control = Control::of(&catalog, "control.")?;
//! let mut policy = Policy::new(catalog);
//!
//! let mut edit = policy.edit_unguarded();
//! let (europe, asia) = (edit.add_group("europe")?, edit.add_group("asia")?);
//! let (ana, ben, mia) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_user("mia")?);
//! edit.add_member(ben, europe)?;
//! let mut screen = control.on(&mut edit);
//! screen.grant_permission([mia], control.reporting, &[europe])?;
//! screen.appoint_sub_admin(ana, &[control.members_manage], &[europe])?;
//! edit.commit()?;
//!
//! // Reporting needs View members over the same person.
//! let now = policy.snapshot();
//! let why = now.explain(mia, control.reporting, ben)?;
//! assert_eq!(why.kind(), Some(ReasonKind::MissingCompanion));
//! assert!(now.can(mia, control.buddy, Target::Platform));
//!
//! // A sub admin moves people between their groups: both ends count.
//! let mut edit = policy.edit_as(ana)?;
//! assert!(control.on(&mut edit).move_member(ben, europe, asia).is_err());
//! assert!(edit.commit().is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A trainer with more rights is one line, and every rule about trainers follows. The operations set the role that stands in the vocabulary,
//! and take off whatever includes it:
//!
//! ```
//! # use rolecall::presets::control::{self, Control};
//! # use rolecall::{Catalog, Policy};
//! let catalog = Catalog::builder()
//!     .include("control.", &control::catalog()?)
//!     .role_including("senior-trainer", ["control.members.view"], ["control.trainer"])
//!     .build()?;
//! let control = Control::of(&catalog, "control.")?;
//! let seniors = Control { trainer: catalog.role("senior-trainer")?, ..control };
//! # let mut policy = Policy::new(catalog);
//! # let mut edit = policy.edit_unguarded();
//! # let (sam, europe) = (edit.add_user("sam")?, edit.add_group("europe")?);
//! seniors.on(&mut edit).set_trainer(sam, &[europe])?;
//! # edit.commit()?;
//! # let now = policy.snapshot();
//! # assert!(now.can(sam, control.learners_manage, europe) && now.can(sam, control.host_eligible, rolecall::Target::Platform));
//! # let mut edit = policy.edit_unguarded();
//! control.on(&mut edit).remove_trainer(sam)?;
//! # edit.commit()?;
//! # assert!(!policy.snapshot().can(sam, control.learners_manage, europe));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod people;
mod permissions;
mod sessions;
mod timelines;
mod words;

use crate::{Edit, Problem, Target};

pub use sessions::Door;
pub use words::{Control, catalog};

impl Control {
    /// The operations of the screens, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> ControlEdit<'e, 'p> {
        ControlEdit { words: *self, edit }
    }
}

/// The operations of the screens, each with what the acting user needs for it.
///
/// Made by [`Control::on`]. In an edit that began unguarded every demand is met, but the rules of the catalog hold all the same, and what is
/// of another kind or another system is refused. What an operation demands is judged by the snapshot that the edit began from: what the edit
/// itself adds is not known to it (S0-13).
#[derive(Debug)]
pub struct ControlEdit<'e, 'p> {
    words: Control,
    edit: &'e mut Edit<'p>,
}

impl ControlEdit<'_, '_> {
    /// Groups, roles, permissions and automations are set up by admins (S0-16).
    fn demand_set_up(&mut self) -> Result<(), Problem> {
        self.edit.demand(self.words.set_up, Target::Platform)
    }
}
