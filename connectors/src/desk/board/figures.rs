//! The numbers of the board. Each is counted with the conditions of the list that it leads to; the promises
//! are those of the view `ticket_promises`, which counts as `sla_by_day` and the public function do.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};

use super::charts::Chart;
use super::table::{Cell, Row, Table};
use crate::clock::present;
use crate::desk::DeskError;
use crate::desk::databases::View;
use crate::desk::figure_filter::{AGES, HAPPENED, between, of_age};
use crate::desk::labels::{SAST, words};
use crate::desk::queue_filter::{DUE, QueueFilter};
use crate::desk::roles::Content;
use crate::desk::ticket_row::deadline;

/// How many rows a table of teams, wards or people has at most.
const ROWS: usize = 25;
/// How many of the oldest tickets are shown.
const OLDEST: usize = 10;

/// The days on which the tickets came whose promises are counted.
#[derive(Clone, Copy)]
pub struct Period {
    pub from: Date,
    pub to: Date,
    pub today: Date,
}

impl Period {
    /// The Monday of this week.
    fn monday(self) -> Date {
        let days = i32::from(self.today.weekday().to_monday_zero_offset());
        self.today.checked_sub(days.days()).unwrap_or(self.today)
    }
}

fn failed(error: sqlx::Error) -> DeskError {
    DeskError::Database { login: "desk", error }
}

/// Adds the scope of the person to a query over a table with these columns.
fn scope(query: &mut QueryBuilder<Postgres>, view: &View) {
    query.push(" where true");
    if let Some(municipality) = &view.municipality {
        query.push(" and municipality = ").push_bind(municipality.clone());
    }
    if let Some(team) = &view.team {
        query.push(" and assigned_team = ").push_bind(team.clone());
    }
}

/// The address of a list, from its fields.
fn list(fields: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(fields).unwrap_or_default()
}

/// All tables of the board.
pub async fn all(view: &View, period: Period) -> Result<Vec<Table>, DeskError> {
    let mut tables = vec![now(view).await?, flow(view, period).await?];
    for (name, title, field, column) in [
        ("promises-by-team", "Promises by team", "team", "assigned_team"),
        ("promises-by-category", "Promises by category", "category", "category"),
        ("promises-by-ward", "Promises by ward", "ward", "ward"),
    ] {
        tables.push(promises(view, period, Grouping { name, title, field, column }).await?);
    }
    tables.push(ages(view).await?);
    if view.content == Content::Whole {
        tables.push(people(view).await?);
    }
    tables.push(breaches(view).await?);
    tables.push(medians(view, period).await?);
    Ok(tables)
}

/// What is open now.
async fn now(view: &View) -> Result<Table, DeskError> {
    let of = |filter: QueueFilter| async move {
        let (count, _) = view.whole_count(&filter).await?;
        Ok::<_, DeskError>(Cell::Count(count, filter.address()))
    };
    let mut rows = vec![Row { label: "Open".to_owned(), cells: vec![of(QueueFilter::default()).await?] }];
    for (due, name, _) in DUE {
        let filter = QueueFilter { due: due.to_owned(), ..QueueFilter::default() };
        rows.push(Row { label: name.to_owned(), cells: vec![of(filter).await?] });
    }
    if view.content == Content::Whole {
        let filter = QueueFilter { person: "-".to_owned(), ..QueueFilter::default() };
        rows.push(Row { label: "No person yet".to_owned(), cells: vec![of(filter).await?] });
    }
    let filter = QueueFilter { team: "-".to_owned(), ..QueueFilter::default() };
    rows.push(Row { label: "No team yet".to_owned(), cells: vec![of(filter).await?] });
    let critical = QueueFilter { severity: "critical".to_owned(), ..QueueFilter::default() };
    rows.push(Row { label: "Critical".to_owned(), cells: vec![of(critical).await?] });
    let columns = vec!["Now", "Tickets"];
    let note = "Tickets that are not closed.";
    Ok(Table { name: "now", title: "Now", note, columns, rows, chart: Chart::Bars(&[0]) })
}

/// What came and went today and this week.
async fn flow(view: &View, period: Period) -> Result<Table, DeskError> {
    let mut rows = Vec::new();
    for (name, column, label) in HAPPENED {
        let mut cells = Vec::new();
        for from in [period.today, period.monday()] {
            let mut query = QueryBuilder::<Postgres>::new("select count(*) from tickets");
            scope(&mut query, view);
            query.push(" and ");
            between(&mut query, column, from, period.today);
            let count: i64 = query.build_query_scalar().fetch_one(&view.pool).await.map_err(failed)?;
            let from = from.to_string();
            let to = period.today.to_string();
            cells.push(Cell::Count(
                count,
                list(&[("status", "any"), ("on", name), ("from", &from), ("to", &to)]),
            ));
        }
        rows.push(Row { label: label.to_owned(), cells });
    }
    let columns = vec!["What happened", "Today", "This week"];
    let note = "Days in South Africa; a week begins on Monday.";
    Ok(Table { name: "flow", title: "Today and this week", note, columns, rows, chart: Chart::Bars(&[1]) })
}

