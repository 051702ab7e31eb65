//! The tickets of a resident: which of them a turn may be about, and their status.

use topics::records::conversations::{KnownTicket, State, TicketChoice, Wish};
use topics::records::reports::Account;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change};
use topics::values::ids::{MessageSid, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Category, Language, Outcome, Status};

use super::drafts::missing;
use super::form::Turn;
use super::numbers::{self, FoundNumber};
use super::{Act, Scene};
use crate::rules::texts;

/// The maximum number of tickets that a conversation knows. If there are more, the oldest closed ticket is
/// forgotten, or the oldest ticket if none is closed; news of a forgotten ticket becomes dead letters.
const MOST_TICKETS: usize = 100;
/// The maximum number of commands of a ticket that wait for their answer.
pub(super) const MOST_ASKED: usize = 10;
/// The maximum number of our messages about a ticket that are remembered to recognise replies to them.
const MOST_SENT: usize = 5;
/// The maximum number of tickets that one text lists.
const MOST_LISTED: usize = 9;

/// The ticket that a turn names.
#[derive(Debug)]
pub(super) enum Named {
    /// The turn names one of the resident's own tickets.
    Ticket(TicketId),
    /// The turn names a number that is not one of the resident's tickets.
    Unknown,
    /// The turn names a number with a wrong check character.
    Mistyped,
    /// The turn names no ticket.
    Nothing,
}

impl Scene<'_, '_> {
    /// The resident's tickets that are not closed, the most recently mentioned one first.
    fn open_tickets(&self) -> Vec<TicketId> {
        let open = self.state.tickets.iter().filter(|(_, known)| known.status != Some(Status::Closed));
        let mut open: Vec<(&TicketId, &KnownTicket)> = open.collect();
        open.sort_by_key(|(ticket, known)| (std::cmp::Reverse(known.spoken_at), (*ticket).clone()));
        open.into_iter().map(|(ticket, _)| ticket.clone()).collect()
    }

    /// The most recently mentioned ticket, if that was less than `seconds` ago and the ticket is not closed.
    pub(super) fn recent(&self, seconds: u64) -> Option<TicketId> {
        let ticket = self.open_tickets().into_iter().next()?;
        self.state
            .tickets
            .get(&ticket)
            .filter(|known| self.is_within(known.spoken_at, seconds))
            .map(|_| ticket)
    }

    /// The tickets that a wish can be about, the most recently mentioned one first.
    pub(super) fn candidates(&self, wish: Wish) -> Vec<TicketId> {
        let fits = |known: &KnownTicket| match wish {
            Wish::Confirm | Wish::Reopen => known.status == Some(Status::Resolved),
            Wish::Withdraw | Wish::Add | Wish::Locate => known.status != Some(Status::Closed),
        };
        self.open_tickets()
            .into_iter()
            .filter(|ticket| self.state.tickets.get(ticket).is_some_and(fits))
            .collect()
    }

    /// The ticket of this category that the resident wanted to reopen too late. One new report continues from
    /// it, so it is returned only once.
    pub(super) fn too_late(&mut self, category: Category) -> Option<TicketId> {
        let late =
            self.state.tickets.iter_mut().filter(|(_, known)| known.too_late && known.category == category);
        let (ticket, known) = late.max_by_key(|(_, known)| known.at)?;
        known.too_late = false;
        Some(ticket.clone())
    }

    /// Whether the ticket was closed so long ago that it cannot be reopened. It gets no more commands,
    /// because it may have expired, and then no answer would come.
    pub(super) fn is_past(&self, ticket: &TicketId) -> bool {
        let closed_at = self.state.tickets.get(ticket).and_then(|known| known.closed_at);
        let kept_s = self.rules().reopen_s.min(self.rules().ticket_expiry_s);
        closed_at.is_some_and(|at| !self.is_within(at, kept_s))
    }

    /// The resident's ticket that a turn names by its number or by replying to a message about it. A number
    /// in the text takes precedence over the message that is replied to, unless it is mistyped.
    pub(super) fn named(&self, turn: &Turn) -> Named {
        let replied_to = turn.replied_to.as_ref().and_then(|sid| self.is_about(sid));
        match (numbers::find(&turn.said()), replied_to) {
            // Another resident's number is treated like one that does not exist, so that it reveals nothing.
            (Some(FoundNumber::Number(number)), _) => {
                self.numbered(&number).map_or(Named::Unknown, Named::Ticket)
            }
            (_, Some(ticket)) => Named::Ticket(ticket),
            (Some(FoundNumber::Mistyped), None) => Named::Mistyped,
            (None, None) => Named::Nothing,
        }
    }

    /// The ticket that a message is about: a message of ours about it, or the message that it was opened
    /// with.
    fn is_about(&self, sid: &MessageSid) -> Option<TicketId> {
        let began = TicketId::of(sid);
        let is_it =
            |(ticket, known): &(&TicketId, &KnownTicket)| **ticket == began || known.sent.contains(sid);
        self.state.tickets.iter().find(is_it).map(|(ticket, _)| ticket.clone())
    }

    /// The resident's own ticket of this number.
    fn numbered(&self, number: &TrackingNumber) -> Option<TicketId> {
        self.state
            .tickets
            .iter()
            .find(|(_, known)| known.tracking_number == *number)
            .map(|(ticket, _)| ticket.clone())
    }

    /// Forgets tickets until there is room for one more.
    pub(super) fn make_room(&mut self) {
        while self.state.tickets.len() >= MOST_TICKETS {
            let order = |known: &KnownTicket| (known.status != Some(Status::Closed), known.at);
            let Some(oldest) = self
                .state
                .tickets
                .iter()
                .min_by_key(|(_, known)| order(known))
                .map(|(ticket, _)| ticket.clone())
            else {
                break;
            };
            self.state.tickets.remove(&oldest);
        }
    }

