//! Answers to questions about tickets, questions about their status, and further content in the same turn.

use topics::records::conversations::{TicketChoice, Wish};
use topics::records::reports::Account;
use topics::values::ids::TicketId;
use topics::values::vocabulary::Status;

use super::form::Turn;
use super::known::Named;
use super::meaning::{Intent, Meaning, WORDS_OF_A_QUESTION};
use super::municipal::WORDS_OF_A_REPORT;
use super::numbers;
use super::screen::Cleared;
use super::{Scene, extend, says_what};

/// Whether a turn answers a question or asks one.
pub(super) enum ResidentAnswer {
    /// The turn says what should happen to a ticket.
    Wish(Wish),
    /// The turn asks for the status of a ticket.
    Status,
    /// The turn does neither.
    None,
}

impl Scene<'_, '_> {
    /// Applies an answer to the list: the number of an entry, or the tracking number of a ticket. Any other
    /// turn is returned, and the list is dropped.
    pub(super) fn choose_ticket(
        &mut self,
        turn: &Turn,
        said: &Meaning,
        named: &Named,
        answer: &ResidentAnswer,
        mut which: TicketChoice,
        cleared: Cleared,
    ) -> Result<(), Cleared> {
        let chosen = match (said.intent, named, answer) {
            (Intent::Number(place), Named::Nothing, _) => {
                place.checked_sub(1).and_then(|place| which.tickets.get(place))
            }
            // A tracking number alone asks for the status of a ticket, unless we asked for it.
            (_, Named::Ticket(ticket), ResidentAnswer::Status) if said.intent != Intent::Status => {
                which.tickets.iter().find(|listed| *listed == ticket)
            }
            _ => None,
        };
        match (chosen.cloned(), said.intent, named) {
            (Some(ticket), ..) => {
                which.more = with(which.more, besides(turn, said, cleared));
                self.wish(&ticket, which.wish, turn.received_at);
                self.add_more(ticket, which.more);
            }
            (None, Intent::Number(_), Named::Nothing) => {
                let more = with(which.more, besides(turn, said, cleared));
                self.ask_which(which.tickets, which.wish, more);
            }
            _ => {
                self.forget(which);
                return Err(cleared);
            }
        }
        Ok(())
    }

    /// Drops a list that was not answered. Content that came with the wish is added to the first ticket of
    /// the list, the one that the resident mentioned last.
    pub(super) fn forget(&mut self, which: TicketChoice) {
        if let Some(ticket) = which.tickets.into_iter().next() {
            self.add_more(ticket, which.more);
        }
    }

    /// Applies an answer about a ticket, with further content of the turn.
    fn answer(&mut self, ticket: &TicketId, wish: Wish, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match besides(turn, said, cleared) {
            Some(more) if wish == Wish::Reopen && self.is_past(ticket) => {
                self.begin_again(ticket, turn, said, more)
            }
            Some(more) if self.is_past(ticket) => {
                self.show(turn, more);
                self.wish(ticket, wish, turn.received_at);
            }
            // A turn such as `yes but another pothole opened` is an answer and a report.
            Some(more) if said.another && said.category.is_some() => {
                self.wish(ticket, wish, turn.received_at);
                self.hear_words(turn, said, Named::Nothing, more);
            }
            more => {
                self.wish(ticket, wish, turn.received_at);
                self.add_more(ticket.clone(), with(Account::default(), more));
            }
        }
    }

    /// Applies a yes, a no or a withdrawal to the ticket that the turn names or replies to, or to the only
    /// ticket that it can be about. If it can be about several, asks which one.
    pub(super) fn hear_wish(
        &mut self,
        turn: &Turn,
        said: &Meaning,
        wish: Wish,
        named: Named,
        cleared: Cleared,
    ) {
        match named {
            // `It is right in front of the school` begins like a yes. If the ticket awaits no answer, the
            // words are more about it.
            Named::Ticket(ticket) if said.words >= WORDS_OF_A_REPORT && !self.awaits(&ticket, wish) => {
                return self.hear_words(turn, said, Named::Ticket(ticket), cleared);
            }
            Named::Ticket(ticket) => return self.answer(&ticket, wish, turn, said, cleared),
            Named::Mistyped => return self.puzzle(turn, "number-mistyped", cleared),
            Named::Unknown => return self.puzzle(turn, "number-unknown", cleared),
            Named::Nothing => {}
        }
        if wish == Wish::Withdraw && self.state.draft.take().is_some() {
            return self.say("cancelled", &[]);
        }
        // `Its fixed` confirms a ticket that awaits an answer; only without one does it withdraw another.
        let awaiting = self.candidates(Wish::Confirm);
        let (wish, candidates) = match wish {
            Wish::Withdraw if awaiting.is_empty() => (wish, self.candidates(wish)),
            Wish::Withdraw => (Wish::Confirm, awaiting),
            _ => (wish, awaiting),
        };
        match candidates.as_slice() {
            [only] => self.answer(&only.clone(), wish, turn, said, cleared),
            [] if said.category.is_some() || self.state.draft.is_some() || self.is_more(said) => {
                self.hear_words(turn, said, Named::Nothing, cleared)
            }
            [] => self.chat(turn, None, "nothing-waiting", cleared),
            _ => self.ask_which(candidates, wish, with(Account::default(), besides(turn, said, cleared))),
        }
    }

