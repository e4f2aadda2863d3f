//! How long does one question take, beside the floors and the baseline?

use rolecall::Snapshot;

use crate::clock::{BATCH, Times};
use crate::report::{Row, ratio, time};
use crate::yardstick::asking::{Asking, HOT, SAMPLE, Yardsticks, can};
use crate::yardstick::built::{Asked, Handles};
use crate::yardstick::questions::{Question, Questions};
use crate::yardstick::sums::Sum;
use crate::yardstick::world::Size;

/// The medians that other rows are compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Medians {
    pub(crate) random: f64,
    pub(crate) yes: f64,
    pub(crate) together: f64,
}

/// The questions of a size with answers that are those of the first time.
#[derive(Debug)]
pub(crate) struct AskedOf {
    pub(crate) random: Asking,
    pub(crate) yes: Asking,
    pub(crate) together: Asking,
}

impl AskedOf {
    pub(crate) fn of(
        size: &Size,
        questions: Questions,
        handles: &Handles,
        now: &Snapshot,
        yardsticks: &Yardsticks,
    ) -> AskedOf {
        let sample = match size.name {
            "XL" => SAMPLE,
            _ => usize::MAX,
        };
        let asking = |questions, sample| Asking::of(questions, handles, now, yardsticks, sample);
        let together = asking(questions.together(), 0);
        let random = asking(questions.random, sample);
        let yes = asking(questions.yes, sample);
        let sum = Sum::of(&random.answers, &yes.answers);
        assert_eq!(Some(sum), Sum::expected(size), "the same as ever");
        AskedOf {
            random,
            yes,
            together,
        }
    }

    /// The rows of `can`.
    pub(crate) fn rows(&self, size: &Size, now: &Snapshot, yardsticks: &Yardsticks) -> Medians {
        let faster = match size.name {
            "M" => Some(20.0),
            "L" => Some(15.0),
            _ => None,
        };
        let set = size.name != "XL";
        let goals = Goals {
            of_floor: set.then_some(1.5),
            faster,
            of_plain: None,
        };
        let rounds = if size.users > 100_000 { 3 } else { 5 };
        let turns = Turns::once(rounds);
        let random = contest("can, random", &self.random, now, yardsticks, turns, goals);
        let without = |name, asking| {
            let goals = Goals::default();
            contest(name, asking, now, yardsticks, turns, goals)
        };
        let yes = without("can, drawn yes", &self.yes);
        let together = without("can, both together", &self.together);
        let goals = Goals {
            of_floor: set.then_some(2.0),
            ..Goals::default()
        };
        for (name, asking) in [
            ("can, hot", &self.together),
            ("can, hot, random", &self.random),
            ("can, hot, drawn yes", &self.yes),
        ] {
            contest(name, &first(asking), now, yardsticks, Turns::hot(), goals);
        }
        Medians {
            random,
            yes,
            together,
        }
    }
}

/// What rolecall takes for the questions, beside no one.
pub(crate) fn rolecall_alone(now: &Snapshot, handles: &Handles, questions: Questions) -> Medians {
    let median = |questions: &[Question]| {
        let (asked, mut times) = (OfPlain::of(now, handles, questions), Times::default());
        (0..3).for_each(|_| asked.ask(&mut times));
        times.median()
    };
    Medians {
        random: median(&questions.random),
        yes: median(&questions.yes),
        together: median(&questions.together()),
    }
}

/// Questions about a plain world. Where others are compared with them they are asked by turns: the machine is not as quick at all times.
#[derive(Debug)]
pub(crate) struct OfPlain {
    now: Snapshot,
    asked: Vec<Asked>,
    yes: usize,
}

impl OfPlain {
    pub(crate) fn of(now: &Snapshot, handles: &Handles, questions: &[Question]) -> Self {
        let asked = handles.all(questions);
        let yes = asked.iter().filter(|one| can(now, one)).count();
        OfPlain {
            now: now.clone(),
            asked,
            yes,
        }
    }

    pub(crate) fn ask(&self, times: &mut Times) {
        times.ask(&self.asked, self.yes, |one| can(&self.now, one));
    }
}

