//! The forms of a ticket become commands in the log of tickets. The page waits for the one event that answers
//! each.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pipeline::rules::geography::is_on_earth;
use serde::Deserialize;
use topics::catalogue::TicketCommands;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::{Event, TicketEvent};
use topics::values::ids::{EventId, TicketId};
use topics::values::point::Point;
use topics::values::text::ActorName;

use super::DeskError;
use super::accounts::Person;
use super::databases::View;
use super::queue_filter::NOTHING;
use super::roles::Act;
use super::server::Desk;
use super::session::{Asks, PageError, SignedIn, asks};
use super::ticket::{self, Draft};
use super::ticket_store::TicketFacts;
use super::{history, layout};
use crate::clock::present;

/// How long a page waits for the answer of a command.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a form from elsewhere is told.
pub const OTHER_SITE: &str = "This form did not come from a page of your session. Load the page again.";

/// The form of any act; each act reads its own fields.
#[derive(Clone, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct ActForm {
    pub token: String,
    revision: u32,
    to: String,
    outcome: String,
    pub text: String,
    team: String,
    /// A login, [`NOTHING`] for no person, or empty: the person stays.
    person: String,
    pub category: String,
    pub severity: String,
    language: String,
    /// Why the ticket is held; empty to go on.
    reason: String,
    /// How long the ticket is held.
    hours: u16,
    /// Degrees north and east.
    point: String,
}

/// How a command went.
pub enum Answer {
    Applied(Box<TicketEvent>),
    Refused {
        event: Box<TicketEvent>,
        notice: Markup,
    },
    /// The command is in the log and will be answered later.
    Late,
}

pub async fn act(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Path((name, act)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<ActForm>,
) -> Result<Response, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(OTHER_SITE));
    }
    let act = Act::read(&act).ok_or(PageError::NotFound)?;
    let view = desk.databases.of(&person)?;
    let facts = view.ticket(&name).await?.ok_or(PageError::NotFound)?;
    if !person.role.may(act) {
        return Err(PageError::Forbidden("Your role does not allow this."));
    }
    let action = form.action(act, &person, &facts)?;
    let answer = send(&desk, &person, &view, &facts, form.revision, action).await?;
    let draft = Draft { act: act.as_str(), text: form.text };
    respond(&desk, &person, &facts, answer, asks(&headers), &draft).await
}

impl ActForm {
    fn action(&self, act: Act, person: &Person, facts: &TicketFacts) -> Result<Action, PageError> {
        let text = || Sealed(self.text.clone());
        Ok(match act {
            Act::Take => Action::Assign { team: None, assigned_to: Some(person.login.clone()), reason: None },
            Act::Assign => Action::Assign {
                team: optional(&self.team)?,
                assigned_to: self.assignee(facts)?,
                reason: None,
            },
            Act::Status => Action::Status {
                to: self.to.parse().map_err(|_| NOT_A_FORM)?,
                outcome: optional(&self.outcome)?,
                reason: (!self.text.trim().is_empty()).then(text),
            },
            Act::Hold => self.hold()?,
            Act::Reply => Action::Reply { text: text() },
            Act::Note => Action::Note { note: text() },
            Act::Correct => Action::Correct {
                category: optional(&self.category)?,
                severity: optional(&self.severity)?,
                language: optional(&self.language)?,
                point: self.point()?.map(Sealed),
            },
        })
    }

    /// The person who has the ticket afterwards: the one who has it now, unless the form says otherwise.
    fn assignee(&self, facts: &TicketFacts) -> Result<Option<ActorName>, PageError> {
        match self.person.as_str() {
            "" => optional(facts.row.person.as_deref().unwrap_or_default()),
            NOTHING => Ok(None),
            login => optional(login),
        }
    }

    /// A hold, or its end.
    fn hold(&self) -> Result<Action, PageError> {
        let note = (!self.text.trim().is_empty()).then(|| Sealed(self.text.clone()));
        Ok(match optional(&self.reason)? {
            None => Action::Resume { note },
            Some(reason) => {
                let length_s = u64::from(self.hours) * 3600;
                let until = present() + Duration::from_secs(length_s);
                Action::Hold { reason, until, length_s: Some(length_s), note }
            }
        })
    }

    /// The place that the form gives.
    pub fn point(&self) -> Result<Option<Point>, PageError> {
        read_point(&self.point)
    }
}

/// A place as degrees north and east; nothing if nothing is written.
pub fn read_point(typed: &str) -> Result<Option<Point>, PageError> {
    const NOT_A_PLACE: PageError = PageError::Bad(
        "A place is two numbers: degrees north, in South Africa with a minus, then degrees east, such as \
         -26.333, 28.152.",
    );
    let parts: Vec<&str> = typed
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    match parts[..] {
        [] => Ok(None),
        [north, east] => {
            let degrees = north.parse().ok().zip(east.parse().ok());
            let point = degrees.and_then(|(latitude, longitude)| on_earth(latitude, longitude));
            point.map(Some).ok_or(NOT_A_PLACE)
        }
        _ => Err(NOT_A_PLACE),
    }
}

