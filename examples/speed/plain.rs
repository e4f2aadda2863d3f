//! The measures of a plain world.

use crate::Outcome;
use crate::asks::{AskedOf, Medians, rolecall_alone};
use crate::building::{Loaded, growth};
use crate::report::{Row, head, ratio, time};
use crate::yardstick::asking::Yardsticks;
use crate::yardstick::built::{Handles, policy};
use crate::yardstick::questions::{Below, Questions};
use crate::yardstick::sums::Sum;
use crate::yardstick::world::{SIZES, Size, World};
use crate::{beside, commits, lists, reverse};

pub(crate) fn run(size: &Size) -> Outcome {
    let world = World::of(*size);
    print_facts(&world);
    // The size that the largest is compared with goes first, so that its memory is free again.
    let of_l = match size.name {
        "XL" => Some(can_at_l()?),
        _ => None,
    };
    let below = Below::of(&world);
    let questions = Questions::of(&world, &below);
    let mut loaded = Loaded::of(&world)?;
    let handles = Handles::of(&loaded.policy);
    let yardsticks = Yardsticks::of(&world);
    yardsticks.print_bytes(size.users);
    let now = loaded.policy.snapshot();
    let asked = AskedOf::of(size, questions, &handles, &now, &yardsticks);

    head();
    let medians = asked.rows(size, &now, &yardsticks);
    if let Some(of_l) = of_l {
        beside_l(medians, of_l);
    }
    lists::rows(size, &world, &handles, &now, &yardsticks, &asked)?;
    drop(yardsticks);
    reverse::rows(size, &world, &below, &handles, &now, &asked.yes)?;
    drop(now);
    commits::rows(
        size,
        &world,
        &below,
        &mut loaded.policy,
        &handles,
        &asked.together,
    )?;
    loaded.policy = beside::rows(size, &world, loaded.policy, &asked.together)?;
    loaded.rows(size, &world);
    growth(size, &world, &mut loaded.policy, loaded.bytes)
}

/// What does not depend on the machine.
pub(crate) fn print_facts(world: &World) {
    let size = &world.size;
    println!(
        "world {}: {} users, {} groups, {} courses, {} grants, {} memberships, {} placements, {} edges, seed {:#x}",
        size.name,
        world.users.len(),
        world.parents.len(),
        world.courses.len(),
        world.grants.len(),
        world.users.total(),
        world.courses.total(),
        world.parents.total(),
        size.seed,
    );
    if let Some(sum) = Sum::expected(size) {
        println!(
            "questions: {} random, of which {} are answered with yes, and {} drawn to be; the answers come to {:#x}",
            size.questions, sum.random_yes, size.questions, sum.digest,
        );
    }
}

/// What rolecall takes for the questions of L.
fn can_at_l() -> Outcome<Medians> {
    let l = SIZES.iter().find(|size| size.name == "L");
    let world = World::of(*l.ok_or("there is a size L")?);
    let questions = Questions::of(&world, &Below::of(&world));
    let policy = policy(&world)?;
    let handles = Handles::of(&policy);
    Ok(rolecall_alone(&policy.snapshot(), &handles, questions))
}

fn beside_l(medians: Medians, of_l: Medians) {
    for (name, took, at_l) in [
        ("can, random, beside L", medians.random, of_l.random),
        ("can, drawn yes, beside L", medians.yes, of_l.yes),
        (
            "can, both together, beside L",
            medians.together,
            of_l.together,
        ),
    ] {
        Row {
            rolecall: time(took),
            ..Row::of(name)
        }
        .goal("2.00x of L", took <= 2.0 * at_l)
        .note(format!("{} of L, {}", ratio(took, at_l), time(at_l)))
        .print();
    }
}