/// What the promises are counted by.
struct Grouping {
    name: &'static str,
    title: &'static str,
    /// The filter of the queue.
    field: &'static str,
    column: &'static str,
}

/// The promises of the tickets that came in the period.
async fn promises(view: &View, period: Period, by: Grouping) -> Result<Table, DeskError> {
    let column = by.column;
    let mut query = QueryBuilder::<Postgres>::new(format!(
        "select {column} as label, count(*), count(*) filter (where response = 'kept'),
                count(*) filter (where response = 'missed'), count(*) filter (where resolution = 'kept'),
                count(*) filter (where resolution = 'missed') from ticket_promises"
    ));
    scope(&mut query, view);
    query.push(" and day between ").push_bind(period.from.to_string()).push("::date and ");
    query.push_bind(period.to.to_string()).push(format!("::date group by 1 order by 2 desc, 1 limit {ROWS}"));
    let found: Vec<(Option<String>, i64, i64, i64, i64, i64)> =
        query.build_query_as().fetch_all(&view.pool).await.map_err(failed)?;
    let from = period.from.to_string();
    let to = period.to.to_string();
    let rows =
        found.into_iter().map(|(label, tickets, response, late_response, resolution, late_resolution)| {
            let value = label.as_deref().unwrap_or("-");
            let of = |count, promise| {
                let days =
                    [("status", "any"), ("on", "created"), ("from", from.as_str()), ("to", to.as_str())];
                let fields = [&days[..], &[("promise", promise), (by.field, value)]].concat();
                Cell::Count(count, list(&fields))
            };
            let cells = vec![
                of(tickets, "any"),
                of(response, "response-kept"),
                of(late_response, "response-missed"),
                Cell::share(response, late_response),
                of(resolution, "resolution-kept"),
                of(late_resolution, "resolution-missed"),
                Cell::share(resolution, late_resolution),
            ];
            Row { label: named(label.as_deref(), by.field), cells }
        });
    let rows = rows.collect();
    Ok(Table {
        name: by.name,
        title: by.title,
        note: "Tickets that came in these days. The shares are those of what is decided, in percent.",
        columns: vec![
            "",
            "Tickets",
            "Response in time",
            "Response late",
            "Response, %",
            "Resolved in time",
            "Resolution late",
            "Resolution, %",
        ],
        rows,
        chart: Chart::Bars(&[4, 5]),
    })
}

/// A code as people read it; codes of teams and wards stay as they are.
fn named(label: Option<&str>, field: &str) -> String {
    match label {
        None => "None".to_owned(),
        Some(code) if field == "category" => words(code),
        Some(code) => code.to_owned(),
    }
}

/// How old the open tickets are.
async fn ages(view: &View) -> Result<Table, DeskError> {
    let mut rows = Vec::new();
    for (name, from, until, label) in AGES {
        let age = of_age(from, until);
        let mut query = QueryBuilder::<Postgres>::new(
            "select count(*), count(*) filter (where next_due_at <= now()) from tickets",
        );
        scope(&mut query, view);
        query.push(format!(" and status <> 'closed' and {age}"));
        let (open, overdue): (i64, i64) =
            query.build_query_as().fetch_one(&view.pool).await.map_err(failed)?;
        let cells = vec![
            Cell::Count(open, list(&[("age", name)])),
            Cell::Count(overdue, list(&[("age", name), ("due", "overdue")])),
        ];
        rows.push(Row { label: words(label), cells });
    }
    let columns = vec!["Age", "Open", "Overdue"];
    let note = "Open tickets by the time since they were reported.";
    Ok(Table { name: "ages", title: "Age of open tickets", note, columns, rows, chart: Chart::Columns(&[0]) })
}

/// What each person has.
async fn people(view: &View) -> Result<Table, DeskError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select assigned_to, count(*), count(*) filter (where next_due_at <= now()) from tickets",
    );
    scope(&mut query, view);
    query.push(format!(" and status <> 'closed' group by 1 order by 2 desc, 1 limit {ROWS}"));
    let found: Vec<(Option<String>, i64, i64)> =
        query.build_query_as().fetch_all(&view.pool).await.map_err(failed)?;
    let rows = found.into_iter().map(|(person, open, overdue)| {
        let value = person.as_deref().unwrap_or("-");
        let cells = vec![
            Cell::Count(open, list(&[("person", value)])),
            Cell::Count(overdue, list(&[("person", value), ("due", "overdue")])),
        ];
        Row { label: person.unwrap_or_else(|| "No one".to_owned()), cells }
    });
    let rows = rows.collect();
    let columns = vec!["Person", "Open", "Overdue"];
    Ok(Table {
        name: "people",
        title: "Work by person",
        note: "Open tickets.",
        columns,
        rows,
        chart: Chart::Bars(&[0]),
    })
}

