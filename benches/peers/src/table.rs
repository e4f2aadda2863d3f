//! The table, as Markdown.

use crate::row::{How, MEASURES, Measure, Row};
use crate::run::End;

/// A column of the table.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
    pub(crate) end: End,
}

impl Column {
    fn row(&self, measure: Measure) -> Option<&Row> {
        self.rows.iter().find(|row| row.measure == measure)
    }

    /// What the column says of a measure, with the ratio to the first column.
    fn cell(&self, measure: Measure, first: &Column) -> String {
        let Some(row) = self.row(measure) else {
            // Only the measure after the last one that was done is the one that failed.
            let failed = MEASURES.get(self.rows.len()) == Some(&measure);
            return match &self.end {
                End::TooSlow if failed => "not in 5 minutes".to_owned(),
                End::Broken(status) if failed => format!("failed ({status})"),
                _ => "–".to_owned(),
            };
        };
        let How { looped, sampled } = row.how;
        let marks = [(sampled, "≈ "), (looped, "loop, ")];
        let marks = marks.iter().filter(|(holds, _)| *holds);
        let marks: String = marks.map(|(_, mark)| *mark).collect();
        let figure = written(measure, row.figure);
        let ratio = match first.row(measure) {
            Some(ours) if self.name != first.name && measure != Measure::Checked => {
                format!(" ({:.2}x)", row.figure / ours.figure)
            }
            _ => String::new(),
        };
        format!("{marks}{figure}{ratio}")
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
    text
}

fn written(measure: Measure, figure: f64) -> String {
    match measure {
        Measure::Memory => with_unit(figure, &[("B", 1.0), ("KiB", 1024.0), ("MiB", 1_048_576.0)]),
        Measure::Checked => format!("{figure}"),
        _ => with_unit(
            figure,
            &[("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)],
        ),
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
