//! The queue: the tickets that a person sees, overdue first.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Queue, Severity, Status};

use super::accounts::Person;
use super::labels::words;
use super::layout;
use super::queue_filter::{DUE, QueueFilter};
use super::roles::{Content, Scope};
use super::server::Desk;
use super::session::{PageError, SignedIn};
use super::ticket_store::{COUNTED, PAGE, QueuePage, positions};
use crate::clock::present;

/// One choice of a filter: its value and its words.
type Choice = (String, String);

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Query(filter): Query<QueueFilter>,
) -> Result<Response, PageError> {
    let view = desk.databases.of(&person)?;
    let since = positions(desk.accounts.pool()).await?;
    let teams =
        if person.role.rights().scope == Scope::Municipality { view.teams().await? } else { Vec::new() };
    let page = view.queue(&filter).await?;
    let body = body(&person, &filter, &teams, &page, present());
    Ok(Html(layout::page("Queue", &person, &since, &body).into_string()).into_response())
}

/// The count above the list, for the script of the page.
pub async fn count(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Query(filter): Query<QueueFilter>,
) -> Result<Response, PageError> {
    let (count, overdue) = desk.databases.of(&person)?.counts(&filter).await?;
    Ok(Html(counted(count, overdue).into_string()).into_response())
}

fn body(person: &Person, filter: &QueueFilter, teams: &[String], page: &QueuePage, now: Time) -> Markup {
    html! {
        main.queue {
            (filters(person, filter, teams))
            p.summary {
                span id="count" { (counted(page.count, page.overdue)) } " "
                button.quiet id="arrived" type="button" hidden { "New tickets" }
            }
            table {
                thead {
                    tr {
                        @for name in ["Due", "Number", "Category", "Severity", "Status", "Ward", "Team", "Person"] {
                            th scope="col" { (name) }
                        }
                    }
                }
                tbody id="queue" data-page=(PAGE) data-more=[page.next.as_ref().map(|_| "yes")] {
                    @for row in &page.rows { (row.html(now)) }
                }
            }
            @if page.rows.is_empty() { p.empty { "No ticket fits these filters." } }
            @if let Some(next) = &page.next { p { a href={ "/?" (address(filter, next)) } { "Further tickets" } } }
        }
    }
}

fn counted(count: i64, overdue: i64) -> Markup {
    let more = if count >= COUNTED { " or more" } else { "" };
    let noun = if count == 1 { "ticket" } else { "tickets" };
    html! { strong { (count) (more) } " " (noun) ", " strong { (overdue) } " overdue" }
}

fn filters(person: &Person, filter: &QueueFilter, teams: &[String]) -> Markup {
    let own: Vec<Choice> = vec![(person.login.to_string(), "Mine".to_owned())];
    let named = |codes: &[&'static str]| -> Vec<Choice> {
        codes.iter().map(|code| ((*code).to_owned(), words(code))).collect()
    };
    let teams: Vec<Choice> = teams.iter().map(|code| (code.clone(), code.clone())).collect();
    let due: Vec<Choice> = DUE.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
    let categories: Vec<_> = Category::ALL.iter().map(|it| it.as_str()).collect();
    let severities: Vec<_> = Severity::ALL.iter().map(|it| it.as_str()).collect();
    let statuses: Vec<_> = Status::ALL.iter().map(|it| it.as_str()).collect();
    let queues: Vec<_> = Queue::ALL.iter().map(|it| it.as_str()).collect();
    html! {
        form.filters method="get" action="/" role="search" {
            input type="search" name="q" value=(filter.q) placeholder="Number" aria-label="Number" accesskey="/";
            @if person.role.rights().content == Content::Whole { (select("person", "Anyone", &own, &filter.person)) }
            @if !teams.is_empty() { (select("team", "All teams", &teams, &filter.team)) }
            (select("due", "Any deadline", &due, &filter.due))
            (select("category", "All categories", &named(&categories), &filter.category))
            (select("severity", "Any severity", &named(&severities), &filter.severity))
            (select("status", "Not closed", &named(&statuses), &filter.status))
            (select("queue", "With a team or not", &named(&queues), &filter.queue))
            input.ward name="ward" value=(filter.ward) placeholder="Ward" aria-label="Ward";
            button { "Show" }
            a.quiet href="/" { "Clear" }
        }
    }
}

fn select(name: &str, any: &str, choices: &[Choice], chosen: &str) -> Markup {
    let is_known = chosen.is_empty() || choices.iter().any(|(value, _)| value == chosen);
    html! {
        select name=(name) aria-label=(any) {
            option value="" { (any) }
            @for (value, words) in choices {
                option value=(value) selected[value == chosen] { (words) }
            }
            @if !is_known { option value=(chosen) selected { (chosen) } }
        }
    }
}

/// The address of the next page of the same view.
fn address(filter: &QueueFilter, after: &str) -> String {
    let named = filter.columns().map(|(name, _, value)| (name, value));
    let more = [("q", filter.q.as_str()), ("status", &filter.status), ("due", &filter.due), ("after", after)];
    let pairs: Vec<_> = named.into_iter().chain(more).filter(|(_, value)| !value.is_empty()).collect();
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}
