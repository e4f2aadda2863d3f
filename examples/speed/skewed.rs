//! The measures of a skewed L: each third of the questions beside the plain L.

use rolecall::Policy;

use crate::Outcome;
use crate::asks::{AskedOf, Goals, Turns, contest};
use crate::plain::print_facts;
use crate::report::head;
use crate::yardstick::asking::{Asking, Yardsticks};
use crate::yardstick::built::{Handles, policy};
use crate::yardstick::questions::{Below, Questions};
use crate::yardstick::skewed::{plain, skewed, thirds};
use crate::yardstick::sums::Sum;
use crate::yardstick::world::World;

pub(crate) fn run() -> Outcome {
    let size = plain();
    let world = World::of(size);
    let skewed = skewed(&world);
    print_facts(&world);
    print_facts(&skewed);
    let of_plain = {
        let questions = Questions::of(&world, &Below::of(&world));
        let policy = policy(&world)?;
        let (handles, yardsticks) = (Handles::of(&policy), Yardsticks::of(&world));
        let now = policy.snapshot();
        let asked = AskedOf::of(&size, questions, &handles, &now, &yardsticks);
        head();
        asked.rows(&size, &now, &yardsticks)
    };

    let policy: Policy = policy(&skewed)?;
    let (handles, yardsticks) = (Handles::of(&policy), Yardsticks::of(&skewed));
    let now = policy.snapshot();
    for third in thirds(&skewed, &Below::of(&skewed)) {
        let asking = |questions| Asking::of(questions, &handles, &now, &yardsticks, 1 << 14);
        let (random, yes) = (asking(third.random), asking(third.yes));
        let sum = Sum::of(&random.answers, &yes.answers);
        assert_eq!(Some(sum), Sum::of_part(third.name), "the same as ever");
        for (sort, asking, plain) in [
            ("random", &random, of_plain.random),
            ("drawn yes", &yes, of_plain.yes),
        ] {
            let name = format!("can, {}, {sort}", third.name);
            let goals = Goals {
                of_plain: Some(plain),
                ..Goals::default()
            };
            contest(&name, asking, &now, &yardsticks, Turns::once(3), goals);
        }
    }
    Ok(())
}
