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
use super::queue_filter::{ANY_STATUS, DUE, LARGE_PAGE, NOTHING, QueueFilter, Sort};
use super::queue_search;
use super::roles::{Content, Numbers, Scope};
use super::server::Desk;
use super::session::{PageError, SignedIn, StillSignedIn};
use super::ticket_row::Rows;
use super::ticket_store::{COUNTED, QueuePage, positions};
use super::views::{self, SavedView};
use crate::clock::present;

/// One choice of a filter: its value and its words.
type Choice = (String, String);

/// What a page of the queue shows.
struct QueueBody<'a> {
    person: &'a Person,
    filter: &'a QueueFilter,
    views: Vec<SavedView>,
    /// The teams of the municipality, for those who see several or hand tickets out.
    teams: Vec<String>,
    /// The staff of the municipality: login and name.
    staff: Vec<(String, String)>,
    page: QueuePage,
}

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Query(filter): Query<QueueFilter>,
) -> Result<Response, PageError> {
    let view = desk.databases.of(&person)?;
    let since = positions(desk.accounts.pool()).await?;
    let rights = person.role.rights();
    let is_near = rights.scope != Scope::Country;
    let teams = if is_near { view.teams().await? } else { Vec::new() };
    let staff = if is_near { view.staff().await? } else { Vec::new() };
    if let Some(kind) = queue_search::looked_at(&filter.q, &view) {
        desk.accounts.note_search(&person, kind).await?;
    }
    let page = view.queue(&filter).await?;
    let views = views::of(&desk.accounts, &person).await?;
    let body = QueueBody { person: &person, filter: &filter, views, teams, staff, page };
    Ok(Html(layout::page("Queue", &person, &since, &body.html(present())).into_string()).into_response())
}

/// The count above the list, for the script of the page.
pub async fn count(
    State(desk): State<Arc<Desk>>,
    StillSignedIn { person, .. }: StillSignedIn,
    Query(filter): Query<QueueFilter>,
) -> Result<Response, PageError> {
    let (count, overdue) = desk.databases.of(&person)?.counts(&filter).await?;
    Ok(Html(counted(count, overdue).into_string()).into_response())
}

