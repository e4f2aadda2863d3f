//! Ways to a no: which facts to take out.

use std::collections::BTreeSet;

use crate::facts::Fact;
use crate::facts::grant::Effect;
use crate::id::Subject;
use crate::query::grounds::{CutLimits, Grounds, NEVER, Numbers};
use crate::query::nearest::{Plan, Plans, Search, Toggles};

/// How many steps the search for the smallest plans takes at the most; a step is a look at one fact or at one thing that follows from
/// facts.
const BUDGET: usize = 6_000_000;

/// How many sets of facts wait to be tried at the most.
const MOST_WAITING: usize = 50_000;

/// How many facts of a plan that rules refuse are tried one by one.
const MOST_REFUSED: usize = 64;

/// The largest set of facts of which every part is looked at.
const MOST_SPARED: usize = 6;

/// What facts to take out cost where all that counts is how many there are. The rest only chooses between equally many: what concerns the
/// asker alone comes before what others stand on as well.
const ONE: u64 = 16;

impl Search<'_> {
    /// The smallest plans that are found within the budget; where it does not last, one that is certain, and others like it.
    pub(super) fn revoke(&self, limit: usize) -> Plans {
        let grounds = Grounds::new(self.facts, self.user, self.action, self.targets);
        let mut plans = Plans {
            plans: Vec::new(),
            is_complete: true,
        };
        if limit == 0 || !grounds.without(&[]).answer() {
            return plans;
        }
        let limits = CutLimits {
            facts: usize::MAX,
            cuts: limit,
            waiting: MOST_WAITING,
            steps: BUDGET,
        };
        let mut found: Vec<(Numbers, Plan)> = Vec::new();
        let (_, is_complete) = grounds.cuts(limits, |removed| {
            let plan = self.plan_of(&grounds, removed);
            let plan = plan.filter(|_| !self.spares_any(&grounds, removed));
            plan.is_some_and(|plan| {
                found.push((removed.into(), plan));
                true
            })
        });
        if !is_complete {
            for price in [Self::by_number, Self::by_what_is_own, Self::by_grants] {
                if found.len() >= limit {
                    break;
                }
                let certain = self.certain(&grounds, price);
                let is_new = |(facts, _): &(Numbers, Plan)| {
                    let contains = |(smaller, _): &(Numbers, Plan)| {
                        smaller.iter().all(|fact| facts.contains(fact))
                    };
                    !found.iter().any(contains)
                };
                let certain = certain.filter(is_new);
                found.extend(certain);
            }
            found.sort_by_key(|(facts, _)| facts.len());
        }
        plans.is_complete = is_complete;
        plans.plans = found.into_iter().map(|(_, plan)| plan).collect();
        plans
    }

    /// One plan that needs no search, with what is cheap taken out first. Facts that rules keep are left alone.
    fn certain(
        &self,
        grounds: &Grounds,
        price: impl Fn(&Self, &Fact) -> u64,
    ) -> Option<(Numbers, Plan)> {
        let mut kept: BTreeSet<Fact> = BTreeSet::new();
        loop {
            let price = |fact: &Fact| match kept.contains(fact) {
                true => NEVER,
                false => price(self, fact),
            };
            let mut cut = grounds.cut(price)?;
            // Where denies take part, less may be enough although nothing can be put back by itself.
            while let Some(fewer) = self.enough_of(grounds, &cut) {
                cut = fewer;
            }
            if let Some(plan) = self.plan_of(grounds, &cut) {
                return Some((cut, plan));
            }
            if cut.len() > MOST_REFUSED {
                return None;
            }
            let before = kept.len();
            let alone = cut.iter().filter_map(|node| grounds.fact(*node));
            let refused =
                alone.filter(|fact| self.draft(&Toggles::from([(*fact, false)])).is_none());
            kept.extend(refused);
            if kept.len() == before {
                return None;
            }
        }
    }

    /// A part of the facts without which the answer is no as well, if there is one. Without denies nothing can be put back in a cut; with
    /// them all parts of a small one are tried.
    fn enough_of(&self, grounds: &Grounds, removed: &[u32]) -> Option<Numbers> {
        if !grounds.has_denies() || removed.len() > MOST_SPARED {
            return None;
        }
        parts(removed).find(|part| !grounds.without(part).answer())
    }

    /// Whether a part of the facts would do: the answer is no without them, and no rule refuses it.
    fn spares_any(&self, grounds: &Grounds, removed: &[u32]) -> bool {
        let would_do = |part: &Numbers| {
            !grounds.without(part).answer() && self.plan_of(grounds, part).is_some()
        };
        if removed.len() > MOST_SPARED {
            let without = |spared: &u32| -> Numbers {
                let rest = removed.iter().filter(|fact| *fact != spared);
                rest.copied().collect()
            };
            return removed.iter().any(|spared| would_do(&without(spared)));
        }
        parts(removed).any(|part| would_do(&part))
    }

    /// The plan that takes these facts out, if it commits and makes the answer no.
    fn plan_of(&self, grounds: &Grounds, removed: &[u32]) -> Option<Plan> {
        let facts = removed.iter().filter_map(|node| grounds.fact(*node));
        let toggles: Toggles = facts.map(|fact| (fact, false)).collect();
        let drafted = self.try_out(&toggles, false)?;
        Some(self.plan(&toggles, drafted, 0))
    }

    // ---- Prices ----

    /// As few facts as possible.
    fn by_number(&self, fact: &Fact) -> u64 {
        ONE + match fact {
            Fact::Member(user, _) if *user == self.user => 0,
            Fact::Grant(grant) if grant.subject == Subject::User(self.user) => 1,
            Fact::Placed(..) | Fact::Labelled(..) => 2,
            Fact::Member(..) => 3,
            Fact::Grant(_) => 4,
            Fact::Parent(..) => 5,
            Fact::Gives(..) | Fact::Includes(..) | Fact::Thing(_) => 6,
        }
    }

    /// What concerns the asker alone, however much that is.
    fn by_what_is_own(&self, fact: &Fact) -> u64 {
        match fact {
            Fact::Member(user, _) if *user == self.user => 1,
            Fact::Grant(grant) if grant.subject == Subject::User(self.user) => 1,
            _ => 1 << 32,
        }
    }

    /// Grants, whoever else has them.
    fn by_grants(&self, fact: &Fact) -> u64 {
        match fact {
            Fact::Grant(grant) if grant.effect == Effect::Allow => 1,
            _ => 1 << 32,
        }
    }
}

/// Every part of a small set but the whole, in the order of its bits.
fn parts(of: &[u32]) -> impl Iterator<Item = Numbers> + '_ {
    let whole = (1_usize << of.len().min(16)) - 1;
    (0..whole).map(|mask| {
        let numbered = of.iter().enumerate();
        let chosen = numbered.filter(|(at, _)| mask & (1 << at) != 0);
        chosen.map(|(_, fact)| *fact).collect()
    })
}
