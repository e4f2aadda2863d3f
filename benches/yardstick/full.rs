//! What if all the crate knows is in use? A world with roles, labels, denies, companions and actions on two targets besides, and a plain
//! evaluation of it that knows nothing of the crate.

use std::collections::HashMap;

use super::questions::{About, Below, Question, Questions, anything, anything_asked};
use super::random::SplitMix64;
use super::world::{PERMISSIONS, Subject, World};

pub(crate) const ROLES: u32 = 20;
pub(crate) const LABELS: u32 = 4;

/// How many actions there are with a companion, and how many on two targets.
pub(crate) const COMPANIONS: u32 = 10;
pub(crate) const MOVES: u32 = 5;

/// How many questions each half of a part has.
pub(crate) const QUESTIONS: usize = 1 << 15;

/// A world and what it has besides.
#[derive(Debug)]
pub(crate) struct Full {
    pub(crate) world: World,
    pub(crate) extra: Vec<ExtraGrant>,
    /// The label that a course or a group carries, one at most.
    pub(crate) course_labels: HashMap<u32, u32>,
    pub(crate) group_labels: HashMap<u32, u32>,
}

/// A grant that plain worlds do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ExtraGrant {
    pub(crate) denies: bool,
    pub(crate) subject: Subject,
    pub(crate) what: What,
    pub(crate) scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    Permission(u32),
    Role(u32),
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Scope {
    Underlying(u32),
    /// At what carries the label, which may be bounded by a group.
    Labelled(u32, Option<u32>),
}

/// What is asked of a full world.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FullQuestion {
    Permission(Question),
    /// The action of that number, which has a companion.
    Companion(u32, Question),
    /// The action of that number, on two targets.
    Move(u32, Question, About),
}

/// The permissions of a role.
pub(crate) fn role(role: u32) -> [u32; 4] {
    [0, 7, 14, 21].map(|step| (role + step) % PERMISSIONS)
}

/// The permission that an action holds, and the companion: the role of that number has both.
pub(crate) fn companion(action: u32) -> [u32; 2] {
    [action, action + 7]
}

/// The permission that an action holds on the first target, and the one on the second: the role of that number has both.
pub(crate) fn moving(action: u32) -> [u32; 2] {
    [action, action + 14]
}

impl Full {
    /// The world and what it has besides: a grant of a role and one by label for each ten of its grants, and for each fifty a deny that
    /// takes back a part of what a grant gives.
    pub(crate) fn of(world: World, below: &Below) -> Full {
        let mut random = SplitMix64(world.size.seed ^ 0xF0_11);
        let (grants, groups) = (world.size.grants, world.parents.len());
        let labels = |of: u32, part: u32, random: &mut SplitMix64| {
            let carriers = random.distinct(of / part, of);
            let carriers = carriers.into_iter().map(|one| (one, random.below(LABELS)));
            carriers.collect::<HashMap<_, _>>()
        };
        let course_labels = labels(world.courses.len(), 10, &mut random);
        let group_labels = labels(groups, 100, &mut random);
        let mut extra = Vec::new();
        for _ in 0..grants / 10 {
            extra.push(ExtraGrant {
                denies: false,
                subject: Subject::Group(random.below(groups)),
                what: What::Role(random.below(ROLES)),
                scope: Scope::Underlying(random.below(groups)),
            });
            let bound = (random.below(2) == 0).then(|| random.below(groups));
            extra.push(ExtraGrant {
                denies: false,
                subject: Subject::Group(random.below(groups)),
                what: What::Permission(random.below(PERMISSIONS)),
                scope: Scope::Labelled(random.below(LABELS), bound),
            });
        }
        for _ in 0..grants / 50 {
            let allow = world.grants[random.below(grants) as usize];
            let subject = match random.below(2) {
                0 => below.holder(allow.subject, &mut random),
                _ => None,
            };
            let what = match random.below(10) {
                0 => What::Everything,
                1 => What::Role(random.below(ROLES)),
                _ => What::Permission(allow.permission),
            };
            extra.push(ExtraGrant {
                denies: true,
                subject: subject.map_or(allow.subject, Subject::User),
                what,
                scope: Scope::Underlying(below.descend(allow.scope, &mut random)),
            });
        }
        extra.sort_unstable();
        extra.dedup();
        Full {
            world,
            extra,
            course_labels,
            group_labels,
        }
    }

