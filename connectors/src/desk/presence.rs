//! Who has a ticket open, and who is writing there. It is known to this process alone and to nothing that
//! lasts: a browser says it from time to time, and is forgotten when it says nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use topics::values::text::Code;

use super::accounts::Person;
use super::commands::OTHER_SITE;
use super::roles::Content;
use super::server::Desk;
use super::session::{PageError, StillSignedIn};

/// A browser that says nothing for this time has left; it speaks every 20 s.
const SILENCE: Duration = Duration::from_secs(50);
/// How many messages a slow stream may be behind; what it misses is said again soon.
const BEHIND: usize = 256;

/// What a person does at a ticket.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// The ticket is open.
    Reading,
    /// Words are being written.
    Writing,
    /// The page was left.
    Gone,
}

/// The people at a ticket, for those who see the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// The id of the ticket.
    pub ticket: String,
    /// The municipality of the ticket.
    pub municipality: Option<Code>,
    /// The team of the ticket.
    pub team: Option<Code>,
    /// The people: login, name, and whether the person is writing.
    pub people: Vec<(String, String, bool)>,
}

impl Present {
    /// What a browser is told.
    pub fn data(&self) -> Value {
        let people = self.people.iter();
        let people: Vec<Value> = people
            .map(|(login, name, writes)| json!({ "login": login, "name": name, "writes": writes }))
            .collect();
        json!({ "ticket": self.ticket, "people": people })
    }
}

struct Here {
    name: String,
    doing: Doing,
    until: Instant,
}

/// Who is at which ticket.
pub struct Presence {
    tickets: Mutex<HashMap<String, BTreeMap<String, Here>>>,
    news: broadcast::Sender<Arc<Present>>,
}

impl Default for Presence {
    fn default() -> Self {
        let (news, _) = broadcast::channel(BEHIND);
        Self { tickets: Mutex::default(), news }
    }
}

impl Presence {
    /// The news of who is where.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Present>> {
        self.news.subscribe()
    }

    /// Takes what a browser says, and tells the others if anyone else is there or something changed.
    fn note(&self, of: Present, login: &str, name: &str, doing: Doing, now: Instant) {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let people = tickets.entry(of.ticket.clone()).or_default();
        let before = listed(people);
        people.retain(|_, here| here.until > now);
        if doing == Doing::Gone {
            people.remove(login);
        } else {
            let here = Here { name: name.to_owned(), doing, until: now + SILENCE };
            people.insert(login.to_owned(), here);
        }
        let after = listed(people);
        if people.is_empty() {
            tickets.remove(&of.ticket);
        }
        if before != after || after.len() > 1 {
            // The send fails if there is no stream.
            let _ = self.news.send(Arc::new(Present { people: after, ..of }));
        }
        if tickets.len().is_multiple_of(64) {
            tickets.retain(|_, people| people.values().any(|here| here.until > now));
        }
    }
}

fn listed(people: &BTreeMap<String, Here>) -> Vec<(String, String, bool)> {
    let one =
        |(login, here): (&String, &Here)| (login.clone(), here.name.clone(), here.doing == Doing::Writing);
    people.iter().map(one).collect()
}

/// What a browser says.
#[derive(Deserialize)]
pub struct PresenceForm {
    token: String,
    doing: Doing,
}

pub async fn note(
    State(desk): State<Arc<Desk>>,
    StillSignedIn { person, .. }: StillSignedIn,
    Path(name): Path<String>,
    Form(form): Form<PresenceForm>,
) -> Result<StatusCode, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(OTHER_SITE));
    }
    let facts = desk.databases.of(&person)?.ticket(&name).await?.ok_or(PageError::NotFound)?;
    if person.role.rights().content == Content::Whole {
        let of = of_ticket(&person, &facts.row.id, facts.row.team.as_deref());
        desk.presence.note(of, person.login.as_str(), &person.name, form.doing, Instant::now());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// People who see whole tickets see those of their own municipality.
fn of_ticket(person: &Person, ticket: &str, team: Option<&str>) -> Present {
    Present {
        ticket: ticket.to_owned(),
        municipality: person.municipality.clone(),
        team: team.and_then(|code| code.parse().ok()),
        people: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Present {
        Present { ticket: "a".to_owned(), municipality: None, team: None, people: Vec::new() }
    }

    #[test]
    fn the_others_are_told_who_comes_writes_and_leaves_and_a_silent_browser_is_forgotten() {
        let presence = Presence::default();
        let mut news = presence.follow();
        let mut told = || news.try_recv().ok().map(|present| present.people.clone());
        let now = Instant::now();
        let one = |login: &str, writes| (login.to_owned(), login.to_uppercase(), writes);
        presence.note(ticket(), "thandi", "THANDI", Doing::Reading, now);
        assert_eq!(told(), Some(vec![one("thandi", false)]));
        presence.note(ticket(), "thandi", "THANDI", Doing::Reading, now);
        assert_eq!(told(), None, "no one else is there");
        presence.note(ticket(), "sipho", "SIPHO", Doing::Writing, now);
        assert_eq!(told(), Some(vec![one("sipho", true), one("thandi", false)]));
        presence.note(ticket(), "thandi", "THANDI", Doing::Gone, now);
        assert_eq!(told(), Some(vec![one("sipho", true)]));
        presence.note(ticket(), "thandi", "THANDI", Doing::Reading, now + SILENCE);
        assert_eq!(told(), Some(vec![one("thandi", false)]), "the other said nothing for too long");
        presence.note(ticket(), "thandi", "THANDI", Doing::Gone, now + SILENCE);
        assert_eq!(presence.tickets.lock().unwrap().len(), 0);
    }
}
