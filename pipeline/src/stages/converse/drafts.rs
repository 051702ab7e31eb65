//! Drafts: reports that wait for their place or category. A draft becomes a ticket when it has both, or when
//! its time is over.
//!
//! Only this file makes a [`MunicipalReport`], and only from the words of [`Cleared`] turns.

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Draft, KnownTicket, Wish};
use topics::records::reports::{Account, Addendum, MunicipalReport, ReportFacts};
use topics::records::unscreened::Unreadable;
use topics::values::ids::TicketId;
use topics::values::vocabulary::{Category, PlaceSource};

use super::form::Turn;
use super::known::Named;
use super::meaning::Meaning;
use super::screen::{Cleared, Unread};
use super::{Act, Scene, extend, is_full, says_what};

impl Scene<'_, '_> {
    /// Begins a draft with a cleared turn.
    pub(super) fn begin(
        &mut self,
        turn: &Turn,
        said: &Meaning,
        category: Option<Category>,
        cleared: Cleared,
    ) {
        let reopened_from = category.and_then(|category| self.too_late(category));
        let draft = self.draft(turn, said, category, cleared.into_account());
        self.go_on(Draft { reopened_from, ..draft }, "ask-place");
    }

    /// Begins a draft that continues from a ticket that closed too long ago, or adds to the waiting draft. A
    /// turn without words does not take the category of the ticket, because it may be about something else.
    pub(super) fn begin_again(&mut self, ticket: &TicketId, turn: &Turn, said: &Meaning, cleared: Cleared) {
        let Some(known) = self.state.tickets.get_mut(ticket) else { return };
        known.too_late = false;
        let known = known.category;
        let category = (!cleared.account().words.is_empty()).then(|| said.category.unwrap_or(known));
        let goes_on = |category: Option<Category>| {
            category.is_none_or(|category| category == known).then(|| ticket.clone())
        };
        if let Some(mut draft) = self.state.draft.take() {
            draft.reopened_from = draft.reopened_from.or_else(|| goes_on(draft.category));
            return self.add_to_draft(*draft, said, category, cleared);
        }
        let draft = self.draft(turn, said, category, cleared.into_account());
        self.go_on(Draft { reopened_from: goes_on(category), ..draft }, "ask-place-anew");
    }

    fn draft(&self, turn: &Turn, said: &Meaning, category: Option<Category>, account: Account) -> Draft {
        Draft {
            first: turn.sid.clone(),
            reported_at: turn.received_at,
            language: self.state.language,
            category,
            severity: said.severity,
            sentiment: said.sentiment,
            reopened_from: None,
            account,
            asked_at: self.context.now,
            reminded: false,
        }
    }

    /// Adds a cleared turn to the waiting draft. If the draft has no category, it takes that of the turn.
    pub(super) fn add_to_draft(
        &mut self,
        mut draft: Draft,
        said: &Meaning,
        category: Option<Category>,
        cleared: Cleared,
    ) {
        if let (None, Some(category)) = (draft.category, category) {
            draft.category = Some(category);
            draft.sentiment = said.sentiment;
            draft.severity = said.severity;
            draft.language = self.state.language;
            let same = |ticket: &TicketId| {
                self.state.tickets.get(ticket).is_some_and(|known| known.category == category)
            };
            draft.reopened_from = draft.reopened_from.filter(same).or_else(|| self.too_late(category));
        }
        if said.reporting {
            draft.severity = draft.severity.max(said.severity);
        }
        extend(&mut draft.account, cleared.into_account());
        self.go_on(draft, "ask-place-again");
    }

    /// Files the draft if it is complete. Otherwise asks for the category, or with the text `where_is_it` for
    /// the place.
    pub(super) fn go_on(&mut self, draft: Draft, where_is_it: &str) {
        if says_what(&draft) && draft.account.point.is_some() {
            return self.file(draft);
        }
        if is_full(&draft.account) {
            return self.ask_no_more(draft);
        }
        self.say(if says_what(&draft) { where_is_it } else { missing(&draft) }, &[]);
        self.state.draft = Some(Box::new(draft));
    }

    /// Adds content that came with a question to the draft, without asking for what is missing again.
    pub(super) fn add_to_waiting(&mut self, mut draft: Draft, more: Account) {
        extend(&mut draft.account, more);
        if is_full(&draft.account) {
            return self.ask_no_more(draft);
        }
        self.state.draft = Some(Box::new(draft));
    }

