//! Tickets as JSON: the list, one, and its history.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Serialize;
use serde_json::{Map, Value};
use topics::values::time::Time;
use utoipa::ToSchema;

use super::Problem;
use super::program::{ApiScope, Program};
use crate::desk::queue_filter::QueueFilter;
use crate::desk::queue_search;
use crate::desk::roles::Content;
use crate::desk::server::Desk;
use crate::desk::ticket_row::{Hold, TicketRow};
use crate::desk::ticket_store::{Happened, Promise, Said, Sent, TicketFacts};

/// A ticket in a list.
#[derive(Serialize, ToSchema)]
pub struct TicketJson {
    /// The id of the record.
    id: String,
    /// The number for people.
    number: String,
    category: String,
    severity: String,
    status: String,
    ward: Option<String>,
    team: Option<String>,
    /// The login of the person who has it; only with the scope `words`.
    person: Option<String>,
    /// The queue that it waits in while no team has it.
    queue: Option<String>,
    /// The nearer of the deadlines that are not met yet.
    due_at: Option<String>,
    created_at: String,
    changed_at: String,
    /// Whether the clock of its resolution stands still.
    is_held: bool,
    /// What a command for it refers to.
    revision: i64,
    version: i64,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct TicketList {
    tickets: Vec<TicketJson>,
    /// How many tickets fit, up to 10,000.
    count: i64,
    overdue: i64,
    /// The value of `after` for the next page; missing at the end.
    next: Option<String>,
}

/// One ticket of the municipality, as the API shows it.
#[derive(Serialize, ToSchema)]
pub struct OneTicket {
    #[serde(flatten)]
    ticket: TicketJson,
    language: String,
    outcome: Option<String>,
    /// How specific the policy of the deadlines is.
    policy: String,
    tier: i32,
    place_source: String,
    /// Degrees north; only with the scope `words`.
    latitude: Option<f64>,
    /// Degrees east; only with the scope `words`.
    longitude: Option<f64>,
    response: PromiseJson,
    resolution: PromiseJson,
    /// What the resident said; only with the scope `words`.
    words: Vec<SaidJson>,
    deliveries: Vec<DeliveryJson>,
}

/// A deadline and how it went.
#[derive(Serialize, ToSchema)]
pub struct PromiseJson {
    due_at: String,
    met_at: Option<String>,
    breached_at: Option<String>,
}

/// What a resident said in one go.
#[derive(Serialize, ToSchema)]
pub struct SaidJson {
    /// Either `report` or `addendum`.
    kind: String,
    at: String,
    words: Vec<String>,
    /// How many files came with it.
    files: i64,
    place_name: Option<String>,
}

/// A message to the resident.
#[derive(Serialize, ToSchema)]
pub struct DeliveryJson {
    queued_at: String,
    status: String,
    class: String,
    language: String,
    is_template: bool,
    /// The last error code.
    code: Option<i64>,
}

/// One thing that happened to a ticket.
#[derive(Serialize, ToSchema)]
pub struct HappenedJson {
    at: String,
    /// `opened`, `applied`, `refused`, `warned`, `breached` and so on.
    action: String,
    /// What the action was about.
    #[schema(value_type = Object)]
    details: Map<String, Value>,
    /// What changed: `{field: {old, new}}`; only with the scope `words`.
    #[schema(value_type = Object)]
    changes: Map<String, Value>,
    /// The login of who did it; the role without the scope `words`.
    actor: String,
    role: String,
    /// A note or a reply; only with the scope `words`.
    note: Option<String>,
    revision: i32,
}

fn text(at: Option<Time>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl From<TicketRow> for TicketJson {
    fn from(row: TicketRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            category: row.category,
            severity: row.severity,
            status: row.status,
            ward: row.ward,
            team: row.team,
            person: row.person,
            queue: row.queue,
            due_at: text(row.due),
            created_at: row.created.to_string(),
            changed_at: row.changed.to_string(),
            is_held: row.hold == Hold::Held,
            revision: row.revision,
            version: row.version,
        }
    }
}

impl From<&Promise> for PromiseJson {
    fn from(promise: &Promise) -> Self {
        Self {
            due_at: promise.due.to_string(),
            met_at: text(promise.met),
            breached_at: text(promise.breached),
        }
    }
}

impl From<Said> for SaidJson {
    fn from(said: Said) -> Self {
        let Said { kind, at, words, files, place_name, .. } = said;
        Self { kind, at: at.to_string(), words, files, place_name }
    }
}

impl From<Sent> for DeliveryJson {
    fn from(sent: Sent) -> Self {
        let Sent { queued_at, status, class, language, as_template, code } = sent;
        let code = code.filter(|code| *code != 0);
        Self { queued_at: queued_at.to_string(), status, class, language, is_template: as_template, code }
    }
}

impl From<Happened> for HappenedJson {
    fn from(one: Happened) -> Self {
        let Happened { at, action, details, changes, actor, role, note, revision } = one;
        Self { at: at.to_string(), action, details, changes, actor, role, note, revision }
    }
}

fn one_ticket(facts: TicketFacts, words: Vec<Said>, sent: Vec<Sent>) -> OneTicket {
    OneTicket {
        response: (&facts.response).into(),
        resolution: (&facts.resolution).into(),
        latitude: facts.place.map(|(north, _)| north),
        longitude: facts.place.map(|(_, east)| east),
        ticket: facts.row.into(),
        language: facts.language,
        outcome: facts.outcome,
        policy: facts.policy,
        tier: facts.tier,
        place_source: facts.place_source,
        words: words.into_iter().map(SaidJson::from).collect(),
        deliveries: sent.into_iter().map(DeliveryJson::from).collect(),
    }
}

/// A page of the tickets, in the order and with the filters of the queue.
#[utoipa::path(
    get,
    path = "/tickets",
    params(
        ("q" = Option<String>, Query, description = "the beginning of a number; with the scope `words` also words"),
        ("status" = Option<String>, Query, description = "a status, or `any`; without it all that are not closed"),
        ("category" = Option<String>, Query),
        ("severity" = Option<String>, Query),
        ("team" = Option<String>, Query, description = "the code of a team, or `-` for none"),
        ("ward" = Option<String>, Query),
        ("person" = Option<String>, Query, description = "a login, or `-` for none; only with the scope `words`"),
        ("queue" = Option<String>, Query),
        ("due" = Option<String>, Query, description = "overdue, near, waiting or held"),
        ("sort" = Option<String>, Query, description = "severity, newest, oldest or changed; else the next deadline"),
        ("show" = Option<String>, Query, description = "500 for long pages; else 100"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses((status = 200, body = TicketList), (status = "4XX", body = Problem))
)]
pub async fn list(
    State(desk): State<Arc<Desk>>,
    program: Program,
    filter: Result<Query<QueueFilter>, QueryRejection>,
) -> Result<Json<TicketList>, Problem> {
    program.require(ApiScope::Tickets)?;
    let Query(filter) = filter?;
    if let Some(kind) = queue_search::looked_at(&filter.q, &program.view) {
        desk.accounts.note_search(&program.person, kind).await?;
    }
    let page = program.view.queue(&filter).await?;
    let tickets = page.rows.into_iter().map(TicketJson::from).collect();
    Ok(Json(TicketList { tickets, count: page.count, overdue: page.overdue, next: page.next }))
}

/// One ticket, by its id or number.
#[utoipa::path(
    get,
    path = "/tickets/{name}",
    params(("name" = String, Path, description = "the id or the number of the ticket")),
    responses((status = 200, body = OneTicket), (status = "4XX", body = Problem))
)]
pub async fn one(
    State(desk): State<Arc<Desk>>,
    program: Program,
    Path(name): Path<String>,
) -> Result<Json<OneTicket>, Problem> {
    program.require(ApiScope::Tickets)?;
    let view = &program.view;
    let facts = view.ticket(&name).await?.ok_or_else(Problem::not_found)?;
    let words = match program.content() {
        Content::Whole => {
            desk.accounts.note_look(&program.person, &facts.row.id).await?;
            view.said(&facts.row.id).await?
        }
        Content::Facts => Vec::new(),
    };
    let sent = view.sent(&facts.row.id).await?;
    Ok(Json(one_ticket(facts, words, sent)))
}

/// What happened to a ticket, in order.
#[utoipa::path(
    get,
    path = "/tickets/{name}/history",
    params(("name" = String, Path, description = "the id or the number of the ticket")),
    responses((status = 200, body = [HappenedJson]), (status = "4XX", body = Problem))
)]
pub async fn history(
    State(desk): State<Arc<Desk>>,
    program: Program,
    Path(name): Path<String>,
) -> Result<Json<Vec<HappenedJson>>, Problem> {
    program.require(ApiScope::Tickets)?;
    let facts = program.view.ticket(&name).await?.ok_or_else(Problem::not_found)?;
    if program.content() == Content::Whole {
        desk.accounts.note_look(&program.person, &facts.row.id).await?;
    }
    let happened = program.view.happened(&facts.row.id).await?;
    Ok(Json(happened.into_iter().map(HappenedJson::from).collect()))
}
