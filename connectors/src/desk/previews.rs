//! What an act would lead to, before it is sent: how a reply reaches the resident, and where a correction
//! takes the ticket. The same functions compute it that carry it out.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use pipeline::rules::edition::Edition;
use pipeline::rules::geography::locate;
use pipeline::rules::texts::LONGEST_REPLY;
use pipeline::stages::announce::announce;
use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::messages::{FromTicket, Notice};
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::accounts::Person;
use super::commands::{ActForm, NOT_A_FORM, OTHER_SITE};
use super::labels::{moment, words};
use super::roles::Act;
use super::server::Desk;
use super::session::{PageError, SignedIn};
use super::ticket_row::Hold;
use super::ticket_store::TicketFacts;
use crate::clock::present;

const NO_EDITION: PageError = PageError::Bad("There is no edition of the reference data yet: publish one.");

/// How the reply that is being written would reach the resident.
pub async fn reply(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Path(name): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, PageError> {
    let facts = ticket(&desk, &person, &name, &form, Act::Reply).await?;
    let edition = (desk.edition)().ok_or(NO_EDITION)?;
    let language: Language = facts.language.parse().map_err(|_| NOT_A_FORM)?;
    let notice = notice_of(&facts, &form.text, edition.number)?;
    let told = announce(&notice, None, language, &edition).ok_or(NOT_A_FORM)?;
    let window = desk.databases.of(&person)?.window_end(&facts.row.id).await?;
    let is_open = window.is_some_and(|end| end > present());
    let count = form.text.trim().chars().count();
    let page = html! {
        @if count == 0 {
            p.hint { "Nothing is written yet." }
        } @else if count > LONGEST_REPLY {
            p.notice.refused { (count) " characters: a reply has at most " (LONGEST_REPLY) "." }
        } @else if is_open {
            p.hint { "As the resident reads it, in words of our own, within 24 hours of the last message." }
            p.words dir="auto" lang=(language.answered_in()) { (told.body) }
        } @else if let Some(template) = &told.template {
            p.hint { "As the template " code { (template.name) }
                ": the resident has not written for 24 hours, so WhatsApp allows nothing else. "
                "These are its variables, each on one line." }
            ol.variables { @for variable in &template.variables { li dir="auto" { (variable) } } }
        }
    };
    Ok(Html(page.into_string()).into_response())
}

/// The notice that the ticket would send for this reply.
fn notice_of(facts: &TicketFacts, text: &str, edition: u32) -> Result<FromTicket, PageError> {
    let malformed = |_| NOT_A_FORM;
    Ok(FromTicket {
        ticket: facts.row.id.parse().map_err(|_| NOT_A_FORM)?,
        at: present(),
        edition,
        tracking_number: facts.row.number.parse().map_err(|_| NOT_A_FORM)?,
        category: facts.row.category.parse().map_err(malformed)?,
        municipality: None,
        status: facts.row.status.parse().map_err(malformed)?,
        version: 0,
        resolution_due_at: None,
        notice: Notice::Reply { text: Sealed(text.to_owned()) },
    })
}

/// Where the ticket would be after the correction.
pub async fn correction(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Path(name): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, PageError> {
    let facts = ticket(&desk, &person, &name, &form, Act::Correct).await?;
    let edition = (desk.edition)().ok_or(NO_EDITION)?;
    Ok(Html(led_to(&facts, &form, &person, &edition)?.into_string()).into_response())
}

/// The ticket, if the person may do this to it and the form is of this session.
async fn ticket(
    desk: &Desk,
    person: &Person,
    name: &str,
    form: &ActForm,
    act: Act,
) -> Result<TicketFacts, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(OTHER_SITE));
    }
    let facts = desk.databases.of(person)?.ticket(name).await?.ok_or(PageError::NotFound)?;
    if person.role.may(act) { Ok(facts) } else { Err(PageError::Forbidden("Your role does not allow this.")) }
}

fn led_to(
    facts: &TicketFacts,
    form: &ActForm,
    person: &Person,
    edition: &Edition,
) -> Result<Markup, PageError> {
    let or = |given: &str, now: &str| if given.is_empty() { now.to_owned() } else { given.to_owned() };
    let category = or(&form.category, &facts.row.category).parse().map_err(|_| NOT_A_FORM)?;
    let severity = or(&form.severity, &facts.row.severity).parse().map_err(|_| NOT_A_FORM)?;
    let point = form.point()?.or_else(|| facts.point());
    let found = locate(point, category, present(), edition);
    let stays = found.municipality == person.municipality;
    let team = match (stays && facts.team_rule == "manual", &facts.row.team) {
        (true, Some(team)) => format!("{team} (assigned by hand, stays)"),
        _ => found.team.as_ref().map_or_else(|| queue_of(&found), ToString::to_string),
    };
    let deadlines = edition.deadlines(found.municipality.as_ref(), category, severity, facts.created_at, &[]);
    let municipality = found.municipality.as_ref();
    let known = municipality.and_then(|code| edition.municipality(code));
    let named = known.map_or_else(|| "none".to_owned(), |known| format!("{} ({})", known.name, known.code));
    let rows = [
        ("Municipality", named),
        ("Ward", found.ward.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)),
        ("Team", team),
        ("Response", until(deadlines.response.due_at)),
        ("Resolution", until(deadlines.resolution.due_at)),
        ("Deadlines by", format!("policy of the {}", deadlines.policy)),
    ];
    Ok(html! {
        dl.led-to { @for (name, value) in &rows { dt { (name) } dd { (value) } } }
        @if !stays { p.notice.refused { "The ticket leaves your municipality: you will not see it any more." } }
        @if facts.row.hold == Hold::Held { p.hint { "The time on hold is added to the resolution." } }
    })
}

fn queue_of(found: &Routing) -> String {
    found
        .queue
        .map_or_else(|| "–".to_owned(), |queue| format!("none: {}", words(queue.as_str()).to_lowercase()))
}

fn until(due: Time) -> String {
    let passed = if due <= present() { ", which has passed" } else { "" };
    format!("by {}{passed}", moment(due))
}
