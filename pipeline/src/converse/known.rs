//! What a resident has to do with their tickets: which of them they may mean, and how they stand.

use topics::conversations::{KnownTicket, Wish};
use topics::ids::TicketId;
use topics::ticket_commands::{Action, Actor, Change};
use topics::time::Time;
use topics::words::{Outcome, Status};

use super::{Act, Scene};
use crate::texts;

/// How many tickets a conversation knows. The oldest that is closed goes first, then the oldest: its news would end as
/// dead letters.
const MOST_TICKETS: usize = 100;
/// How many commands of a ticket wait for their answer.
pub(super) const MOST_ASKED: usize = 10;
/// How many tickets are listed in one text.
const MOST_LISTED: usize = 9;

impl Scene<'_, '_> {
    /// The resident's tickets that are not over, the one spoken of last first.
    fn open_tickets(&self) -> Vec<TicketId> {
        let open = self.state.tickets.iter().filter(|(_, known)| known.status != Some(Status::Closed));
        let mut open: Vec<(&TicketId, &KnownTicket)> = open.collect();
        open.sort_by_key(|(ticket, known)| (std::cmp::Reverse(known.spoken_at), (*ticket).clone()));
        open.into_iter().map(|(ticket, _)| ticket.clone()).collect()
    }

    /// The ticket spoken of last, where that was less than so many seconds ago and it is not over.
    pub(super) fn recent(&self, seconds: u64) -> Option<TicketId> {
        let ticket = self.open_tickets().into_iter().next()?;
        self.state.tickets.get(&ticket).filter(|known| self.is_within(known.spoken_at, seconds)).map(|_| ticket)
    }

    /// The tickets that a wish can be about, the one spoken of last first.
    pub(super) fn candidates(&self, wish: Wish) -> Vec<TicketId> {
        let fits = |known: &KnownTicket| match wish {
            Wish::Confirm | Wish::Reopen => known.status == Some(Status::Resolved),
            Wish::Withdraw | Wish::Add | Wish::Locate => known.status != Some(Status::Closed),
        };
        self.open_tickets().into_iter().filter(|ticket| self.state.tickets.get(ticket).is_some_and(fits)).collect()
    }

    /// The ticket of this category that could not be gone on with.
    pub(super) fn too_late(&self, category: topics::words::Category) -> Option<TicketId> {
        let late = self.state.tickets.iter().filter(|(_, known)| known.too_late && known.category == category);
        late.max_by_key(|(_, known)| known.at).map(|(ticket, _)| ticket.clone())
    }

    /// Makes room for one more ticket.
    pub(super) fn make_room(&mut self) {
        while self.state.tickets.len() >= MOST_TICKETS {
            let order = |known: &KnownTicket| (known.status != Some(Status::Closed), known.at);
            let Some(oldest) = self.state.tickets.iter().min_by_key(|(_, known)| order(known)).map(|(ticket, _)| ticket.clone()) else {
                break;
            };
            self.state.tickets.remove(&oldest);
        }
    }

    /// Asks a ticket for what the resident wants of it; waits where it has not spoken yet.
    pub(super) fn wish(&mut self, ticket: &TicketId, wish: Wish, at: Time) {
        let Some(known) = self.state.tickets.get_mut(ticket) else { return };
        match known.status {
            None => known.waiting = Some(wish),
            Some(status) => self.acts.extend(change(ticket, wish, status, at).map(|change| Act::Change(Box::new(change), wish))),
        }
    }

    /// Which of these? Asked as a numbered list.
    pub(super) fn ask_which(&mut self, tickets: Vec<TicketId>, wish: Wish) {
        let tickets: Vec<TicketId> = tickets.into_iter().take(MOST_LISTED).collect();
        let mut lines = vec![texts::say(self.state.language, "which", &[])];
        for (place, ticket) in (1..).zip(&tickets) {
            let Some(known) = self.state.tickets.get(ticket) else { continue };
            let category = texts::category(self.state.language, known.category);
            let values = [("place", &*format!("{place}")), ("n", known.tracking_number.as_str()), ("category", &category)];
            lines.push(texts::say(self.state.language, "which-line", &values));
        }
        self.state.which = Some(topics::conversations::Which { tickets, wish, asked_at: self.context.now });
        self.tell(lines.join("\n"), None);
    }

    /// How the tickets stand.
    pub(super) fn report_status(&mut self, tickets: &[TicketId]) {
        let lines: Vec<String> = tickets.iter().take(MOST_LISTED).filter_map(|ticket| self.status_line(ticket)).collect();
        let only = if let [ticket] = tickets { Some(ticket.clone()) } else { None };
        self.tell(lines.join("\n"), only);
    }

    fn status_line(&self, ticket: &TicketId) -> Option<String> {
        let (language, known) = (self.state.language, self.state.tickets.get(ticket)?);
        let status = known.status.unwrap_or(Status::Open);
        let (category, status_text) = (texts::category(language, known.category), texts::status(language, status));
        let mut values = vec![("n", known.tracking_number.as_str()), ("category", &*category), ("s", &*status_text)];
        let deadline = known.resolution_due_at.filter(|_| !matches!(status, Status::Resolved | Status::Closed));
        let Some(deadline) = deadline.map(|at| texts::moment(language, at)) else {
            return Some(texts::say(language, "status-short", &values));
        };
        values.push(("deadline", &deadline));
        Some(texts::say(language, "status-of", &values))
    }

    /// How all of them stand: those that are not over, else the last one that is.
    pub(super) fn report_all(&mut self) {
        let open = self.open_tickets();
        let last = || self.state.tickets.iter().max_by_key(|(_, known)| known.at).map(|(ticket, _)| ticket.clone());
        let tickets = if open.is_empty() { last().into_iter().collect() } else { open };
        match (tickets.is_empty(), self.state.draft.is_some()) {
            (true, true) => self.say("status-waiting", &[]),
            (true, false) => self.say("status-none", &[]),
            (false, _) => self.report_status(&tickets),
        }
    }
}

/// The command that carries a resident's wish to a ticket of this status.
pub fn change(ticket: &TicketId, wish: Wish, status: Status, at: Time) -> Option<Change> {
    let (to, outcome) = match wish {
        Wish::Confirm => (Status::Closed, Some(Outcome::Confirmed)),
        Wish::Reopen => (Status::InProgress, None),
        Wish::Withdraw => (Status::Closed, Some(Outcome::Withdrawn)),
        Wish::Add | Wish::Locate => return None,
    };
    Some(Change {
        ticket: ticket.clone(),
        at,
        actor: Actor::RESIDENT,
        revision: None,
        expected_status: Some(status),
        action: Action::Status { to, outcome, reason: None },
    })
}
