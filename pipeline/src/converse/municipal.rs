//! A cleared turn: a report, a place, a question or an answer.

use topics::conversations::{Draft, Wish};
use topics::ids::TicketId;
use topics::tracking::TrackingNumber;
use topics::words::{Category, Status};

use super::form::Turn;
use super::meaning::{Intent, Meaning};
use super::numbers::{self, Found};
use super::screen::Cleared;
use super::{Scene, says_what};
use crate::geography::PinVerdict;

/// Fewer words than this, of which none is known to be the matter of a municipality, are a remark.
const WORDS_OF_A_REPORT: usize = 4;

impl Scene<'_, '_> {
    pub(super) fn hear_municipal(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match turn.pin {
            Some(PinVerdict::Plausible(_)) => return self.hear_pin(turn, said, cleared),
            Some(refused) => return self.refuse_pin(refused),
            None => {}
        }
        if let Some(which) = self.state.which.take() {
            if let Intent::Number(place) = said.intent
                && let Some(ticket) = place.checked_sub(1).and_then(|place| which.tickets.get(place))
            {
                return self.wish(ticket, which.wish, turn.received_at);
            }
            if matches!(said.intent, Intent::Number(_)) {
                return self.ask_which(which.tickets, which.wish);
            }
        }
        match self.answer_of(turn, said) {
            Answer::Wish(wish) => self.hear_wish(turn, said, wish, cleared),
            Answer::Status => self.hear_status(turn),
            Answer::None => self.hear_words(turn, said, cleared),
        }
    }