    /// Answers a question about status. Further words belong to the ticket in question or the waiting report.
    pub(super) fn hear_status(&mut self, turn: &Turn, said: &Meaning, named: Named, cleared: Cleared) {
        let about = match named {
            Named::Ticket(ticket) => {
                self.report_status(&ticket);
                Some(ticket)
            }
            Named::Mistyped => return self.puzzle(turn, "number-mistyped", cleared),
            Named::Unknown => return self.puzzle(turn, "number-unknown", cleared),
            Named::Nothing => {
                self.report_all();
                self.asked_about(said)
            }
        };
        let Some(more) = besides(turn, said, cleared) else { return };
        match about {
            Some(ticket) => self.more_of(ticket, turn, said, more),
            None => match self.state.draft.take() {
                Some(draft) => self.add_to_waiting(*draft, more.into_account()),
                None => self.show(turn, more),
            },
        }
    }

    /// Adds further content to the ticket, or begins a new report if the ticket closed too long ago.
    fn more_of(&mut self, ticket: TicketId, turn: &Turn, said: &Meaning, more: Cleared) {
        if self.is_past(&ticket) {
            self.begin_again(&ticket, turn, said, more);
        } else {
            self.add_more(ticket, more.into_account());
        }
    }

    /// The open ticket of the category that a question mentions, or the most recently mentioned ticket.
    /// Returns `None` if a draft is waiting that the question may be about.
    fn asked_about(&self, said: &Meaning) -> Option<TicketId> {
        let drafted = self.state.draft.as_ref().map(|draft| draft.category);
        if drafted.is_some_and(|category| category == said.category) {
            return None;
        }
        let open = self.candidates(Wish::Add);
        let same =
            |ticket: &&TicketId| self.state.tickets.get(*ticket).map(|known| known.category) == said.category;
        open.iter().find(same).or_else(|| open.first().filter(|_| drafted.is_none())).cloned()
    }

    /// Whether the ticket, by its status, awaits such an answer.
    fn awaits(&self, ticket: &TicketId, wish: Wish) -> bool {
        let status = self.state.tickets.get(ticket).and_then(|known| known.status);
        match wish {
            Wish::Confirm => status == Some(Status::Resolved),
            Wish::Reopen => self.is_over(ticket),
            Wish::Withdraw | Wish::Add | Wish::Locate => true,
        }
    }

    /// Classifies a turn. The payload of a button decides before the words do.
    pub(super) fn answer_of(&self, turn: &Turn, said: &Meaning, named: &Named) -> ResidentAnswer {
        let payload = turn.payload.as_deref().map(str::to_lowercase).unwrap_or_default();
        if payload.starts_with("yes") || payload.starts_with("confirm") {
            return ResidentAnswer::Wish(Wish::Confirm);
        }
        if payload.starts_with("no") || payload.starts_with("reopen") {
            return ResidentAnswer::Wish(Wish::Reopen);
        }
        match said.intent {
            Intent::Yes => ResidentAnswer::Wish(Wish::Confirm),
            Intent::No => ResidentAnswer::Wish(Wish::Reopen),
            Intent::Withdraw => ResidentAnswer::Wish(Wish::Withdraw),
            Intent::Status if self.is_new_matter(said) => ResidentAnswer::None,
            Intent::Status => ResidentAnswer::Status,
            // A tracking number alone asks for the status, and so does a question mark in reply to a message.
            _ if said.category.is_none() && numbers::find(&turn.said()).is_some() => ResidentAnswer::Status,
            Intent::Nothing if matches!(named, Named::Ticket(_)) => ResidentAnswer::Status,
            _ => ResidentAnswer::None,
        }
    }

    /// Whether a question such as `when will it be fixed?` ends a new report instead of asking for a status.
    /// It does if the turn names a category that the resident has no open ticket of, or if the resident has
    /// no ticket and no draft and the turn is longer than a question.
    fn is_new_matter(&self, said: &Meaning) -> bool {
        let is_open = |category| {
            self.state
                .tickets
                .values()
                .any(|known| known.category == category && known.status != Some(Status::Closed))
        };
        let is_drafted = self.state.draft.as_ref().is_some_and(|draft| says_what(draft));
        let has_nothing = self.state.tickets.is_empty() && self.state.draft.is_none();
        !is_drafted
            && said
                .category
                .map_or(has_nothing && said.words > WORDS_OF_A_QUESTION, |category| !is_open(category))
    }
}

/// The content of a turn besides the answer: media, or more words than those of the answer. The words of a
/// button are ours and do not count.
fn besides(turn: &Turn, said: &Meaning, cleared: Cleared) -> Option<Cleared> {
    let says_more = !said.mere && turn.payload.is_none();
    Some(cleared).filter(|cleared| says_more || !cleared.account().media.is_empty())
}

/// The content that was kept, extended by later content.
fn with(mut kept: Account, more: Option<Cleared>) -> Account {
    if let Some(more) = more {
        extend(&mut kept, more.into_account());
    }
    kept
}
