//! Answers to what tickets ask, questions about them, and what comes along with either.

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

/// What an answer of the resident is about.
pub(super) enum Answer {
    Wish(Wish),
    Status,
    None,
}

impl Scene<'_, '_> {
    /// Applies an answer to the list: a place in it, or the number of a ticket. Any other turn is returned and
    /// the list is dropped.
    pub(super) fn choose_ticket(
        &mut self,
        turn: &Turn,
        said: &Meaning,
        named: &Named,
        answer: &Answer,
        mut which: TicketChoice,
        cleared: Cleared,
    ) -> Result<(), Cleared> {
        let chosen = match (said.intent, named, answer) {
            (Intent::Number(place), Named::Nothing, _) => {
                place.checked_sub(1).and_then(|place| which.tickets.get(place))
            }
            // A number alone asks how a ticket stands, unless it was asked for.
            (_, Named::Ticket(ticket), Answer::Status) if said.intent != Intent::Status => {
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

    /// The list is not answered. What came with the wish is for the ticket that they spoke of last.
    pub(super) fn forget(&mut self, which: TicketChoice) {
        if let Some(ticket) = which.tickets.into_iter().next() {
            self.add_more(ticket, which.more);
        }
    }

    /// An answer to what a ticket asks, with what came along.
    fn answer(&mut self, ticket: &TicketId, wish: Wish, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match besides(turn, said, cleared) {
            Some(more) if wish == Wish::Reopen && self.is_past(ticket) => {
                self.begin_again(ticket, turn, said, more)
            }
            Some(more) if self.is_past(ticket) => {
                self.show(turn, more);
                self.wish(ticket, wish, turn.received_at);
            }
            // `Yes but another pothole opened` is an answer and a report.
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

    /// Yes, no, or never mind: about the ticket that was replied to or named, the only one that it can be
    /// about, or one of a list.
    pub(super) fn hear_wish(
        &mut self,
        turn: &Turn,
        said: &Meaning,
        wish: Wish,
        named: Named,
        cleared: Cleared,
    ) {
        match named {
            // `It is right in front of the school` begins like a yes; what awaits no answer is told more.
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
        // `Its fixed` closes what awaits an answer before it takes back what does not.
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

    /// What was said besides of a ticket; after one of long ago it is the beginning of a new report.
    fn more_of(&mut self, ticket: TicketId, turn: &Turn, said: &Meaning, more: Cleared) {
        if self.is_past(&ticket) {
            self.begin_again(&ticket, turn, said, more);
        } else {
            self.add_more(ticket, more.into_account());
        }
    }

    /// The ticket that a question names by its matter, else the one spoken of last; none where a report waits
    /// that it may be about.
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

    /// Whether a ticket of this status waits for such an answer.
    fn awaits(&self, ticket: &TicketId, wish: Wish) -> bool {
        let status = self.state.tickets.get(ticket).and_then(|known| known.status);
        match wish {
            Wish::Confirm => status == Some(Status::Resolved),
            Wish::Reopen => self.is_over(ticket),
            Wish::Withdraw | Wish::Add | Wish::Locate => true,
        }
    }

    /// A button's payload says it outright; then the words do.
    pub(super) fn answer_of(&self, turn: &Turn, said: &Meaning, named: &Named) -> Answer {
        let payload = turn.payload.as_deref().map(str::to_lowercase).unwrap_or_default();
        if payload.starts_with("yes") || payload.starts_with("confirm") {
            return Answer::Wish(Wish::Confirm);
        }
        if payload.starts_with("no") || payload.starts_with("reopen") {
            return Answer::Wish(Wish::Reopen);
        }
        match said.intent {
            Intent::Yes => Answer::Wish(Wish::Confirm),
            Intent::No => Answer::Wish(Wish::Reopen),
            Intent::Withdraw => Answer::Wish(Wish::Withdraw),
            Intent::Status if self.is_new_matter(said) => Answer::None,
            Intent::Status => Answer::Status,
            // A number alone asks how it stands, and so does a question mark in reply to a message.
            _ if said.category.is_none() && numbers::find(&turn.said()).is_some() => Answer::Status,
            Intent::Nothing if matches!(named, Named::Ticket(_)) => Answer::Status,
            _ => Answer::None,
        }
    }

    /// Whether it names a matter that nothing of the resident's is about: then `when will it be fixed?` only
    /// ends a report. So it does where there is nothing that it could ask about, after more words than a
    /// question takes.
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

/// What came besides an answer, if anything did: what was shown, or more words than those of the answer. A
/// button's words are ours.
fn besides(turn: &Turn, said: &Meaning, cleared: Cleared) -> Option<Cleared> {
    let says_more = !said.mere && turn.payload.is_none();
    Some(cleared).filter(|cleared| says_more || !cleared.account().media.is_empty())
}

/// The content that was kept, extended by what came later.
fn with(mut kept: Account, more: Option<Cleared>) -> Account {
    if let Some(more) = more {
        extend(&mut kept, more.into_account());
    }
    kept
}
