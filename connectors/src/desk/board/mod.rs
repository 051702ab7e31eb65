//! The manager's board: what is open, how the promises are kept, and the list behind each number. The board
//! counts in the same scope as the queue: the own team, the own municipality, or the country.

mod charts;
pub mod figures;
mod table;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use self::figures::Period;
pub use self::table::Cell;
use self::table::Table;
use super::accounts::Person;
use super::databases::View;
use super::figure_filter::day;
use super::labels::{SAST, moment};
use super::layout;
use super::roles::DeskPage;
use super::server::Desk;
use super::session::{Asks, PageError, SignedIn, asks};
use super::ticket_store::positions;
use crate::clock::present;

/// How many days the promises are counted over, unless others are asked for.
const DAYS: i32 = 30;

/// The days on which the tickets came whose promises are counted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: String,
    to: String,
}

impl Asked {
    /// The period that is asked for, or the last 30 days.
    pub fn period(&self) -> Period {
        let today = today();
        let to = day(&self.to).unwrap_or(today);
        let from = day(&self.from).or_else(|| to.checked_sub((DAYS - 1).days()).ok()).unwrap_or(to);
        Period { from: from.min(to), to, today }
    }
}

/// The day in South Africa.
fn today() -> Date {
    let now = jiff::Timestamp::from_millisecond(present().millis()).unwrap_or_default();
    SAST.to_datetime(now).date()
}

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    person.require(DeskPage::Board)?;
    let since = positions(desk.accounts.pool()).await?;
    let period = asked.period();
    let view = desk.databases.of(&person)?;
    let tables = figures::all(&view, period).await?;
    let oldest = figures::oldest(&view).await?;
    let live = live(&tables, &oldest, period);
    let page = match asks(&headers) {
        Asks::Part => live,
        Asks::Page => layout::page("Board", &person, &since, &body(&person, &view, period, &live)),
    };
    Ok(Html(page.into_string()).into_response())
}

/// One table of the board as CSV.
pub async fn csv(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    person.require(DeskPage::Board)?;
    let view = desk.databases.of(&person)?;
    let tables = figures::all(&view, asked.period()).await?;
    let wanted = name.strip_suffix(".csv").ok_or(PageError::NotFound)?;
    let table = tables.iter().find(|table| table.name == wanted).ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, table.csv()).into_response())
}

fn body(person: &Person, view: &View, period: Period, live: &Markup) -> Markup {
    let of = match (&view.team, &person.municipality) {
        (Some(team), _) => team.clone(),
        (None, Some(municipality)) => municipality.to_string(),
        (None, None) => "South Africa".to_owned(),
    };
    html! {
        main.board {
            div.board-head {
                h1 { "Promises and work: " (of) }
                form.filters method="get" action="/board" {
                    label { "Tickets that came from" input type="date" name="from" value=(period.from); }
                    label { "to" input type="date" name="to" value=(period.to); }
                    button.second { "Show" }
                    button.quiet type="button" id="print" { "Print" }
                }
            }
            (live)
        }
    }
}

/// What changes while the page is open.
fn live(tables: &[Table], oldest: &Markup, period: Period) -> Markup {
    let days = format!("from={}&to={}", period.from, period.to);
    html! {
        div id="board" {
            p.hint { "As of " (moment(present())) ". Each number leads to the list behind it." }
            div.cards { @for table in tables { (table.card(&days)) } (oldest) }
        }
    }
}