/// The point with these degrees; `None` if they are not numbers, or no degrees of the earth.
pub fn on_earth(latitude: f64, longitude: f64) -> Option<Point> {
    let point = Point { latitude, longitude };
    is_on_earth(point).then_some(point)
}

pub const NOT_A_FORM: PageError =
    PageError::Bad("This is not what the form of this page sends. Load the page again.");

/// A field that may be empty.
fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, PageError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| NOT_A_FORM) }
}

/// Appends the command and waits for its answer, and until the tables have what it changed.
pub async fn send(
    desk: &Desk,
    person: &Person,
    view: &View,
    facts: &TicketFacts,
    revision: u32,
    action: Action,
) -> Result<Answer, PageError> {
    let malformed = |error: &dyn std::fmt::Display| DeskError::Command(error.to_string());
    let ticket: TicketId = facts.row.id.parse().map_err(|error| malformed(&error))?;
    let command: EventId = uuid::Uuid::new_v4().to_string().parse().map_err(|error| malformed(&error))?;
    let now = present();
    let record = TicketCommand::Change(Box::new(Change {
        ticket: ticket.clone(),
        at: now,
        actor: Actor { role: person.role.of_commands(), name: Some(person.login.clone()) },
        revision: Some(revision),
        expected_status: None,
        action,
    }));
    let envelope = Envelope::root(command.clone(), now);
    let address = Address::ByKey(desk.partitions);
    let outgoing =
        encode::<TicketCommands>(&desk.key_ring, "desk", &envelope, address, ticket.to_string(), &record)
            .map_err(|error| malformed(&error))?;
    let answer = desk.feed.answer_to(command);
    desk.append.append(outgoing).await.map_err(DeskError::from)?;
    let Ok(Ok(event)) = tokio::time::timeout(PATIENCE, answer).await else { return Ok(Answer::Late) };
    let version = i64::try_from(event.version).unwrap_or(i64::MAX);
    view.wait_for(&facts.row.id, version).await?;
    let event = Box::new(event);
    Ok(match event.event {
        Event::Refused { refusal, .. } => {
            let notice = refused(view, facts, revision, refusal.explain()).await?;
            Answer::Refused { event, notice }
        }
        _ => Answer::Applied(event),
    })
}

/// Why a command was refused, and what changed since the person's page was made, by whom.
async fn refused(view: &View, facts: &TicketFacts, seen: u32, why: &str) -> Result<Markup, DeskError> {
    let seen = i32::try_from(seen).unwrap_or(i32::MAX);
    let happened = view.happened(&facts.row.id).await?;
    let later: Vec<String> = happened
        .iter()
        .filter(|one| one.revision > seen && one.action != "refused")
        .map(history::sentence)
        .collect();
    Ok(html! {
        div.notice.refused role="alert" {
            p { strong { "Refused: " } (why) "." }
            @if !later.is_empty() { p { "Meanwhile: " (later.join(" ")) } }
        }
    })
}

async fn respond(
    desk: &Desk,
    person: &Person,
    facts: &TicketFacts,
    answer: Answer,
    asks: Asks,
    draft: &Draft,
) -> Result<Response, PageError> {
    let number = &facts.row.number;
    let (status, notice, event) = match answer {
        Answer::Applied(_) if asks == Asks::Page => {
            return Ok(Redirect::to(&format!("/tickets/{number}")).into_response());
        }
        Answer::Applied(event) => (StatusCode::OK, layout::notice("applied", "Done."), Some(event)),
        Answer::Refused { event, notice } => (StatusCode::CONFLICT, notice, Some(event)),
        Answer::Late => {
            let text =
                "There is no answer yet. The request is kept and will be answered; this page shows it then.";
            (StatusCode::GATEWAY_TIMEOUT, layout::notice("late", text), None)
        }
    };
    let body = match asks {
        Asks::Part => notice.into_string(),
        Asks::Page => ticket::whole(desk, person, number, Some(&notice), draft).await?,
    };
    let mut response = (status, Html(body)).into_response();
    if let Some(event) = event {
        response.headers_mut().insert("x-desk-version", event.version.into());
        response.headers_mut().insert("x-desk-revision", event.revision.into());
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_two_numbers_of_the_earth() {
        let point = Some(Point { latitude: -26.333, longitude: 28.152 });
        for typed in ["-26.333, 28.152", "-26.333 28.152", " -26.333,28.152 "] {
            assert_eq!(read_point(typed).unwrap(), point, "{typed}");
        }
        assert_eq!(read_point("  ").unwrap(), None);
        for typed in [
            "NaN, 28",
            "-26, nan",
            "inf 28",
            "-26, -infinity",
            "north, east",
            "-26",
            "-26, 28, 1",
            "-91, 28",
            "-26, 181",
            "1e400, 28",
            "-26.333;28.152",
            "-26\0, 28",
        ] {
            assert!(matches!(read_point(typed), Err(PageError::Bad(_))), "{typed}");
        }
    }
}
