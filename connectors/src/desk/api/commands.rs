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
use utoipa::ToSchema;

use super::Problem;
use super::program::{ApiScope, Program};
use crate::desk::commands::{Answer, send};
use crate::desk::server::Desk;

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
        /// The login of the person; no one if this is missing.
        person: Option<String>,
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
    fn action(self) -> Result<Action, Problem> {
        Ok(match self {
            Self::Assign { team, person, reason } => Action::Assign {
                team: read("team", team)?,
                assigned_to: read("person", person)?,
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
        (Some(latitude), Some(longitude)) => Ok(Some(Point { latitude, longitude })),
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
    let action = action.action()?;
    let facts = program.view.ticket(&name).await?.ok_or_else(Problem::not_found)?;
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