/// The deadlines that passed in each of the last 24 hours.
async fn breaches(view: &View) -> Result<Table, DeskError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "with hours as (select generate_series(date_trunc('hour', now()) - interval '23 hours',
                                               date_trunc('hour', now()), interval '1 hour') as hour),
              seen as (select b.ticket, b.clock, date_trunc('hour', b.seen_at) as hour from breaches b
                        where b.level = 'breach' and b.seen_at >= date_trunc('hour', now()) - interval '23 hours'
                          and b.ticket in (select id from tickets",
    );
    scope(&mut query, view);
    query.push(
        "))
         select (extract(epoch from hour) * 1000)::bigint as hour,
                count(distinct ticket) filter (where clock = 'response') as response,
                count(distinct ticket) filter (where clock = 'resolution') as resolution
           from hours left join seen using (hour) group by 1 order by 1",
    );
    let found = query.build().fetch_all(&view.pool).await.map_err(failed)?;
    let rows = found.iter().map(hour_row).collect::<Result<_, _>>().map_err(failed)?;
    Ok(Table {
        name: "breaches",
        title: "Deadlines that passed, by hour",
        note: "The last 24 hours; tickets by the hour in which the deadline was seen to pass.",
        columns: vec!["Hour", "Response", "Resolution"],
        rows,
        chart: Chart::Columns(&[0, 1]),
    })
}

fn hour_row(row: &PgRow) -> Result<Row, sqlx::Error> {
    let begin = jiff::Timestamp::from_millisecond(row.try_get("hour")?).unwrap_or_default();
    let label = SAST.to_datetime(begin).strftime("%-d %b %H:00").to_string();
    let hour = begin.to_string();
    let of = |clock: &'static str| {
        let fields = [("status", "any"), ("breach", clock), ("hour", hour.as_str())];
        Ok::<_, sqlx::Error>(Cell::Count(row.try_get(clock)?, list(&fields)))
    };
    Ok(Row { label, cells: vec![of("response")?, of("resolution")?] })
}

/// How long half of the tickets waited at most.
async fn medians(view: &View, period: Period) -> Result<Table, DeskError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select category, count(*),
                percentile_cont(0.5) within group (order by extract(epoch from first_responded_at - created_at) / 3600.0)
                    ::float8,
                percentile_cont(0.5) within group (order by extract(epoch from resolved_at - created_at) / 3600.0)::float8
           from tickets",
    );
    scope(&mut query, view);
    query.push(" and ");
    between(&mut query, "created_at", period.from, period.to);
    query.push(" group by 1 order by 2 desc, 1");
    let found: Vec<(String, i64, Option<f64>, Option<f64>)> =
        query.build_query_as().fetch_all(&view.pool).await.map_err(failed)?;
    let from = period.from.to_string();
    let to = period.to.to_string();
    let rows = found.into_iter().map(|(category, tickets, response, resolution)| {
        let fields = [
            ("status", "any"),
            ("on", "created"),
            ("from", from.as_str()),
            ("to", to.as_str()),
            ("category", &category),
        ];
        let cells = vec![Cell::Count(tickets, list(&fields)), Cell::Hours(response), Cell::Hours(resolution)];
        Row { label: words(&category), cells }
    });
    let rows = rows.collect();
    Ok(Table {
        name: "medians",
        title: "Median times",
        note: "Tickets that came in these days: the time until a person looked, and until the last resolution.",
        columns: vec!["Category", "Tickets", "Response", "Resolution"],
        rows,
        chart: Chart::None,
    })
}

/// The oldest open tickets.
pub async fn oldest(view: &View) -> Result<Markup, DeskError> {
    let filter = QueueFilter { sort: "oldest".to_owned(), ..QueueFilter::default() };
    let page = view.queue(&filter).await?;
    let now = present();
    Ok(html! {
        section.card.figure id="oldest" {
            h2 { "Oldest open tickets" }
            @if page.rows.is_empty() { p.hint { "No ticket is open." } } @else {
                table {
                    thead { tr { @for name in ["Ticket", "Category", "Team", "Due"] { th scope="col" { (name) } } } }
                    tbody {
                        @for row in page.rows.iter().take(OLDEST) {
                            tr {
                                th scope="row" { a href={ "/tickets/" (row.number) } { (row.number) } }
                                td { (words(&row.category)) }
                                td { (row.team.as_deref().unwrap_or("–")) }
                                td { (deadline(row.due, now)) }
                            }
                        }
                    }
                }
            }
            p.csv { a href="/?sort=oldest" { "All of them" } }
        }
    })
}
