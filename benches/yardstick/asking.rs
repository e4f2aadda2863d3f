//! Do rolecall and all yardsticks agree? Questions with their handles, and the answers that all of them give.

use rolecall::Snapshot;

use super::baseline::Baseline;
use super::built::{Asked, Handles};
use super::closures::Closures;
use super::pairs::Pairs;
use super::questions::Question;
use super::records::Records;
use super::table::Table;
use super::world::World;

/// How many questions of each sort the baseline is asked, where it is too slow for all.
pub(crate) const SAMPLE: usize = 1 << 16;

/// How many questions are asked over and over.
pub(crate) const HOT: usize = 1_000;

/// All that answers but rolecall.
#[derive(Debug)]
pub(crate) struct Yardsticks {
    pub(crate) baseline: Baseline,
    pub(crate) closures: Closures,
    pub(crate) records: Records,
    pub(crate) table: Table,
    pub(crate) pairs: Option<Pairs>,
}

impl Yardsticks {
    pub(crate) fn of(world: &World) -> Yardsticks {
        Yardsticks {
            baseline: Baseline::of(world),
            closures: Closures::of(world),
            records: Records::of(world),
            table: Table::of(world),
            pairs: Pairs::of(world),
        }
    }

    /// The answer to each question, on which all agree; the baseline is asked `sample` of them.
    pub(crate) fn answers(&self, questions: &[Question], sample: usize) -> Vec<bool> {
        let answer = |(at, &question): (usize, &Question)| {
            let answer = self.table.can(question);
            assert_eq!(self.records.can(question), answer, "{question:?}");
            assert_eq!(self.closures.can(question), answer, "{question:?}");
            let pairs = self.pairs.as_ref();
            assert!(pairs.is_none_or(|pairs| pairs.can(question) == answer));
            if at < sample {
                assert_eq!(self.baseline.can(question), answer, "{question:?}");
            }
            answer
        };
        questions.iter().enumerate().map(answer).collect()
    }

    /// How much memory each floor takes.
    pub(crate) fn print_bytes(&self, users: u32) {
        let each = |bytes: usize| bytes as f64 / f64::from(users);
        println!(
            "floors, bytes a user: closures {:.1}, records {:.1}, table {:.1}; pairs of groups {}",
            each(self.closures.bytes()),
            each(self.records.bytes()),
            each(self.table.bytes()),
            match &self.pairs {
                Some(pairs) => format!("{:.1}", each(pairs.bytes())),
                None => "do not fit".to_owned(),
            },
        );
    }
}

/// Questions with their handles and answers.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) questions: Vec<Question>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) answers: Vec<bool>,
}

impl Asking {
    /// Rolecall and all yardsticks agree on each answer.
    pub(crate) fn of(
        questions: Vec<Question>,
        handles: &Handles,
        now: &Snapshot,
        yardsticks: &Yardsticks,
        sample: usize,
    ) -> Asking {
        let asked = handles.all(&questions);
        let answers = yardsticks.answers(&questions, sample);
        for (asked, answer) in asked.iter().zip(&answers) {
            assert_eq!(can(now, asked), *answer, "{asked:?}");
        }
        Asking {
            questions,
            asked,
            answers,
        }
    }

    pub(crate) fn yes(&self) -> usize {
        self.answers.iter().filter(|answer| **answer).count()
    }
}

#[inline]
pub(crate) fn can(now: &Snapshot, asked: &Asked) -> bool {
    now.can(asked.user, asked.permission, asked.target)
}