    /// A pin: for the report that waits, for the ticket just spoken of, or the beginning of a new report.
    fn hear_pin(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        let category = said.category.filter(|_| turn.words.is_some());
        if let Some(draft) = self.state.draft.take() {
            // Words that nobody understood, and then the place: people will.
            let category = category.or_else(|| (!draft.account.words.is_empty()).then_some(Category::Other));
            return self.add_to_draft(*draft, said, category, cleared);
        }
        let unlocated =
            self.recent(self.rules().window_s).filter(|ticket| self.state.tickets.get(ticket).is_some_and(|known| !known.located));
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

    /// Yes, no, or never mind: about the ticket that was replied to or named, the only one that it can be about, or one of
    /// a list.
    fn hear_wish(&mut self, turn: &Turn, said: &Meaning, wish: Wish, cleared: Cleared) {
        let named = match numbers::find(&turn.said()) {
            Some(Found::Mistyped) => return self.say("number-mistyped", &[]),
            Some(Found::Number(number)) => match self.numbered(&number) {
                None => return self.say("number-unknown", &[]),
                ticket => ticket,
            },
            None => turn.replied_to.as_ref().map(TicketId::of).filter(|ticket| self.state.tickets.contains_key(ticket)),
        };
        if let Some(ticket) = named {
            return self.wish(&ticket, wish, turn.received_at);
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
            [only] => self.wish(&only.clone(), wish, turn.received_at),
            [] if said.category.is_some() || self.state.draft.is_some() => self.hear_words(turn, said, cleared),
            [] => self.say("nothing-waiting", &[]),
            _ => self.ask_which(candidates, wish),
        }
    }

    /// How does it stand?
    fn hear_status(&mut self, turn: &Turn) {
        match numbers::find(&turn.said()) {
            Some(Found::Mistyped) => self.say("number-mistyped", &[]),
            Some(Found::Number(number)) => match self.numbered(&number) {
                // Another citizen's number says as little as one that nobody has.
                None => self.say("number-unknown", &[]),
                Some(ticket) => self.report_status(&[ticket]),
            },
            None => self.report_all(),
        }
    }

    /// Words that say what is wrong, or nothing that is known to be.
    fn hear_words(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        let draft = self.state.draft.take().map(|draft| *draft);
        match (said.intent, draft) {
            (Intent::Greeting, draft) => self.chat(draft, "greeting"),
            (Intent::Thanks, draft) => self.chat(draft, "thanks"),
            // There is nothing that it could answer.
            (Intent::Yes | Intent::No, draft) if said.words <= 2 && said.category.is_none() => self.chat(draft, "chat"),
            (Intent::Chat | Intent::Nothing | Intent::Number(_) | Intent::Municipal | Intent::Private, draft) => self.chat(draft, "chat"),
            (_, Some(draft)) => self.hear_more(draft, said, cleared),
            (_, None) => self.hear_report(turn, said, cleared),
        }
    }

    /// More words for the report that waits: what is wrong, or the place by name.
    fn hear_more(&mut self, mut draft: Draft, said: &Meaning, cleared: Cleared) {
        let category = said.category.or_else(|| (!says_what(&draft) && !draft.account.words.is_empty()).then_some(Category::Other));
        let category = category.or_else(|| (!says_what(&draft) && said.words >= WORDS_OF_A_REPORT).then_some(Category::Other));
        if says_what(&draft) && said.category.is_none() {
            // A name does not route: a name lies in more than one place. It is kept for people, and a pin is asked for.
            draft.account.place_name = cleared.account().words.first().cloned().or(draft.account.place_name);
        }
        self.add_to_draft(draft, said, category, cleared);
    }

    fn hear_report(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        if let Some(Found::Number(number)) = numbers::find(&turn.said())
            && let Some(ticket) = self.numbered(&number)
        {
            return self.hear_of(&ticket, turn, cleared);
        }
        let (just_now, today) = (self.recent(self.rules().unlocated_s), self.recent(self.rules().window_s));
        let same = |ticket: &TicketId| self.state.tickets.get(ticket).map(|known| known.category) == said.category;
        let ticket = match said.category {
            _ if said.another => None,
            Some(_) if said.worse => just_now,
            Some(_) => just_now.filter(same),
            None => today,
        };
        match ticket {
            Some(ticket) => self.add_to_ticket(ticket, cleared),
            None if said.reporting => self.begin(turn, said, said.category.or(Some(Category::Other)), cleared),
            None if said.words >= WORDS_OF_A_REPORT => self.begin(turn, said, None, cleared),
            None => self.say("ask-more", &[]),
        }
    }

    /// More about a ticket that was named; one that is said to be over goes on.
    fn hear_of(&mut self, ticket: &TicketId, turn: &Turn, cleared: Cleared) {
        let over = self.state.tickets.get(ticket).is_some_and(|known| matches!(known.status, Some(Status::Resolved | Status::Closed)));
        if over {
            self.wish(ticket, Wish::Reopen, turn.received_at);
        }
        self.add_to_ticket(ticket.clone(), cleared);
    }

    /// The resident's own ticket of this number.
    fn numbered(&self, number: &TrackingNumber) -> Option<TicketId> {
        self.state.tickets.iter().find(|(_, known)| known.tracking_number == *number).map(|(ticket, _)| ticket.clone())
    }

    /// A short answer; what we wait for is asked again instead.
    fn chat(&mut self, draft: Option<Draft>, name: &str) {
        match draft {
            None => self.say(name, &[]),
            Some(draft) => {
                self.say(if says_what(&draft) { "ask-place-again" } else { "ask-what" }, &[]);
                self.state.draft = Some(Box::new(draft));
            }
        }
    }

    /// A button's payload says it outright; then the words do.
    fn answer_of(&self, turn: &Turn, said: &Meaning) -> Answer {
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
            // A number alone asks how it stands.
            _ if said.category.is_none() && numbers::find(&turn.said()).is_some() => Answer::Status,
            _ => Answer::None,
        }
    }

    /// Whether it names a matter that nothing of the resident's is about: then `when will it be fixed?` only ends a report.
    fn is_new_matter(&self, said: &Meaning) -> bool {
        let is_open =
            |category| self.state.tickets.values().any(|known| known.category == category && known.status != Some(Status::Closed));
        let is_drafted = self.state.draft.as_ref().is_some_and(|draft| says_what(draft));
        !is_drafted && said.category.is_some_and(|category| !is_open(category))
    }

    /// Whether answers are held back.
    pub(super) const fn is_flood(&self) -> bool {
        super::turn::is_flood(self.state.pace.count)
    }
}

/// What an answer of the resident is about.
enum Answer {
    Wish(Wish),
    Status,
    None,
}
