//! The table, as Markdown.

use crate::row::{How, MEASURES, Measure};
use crate::run::{End, Found};

/// A column of the table: what was found out about each measure, in their order.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) found: Vec<Found>,
}

impl Column {
    fn row(&self, measure: Measure) -> Option<&Found> {
        let at = MEASURES.iter().position(|one| *one == measure)?;
        self.found.get(at)
    }

    /// What the column says of a measure, with the ratio to the first column.
    fn cell(&self, measure: Measure, first: &Column) -> String {
        let row = match self.row(measure) {
            Some(Ok(row)) => row,
            Some(Err(End::TooSlow)) => return "not in 5 minutes".to_owned(),
            Some(Err(End::Broken(status))) => return format!("failed ({status})"),
            Some(Err(End::Done)) | None => return "–".to_owned(),
        };
        let How { looped, sampled } = row.how;
        let marks = [(sampled, "≈ "), (looped, "loop, ")];
        let marks = marks.iter().filter(|(holds, _)| *holds);
        let marks: String = marks.map(|(_, mark)| *mark).collect();
        let figure = written(measure, row.figure);
        let ratio = match first.row(measure) {
            Some(Ok(ours)) if self.name != first.name => {
                format!(" ({}x)", grouped(row.figure / ours.figure))
            }
            _ => String::new(),
        };
        format!("{marks}{figure}{ratio}")
    }

    /// How many of its answers were compared with the right ones.
    fn checked(&self) -> u64 {
        self.found.iter().flatten().map(|row| row.checked).sum()
    }
}

/// The table of one size; the ratios are to the first column.
pub(crate) fn table(columns: &[Column]) -> String {
    let Some(first) = columns.first() else {
        return String::new();
    };
    let names = columns.iter().map(|column| format!(" {} |", column.name));
    let lines = columns.iter().map(|_| "---:|");
    let mut text = format!("| |{}\n", names.collect::<String>());
    text.push_str(&format!("|---|{}\n", lines.collect::<String>()));
    for measure in MEASURES {
        let cells = columns.iter().map(|column| column.cell(measure, first));
        let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
        text.push_str(&format!("| {} |{cells}\n", measure.title()));
    }
    let checked = columns.iter().map(|column| spaced(column.checked()));
    let checked: String = checked.map(|cell| format!(" {cell} |")).collect();
    text.push_str(&format!("| answers compared |{checked}\n"));
    text
}

const BYTES: [(&str, f64); 4] = [
    ("B", 1.0),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

const SECONDS: [(&str, f64); 6] = [
    ("ns", 1e-9),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3600.0),
];

fn written(measure: Measure, figure: f64) -> String {
    match measure {
        Measure::Memory => with_unit(figure, &BYTES),
        _ => with_unit(figure, &SECONDS),
    }
}

/// In the largest unit that leaves at least one.
fn with_unit(figure: f64, units: &[(&str, f64)]) -> String {
    let fits = units.iter().rfind(|(_, unit)| figure >= *unit);
    let (name, unit) = fits.or(units.first()).copied().unwrap_or(("", 1.0));
    let figure = figure / unit;
    match figure {
        0.0..10.0 => format!("{figure:.2} {name}"),
        0.0..100.0 => format!("{figure:.1} {name}"),
        _ => format!("{figure:.0} {name}"),
    }
}

/// With two decimals below a hundred, whole above it.
fn grouped(figure: f64) -> String {
    if figure < 100.0 {
        return format!("{figure:.2}");
    }
    spaced(figure.round() as u64)
}

/// With a comma before each three digits.
fn spaced(mut rest: u64) -> String {
    let mut text = String::new();
    while rest >= 1000 {
        text = format!(",{:03}{text}", rest % 1000);
        rest /= 1000;
    }
    format!("{rest}{text}")
}

#[cfg(test)]
mod tests {
    use super::{Column, grouped, table, written};
    use crate::row::{Measure, Row};
    use crate::run::End;

    #[test]
    fn figures_have_a_unit_and_ratios_two_decimals() {
        assert_eq!(written(Measure::AskRandom, 82e-9), "82.0 ns");
        assert_eq!(written(Measure::Who, 5400.0), "1.50 h");
        assert_eq!(written(Measure::Memory, 5_368_709_120.0), "5.00 GiB");
        assert_eq!(grouped(1.4159), "1.42");
        assert_eq!(grouped(2_405_006_797.98), "2,405,006,798");
    }

    #[test]
    fn a_measure_that_was_too_slow_hides_no_other() {
        let ours = [1e-3, 4096.0, 2.5e-7].into_iter();
        let ours = ours.zip([Measure::Build, Measure::Memory, Measure::AskRandom]);
        let columns = [
            Column {
                name: "a",
                found: ours
                    .map(|(figure, measure)| Ok(Row::of(measure, figure)))
                    .collect(),
            },
            Column {
                name: "b",
                found: vec![
                    Ok(Row::of(Measure::Build, 2e-3)),
                    Err(End::TooSlow),
                    Ok(Row::of(Measure::AskRandom, 5e-8).looped().sampled()),
                ],
            },
        ];
        let text = table(&columns);
        let lines: Vec<&str> = text.lines().take(5).collect();
        assert_eq!(lines[2], "| build | 1.00 ms | 2.00 ms (2.00x) |");
        assert_eq!(lines[3], "| memory | 4.00 KiB | not in 5 minutes |");
        assert_eq!(
            lines[4],
            "| ask, random | 250 ns | ≈ loop, 50.0 ns (0.20x) |"
        );
    }
}
