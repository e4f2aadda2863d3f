//! The measures of a skewed L: each third of the questions beside the plain L.

use rolecall::Policy;

use crate::Outcome;
use crate::asks::{AskedOf, Goals, OfPlain, Turns, contest};
use crate::plain::print_facts;
use crate::report::head;
use crate::yardstick::asking::{Asking, Yardsticks};
use crate::yardstick::built::{Handles, policy};
use crate::yardstick::questions::{Below, Question, Questions};
use crate::yardstick::skewed::{QUESTIONS, plain, skewed, thirds};
use crate::yardstick::sums::Sum;
use crate::yardstick::world::World;

pub(crate) fn run() -> Outcome {
    let size = plain();
    let world = World::of(size);
    let skewed = skewed(&world);
    print_facts(&world);
    print_facts(&skewed);
    let questions = Questions::of(&world, &Below::of(&world));
    let of_plain = policy(&world)?;
    let [random, yes] = {
        let (now, handles) = (of_plain.snapshot(), Handles::of(&of_plain));
        let plain = |all: &[Question]| OfPlain::of(&now, &handles, &all[..QUESTIONS]);
        let both = [plain(&questions.random), plain(&questions.yes)];
        let yardsticks = Yardsticks::of(&world);
        let asked = AskedOf::of(&size, questions, &handles, &now, &yardsticks);
        head();
        asked.rows(&size, &now, &yardsticks);
        both
    };

    let policy: Policy = policy(&skewed)?;
    let (handles, yardsticks) = (Handles::of(&policy), Yardsticks::of(&skewed));
    let now = policy.snapshot();
    for third in thirds(&skewed, &Below::of(&skewed)) {
        let asking = |questions| Asking::of(questions, &handles, &now, &yardsticks, 1 << 14);
        let asked = [asking(third.random), asking(third.yes)];
        let [of_random, of_yes] = asked.each_ref().map(|asking| &asking.answers);
        let sum = Sum::of(of_random, of_yes);
        assert_eq!(Some(sum), Sum::of_part(third.name), "the same as ever");
        let plain = [("random", &random), ("drawn yes", &yes)];
        for (asking, (sort, plain)) in asked.iter().zip(plain) {
            let name = format!("can, {}, {sort}", third.name);
            let goals = Goals {
                of_plain: Some(plain),
                ..Goals::default()
            };
            contest(&name, asking, &now, &yardsticks, Turns::once(5), goals);
        }
    }
    Ok(())
}
