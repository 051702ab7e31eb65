//! Commands as JSON: each is answered by the one event of the log that says how it went.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use topics::codec::sealing::Sealed;
use topics::records::ticket_commands::Action;
use topics::records::ticket_events::Event;
use topics::values::point::Point;
use topics::values::text::ActorName;
use utoipa::ToSchema;

use super::Problem;
use super::program::{ApiScope, Program};
use crate::desk::commands::{Answer, on_earth, send};
use crate::desk::databases::View;
use crate::desk::roles::Content;
use crate::desk::server::Desk;
use crate::desk::ticket_store::TicketFacts;

/// A command for a ticket.
#[derive(Deserialize, ToSchema)]
pub struct Command {
    /// The revision of the ticket that the program saw. If it has changed since, the command is refused.
    revision: u32,
    #[serde(flatten)]
    action: CommandAction,
}

/// What a program asks for.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum CommandAction {
    /// Gives the ticket to a team or a person.
    Assign {
        /// The code of the team; it stays if this is missing.
        team: Option<String>,
        /// The login of the person, or null for no one; the person stays if this is missing.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        person: Assignee,
        /// The reason, for colleagues.
        reason: Option<String>,
    },
    /// Changes the status of the ticket.
    Status {
        /// The status that the ticket changes to.
        to: String,
        /// Why the ticket is closed, if it is.
        outcome: Option<String>,
        /// The reason, for colleagues.
        reason: Option<String>,
    },
    /// Replies to the resident, in at most 800 characters.
    Reply {
        /// The text, in the words that are stored or sent.
        text: String,
    },
    /// Writes a note for colleagues.
    Note {
        /// The text, in the words that are stored or sent.
        text: String,
    },
    /// Corrects what was understood.
    Correct {
        category: Option<String>,
        severity: Option<String>,
        language: Option<String>,
        /// Degrees north, together with `longitude`.
        latitude: Option<f64>,
        /// The longitude of the place, in degrees east.
        longitude: Option<f64>,
    },
}

/// The person who is to have a ticket.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(from = "Option<String>")]
pub enum Assignee {
    /// The person who has it now.
    #[default]
    Stays,
    /// No person.
    NoOne,
    /// The person with this login.
    Person(String),
}

impl From<Option<String>> for Assignee {
    fn from(given: Option<String>) -> Self {
        given.map_or(Self::NoOne, Self::Person)
    }
}

impl Assignee {
    fn read(self, facts: &TicketFacts) -> Result<Option<ActorName>, Problem> {
        read(
            "person",
            match self {
                Self::Stays => facts.row.person.clone(),
                Self::NoOne => None,
                Self::Person(login) => Some(login),
            },
        )
    }
}

/// A command that was applied.
#[derive(Serialize, ToSchema)]
pub struct AppliedJson {
    /// The revision of the ticket after it.
    revision: u32,
    /// The version of the ticket after it.
    version: u64,
}

/// A value that may be missing.
fn read<T: std::str::FromStr>(field: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    let malformed = || Problem::bad(format!("`{field}` has a value that does not exist."));
    text.map(|text| text.parse().map_err(|_| malformed())).transpose()
}

impl CommandAction {
    fn action(self, facts: &TicketFacts) -> Result<Action, Problem> {
        Ok(match self {
            Self::Assign { team, person, reason } => Action::Assign {
                team: read("team", team)?,
                assigned_to: person.read(facts)?,
                reason: reason.map(Sealed),
            },
            Self::Status { to, outcome, reason } => Action::Status {
                to: read("to", Some(to))?.ok_or_else(|| Problem::bad("`to` is missing."))?,
                outcome: read("outcome", outcome)?,
                reason: reason.map(Sealed),
            },
            Self::Reply { text } => Action::Reply { text: Sealed(text) },
            Self::Note { text } => Action::Note { note: Sealed(text) },
            Self::Correct { category, severity, language, latitude, longitude } => Action::Correct {
                category: read("category", category)?,
                severity: read("severity", severity)?,
                language: read("language", language)?,
                point: point(latitude, longitude)?.map(Sealed),
            },
        })
    }
}

fn point(latitude: Option<f64>, longitude: Option<f64>) -> Result<Option<Point>, Problem> {
    match (latitude, longitude) {
        (None, None) => Ok(None),
        (Some(latitude), Some(longitude)) => {
            let malformed =
                || Problem::bad("`latitude` is -90 to 90 and `longitude` -180 to 180, in degrees.");
            on_earth(latitude, longitude).map(Some).ok_or_else(malformed)
        }
        _ => Err(Problem::bad("`latitude` and `longitude` come together.")),
    }
}

/// Asks for a change and waits for its answer. 409 says why it is refused; after 504 it is in the log and
/// will be answered, which the history shows.
#[utoipa::path(
    post,
    path = "/tickets/{name}/commands",
    params(("name" = String, Path, description = "the id or the number of the ticket")),
    request_body = Command,
    responses((status = 200, body = AppliedJson), (status = "4XX", body = Problem), (status = 504, body = Problem))
)]
pub async fn command(
    State(desk): State<Arc<Desk>>,
    program: Program,
    Path(name): Path<String>,
    command: Result<Json<Command>, JsonRejection>,
) -> Result<Json<AppliedJson>, Problem> {
    program.require(ApiScope::Commands)?;
    let Json(Command { revision, action }) = command?;
    // The person who has the ticket stays also if the token may not read who that is.
    let whole = View { content: Content::Whole, ..program.view.clone() };
    let facts = whole.ticket(&name).await?.ok_or_else(Problem::not_found)?;
    let action = action.action(&facts)?;
    match send(&desk, &program.person, &program.view, &facts, revision, action).await? {
        Answer::Applied(event) => Ok(Json(AppliedJson { revision: event.revision, version: event.version })),
        Answer::Refused { event, .. } => {
            let why =
                if let Event::Refused { refusal, .. } = event.event { refusal.explain() } else { "refused" };
            Err(Problem::new(StatusCode::CONFLICT, format!("Refused: {why}.")))
        }
        Answer::Late => Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "There is no answer yet. The command is kept and will be answered; the history shows how.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_stays_unless_another_one_or_nobody_is_named() {
        let assignee = |person: &str| {
            let json = format!(r#"{{ "revision": 1, "action": "assign", "team": "EKU-ROADS"{person} }}"#);
            match serde_json::from_str::<Command>(&json).unwrap().action {
                CommandAction::Assign { person, .. } => person,
                _ => panic!("{json}"),
            }
        };
        assert_eq!(assignee(""), Assignee::Stays);
        assert_eq!(assignee(r#", "person": null"#), Assignee::NoOne);
        assert_eq!(assignee(r#", "person": "sipho""#), Assignee::Person("sipho".to_owned()));
    }

    #[test]
    fn degrees_are_those_of_the_earth() {
        assert!(point(Some(-26.0), Some(28.0)).unwrap().is_some());
        for (latitude, longitude) in [(91.0, 28.0), (-26.0, -181.0), (f64::NAN, 28.0), (-26.0, f64::INFINITY)]
        {
            assert!(point(Some(latitude), Some(longitude)).is_err(), "{latitude} {longitude}");
        }
    }
}
