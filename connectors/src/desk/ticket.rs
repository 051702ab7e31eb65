//! The page of a ticket: what the resident said, what happened, and what the person can do.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use pipeline::rules::life::{Condition, Initiator, way};
use pipeline::rules::texts::LONGEST_REPLY;
use serde::Deserialize;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, HoldReason, Language, Outcome, Severity, Status};

use super::DeskError;
use super::accounts::Person;
use super::canned_replies::{self, CannedReply};
use super::databases::View;
use super::labels::{moment, words};
use super::queue_filter::NOTHING;
use super::roles::{Act, Content};
use super::server::Desk;
use super::session::{PageError, SignedIn, StillSignedIn};
use super::ticket_row::{Hold, deadline, severity};
use super::ticket_store::{Happened, Promise, Said, Sent, TicketFacts, positions};
use super::{history, layout};
use crate::clock::present;

/// How long a ticket can be held: hours and words. The reason may allow less.
const HOLDS: [(u16, &str); 5] =
    [(24, "1 day"), (72, "3 days"), (168, "7 days"), (336, "14 days"), (720, "30 days")];

/// Everything that the page shows.
pub struct TicketPage {
    pub facts: TicketFacts,
    said: Vec<Said>,
    pub happened: Vec<Happened>,
    sent: Vec<Sent>,
    teams: Vec<String>,
    staff: Vec<(String, String)>,
    canned: Vec<CannedReply>,
}

/// Text that was sent with a form that was refused, so that it is not lost.
#[derive(Default)]
pub struct Draft {
    pub act: &'static str,
    pub text: String,
}

/// The version that a script waits for.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Awaited {
    version: i64,
}

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let page = whole(&desk, &person, &name, None, &Draft::default()).await?;
    Ok(Html(page).into_response())
}

/// The part of the page that changes without the person's doing, once the tables have the awaited version.
pub async fn live(
    State(desk): State<Arc<Desk>>,
    StillSignedIn { person, .. }: StillSignedIn,
    Path(name): Path<String>,
    Query(awaited): Query<Awaited>,
) -> Result<Response, PageError> {
    let view = desk.databases.of(&person)?;
    let facts = view.ticket(&name).await?.ok_or(PageError::NotFound)?;
    view.wait_for(&facts.row.id, awaited.version).await?;
    let page = load(&desk, &person, &view, &name).await?.ok_or(PageError::NotFound)?;
    let now = present();
    let draft = Draft::default();
    Ok(Html(html! { (page.live(now)) (page.forms(&person, &draft)) }.into_string()).into_response())
}

/// The whole page, with a notice above the forms and the text of a form that was refused.
pub async fn whole(
    desk: &Desk,
    person: &Person,
    name: &str,
    notice: Option<&Markup>,
    draft: &Draft,
) -> Result<String, PageError> {
    let view = desk.databases.of(person)?;
    let since = positions(desk.accounts.pool()).await?;
    let page = load(desk, person, &view, name).await?.ok_or(PageError::NotFound)?;
    let body = page.body(person, notice, draft, present());
    Ok(layout::page(&page.facts.row.number, person, &since, &body).into_string())
}

/// Loads the page, and notes that the person is shown the words.
async fn load(
    desk: &Desk,
    person: &Person,
    view: &View,
    name: &str,
) -> Result<Option<TicketPage>, DeskError> {
    let Some(facts) = view.ticket(name).await? else { return Ok(None) };
    let id = &facts.row.id;
    let said = match view.content {
        Content::Whole => {
            desk.accounts.note_look(person, id).await?;
            view.said(id).await?
        }
        Content::Facts => Vec::new(),
    };
    let happened = view.happened(id).await?;
    let sent = view.sent(id).await?;
    let is_assigner = person.role.may(Act::Assign);
    let teams = if is_assigner { view.teams().await? } else { Vec::new() };
    let staff = if is_assigner { view.staff().await? } else { Vec::new() };
    let canned = if person.role.may(Act::Reply) {
        canned_replies::fitting(&desk.accounts, person, &facts.row.category, &facts.language).await?
    } else {
        Vec::new()
    };
    Ok(Some(TicketPage { facts, said, happened, sent, teams, staff, canned }))
}

