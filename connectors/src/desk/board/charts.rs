//! Charts of the board: SVG that the server draws. Every chart has its table beside it, so a screen reader is
//! told the title and goes on to the table.

use maud::{Markup, html};

use super::table::{Row, Table};

/// How a table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// The table is shown without a chart.
    None,
    /// One bar a row: the numbers of these columns beside each other, counted from the first after the
    /// labels.
    Bars(&'static [usize]),
    /// One column a row, upright: the numbers of these columns on each other.
    Columns(&'static [usize]),
}

/// The width of a chart in its own units.
const WIDTH: f64 = 300.0;
const BAR: f64 = 12.0;
const GAP: f64 = 4.0;
const HEIGHT: f64 = 90.0;

/// The chart of a table.
pub fn svg(table: &Table) -> Markup {
    match table.chart {
        Chart::None => html! {},
        Chart::Bars(columns) => bars(table, columns),
        Chart::Columns(columns) => upright(table, columns),
    }
}

fn sum(row: &Row, columns: &[usize]) -> f64 {
    columns.iter().filter_map(|column| row.cells.get(*column)).map(super::table::Cell::number).sum()
}

fn most(table: &Table, columns: &[usize]) -> f64 {
    table.rows.iter().map(|row| sum(row, columns)).fold(1.0, f64::max)
}

/// One part of a bar: where it begins, how long it is, and its style.
fn parts(row: &Row, columns: &[usize], scale: f64) -> Vec<(f64, f64, usize)> {
    let mut begin = 0.0;
    let mut parts = Vec::new();
    for (style, column) in columns.iter().enumerate() {
        let length = row.cells.get(*column).map_or(0.0, super::table::Cell::number) * scale;
        parts.push((begin, length, style));
        begin += length;
    }
    parts
}

#[expect(clippy::cast_precision_loss, reason = "a table has a few rows")]
fn bars(table: &Table, columns: &[usize]) -> Markup {
    let scale = WIDTH / most(table, columns);
    let height = table.rows.len() as f64 * (BAR + GAP);
    html! {
        svg.chart role="img" aria-label={ (table.title) ", as in the table" } viewBox={ "0 0 " (WIDTH) " " (height) }
            preserveAspectRatio="none" height=(height) {
            @for (n, row) in table.rows.iter().enumerate() {
                @for (x, width, style) in parts(row, columns, scale) {
                    rect class={ "part-" (style) } x=(short(x)) y=(short(n as f64 * (BAR + GAP))) width=(short(width))
                        height=(BAR) { title { (row.label) } }
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a table has a few rows")]
fn upright(table: &Table, columns: &[usize]) -> Markup {
    let scale = HEIGHT / most(table, columns);
    let step = WIDTH / table.rows.len().max(1) as f64;
    html! {
        svg.chart role="img" aria-label={ (table.title) ", as in the table" } viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
            preserveAspectRatio="none" height=(HEIGHT) {
            line.axis x1="0" x2=(WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
            @for (n, row) in table.rows.iter().enumerate() {
                @for (y, height, style) in parts(row, columns, scale) {
                    rect class={ "part-" (style) } x=(short(n as f64 * step + step * 0.1)) width=(short(step * 0.8))
                        y=(short(HEIGHT - y - height)) height=(short(height)) { title { (row.label) } }
                }
            }
        }
    }
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

/// A time as `3 h` or `2 d 4 h`.
pub fn duration(hours: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a duration in minutes, rounded")]
    let minutes = (hours * 60.0).round() as i64;
    let days = minutes / 1440;
    let rest = minutes % 1440;
    match (days, rest / 60) {
        (0, 0) => format!("{rest} min"),
        (0, hours) => format!("{hours} h"),
        (days, 0) => format!("{days} d"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_words() {
        assert_eq!([0.5, 3.2, 24.0, 52.0].map(duration), ["30 min", "3 h", "1 d", "2 d 4 h"]);
    }
}