    /// Ends a draft that is not complete. A draft with words is filed, so that a person can read it; pictures
    /// without words go to the people who screen them; a place alone is dropped.
    pub(super) fn ask_no_more(&mut self, draft: Draft) {
        if !draft.account.words.is_empty() {
            self.file(draft);
        } else if !draft.account.media.is_empty() {
            self.unscreened(draft.first, draft.reported_at, Unreadable::NoWords, draft.account);
        }
    }

    /// Files the draft as a report. The resident is answered by the news of the ticket that it opens.
    fn file(&mut self, draft: Draft) {
        let ticket = TicketId::of(&draft.first);
        let tracking_number = (self.context.number)();
        let category = draft.category.unwrap_or(Category::Other);
        let located = draft.account.point.is_some();
        let facts = ReportFacts {
            tracking_number: tracking_number.clone(),
            reported_at: draft.reported_at,
            language: draft.language,
            category,
            severity: draft.severity,
            sentiment: draft.sentiment,
            place_source: if located { PlaceSource::Pin } else { PlaceSource::None },
            reply_partition: self.context.partition,
            reopened_from: draft.reopened_from,
        };
        let account = Sealed(draft.account);
        let at = self.context.now;
        let edition = self.context.edition.number;
        self.acts.push(Act::Report(Box::new(MunicipalReport {
            ticket: ticket.clone(),
            at,
            edition,
            facts,
            account,
        })));
        self.make_room();
        let known = KnownTicket {
            tracking_number,
            category,
            located,
            spoken_at: at,
            status: None,
            outcome: None,
            closed_at: None,
            version: 0,
            at,
            resolution_due_at: None,
            too_late: false,
            waiting: None,
            asked: Default::default(),
            sent: Vec::new(),
        };
        self.state.tickets.insert(ticket, known);
    }

    /// Adds a cleared turn to a ticket.
    pub(super) fn add_to_ticket(&mut self, ticket: TicketId, cleared: Cleared) {
        // In a flood, additions are not acknowledged one by one.
        let answered = !self.is_flood()
            && self
                .state
                .tickets
                .get(&ticket)
                .is_some_and(|known| known.asked.len() < super::known::MOST_ASKED);
        let account = cleared.into_account();
        let wish = if account.point.is_some() { Wish::Locate } else { Wish::Add };
        self.add(ticket, account, answered.then_some(wish));
    }

    /// Adds a cleared turn to a ticket, or begins a new report if the ticket closed too long ago.
    pub(super) fn add_or_begin(&mut self, ticket: TicketId, turn: &Turn, said: &Meaning, cleared: Cleared) {
        if self.is_past(&ticket) {
            self.begin_again(&ticket, turn, said, cleared);
        } else {
            self.add_to_ticket(ticket, cleared);
        }
    }

    /// Adds content that came with an answer about a ticket, without acknowledging it separately.
    pub(super) fn add_more(&mut self, ticket: TicketId, more: Account) {
        if more != Account::default() {
            self.add(ticket, more, None);
        }
    }

    fn add(&mut self, ticket: TicketId, account: Account, wish: Option<Wish>) {
        let now = self.context.now;
        let Some(known) = self.state.tickets.get_mut(&ticket) else { return };
        known.spoken_at = now;
        known.located |= account.point.is_some();
        let addendum =
            Addendum { ticket, at: now, edition: self.context.edition.number, account: Sealed(account) };
        self.acts.push(Act::Add(Box::new(addendum), wish));
    }

    /// Adds a picture without words to the ticket that it replies to, the waiting draft, or the most recently
    /// mentioned ticket. If there is none of them, the picture is returned.
    pub(super) fn picture(&mut self, turn: &Turn, said: &Meaning, unread: Unread) -> Result<(), Unread> {
        let named = if let Named::Ticket(ticket) = self.named(turn) { Some(ticket) } else { None };
        let recent = || self.recent(self.rules().window_s).filter(|_| self.state.draft.is_none());
        let ticket = named.or_else(recent);
        if ticket.is_none() && self.state.draft.is_none() {
            return Err(unread);
        }
        let cleared = unread.as_picture()?;
        if let Some(ticket) = ticket {
            self.add_or_begin(ticket, turn, said, cleared);
        } else if let Some(mut draft) = self.state.draft.take() {
            extend(&mut draft.account, cleared.into_account());
            self.go_on(*draft, "ask-place-again");
        }
        Ok(())
    }
}

/// The name of the text that asks again for what is missing in the draft.
pub(super) const fn missing(draft: &Draft) -> &'static str {
    match draft {
        Draft { category: Some(_), .. } => "ask-place-again",
        Draft { account, .. } if account.words.is_empty() => "ask-what",
        _ => "ask-more",
    }
}
