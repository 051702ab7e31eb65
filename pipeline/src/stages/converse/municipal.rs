//! Processes a cleared turn: a report, a place, a question or an answer.

use topics::records::conversations::{Draft, Wish};
use topics::records::unscreened::Unreadable;
use topics::values::ids::TicketId;
use topics::values::vocabulary::{Category, Status};

use super::answers::ResidentAnswer;
use super::drafts::missing;
use super::form::Turn;
use super::known::Named;
use super::meaning::{Intent, Meaning};
use super::screen::Cleared;
use super::{Scene, extend, says_what};
use crate::rules::geography::PinVerdict;

/// A text of fewer words without a municipal category is a remark; with this many it is a report.
pub(super) const WORDS_OF_A_REPORT: usize = 4;

impl Scene<'_, '_> {
    pub(super) fn hear_municipal(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match turn.pin {
            Some(PinVerdict::Plausible(_)) => return self.hear_pin(turn, said, cleared),
            Some(refused) => return self.refuse_pin(refused),
            None => {}
        }
        let named = self.named(turn);
        let answer = self.answer_of(turn, said, &named);
        let cleared = match self.state.which.take() {
            Some(which) => match self.choose_ticket(turn, said, &named, &answer, which, cleared) {
                Ok(()) => return,
                Err(cleared) => cleared,
            },
            None => cleared,
        };
        match answer {
            ResidentAnswer::Wish(wish) => self.hear_wish(turn, said, wish, named, cleared),
            ResidentAnswer::Status => self.hear_status(turn, said, named, cleared),
            ResidentAnswer::None => self.hear_words(turn, said, named, cleared),
        }
    }

    /// Adds a pin to the ticket that it replies to, the waiting draft or the most recently mentioned ticket;
    /// otherwise it begins a new draft.
    fn hear_pin(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        if let Named::Ticket(ticket) = self.named(turn) {
            return self.add_or_begin(ticket, turn, said, cleared);
        }
        let category = said.category.filter(|_| turn.words.is_some());
        if let Some(draft) = self.state.draft.take() {
            // The words were not understood but the place is known: a person reads the report.
            let category = category.or_else(|| (!draft.account.words.is_empty()).then_some(Category::Other));
            return self.add_to_draft(*draft, said, category, cleared);
        }
        let unlocated = self
            .recent(self.rules().window_s)
            .filter(|ticket| self.state.tickets.get(ticket).is_some_and(|known| !known.located));
        match unlocated.or_else(|| self.recent(self.rules().ask_again_s)).filter(|_| category.is_none()) {
            Some(ticket) => self.add_to_ticket(ticket, cleared),
            None => self.begin(turn, said, category, cleared),
        }
    }

    fn refuse_pin(&mut self, verdict: PinVerdict) {
        self.say(
            match verdict {
                PinVerdict::NullIsland => "pin-no_fix",
                PinVerdict::Swapped(_) => "pin-swapped",
                PinVerdict::Abroad => "pin-abroad",
                PinVerdict::OutOfRange | PinVerdict::Plausible(_) => "pin-range",
            },
            &[],
        );
    }

    /// Whether words that could be an answer are more content for the most recently mentioned ticket.
    pub(super) fn is_more(&self, said: &Meaning) -> bool {
        said.words >= WORDS_OF_A_REPORT && self.recent(self.rules().window_s).is_some()
    }

    /// Processes words that are neither an answer nor a question: a report, more of one, or small talk.
    pub(super) fn hear_words(&mut self, turn: &Turn, said: &Meaning, named: Named, cleared: Cleared) {
        if let Named::Ticket(ticket) = named
            && self.is_more_of(&ticket, said, &cleared)
        {
            return self.hear_of(&ticket, turn, said, cleared);
        }
        let draft = self.state.draft.take().map(|draft| *draft);
        match (said.intent, draft) {
            (Intent::Greeting, draft) => self.chat(turn, draft, "greeting", cleared),
            (Intent::Thanks, draft) => self.chat(turn, draft, "thanks", cleared),
            // There is no open question that this could answer.
            (Intent::Yes | Intent::No, draft) if said.words <= 2 && said.category.is_none() => {
                self.chat(turn, draft, "chat", cleared)
            }
            (
                Intent::Chat | Intent::Nothing | Intent::Number(_) | Intent::Municipal | Intent::Private,
                draft,
            ) => self.chat(turn, draft, "chat", cleared),
            (_, Some(draft)) => self.hear_more(draft, said, cleared),
            (_, None) => self.hear_report(turn, said, cleared),
        }
    }