    /// Sends the resident's wish to the ticket, or keeps it until the first news of the ticket arrives. A
    /// ticket that closed too long ago gets no command: its wish is refused here.
    pub(super) fn wish(&mut self, ticket: &TicketId, wish: Wish, at: Time) {
        if self.is_past(ticket) {
            return self.refuse(ticket, wish);
        }
        let Some(known) = self.state.tickets.get_mut(ticket) else { return };
        match known.status {
            None => known.waiting = Some(wish),
            Some(status) => {
                // In a flood the ticket's answer is not passed on: see `flood`.
                let answered_as = (!self.is_flood()).then_some(wish);
                self.acts.extend(
                    change(ticket, wish, status, at).map(|change| Act::Change(Box::new(change), answered_as)),
                );
            }
        }
    }

    /// Refuses a wish for a ticket that closed too long ago.
    fn refuse(&mut self, ticket: &TicketId, wish: Wish) {
        let text = if wish == Wish::Reopen { "refused-too_late" } else { "refused-nothing_to_do" };
        self.tell(texts::say(self.state.language, text, &[]), Some(ticket.clone()));
        if let Some(known) = self.state.tickets.get_mut(ticket) {
            known.too_late |= wish == Wish::Reopen;
        }
    }

    /// Asks with a numbered list which ticket is meant. Content that came with the wish is kept until the
    /// answer.
    pub(super) fn ask_which(&mut self, tickets: Vec<TicketId>, wish: Wish, more: Account) {
        let tickets: Vec<TicketId> = tickets.into_iter().take(MOST_LISTED).collect();
        self.tell(list(self.state, &tickets, self.state.language), None);
        self.state.which = Some(TicketChoice { tickets, wish, more, asked_at: self.context.now });
    }

    /// Tells the resident the status of the ticket.
    pub(super) fn report_status(&mut self, ticket: &TicketId) {
        self.tell(self.status_lines(&[ticket]), Some(ticket.clone()));
    }

    fn status_lines(&self, tickets: &[&TicketId]) -> String {
        let lines: Vec<String> =
            tickets.iter().take(MOST_LISTED).filter_map(|ticket| self.status_line(ticket)).collect();
        lines.join("\n")
    }

    fn status_line(&self, ticket: &TicketId) -> Option<String> {
        let language = self.state.language;
        let known = self.state.tickets.get(ticket)?;
        let status = known.status.unwrap_or(Status::Open);
        let category = texts::category(language, known.category);
        let status_text = texts::status(language, status);
        let mut values =
            vec![("n", known.tracking_number.as_str()), ("category", &*category), ("s", &*status_text)];
        let deadline =
            known.resolution_due_at.filter(|_| !matches!(status, Status::Resolved | Status::Closed));
        let Some(deadline) = deadline.map(|at| texts::moment(language, at)) else {
            return Some(texts::say(language, "status-short", &values));
        };
        values.push(("deadline", &deadline));
        Some(texts::say(language, "status-of", &values))
    }

    /// Tells the resident the status of all open tickets, or of the most recent closed one if none is open.
    pub(super) fn report_all(&mut self) {
        let tickets = self.current();
        match (tickets.as_slice(), self.state.draft.is_some()) {
            ([], true) => self.say("status-waiting", &[]),
            ([], false) => self.say("status-none", &[]),
            ([only], _) => self.report_status(only),
            (several, _) => self.tell(self.status_lines(&several.iter().collect::<Vec<_>>()), None),
        }
    }

    /// The open tickets, or the most recent closed one if none is open.
    fn current(&self) -> Vec<TicketId> {
        let open = self.open_tickets();
        let last =
            || self.state.tickets.iter().max_by_key(|(_, known)| known.at).map(|(ticket, _)| ticket.clone());
        if open.is_empty() { last().into_iter().collect() } else { open }
    }

    /// The open question to the resident, or the status of their tickets if no question is open.
    pub(super) fn question_or_status(&self) -> String {
        let tickets = self.current();
        let status = || match tickets.as_slice() {
            [] => texts::say(self.state.language, "status-none", &[]),
            tickets => self.status_lines(&tickets.iter().collect::<Vec<_>>()),
        };
        self.question().unwrap_or_else(status)
    }

    /// The open question to the resident, or `None` if we wait for no answer.
    pub(super) fn question(&self) -> Option<String> {
        question(self.state, self.state.language)
    }
}

/// The open question of the municipal lane in this language, or `None` if it waits for no answer.
pub(super) fn question(state: &State, language: Language) -> Option<String> {
    match &state.which {
        Some(which) => Some(list(state, &which.tickets, language)),
        None => state.draft.as_deref().map(|draft| texts::say(language, missing(draft), &[])),
    }
}

fn list(state: &State, tickets: &[TicketId], language: Language) -> String {
    let mut lines = vec![texts::say(language, "which", &[])];
    for (place, ticket) in (1..).zip(tickets) {
        let Some(known) = state.tickets.get(ticket) else { continue };
        let category = texts::category(language, known.category);
        let values =
            [("place", &*format!("{place}")), ("n", known.tracking_number.as_str()), ("category", &category)];
        lines.push(texts::say(language, "which-line", &values));
    }
    lines.join("\n")
}

/// Remembers that our message `sid` is about the ticket.
pub fn sent(state: &mut State, ticket: &TicketId, sid: MessageSid) {
    let Some(known) = state.tickets.get_mut(ticket).filter(|known| !known.sent.contains(&sid)) else {
        return;
    };
    if known.sent.len() >= MOST_SENT {
        known.sent.remove(0);
    }
    known.sent.push(sid);
}

/// The command for a resident's wish to a ticket of this status. Wishes to add something have no command.
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
