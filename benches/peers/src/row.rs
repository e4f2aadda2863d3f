//! What is measured, and how does it travel from the process that measures to the one that prints?

/// What is measured, in the order in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Build,
    Memory,
    AskRandom,
    AskYes,
    List,
    Who,
    Courses,
    Join,
}

pub(crate) const MEASURES: [Measure; 8] = [
    Measure::Build,
    Measure::Memory,
    Measure::AskRandom,
    Measure::AskYes,
    Measure::List,
    Measure::Who,
    Measure::Courses,
    Measure::Join,
];

impl Measure {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Measure::Build => "build",
            Measure::Memory => "memory",
            Measure::AskRandom => "ask, random",
            Measure::AskYes => "ask, drawn to be yes",
            Measure::List => "list: what one user may do on one target",
            Measure::Who => "who can do it on this target",
            Measure::Courses => "on which courses can this user do it",
            Measure::Join => "one membership added and visible",
        }
    }

    fn position(self) -> Option<usize> {
        MEASURES.iter().position(|one| *one == self)
    }
}

/// How a figure was come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct How {
    /// The library has no such question: its users write the loop that was measured.
    pub(crate) looped: bool,
    /// A sample of the candidates was asked about, and the time scaled to all of them.
    pub(crate) sampled: bool,
}

/// One figure of one peer: seconds, bytes or a count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) measure: Measure,
    pub(crate) figure: f64,
    pub(crate) how: How,
    /// How many answers were compared with the right ones; a list is one answer.
    pub(crate) checked: u64,
}

impl Row {
    pub(crate) fn of(measure: Measure, figure: f64) -> Row {
        Row {
            measure,
            figure,
            how: How::default(),
            checked: 0,
        }
    }

    pub(crate) fn looped(mut self) -> Row {
        self.how.looped = true;
        self
    }

    pub(crate) fn sampled(mut self) -> Row {
        self.how.sampled = true;
        self
    }

    /// As one line.
    pub(crate) fn line(&self) -> String {
        let at = self.measure.position().unwrap_or(MEASURES.len());
        let (figure, How { looped, sampled }, checked) = (self.figure, self.how, self.checked);
        format!("{at} {figure:e} {looped} {sampled} {checked}")
    }

    /// From one line.
    pub(crate) fn read(line: &str) -> Option<Row> {
        let mut words = line.split(' ');
        let at: usize = words.next()?.parse().ok()?;
        Some(Row {
            measure: *MEASURES.get(at)?,
            figure: words.next()?.parse().ok()?,
            how: How {
                looped: words.next()?.parse().ok()?,
                sampled: words.next()?.parse().ok()?,
            },
            checked: words.next()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{MEASURES, Row};

    #[test]
    fn a_row_is_read_as_it_was_written() {
        for measure in MEASURES {
            let mut row = Row::of(measure, 1.5e-7).looped();
            row.checked = 17;
            assert_eq!(Row::read(&row.line()), Some(row));
            assert_eq!(Row::read(&row.sampled().line()), Some(row.sampled()));
        }
        assert_eq!(Row::read("something that a library printed"), None);
    }
}
