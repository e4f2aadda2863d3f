//! How fast is it, beside what an engineer writes in an afternoon and beside flat arrays laid by hand?

#[path = "../../benches/yardstick/mod.rs"]
mod yardstick;

use yardstick::baseline::Baseline;
use yardstick::built::{self, Handles};
use yardstick::closures::Closures;
use yardstick::pairs::Pairs;
use yardstick::questions::{Below, Question, Questions};
use yardstick::records::Records;
use yardstick::sums::Sum;
use yardstick::table::Table;
use yardstick::world::{SIZES, World};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_else(|| "S".to_owned());
    let size = SIZES.iter().find(|size| size.name == wanted);
    let size = size.ok_or("usage: speed [S|M|L|XL]")?;
    let world = World::of(*size);
    let questions = Questions::of(&world, &Below::of(&world));

    let baseline = Baseline::of(&world);
    let all = |questions: &[Question]| -> Vec<bool> {
        questions.iter().map(|one| baseline.can(*one)).collect()
    };
    let (random, yes) = (all(&questions.random), all(&questions.yes));
    let sum = Sum::of(&random, &yes);
    println!("{size:?}: {sum:?}");
    assert_eq!(Some(sum), Sum::expected(size));

    let (closures, records) = (Closures::of(&world), Records::of(&world));
    let (table, pairs) = (Table::of(&world), Pairs::of(&world));
    for (questions, answers) in [(&questions.random, &random), (&questions.yes, &yes)] {
        for (&question, &answer) in questions.iter().zip(answers) {
            assert_eq!(closures.can(question), answer, "{question:?}");
            assert_eq!(records.can(question), answer, "{question:?}");
            assert_eq!(table.can(question), answer, "{question:?}");
            assert!(
                pairs
                    .as_ref()
                    .is_none_or(|pairs| pairs.can(question) == answer)
            );
        }
    }

    let policy = built::policy(&world)?;
    let (now, handles) = (policy.snapshot(), Handles::of(&policy));
    for (questions, answers) in [(&questions.random, random), (&questions.yes, yes)] {
        for (asked, answer) in handles.all(questions).iter().zip(answers) {
            let given = now.can(asked.user, asked.permission, asked.target);
            assert_eq!(given, answer, "{asked:?}");
        }
    }
    Ok(())
}