    /// Questions about permissions by scope and by label, about actions with a companion and about actions on two targets.
    pub(crate) fn parts(&self, plain: &Questions, below: &Below) -> [FullPart; 4] {
        let mut random = SplitMix64(self.world.size.seed ^ 0xF0_12);
        let permissions = |questions: &[Question]| {
            let questions = questions.iter().take(QUESTIONS);
            questions
                .map(|one| FullQuestion::Permission(*one))
                .collect()
        };
        let mut drawn = |draw: &dyn Fn(&mut SplitMix64) -> Option<FullQuestion>| {
            let mut questions = Vec::with_capacity(QUESTIONS);
            while questions.len() < QUESTIONS {
                questions.extend(draw(&mut random));
            }
            questions
        };
        let world = &self.world;
        let course = |random: &mut SplitMix64| loop {
            let course = random.below(world.courses.len());
            if self.course_labels.contains_key(&course) {
                return course;
            }
        };
        [
            FullPart {
                name: "permissions",
                random: permissions(&plain.random),
                yes: permissions(&plain.yes),
            },
            FullPart {
                name: "labels",
                random: drawn(&|random| {
                    let about = About::Course(course(random));
                    let question = anything(world, random);
                    Some(FullQuestion::Permission(Question { about, ..question }))
                }),
                yes: drawn(&|random| self.by_label(course(random), below, random)),
            },
            FullPart {
                name: "companions",
                random: drawn(&|random| {
                    let action = random.below(COMPANIONS);
                    Some(FullQuestion::Companion(action, anything(world, random)))
                }),
                yes: drawn(&|random| {
                    let (action, question) = self.by_role(COMPANIONS, below, random)?;
                    Some(FullQuestion::Companion(action, question.0))
                }),
            },
            FullPart {
                name: "two targets",
                random: drawn(&|random| {
                    let (action, to) = (random.below(MOVES), anything_asked(world, random));
                    Some(FullQuestion::Move(action, anything(world, random), to))
                }),
                yes: drawn(&|random| {
                    let (action, (question, to)) = self.by_role(MOVES, below, random)?;
                    Some(FullQuestion::Move(action, question, to))
                }),
            },
        ]
    }

    /// A question that a grant by the label of the course answers with yes, unless something denies it.
    fn by_label(
        &self,
        course: u32,
        below: &Below,
        random: &mut SplitMix64,
    ) -> Option<FullQuestion> {
        let grant = random.pick(&self.extra)?;
        let label = self.course_labels.get(&course).copied()?;
        match (grant.what, grant.scope) {
            (What::Permission(permission), Scope::Labelled(own, None)) if own == label => {
                Some(FullQuestion::Permission(Question {
                    user: below.holder(grant.subject, random)?,
                    permission,
                    about: About::Course(course),
                }))
            }
            _ => None,
        }
    }

    /// The number of a role below the bound, a holder of it, and two targets that a grant of it covers.
    fn by_role(
        &self,
        bound: u32,
        below: &Below,
        random: &mut SplitMix64,
    ) -> Option<(u32, (Question, About))> {
        let grant = random.pick(&self.extra)?;
        let (What::Role(role), Scope::Underlying(scope)) = (grant.what, grant.scope) else {
            return None;
        };
        if role >= bound || grant.denies {
            return None;
        }
        let question = Question {
            user: below.holder(grant.subject, random)?,
            permission: role,
            about: below.covered(scope, random)?,
        };
        Some((role, (question, below.covered(scope, random)?)))
    }
}

