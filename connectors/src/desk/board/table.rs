//! A table of the board: one set of numbers, written as a table of the page, as a chart and as CSV.

use maud::{Markup, html};
use serde_json::Value;

use super::charts::{self, Chart};

/// A table of numbers. The first column names the rows.
pub struct Table {
    /// The name in addresses.
    pub name: &'static str,
    pub title: &'static str,
    /// What the numbers count, where the title does not say it.
    pub note: &'static str,
    /// The names of the columns, that of the rows first.
    pub columns: Vec<&'static str>,
    pub rows: Vec<Row>,
    pub chart: Chart,
}

/// A row of a table.
pub struct Row {
    pub label: String,
    pub cells: Vec<Cell>,
}

/// A number of the board.
pub enum Cell {
    /// A count, with the filters of the list behind it.
    Count(i64, String),
    /// A share in percent; missing where nothing is decided yet.
    Share(Option<f64>),
    /// A time in hours; `None` if nothing was measured yet.
    Hours(Option<f64>),
}

impl Cell {
    /// The share of these in both.
    pub fn share(kept: i64, missed: i64) -> Self {
        let all = kept.saturating_add(missed);
        #[expect(clippy::cast_precision_loss, reason = "counts of tickets are far below 2^52")]
        Self::Share((all > 0).then(|| 100.0 * kept as f64 / all as f64))
    }

    /// The number, for charts.
    #[expect(clippy::cast_precision_loss, reason = "counts of tickets are far below 2^52")]
    pub fn number(&self) -> f64 {
        match self {
            Self::Count(count, _) => *count as f64,
            Self::Share(number) | Self::Hours(number) => number.unwrap_or(0.0),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Count(count, _) => count.to_string(),
            Self::Share(Some(share)) => format!("{share:.1} %"),
            Self::Hours(Some(hours)) => charts::duration(*hours),
            Self::Share(None) | Self::Hours(None) => "–".to_owned(),
        }
    }

    /// The number as JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Count(count, _) => (*count).into(),
            Self::Share(number) | Self::Hours(number) => (*number).into(),
        }
    }

    /// The number as programs read it.
    fn plain(&self) -> String {
        match self {
            Self::Count(count, _) => count.to_string(),
            Self::Share(Some(number)) => format!("{number:.1}"),
            Self::Hours(Some(number)) => format!("{number:.2}"),
            Self::Share(None) | Self::Hours(None) => String::new(),
        }
    }

    fn html(&self) -> Markup {
        match self {
            Self::Count(count, list) => html! { a href={ "/?" (list) } data-count=(count) { (count) } },
            Self::Share(_) | Self::Hours(_) => html! { (self.text()) },
        }
    }
}

impl Table {
    /// The table with its chart beside it.
    pub fn card(&self, days: &str) -> Markup {
        html! {
            section.card.figure id=(self.name) {
                h2 { (self.title) }
                @if !self.note.is_empty() { p.hint { (self.note) } }
                @if self.rows.is_empty() { p.hint { "Nothing to count yet." } } @else {
                    (charts::svg(self))
                    div.scroll {
                        table {
                            thead { tr { @for name in &self.columns { th scope="col" { (name) } } } }
                            tbody {
                                @for row in &self.rows {
                                    tr {
                                        th scope="row" { (row.label) }
                                        @for cell in &row.cells { td { (cell.html()) } }
                                    }
                                }
                            }
                        }
                    }
                }
                p.csv { a href={ "/board/" (self.name) ".csv?" (days) } { "CSV" } }
            }
        }
    }

    /// The table as CSV, by RFC 4180.
    pub fn csv(&self) -> String {
        let line = |fields: Vec<String>| {
            fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\r\n"
        };
        let head = line(self.columns.iter().map(|name| (*name).to_owned()).collect());
        let rows = self.rows.iter().map(|row| {
            let cells = row.cells.iter().map(Cell::plain);
            line([row.label.clone()].into_iter().chain(cells).collect())
        });
        [head].into_iter().chain(rows).collect()
    }
}

/// A field of CSV. A spreadsheet takes what begins with one of these characters for a formula.
fn quoted(field: &str) -> String {
    let field = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_csv_and_a_label_is_no_formula() {
        let row = |label: &str, kept, missed| Row {
            label: label.to_owned(),
            cells: vec![Cell::Count(kept, String::new()), Cell::share(kept, missed), Cell::Hours(Some(1.5))],
        };
        let table = Table {
            name: "teams",
            title: "By team",
            note: "",
            columns: vec!["Team", "Kept", "Kept, %", "Median, hours"],
            rows: vec![row("=1+1", 2, 1), row("a, \"b\"", 0, 0)],
            chart: Chart::None,
        };
        assert_eq!(
            table.csv(),
            "Team,Kept,\"Kept, %\",\"Median, hours\"\r\n'=1+1,2,66.7,1.50\r\n\"a, \"\"b\"\"\",0,,1.50\r\n"
        );
    }
}