impl QueueBody<'_> {
    fn html(&self, now: Time) -> Markup {
        let Self { person, filter, page, .. } = self;
        let rows = Rows::of(person.role);
        html! {
            main.queue {
                (views::bar(person, &self.views, filter))
                (self.filters())
                p.summary {
                    span id="count" { (counted(page.count, page.overdue)) } " "
                    button.quiet id="arrived" type="button" hidden { "New tickets" }
                }
                @if rows == Rows::Selectable { (self.bulk()) }
                table {
                    thead {
                        tr {
                            @if rows == Rows::Selectable {
                                th.pick scope="col" {
                                    input type="checkbox" id="pick-all" aria-label="Select all tickets of this page";
                                }
                            }
                            @for name in ["Due", "Number", "Category", "Severity", "Status", "Ward", "Team", "Person"] {
                                th scope="col" { (name) }
                            }
                        }
                    }
                    tbody id="queue" data-page=(filter.page()) data-more=[page.next.as_ref().map(|_| "yes")] {
                        @for row in &page.rows { (row.html(now, rows)) }
                    }
                }
                @if page.rows.is_empty() { p.empty { "No ticket fits these filters." } }
                @if let Some(next) = &page.next {
                    p { a href={ "/?" (filter.address_after(next)) } { "Further tickets" } }
                }
            }
        }
    }

    fn filters(&self) -> Markup {
        let Self { person, filter, teams, .. } = self;
        let rights = person.role.rights();
        let named = |codes: &[&'static str]| -> Vec<Choice> {
            codes.iter().map(|code| ((*code).to_owned(), words(code))).collect()
        };
        let teams: Vec<Choice> = teams.iter().map(|code| (code.clone(), code.clone())).collect();
        let due: Vec<Choice> =
            DUE.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect();
        let categories: Vec<_> = Category::ALL.iter().map(|it| it.as_str()).collect();
        let severities: Vec<_> = Severity::ALL.iter().map(|it| it.as_str()).collect();
        let statuses: Vec<_> = Status::ALL.iter().map(|it| it.as_str()).collect();
        let statuses = [named(&statuses), vec![(ANY_STATUS.to_owned(), "Any status".to_owned())]].concat();
        let queues: Vec<_> = Queue::ALL.iter().map(|it| it.as_str()).collect();
        let orders: Vec<Choice> = Sort::ALL
            .iter()
            .filter(|sort| **sort != Sort::Due)
            .map(|sort| (sort.as_str().to_owned(), sort.words().to_owned()))
            .collect();
        let lengths = [(LARGE_PAGE.to_string(), format!("{LARGE_PAGE} on a page"))];
        html! {
            form.filters method="get" action="/" role="search" {
                (self.search())
                @if rights.content == Content::Whole { (select("person", "Anyone", &self.people(), &filter.person)) }
                @if rights.scope == Scope::Municipality { (select("team", "All teams", &teams, &filter.team)) }
                @if rights.scope == Scope::Country {
                    input.ward name="municipality" value=(filter.municipality) placeholder="Municipality"
                        aria-label="Municipality";
                }
                (select("due", "Any deadline", &due, &filter.due))
                (select("category", "All categories", &named(&categories), &filter.category))
                (select("severity", "Any severity", &named(&severities), &filter.severity))
                (select("status", "Not closed", &statuses, &filter.status))
                (select("queue", "With a team or not", &named(&queues), &filter.queue))
                input.ward name="ward" value=(filter.ward) placeholder="Ward" aria-label="Ward";
                (self.behind_a_figure())
                (select("sort", Sort::Due.words(), &orders, &filter.sort))
                (select("show", "100 on a page", &lengths, &filter.show))
                button { "Show" }
                a.quiet href="/" { "Clear" }
            }
        }
    }

    /// What the list is narrowed to by the figure of the board that led here.
    fn behind_a_figure(&self) -> Markup {
        let figure = &self.filter.figure;
        html! {
            @for (name, value) in figure.fields().into_iter().filter(|(_, value)| !value.is_empty()) {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(words) = figure.words() { span.figure { "Only: " (words) } }
        }
    }

    fn search(&self) -> Markup {
        let rights = self.person.role.rights();
        let hint = match (rights.content, rights.numbers) {
            (Content::Facts, _) => "Number",
            (Content::Whole, Numbers::Hidden) => "Number or words",
            (Content::Whole, Numbers::Found) => "Number, words, end of a phone number",
        };
        html! { input type="search" name="q" value=(self.filter.q) placeholder=(hint) aria-label=(hint); }
    }

    fn people(&self) -> Vec<Choice> {
        let login = self.person.login.to_string();
        let others = self.staff.iter().filter(|(known, _)| *known != login);
        let mut people =
            vec![(login.clone(), "Mine".to_owned()), (NOTHING.to_owned(), "No person yet".to_owned())];
        people.extend(others.map(|(login, name)| (login.clone(), format!("{name} · {login}"))));
        people
    }

    /// The form that assigns the selected tickets, one command each; the script of the page sends it.
    fn bulk(&self) -> Markup {
        html! {
            form.bulk id="bulk" hidden {
                input type="hidden" name="token" value=(self.person.form.as_str());
                strong id="picked" aria-live="polite" { "0 selected" }
                select name="team" aria-label="Team" {
                    option value="" { "Team stays" }
                    @for code in &self.teams { option value=(code) { (code) } }
                }
                select name="person" aria-label="Person" {
                    option value="" { "Person stays" }
                    option value=(NOTHING) { "No one" }
                    @for (login, name) in &self.staff { option value=(login) { (name) " · " (login) } }
                }
                button { "Assign" }
                button.quiet type="button" id="pick-none" { "Select none" }
                progress id="bulk-progress" hidden aria-label="Assigned" {}
                div id="bulk-result" aria-live="polite" {}
            }
        }
    }
}

fn counted(count: i64, overdue: i64) -> Markup {
    let more = if count >= COUNTED { " or more" } else { "" };
    let noun = if count == 1 { "ticket" } else { "tickets" };
    html! { strong { (count) (more) } " " (noun) ", " strong { (overdue) } " overdue" }
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