impl TicketPage {
    fn body(&self, person: &Person, notice: Option<&Markup>, draft: &Draft, now: Time) -> Markup {
        let row = &self.facts.row;
        html! {
            main.ticket data-ticket=(row.id) data-number=(row.number) {
                p.back { a href="/" { "← Queue" } }
                @if person.role.rights().content == Content::Whole {
                    p.others id="others" role="status" data-token=(person.form.as_str()) {}
                }
                (self.live(now))
                div id="notice" aria-live="polite" { @if let Some(notice) = notice { (notice) } }
                (self.forms(person, draft))
            }
        }
    }

    /// What changes while the page is open.
    fn live(&self, now: Time) -> Markup {
        let row = &self.facts.row;
        html! {
            div id="live" data-version=(row.version) {
                div.head {
                    h1 { (row.number) }
                    p { (words(&row.category)) " · " (severity(&row.severity)) " · "
                        strong id="status" { (words(&row.status)) }
                        @if let Some(outcome) = &self.facts.outcome { " (" (words(outcome)) ")" }
                        " · " (deadline(row.due, now)) }
                }
                div.columns {
                    div {
                        (self.words())
                        section { h2 { "History" } (history::list(&self.happened)) }
                    }
                    aside {
                        (self.details())
                        (self.messages())
                    }
                }
            }
        }
    }

    fn words(&self) -> Markup {
        html! {
            @if !self.said.is_empty() {
                section.said {
                    h2 { "What the resident said" }
                    @for one in &self.said {
                        article {
                            p.when { (moment(one.at)) @if one.kind == "addendum" { ", added later" } }
                            @for words in &one.words { p.words dir="auto" { (words) } }
                            @if one.files > 0 { p.hint { (one.files) @if one.files == 1 { " file" } @else { " files" } } }
                            @if let Some(name) = &one.place_name { p.hint dir="auto" { "Place: " (name) } }
                            @if let Some((north, east)) = one.place { (pin(north, east)) }
                        }
                    }
                }
            }
        }
    }

    fn details(&self) -> Markup {
        let TicketFacts {
            row,
            language,
            created_at,
            response,
            resolution,
            policy,
            place,
            place_source,
            tier,
            hold_reason,
            held_until,
            manager_missing,
            is_unattended,
            ..
        } = &self.facts;
        let place = place.map(|(north, east)| format!("{north:.5}, {east:.5}"));
        let hold = hold_reason.as_deref().map_or_else(
            || "no".to_owned(),
            |reason| {
                let until = held_until.map_or_else(String::new, |until| format!(", until {}", moment(until)));
                format!("{}{until}", words(reason))
            },
        );
        let stands_still = if hold_reason.is_some() { "; stands still while it is on hold" } else { "" };
        let unreached = if *manager_missing { "; nobody was found who could be told" } else { "" };
        let escalation = if *tier == 0 { "none".to_owned() } else { format!("tier {tier}") };
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let rows = [
            ("Team", dash(&row.team)),
            ("Person", dash(&row.person) + if *is_unattended { "; not there" } else { "" }),
            ("Queue", row.queue.as_deref().map_or_else(|| "–".to_owned(), words)),
            ("Ward", dash(&row.ward)),
            ("Place", place.unwrap_or_else(|| "–".to_owned())),
            ("Place known by", words(place_source)),
            ("Language", language.clone()),
            ("Reported", moment(*created_at)),
            ("Response", promise(response)),
            ("Resolution", promise(resolution) + stands_still),
            ("Deadlines by", format!("policy of the {policy}")),
            ("On hold", hold),
            ("Escalation", escalation + unreached),
        ];
        html! {
            section {
                h2 { "Facts" }
                dl { @for (name, value) in &rows { dt { (name) } dd { (value) } } }
            }
        }
    }

