//! Organisations of any size, made from a seed, and questions about them of which half are answered with yes.

use crate::baseline::Baseline;

/// How many permissions a world has.
pub(crate) const PERMISSIONS: u32 = 30;

/// How many layers of groups there are; the groups of a layer have their parents in the layer above.
const LAYERS: usize = 6;

/// An organisation in plain numbers: users, groups and courses are counted from 0.
#[derive(Debug)]
pub(crate) struct World {
    /// The groups of each user, one to three.
    pub(crate) groups_of: Vec<Vec<u32>>,
    /// The parents of each group, none in the first layer and one or two below.
    pub(crate) parents: Vec<Vec<u32>>,
    /// The group each course is placed in.
    pub(crate) courses: Vec<u32>,
    pub(crate) grants: Vec<GrantOf>,
}

/// An allow of a permission on a group and all groups below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GrantOf {
    pub(crate) subject: Subject,
    pub(crate) permission: u32,
    pub(crate) scope: u32,
}

/// Who receives a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    User(u32),
    Group(u32),
}

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    User(u32),
    Course(u32),
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) user: u32,
    pub(crate) permission: u32,
    pub(crate) about: About,
}

impl World {
    /// The organisation of that many users. Same number, same organisation.
    pub(crate) fn of(users: usize) -> World {
        let mut random = SplitMix64(users as u64);
        let groups = users / 20;
        let parents = (0..groups)
            .map(|group| parents_of(group, groups, &mut random))
            .collect();
        let groups_of = (0..users)
            .map(|_| {
                let count = 1 + random.below(3);
                distinct((0..count).map(|_| random.below(groups) as u32).collect())
            })
            .collect();
        let courses = (0..users / 10)
            .map(|_| random.below(groups) as u32)
            .collect();
        let grants = (0..users / 10)
            .map(|_| GrantOf {
                subject: match random.below(10) {
                    0 | 1 => Subject::User(random.below(users) as u32),
                    _ => Subject::Group(random.below(groups) as u32),
                },
                permission: random.below(PERMISSIONS as usize) as u32,
                scope: random.below(groups) as u32,
            })
            .collect();
        World {
            groups_of,
            parents,
            courses,
            grants,
        }
    }

    /// `count` questions, by turns one answered with yes and one with no.
    ///
    /// A yes starts from a grant and goes down to someone who holds it and something it covers. A no is such a question with the
    /// permission or the target drawn again, so that most askers hold something.
    pub(crate) fn questions(&self, count: usize, baseline: &Baseline) -> Vec<Question> {
        let mut random = SplitMix64(count as u64);
        let below = Below::of(self);
        let mut questions = Vec::with_capacity(count);
        while questions.len() < count {
            let wanted = questions.len() % 2 == 0;
            let Some(mut question) = self.granted(&below, &mut random) else {
                continue;
            };
            match (wanted, random.below(2)) {
                (true, _) => {}
                (false, 0) => question.permission = random.below(PERMISSIONS as usize) as u32,
                (false, _) => question.about = self.anything(&mut random),
            }
            if baseline.can(question) == wanted {
                questions.push(question);
            }
        }
        questions
    }

    /// A question that a grant chosen at random answers with yes, if anyone holds it and it covers anything.
    fn granted(&self, below: &Below, random: &mut SplitMix64) -> Option<Question> {
        let grant = self.grants[random.below(self.grants.len())];
        let user = match grant.subject {
            Subject::User(user) => user,
            Subject::Group(group) => {
                let group = below.descend(group, random);
                random.pick(&below.members[group as usize])?
            }
        };
        let group = below.descend(grant.scope, random) as usize;
        let about = match random.below(2) {
            0 => About::User(random.pick(&below.members[group])?),
            _ => About::Course(random.pick(&below.courses[group])?),
        };
        Some(Question {
            user,
            permission: grant.permission,
            about,
        })
    }

    fn anything(&self, random: &mut SplitMix64) -> About {
        match random.below(2) {
            0 => About::User(random.below(self.groups_of.len()) as u32),
            _ => About::Course(random.below(self.courses.len()) as u32),
        }
    }
}

/// One or two groups of the layer above.
fn parents_of(group: usize, groups: usize, random: &mut SplitMix64) -> Vec<u32> {
    let first_of = |layer: usize| (layer * groups).div_ceil(LAYERS);
    let layer = group * LAYERS / groups;
    if layer == 0 {
        return Vec::new();
    }
    let (start, end) = (first_of(layer - 1), first_of(layer));
    let count = 1 + random.below(2);
    let drawn = (0..count).map(|_| (start + random.below(end - start)) as u32);
    distinct(drawn.collect())
}

fn distinct(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What lies directly below each group.
struct Below {
    groups: Vec<Vec<u32>>,
    members: Vec<Vec<u32>>,
    courses: Vec<Vec<u32>>,
}

impl Below {
    fn of(world: &World) -> Below {
        let inverted = |up: &[Vec<u32>]| {
            let mut down = vec![Vec::new(); world.parents.len()];
            for (low, highs) in up.iter().enumerate() {
                for &high in highs {
                    down[high as usize].push(low as u32);
                }
            }
            down
        };
        let courses: Vec<Vec<u32>> = world.courses.iter().map(|&group| vec![group]).collect();
        Below {
            groups: inverted(&world.parents),
            members: inverted(&world.groups_of),
            courses: inverted(&courses),
        }
    }

    /// The group itself or one below it.
    fn descend(&self, mut group: u32, random: &mut SplitMix64) -> u32 {
        while random.below(3) > 0 {
            let Some(child) = random.pick(&self.groups[group as usize]) else {
                break;
            };
            group = child;
        }
        group
    }
}

/// The generator of that name: small, quick and the same everywhere.
#[derive(Debug)]
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick(&mut self, from: &[u32]) -> Option<u32> {
        match from.len() {
            0 => None,
            count => Some(from[self.below(count)]),
        }
    }
}