/// A part of the questions: some drawn at random, and some drawn to be yes where nothing denies it.
#[derive(Debug)]
pub(crate) struct FullPart {
    pub(crate) name: &'static str,
    pub(crate) random: Vec<FullQuestion>,
    pub(crate) yes: Vec<FullQuestion>,
}

/// The meaning read aloud: every grant to every subject that the asker is held as.
#[derive(Debug)]
pub(crate) struct Naive<'a> {
    full: &'a Full,
    grants: HashMap<Subject, Vec<ExtraGrant>>,
}

impl Naive<'_> {
    pub(crate) fn of(full: &Full) -> Naive<'_> {
        let plain = full.world.grants.iter().map(|grant| ExtraGrant {
            denies: false,
            subject: grant.subject,
            what: What::Permission(grant.permission),
            scope: Scope::Underlying(grant.scope),
        });
        let mut grants: HashMap<_, Vec<_>> = HashMap::new();
        for grant in plain.chain(full.extra.iter().copied()) {
            grants.entry(grant.subject).or_default().push(grant);
        }
        Naive { full, grants }
    }

    pub(crate) fn can(&self, question: FullQuestion) -> bool {
        match question {
            FullQuestion::Permission(Question {
                user,
                permission,
                about,
            }) => self.holds(user, permission, about) && !self.blocked(user, about),
            FullQuestion::Companion(action, Question { user, about, .. }) => {
                let mut parts = companion(action).into_iter();
                parts.all(|permission| self.holds(user, permission, about))
                    && !self.blocked(user, about)
            }
            FullQuestion::Move(action, Question { user, about, .. }, to) => {
                let mut parts = moving(action).into_iter().zip([about, to]);
                parts.all(|(permission, about)| {
                    self.holds(user, permission, about) && !self.blocked(user, about)
                })
            }
        }
    }

    /// Allowed and not denied.
    fn holds(&self, user: u32, permission: u32, about: About) -> bool {
        let gives = |what| match what {
            What::Permission(one) => one == permission,
            What::Role(one) => role(one).contains(&permission),
            What::Everything => true,
        };
        self.has(user, about, |grant| !grant.denies && gives(grant.what))
            && !self.has(user, about, |grant| grant.denies && gives(grant.what))
    }

    fn blocked(&self, user: u32, about: About) -> bool {
        let blocks = |grant: &ExtraGrant| grant.denies && grant.what == What::Everything;
        self.has(user, about, blocks)
    }

    /// Whether a grant of that sort to a subject that the user is held as covers the target.
    fn has(&self, user: u32, about: About, is_wanted: impl Fn(&ExtraGrant) -> bool) -> bool {
        let world = &self.full.world;
        let groups = world.upward(world.users.of(user)).into_iter();
        let subjects = groups.map(Subject::Group).chain([Subject::User(user)]);
        let grants = subjects.flat_map(|subject| self.grants.get(&subject).into_iter().flatten());
        grants
            .filter(|grant| is_wanted(grant))
            .any(|grant| self.covers(grant.scope, about))
    }

    fn covers(&self, scope: Scope, about: About) -> bool {
        let (world, full) = (&self.full.world, self.full);
        let (groups, own) = match about {
            About::User(user) => (world.users.of(user), None),
            About::Course(course) => (world.courses.of(course), full.course_labels.get(&course)),
        };
        let is_under = |groups: &[u32], place: u32| world.upward(groups).contains(&place);
        match scope {
            Scope::Underlying(place) => is_under(groups, place),
            Scope::Labelled(label, bound) => {
                let inside = |groups: &[u32]| bound.is_none_or(|place| is_under(groups, place));
                let carries = |group: &u32| full.group_labels.get(group) == Some(&label);
                let mut carriers = groups.iter().filter(|group| carries(group));
                own == Some(&label) && inside(groups)
                    || carriers.any(|group| inside(std::slice::from_ref(group)))
            }
        }
    }
}