    fn messages(&self) -> Markup {
        html! {
            section {
                h2 { "Messages to the resident" }
                @if self.sent.is_empty() { p.hint { "None yet." } }
                ol.messages {
                    @for one in &self.sent {
                        li {
                            span.when { (moment(one.queued_at)) } " "
                            @if one.class == "answer" { "Answer" } @else { "News" }
                            " (" (one.language) @if one.as_template { ", template" } "): "
                            strong { (words(&one.status)) }
                            @if let Some(code) = one.code.filter(|code| *code != 0) { " (code " (code) ")" }
                        }
                    }
                }
            }
        }
    }

    /// What the person can do. The script of the page replaces each form without unsaved words.
    fn forms(&self, person: &Person, draft: &Draft) -> Markup {
        let may = |act: Act| person.role.may(act);
        let row = &self.facts.row;
        let is_own = row.person.as_deref() == Some(person.login.as_str());
        html! {
            div id="forms" {
            @if may(Act::Take) && !is_own && !row.is_closed() {
                (self.form(person, Act::Take, html! { button { "Take it" } }))
            }
            @if may(Act::Status) { (self.status_form(person, draft)) }
            @if may(Act::Hold) && !row.is_closed() { (self.hold_form(person, draft)) }
            @if may(Act::Reply) {
                (self.reply_form(person, draft))
            }
            @if may(Act::Note) {
                (self.form(person, Act::Note, html! {
                    label { "Note for colleagues"
                        textarea name="text" rows="2" required { (kept(draft, Act::Note)) } }
                    button.second { "Keep the note" }
                }))
            }
            @if may(Act::Assign) { (self.assign_form(person)) }
            @if may(Act::Correct) { (self.correct_form(person)) }
            }
        }
    }

    /// A form with what every form carries.
    fn form(&self, person: &Person, act: Act, fields: Markup) -> Markup {
        html! {
            form.act method="post" action={ "/tickets/" (self.facts.row.number) "/" (act.as_str()) } {
                input type="hidden" name="token" value=(person.form.as_str());
                input type="hidden" name="revision" value=(self.facts.revision);
                (fields)
            }
        }
    }

    fn status_form(&self, person: &Person, draft: &Draft) -> Markup {
        let from: Option<Status> = self.facts.row.status.parse().ok();
        let by = Initiator::of(person.role.of_commands());
        let ways: Vec<_> =
            Status::ALL.iter().filter_map(|to| way(from?, *to, by).map(|way| (*to, way.needs))).collect();
        let outcomes = ways.iter().find_map(|(_, needs)| match needs {
            Condition::Outcome(outcomes) => Some(*outcomes),
            Condition::Nothing | Condition::Reason | Condition::Recent => None,
        });
        html! {
            @if !ways.is_empty() {
                (self.form(person, Act::Status, html! {
                    label { "Status"
                        select name="to" { @for (to, _) in &ways { option value=(to) { (words(to.as_str())) } } } }
                    @if let Some(outcomes) = outcomes { (outcome_select(outcomes)) }
                    label { "Reason" input name="text" value=(kept(draft, Act::Status)) maxlength="800"; }
                    button.second { "Change the status" }
                }))
            }
        }
    }

    fn hold_form(&self, person: &Person, draft: &Draft) -> Markup {
        let is_held = self.facts.row.hold == Hold::Held;
        self.form(
            person,
            Act::Hold,
            html! {
                @if !is_held {
                    label { "Hold, because of"
                        select name="reason" {
                            @for reason in HoldReason::ALL { option value=(reason) { (words(reason.as_str())) } }
                        } }
                    label { "For at most"
                        select name="hours" {
                            @for (hours, words) in HOLDS { option value=(hours) { (words) } }
                        } }
                }
                label { "Note" input name="text" value=(kept(draft, Act::Hold)) maxlength="800"; }
                button.second { @if is_held { "End the hold" } @else { "Hold" } }
            },
        )
    }

