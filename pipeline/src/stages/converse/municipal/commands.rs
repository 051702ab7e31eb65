//! What a conversation sends to a ticket that it knows: additions, and the resident's wishes.

use topics::codec::sealing::Sealed;
use topics::records::conversations::{KnownTicket, Wish};
use topics::records::reports::{Account, Addendum};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change};
use topics::values::ids::TicketId;
use topics::values::time::Time;
use topics::values::vocabulary::{Language, Outcome, Status};

use super::tickets::{TicketMap, Tickets};
use crate::rules::edition::Edition;
use crate::rules::texts;
use crate::stages::converse::outputs::MunicipalOutput;
use crate::stages::converse::screen::Cleared;

/// The maximum number of commands of a ticket that wait for their answer.
const MAX_ASKED: usize = 10;

/// Whether the resident reads the answer of each ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Each answer is sent.
    Sent,
    /// There is a flood: a summary follows instead.
    Summarised,
}

/// Sends commands to the tickets of a conversation.
pub struct Commands<'a> {
    pub tickets: &'a mut TicketMap,
    pub now: Time,
    pub edition: &'a Edition,
    pub language: Language,
    pub answers: Answers,
}

impl Commands<'_> {
    /// Adds a cleared turn to a ticket, which answers unless too many answers are outstanding, or files come
    /// right after something else that the ticket answers.
    pub fn add(&mut self, ticket: &TicketId, cleared: Cleared) -> Vec<MunicipalOutput> {
        let account = cleared.into_account();
        let is_answered = self.answers == Answers::Sent
            && self.tickets.get(ticket).is_some_and(|known| {
                known.asked.len() < MAX_ASKED && !(has_files_alone(&account) && self.is_just_now(known))
            });
        let wish = if account.point.is_some() { Wish::Locate } else { Wish::Add };
        self.send_addendum(ticket, account, is_answered.then_some(wish)).into_iter().collect()
    }

    /// Adds content that was kept to a ticket, which answers unless there is a flood.
    pub fn add_kept(&mut self, ticket: &TicketId, account: Account) -> Vec<MunicipalOutput> {
        let wish = if account.point.is_some() { Wish::Locate } else { Wish::Add };
        let answered_as = (self.answers == Answers::Sent).then_some(wish);
        self.send_addendum(ticket, account, answered_as).into_iter().collect()
    }

    /// Whether the resident spoke about the ticket so shortly before that both belong together.
    fn is_just_now(&self, known: &KnownTicket) -> bool {
        self.now.since(known.spoken_at).as_secs() < self.edition.rules().quiet_s
    }

    /// Adds content that came with an answer about a ticket, or with a question. It is not answered.
    pub fn add_unanswered(&mut self, ticket: &TicketId, more: Account) -> Option<MunicipalOutput> {
        if more == Account::default() { None } else { self.send_addendum(ticket, more, None) }
    }

    fn send_addendum(
        &mut self,
        ticket: &TicketId,
        account: Account,
        wish: Option<Wish>,
    ) -> Option<MunicipalOutput> {
        let known = self.tickets.get_mut(ticket)?;
        known.spoken_at = self.now;
        known.located |= account.point.is_some();
        known.point = account.point.or(known.point);
        let ticket = ticket.clone();
        let addendum =
            Addendum { ticket, at: self.now, edition: self.edition.number, account: Sealed(account) };
        Some(MunicipalOutput::Add(Box::new(addendum), wish))
    }

    /// Sends the resident's wish to the ticket, or keeps it until the first news of the ticket arrives. A
    /// ticket that closed too long ago gets no command: its wish is refused here.
    pub fn wish(&mut self, ticket: &TicketId, wish: Wish, at: Time) -> Vec<MunicipalOutput> {
        if Tickets::new(self.tickets, self.now, self.edition.rules()).is_past(ticket) {
            return vec![self.refuse(ticket, wish)];
        }
        let Some(known) = self.tickets.get_mut(ticket) else { return Vec::new() };
        let Some(status) = known.status else {
            known.waiting = Some(wish);
            return Vec::new();
        };
        let answered_as = (self.answers == Answers::Sent).then_some(wish);
        let change = change(ticket, wish, status, at);
        change.map(|change| MunicipalOutput::Change(Box::new(change), answered_as)).into_iter().collect()
    }

    /// Refuses a wish for a ticket that closed too long ago.
    fn refuse(&mut self, ticket: &TicketId, wish: Wish) -> MunicipalOutput {
        if let Some(known) = self.tickets.get_mut(ticket) {
            known.too_late |= wish == Wish::Reopen;
        }
        let text = if wish == Wish::Reopen { "refused-too_late" } else { "refused-nothing_to_do" };
        MunicipalOutput::tell_about(ticket.clone(), texts::say(self.language, text, &[]))
    }
}

fn has_files_alone(account: &Account) -> bool {
    !account.media.is_empty() && account.words.is_empty() && account.point.is_none()
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