    /// Adds words to the waiting draft: the problem, or the name of the place.
    fn hear_more(&mut self, mut draft: Draft, said: &Meaning, cleared: Cleared) {
        let category = said
            .category
            .or_else(|| (!says_what(&draft) && !draft.account.words.is_empty()).then_some(Category::Other));
        let category = category
            .or_else(|| (!says_what(&draft) && said.words >= WORDS_OF_A_REPORT).then_some(Category::Other));
        if says_what(&draft) && said.category.is_none() {
            // A report is not routed by a name, because one name is used for several places. The name is kept
            // for people, and the resident is asked for a pin.
            draft.account.place_name = cleared.account().words.first().cloned().or(draft.account.place_name);
        }
        self.add_to_draft(draft, said, category, cleared);
    }

    /// Whether words that name a ticket are content for it. Thanks and small talk are not, and neither is
    /// another category if the ticket is resolved or closed.
    fn is_more_of(&self, ticket: &TicketId, said: &Meaning, cleared: &Cleared) -> bool {
        let says_something = matches!(
            said.intent,
            Intent::Report | Intent::Unclear | Intent::Status | Intent::Yes | Intent::No
        ) || !cleared.account().media.is_empty();
        let of_another = |category: Category| {
            self.state.tickets.get(ticket).is_some_and(|known| known.category != category)
        };
        says_something && !said.another && !(self.is_over(ticket) && said.category.is_some_and(of_another))
    }

    fn hear_report(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        let same =
            |ticket: &TicketId| self.state.tickets.get(ticket).map(|known| known.category) == said.category;
        let contradicted: Vec<TicketId> = self.candidates(Wish::Reopen).into_iter().filter(same).collect();
        if let [ticket] = contradicted.as_slice()
            && said.denies
        {
            return self.hear_of(&ticket.clone(), turn, said, cleared);
        }
        let just_now = self.recent(self.rules().unlocated_s);
        let today = self.recent(self.rules().window_s);
        let ticket = match said.category {
            _ if said.another => None,
            Some(_) if said.worse => just_now,
            Some(_) => just_now.filter(same),
            None => today,
        };
        match ticket {
            Some(ticket) => self.add_to_ticket(ticket, cleared),
            None if said.reporting => {
                self.begin(turn, said, said.category.or(Some(Category::Other)), cleared)
            }
            None if said.words >= WORDS_OF_A_REPORT => self.begin(turn, said, None, cleared),
            None => self.chat(turn, None, "ask-more", cleared),
        }
    }

    /// Adds words to the ticket that they name. A resolved or closed ticket is reopened, and its own news
    /// tells the resident.
    fn hear_of(&mut self, ticket: &TicketId, turn: &Turn, said: &Meaning, cleared: Cleared) {
        if self.is_over(ticket) && !self.is_past(ticket) {
            self.wish(ticket, Wish::Reopen, turn.received_at);
            self.add_more(ticket.clone(), cleared.into_account());
        } else {
            self.add_or_begin(ticket.clone(), turn, said, cleared);
        }
    }

    /// Whether the ticket's last news says that it is resolved or closed.
    pub(super) fn is_over(&self, ticket: &TicketId) -> bool {
        self.state
            .tickets
            .get(ticket)
            .is_some_and(|known| matches!(known.status, Some(Status::Resolved | Status::Closed)))
    }

    /// Replies to small talk with a short text, or asks again for what is missing in the draft. Media are
    /// kept, whatever their caption says.
    pub(super) fn chat(&mut self, turn: &Turn, draft: Option<Draft>, name: &str, cleared: Cleared) {
        let shows = !cleared.account().media.is_empty();
        match draft {
            Some(mut draft) if shows => {
                extend(&mut draft.account, cleared.into_account());
                self.go_on(draft, "ask-place-again");
            }
            Some(draft) => {
                self.say(missing(&draft), &[]);
                self.state.draft = Some(Box::new(draft));
            }
            None => match self.recent(self.rules().window_s).filter(|_| shows) {
                Some(ticket) => self.add_to_ticket(ticket, cleared),
                None => self.puzzle(turn, name, cleared),
            },
        }
    }

    /// Replies with a short text to a turn that is about no known ticket.
    pub(super) fn puzzle(&mut self, turn: &Turn, name: &str, cleared: Cleared) {
        self.show(turn, cleared);
        self.say(name, &[]);
    }

    /// Passes media that belong to no known ticket to a person.
    pub(super) fn show(&mut self, turn: &Turn, cleared: Cleared) {
        if !cleared.account().media.is_empty() {
            self.unscreened(turn.sid.clone(), turn.received_at, Unreadable::NoWords, cleared.into_account());
        }
    }
}