    fn assign_form(&self, person: &Person) -> Markup {
        let row = &self.facts.row;
        self.form(
            person,
            Act::Assign,
            html! {
                label { "Team"
                    select name="team" {
                        option value="" { "Stays" }
                        @for code in &self.teams {
                            option value=(code) { (code) @if row.team.as_ref() == Some(code) { " (now)" } }
                        }
                    } }
                label { "Person"
                    select name="person" {
                        option value="" { "Stays: " (row.person.as_deref().unwrap_or("no one")) }
                        @if row.person.is_some() { option value=(NOTHING) { "No one" } }
                        @for (login, name) in &self.staff { option value=(login) { (name) " · " (login) } }
                    } }
                button.second { "Assign" }
            },
        )
    }

    fn reply_form(&self, person: &Person, draft: &Draft) -> Markup {
        let language = &self.facts.language;
        self.form(
            person,
            Act::Reply,
            html! {
                @if !self.canned.is_empty() {
                    label { "Kept ready"
                        select.canned {
                            option value="" { "–" }
                            @for reply in &self.canned {
                                option value=(reply.id) data-text=(reply.text) {
                                    (reply.title) " · " (canned_replies::fits(reply)) }
                            }
                        } }
                }
                label { "Reply to the resident (" (language) ")"
                    textarea name="text" rows="3" maxlength=(LONGEST_REPLY) required dir="auto" {
                        (kept(draft, Act::Reply)) } }
                p.counter {}
                div.preview aria-live="polite" {}
                div.buttons {
                    button { "Send the reply" }
                    (self.preview("preview-of-reply", "Preview"))
                }
            },
        )
    }

    fn correct_form(&self, person: &Person) -> Markup {
        self.form(
            person,
            Act::Correct,
            html! {
                label { "Category"
                    select name="category" {
                        option value="" { "Stays" }
                        @for it in Category::ALL { option value=(it) { (words(it.as_str())) } }
                    } }
                label { "Severity"
                    select name="severity" {
                        option value="" { "Stays" }
                        @for it in Severity::ALL { option value=(it) { (words(it.as_str())) } }
                    } }
                label { "Language"
                    select name="language" {
                        option value="" { "Stays" }
                        @for it in Language::ALL { option value=(it) { (it) } }
                    } }
                label { "Place (degrees)"
                    input name="point" autocomplete="off" placeholder="-26.333, 28.152"; }
                div.preview aria-live="polite" {}
                div.buttons {
                    button.second { "Correct" }
                    (self.preview("preview-of-correction", "What this leads to"))
                }
            },
        )
    }

    /// The button that shows what a form would lead to.
    fn preview(&self, what: &str, words: &str) -> Markup {
        let address = format!("/tickets/{}/{what}", self.facts.row.number);
        html! { button.quiet type="button" data-preview=(address) { (words) } }
    }
}

/// A place that the resident gave, which a person can take for a correction.
fn pin(north: f64, east: f64) -> Markup {
    let place = format!("{north:.5}, {east:.5}");
    html! {
        p.hint {
            "Pin: " (place) " "
            button.quiet.use-pin type="button" data-point=(place) { "Use it for a correction" }
        }
    }
}

fn outcome_select(outcomes: &[Outcome]) -> Markup {
    html! {
        label { "Outcome, to close it"
            select name="outcome" {
                option value="" { "–" }
                @for outcome in outcomes { option value=(outcome) { (words(outcome.as_str())) } }
            } }
    }
}

fn kept(draft: &Draft, act: Act) -> &str {
    if draft.act == act.as_str() { &draft.text } else { "" }
}

fn promise(promise: &Promise) -> String {
    let due = moment(promise.due);
    match (promise.met, promise.breached) {
        (Some(met), None) => format!("by {due}; done {}", moment(met)),
        (Some(met), Some(_)) => format!("by {due}; late, done {}", moment(met)),
        (None, Some(_)) => format!("by {due}; missed"),
        (None, None) => format!("by {due}"),
    }
}