/// The first thousand.
fn first(asking: &Asking) -> Asking {
    Asking {
        questions: asking.questions[..HOT].to_vec(),
        asked: asking.asked[..HOT].to_vec(),
        answers: asking.answers[..HOT].to_vec(),
    }
}

/// What a row of `can` should reach.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goals<'a> {
    /// At most so many times the floor.
    pub(crate) of_floor: Option<f64>,
    /// At least so many times as fast as the baseline.
    pub(crate) faster: Option<f64>,
    /// At most twice the median of these.
    pub(crate) of_plain: Option<&'a OfPlain>,
}

/// How the questions are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    batch: usize,
    /// How often each asks all questions before it is the next one's turn.
    over: usize,
    rounds: usize,
}

impl Turns {
    /// Each asks all questions once, and then the next one does: where there are many, none finds them in the nearest cache.
    pub(crate) fn once(rounds: usize) -> Turns {
        Turns {
            batch: BATCH,
            over: 1,
            rounds,
        }
    }

    /// Each asks the same few questions over and over.
    fn hot() -> Turns {
        Turns {
            batch: 50,
            over: 100,
            rounds: 3,
        }
    }
}

/// All answer the same questions by turns; prints the row and returns the median of rolecall.
pub(crate) fn contest(
    name: &str,
    asking: &Asking,
    now: &Snapshot,
    yardsticks: &Yardsticks,
    turns: Turns,
    goals: Goals<'_>,
) -> f64 {
    let (questions, yes) = (&asking.questions, asking.yes());
    let mut times: [Times; 6] = Default::default();
    let [rolecall, baseline, closures, records, table, pairs] = &mut times;
    let mut of_plain = Times::default();
    let sample = &questions[..questions.len().min(SAMPLE)];
    let sample_yes = asking.answers.iter().zip(sample).filter(|(yes, _)| **yes);
    let sample_yes = sample_yes.count();
    let all = yardsticks;
    for round in 0..turns.rounds {
        let ask = |times: &mut Times, can: &dyn Fn(&mut Times)| {
            (0..turns.over).for_each(|_| can(times));
        };
        ask(closures, &|times| {
            times.ask_by(turns.batch, questions, yes, |one| all.closures.can(*one));
        });
        ask(records, &|times| {
            times.ask_by(turns.batch, questions, yes, |one| all.records.can(*one));
        });
        ask(table, &|times| {
            times.ask_by(turns.batch, questions, yes, |one| all.table.can(*one));
        });
        ask(rolecall, &|times| {
            times.ask_by(turns.batch, &asking.asked, yes, |one| can(now, one));
        });
        if let Some(plain) = goals.of_plain {
            plain.ask(&mut of_plain);
        }
        if let Some(all) = &yardsticks.pairs {
            ask(pairs, &|times| {
                times.ask_by(turns.batch, questions, yes, |one| all.can(*one));
            });
        }
        if round < 2 {
            let can = |one: &Question| all.baseline.can(*one);
            baseline.ask_by(turns.batch, sample, sample_yes, can);
        }
    }
    let floors = [
        ("closures", closures.median()),
        ("records", records.median()),
        ("table", table.median()),
    ];
    let (layout, floor) =
        floors.into_iter().fold(
            ("", f64::INFINITY),
            |best, one| if one.1 < best.1 { one } else { best },
        );
    let (took, base) = (rolecall.median(), baseline.median());
    let mut row = Row {
        floor: format!("{} {layout}", time(floor)),
        baseline: time(base),
        of_floor: ratio(took, floor),
        of_baseline: ratio(base, took),
        ..Row::of(name).took(rolecall)
    };
    if let Some(most) = goals.of_floor {
        row = row.goal(format!("{most:.2}x the floor"), took <= most * floor);
    }
    if let Some(least) = goals.faster {
        let text = format!("{least:.0}x faster than the baseline");
        row = row.goal(text, base >= least * took);
    }
    if goals.of_plain.is_some() {
        row = row.beside_plain(took, of_plain.median());
    }
    if yardsticks.pairs.is_some() {
        row = row.note(format!("pairs of groups {}", time(pairs.median())));
    }
    row.print();
    took
}
