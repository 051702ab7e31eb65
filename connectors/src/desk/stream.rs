//! The stream of changes to a browser: server-sent events whose ids are positions in the logs.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event as ServerEvent, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, timeout_at};
use topics::records::ticket_events::{FieldChange, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::text::Code;

use super::accounts::Person;
use super::feed::{Entry, Gap, News, Positions};
use super::labels;
use super::presence::Present;
use super::roles::{Content, Scope};
use super::secrets::Token;
use super::server::Desk;
use super::session::StillSignedIn;
use super::ticket_row::{Rows, TicketRow};
use super::ticket_store::positions;
use crate::clock::present;

/// A browser that hears nothing for longer than this knows that the connection is lost. As often it is asked
/// whether the session goes on.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where a page begins to listen.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Since {
    since: String,
}

pub async fn follow(
    State(desk): State<Arc<Desk>>,
    StillSignedIn { person, token }: StillSignedIn,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let since = Positions::read(last.unwrap_or(&since.since));
    let subscription = desk.feed.subscribe(since);
    let presence = desk.presence.follow();
    let mut browser = Browser {
        desk,
        person,
        token,
        positions: subscription.positions,
        news: subscription.news,
        presence,
        ready: VecDeque::new(),
        heartbeat: Instant::now(),
        gap: subscription.gap,
        state: Phase::Open,
    };
    browser.close_gap().await;
    for entry in subscription.missed {
        browser.hear(&entry);
    }
    let events = stream::unfold(browser, |mut browser| async move {
        let next = browser.next().await?;
        Some((Ok::<_, Infallible>(next), browser))
    });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One event stream to a browser.
struct Browser {
    desk: Arc<Desk>,
    person: Person,
    token: Token,
    /// What the browser has been told.
    positions: Positions,
    news: broadcast::Receiver<Arc<Entry>>,
    presence: broadcast::Receiver<Arc<Present>>,
    ready: VecDeque<ServerEvent>,
    /// When the next heartbeat is due.
    heartbeat: Instant,
    /// What the page lacks, while the tables are no further than it: then another page would lack it as well.
    gap: Option<Gap>,
    state: Phase,
}

#[derive(PartialEq, Eq)]
enum Phase {
    Open,
    Ending,
}

impl Browser {
    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<ServerEvent> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.state == Phase::Ending {
                return None;
            }
            tokio::select! {
                heard = timeout_at(self.heartbeat, self.news.recv()) => match heard {
                    Ok(Ok(entry)) => self.hear(&entry),
                    Ok(Err(RecvError::Lagged(_))) => {
                        self.ready.push_back(event("reload", &json!({}), &self.positions));
                        self.state = Phase::Ending;
                    }
                    Ok(Err(RecvError::Closed)) => return None,
                    Err(_) => self.beat().await,
                },
                // What a slow browser misses of this is said again soon.
                Ok(present) = self.presence.recv() => self.meet(&present),
                () = self.desk.stopping.clone().cancelled() => return None,
            }
        }
    }

    /// Tells the browser that it is connected, as of now, or that its session has ended, and with it the
    /// stream.
    async fn beat(&mut self) {
        self.heartbeat = Instant::now() + HEARTBEAT;
        match self.desk.accounts.person(&self.token).await {
            Ok(Some(person)) => self.person = person,
            Ok(None) => {
                self.ready.push_back(event("signed-out", &json!({}), &self.positions));
                self.state = Phase::Ending;
                return;
            }
            Err(error) => tracing::warn!(%error, "the rights of a stream could not be asked for"),
        }
        self.close_gap().await;
        let now = json!({ "at": labels::moment(present()), "lacks": self.gap.is_some() });
        self.ready.push_back(event("heartbeat", &now, &self.positions));
    }

    /// Tells the browser to load its page again, if it lacks something and the tables are further than it.
    async fn close_gap(&mut self) {
        let Some(gap) = self.gap.take() else { return };
        match positions(self.desk.accounts.pool()).await {
            Ok(tables) if gap.is_older_than(&tables) => {
                gap.skip(&mut self.positions);
                self.ready.push_back(event("reload", &json!({}), &self.positions));
                return;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the desk does not know how far the tables are"),
        }
        self.gap = Some(gap);
    }

    fn hear(&mut self, entry: &Entry) {
        entry.mark(&mut self.positions);
        let told = match &entry.news {
            News::State(ticket) => self.row(ticket),
            News::Event(happened) => self.event(happened),
        };
        self.ready.extend(told.map(|(name, data)| event(name, &data, &self.positions)));
    }

    /// Tells who is at a ticket that the person sees.
    fn meet(&mut self, present: &Present) {
        let sees_people = self.person.role.rights().content == Content::Whole;
        if sees_people && in_scope(&self.person, present.municipality.as_ref(), present.team.as_ref()) {
            self.ready.push_back(event("presence", &present.data(), &self.positions));
        }
    }

    /// The row of a ticket that the person sees.
    fn row(&self, ticket: &Ticket) -> Option<(&'static str, Value)> {
        let routing = &ticket.routing;
        if !in_scope(&self.person, routing.municipality.as_ref(), routing.team.as_ref()) {
            return None;
        }
        let row = TicketRow::of_record(ticket, self.person.role.rights().content);
        let html = row.html(present(), Rows::of(self.person.role)).into_string();
        Some(("row", json!({ "ticket": row.id, "version": row.version, "html": html })))
    }

    /// That something happened to a ticket of the person's municipality, or that it left what the person
    /// sees.
    fn event(&self, happened: &TicketEvent) -> Option<(&'static str, Value)> {
        let ticket = happened.ticket.as_str();
        if left(&self.person, happened) {
            return Some(("gone", json!({ "ticket": ticket, "version": happened.version })));
        }
        let rights = self.person.role.rights();
        let is_near = rights.scope == Scope::Country || happened.municipality == self.person.municipality;
        let who = happened.actor.name.as_ref().filter(|_| rights.content == Content::Whole);
        let data = json!({ "ticket": ticket, "version": happened.version, "by": who });
        is_near.then_some(("event", data))
    }
}

/// Whether the person sees tickets of this municipality and team.
fn in_scope(person: &Person, municipality: Option<&Code>, team: Option<&Code>) -> bool {
    match person.role.rights().scope {
        Scope::Country => true,
        Scope::Municipality => municipality.is_some() && municipality == person.municipality.as_ref(),
        Scope::Team => {
            let is_near = municipality.is_some() && municipality == person.municipality.as_ref();
            is_near && team.is_some() && team == person.team.as_ref()
        }
    }
}

/// Whether the ticket was moved from what the person sees to where the person does not see it.
fn left(person: &Person, happened: &TicketEvent) -> bool {
    let scope = person.role.rights().scope;
    happened.changes.iter().any(|change| match change {
        FieldChange::Municipality { old, new } => {
            scope != Scope::Country && old != new && old.is_some() && *old == person.municipality
        }
        FieldChange::AssignedTeam { old, new } => {
            scope == Scope::Team && old != new && old.is_some() && *old == person.team
        }
        _ => false,
    })
}

fn event(name: &str, data: &Value, positions: &Positions) -> ServerEvent {
    ServerEvent::default().event(name).id(positions.to_string()).data(data.to_string())
}
