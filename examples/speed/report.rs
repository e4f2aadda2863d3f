//! How is it told? A row for each measure.

/// A row of the table; what has no meaning is left empty.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) measure: String,
    pub(crate) rolecall: String,
    pub(crate) p99: String,
    pub(crate) floor: String,
    pub(crate) baseline: String,
    pub(crate) of_floor: String,
    pub(crate) of_baseline: String,
    pub(crate) goal: String,
}

impl Row {
    pub(crate) fn of(measure: impl Into<String>) -> Row {
        Row {
            measure: measure.into(),
            ..Row::default()
        }
    }

    /// What rolecall takes, in the middle and at the 99th percentile.
    pub(crate) fn took(mut self, times: &super::clock::Times) -> Row {
        self.rolecall = time(times.median());
        self.p99 = time(times.p99());
        self
    }

    /// A goal and whether it was met.
    pub(crate) fn goal(mut self, text: impl AsRef<str>, met: bool) -> Row {
        let separator = if self.goal.is_empty() {
            "goal"
        } else {
            "; goal"
        };
        let met = if met { "met" } else { "MISSED" };
        self.goal += &format!("{separator} {} {met}", text.as_ref());
        self
    }

    /// A goal, where it is set for what is measured.
    pub(crate) fn goal_if(self, set: bool, text: impl AsRef<str>, met: bool) -> Row {
        if set { self.goal(text, met) } else { self }
    }

    /// At most twice what the plain L took in the same minutes.
    pub(crate) fn beside_plain(self, took: f64, of_plain: f64) -> Row {
        let note = format!("{} of it, {}", ratio(took, of_plain), time(of_plain));
        self.goal("2.00x the plain L", took <= 2.0 * of_plain)
            .note(note)
    }

    /// Something to add.
    pub(crate) fn note(mut self, text: impl AsRef<str>) -> Row {
        let separator = if self.goal.is_empty() { "" } else { "; " };
        self.goal += &format!("{separator}{}", text.as_ref());
        self
    }

    pub(crate) fn print(&self) {
        print(
            [
                &self.measure,
                &self.rolecall,
                &self.p99,
                &self.floor,
                &self.baseline,
                &self.of_floor,
                &self.of_baseline,
            ],
            &self.goal,
        );
    }
}

/// The words above the columns.
pub(crate) fn head() {
    print(
        [
            "measure", "rolecall", "p99", "floor", "baseline", "to floor", "to base",
        ],
        "goal",
    );
}

fn print(columns: [&str; 7], goal: &str) {
    let [
        measure,
        rolecall,
        p99,
        floor,
        baseline,
        of_floor,
        of_baseline,
    ] = columns;
    let line = format!(
        "{measure:<42} {rolecall:>9} {p99:>9} {floor:>16} {baseline:>9} {of_floor:>8} {of_baseline:>8}  {goal}"
    );
    println!("{}", line.trim_end());
}

/// A time in nanoseconds with its unit.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..100.0 => format!("{nanoseconds:.1} ns"),
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.2} µs", nanoseconds / 1e3),
        ..1e9 => format!("{:.2} ms", nanoseconds / 1e6),
        _ => format!("{:.2} s", nanoseconds / 1e9),
    }
}

/// How many times as much.
pub(crate) fn ratio(much: f64, little: f64) -> String {
    format!("{:.2}x", much / little)
}

/// An amount of memory with its unit.
pub(crate) fn bytes(bytes: f64) -> String {
    match bytes.abs() {
        ..10_240.0 => format!("{bytes:.0} B"),
        ..10_485_760.0 => format!("{:.1} KiB", bytes / 1024.0),
        _ => format!("{:.1} MiB", bytes / 1_048_576.0),
    }
}
