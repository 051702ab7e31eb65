//! Drafts: reports that wait for their place or category. A draft becomes a ticket when it has both, or when
//! its time is over.
//!
//! Residents send several messages at once, and they arrive in any order. So what is missing is asked for
//! only after a short time without a further message, and a draft may begin with files, for which the words
//! come later.
//!
//! Only this file makes a [`MunicipalReport`], and only from the words of [`Cleared`] turns.

mod asking;

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Asked, Draft, DraftQuestion, PlaceQuestion, ProposedPlace, Question};
use topics::records::reports::{Account, MunicipalReport, PlaceBasis, ReportFacts};
use topics::records::unscreened::Unreadable;
use topics::values::ids::TicketId;
use topics::values::vocabulary::{Category, Language, PlaceSource};

pub use self::asking::question;
use self::asking::{is_refusal, place_question, refusal_text};
use super::person::{self, ForPerson};
use super::question_texts;
use super::read::Heard;
use super::tickets::{self, TicketMap, Tickets};
use crate::rules::texts;
use crate::stages::converse::content::{extend, is_full};
use crate::stages::converse::outputs::{Context, MunicipalOutput};
use crate::stages::converse::phase::has_problem;
use crate::stages::converse::screen::Cleared;

/// Two pins that are not farther apart than this can be of one place.
const METRES_OF_ONE_PLACE: f64 = 100.0;

/// The draft of a conversation, and what it becomes.
pub struct Drafts<'a, 'c> {
    pub waiting: &'a mut Option<Box<Draft>>,
    pub question: &'a mut Option<Box<Question>>,
    pub tickets: &'a mut TicketMap,
    pub context: &'a mut Context<'c>,
    pub language: Language,
    pub address: &'a str,
}

impl Drafts<'_, '_> {
    /// Starts a draft with a cleared turn.
    pub fn start(&mut self, heard: &Heard<'_>, cleared: Cleared) -> Vec<MunicipalOutput> {
        let reopened_from =
            heard.category.and_then(|category| tickets::take_too_late(self.tickets, category));
        let draft = self.new_draft(heard, heard.category, account_of(heard, cleared));
        self.file_or_ask(Draft { reopened_from, ..draft }, place_question(heard, PlaceQuestion::First))
    }

    /// Starts a draft that continues from a ticket that closed too long ago, or adds to the waiting draft. A
    /// turn without words does not take the category of the ticket, because it may be about something else.
    pub fn follow_up(
        &mut self,
        ticket: &TicketId,
        heard: &Heard<'_>,
        cleared: Cleared,
    ) -> Vec<MunicipalOutput> {
        let Some(known) = self.tickets.get_mut(ticket) else { return Vec::new() };
        known.too_late = false;
        let known = known.category;
        let has_words = !cleared.account().words.is_empty();
        let category = has_words.then(|| heard.meaning.category.unwrap_or(known));
        let continues = |category: Option<Category>| {
            category.is_none_or(|category| category == known).then(|| ticket.clone())
        };
        if let Some(mut draft) = self.waiting.take() {
            draft.reopened_from = draft.reopened_from.or_else(|| continues(draft.category));
            return self.add(*draft, heard, category, cleared);
        }
        let draft = self.new_draft(heard, category, account_of(heard, cleared));
        let question = place_question(heard, PlaceQuestion::FollowUp);
        self.file_or_ask(Draft { reopened_from: continues(category), ..draft }, question)
    }

    fn new_draft(&self, heard: &Heard<'_>, category: Option<Category>, account: Account) -> Draft {
        Draft {
            first: heard.turn.sid.clone(),
            reported_at: heard.turn.received_at,
            language: heard.meaning.language_of_resident().unwrap_or(self.language),
            category,
            severity: heard.meaning.severity,
            sentiment: heard.meaning.sentiment,
            reopened_from: None,
            proposed: if account.point.is_some() { Vec::new() } else { heard.proposed.clone() },
            account,
            asked_at: self.context.now,
            reminded: false,
            question: None,
            menu: false,
        }
    }

    /// Adds words to the draft: the problem, or the name of the place.
    pub fn add_words(&mut self, heard: &Heard<'_>, cleared: Cleared) -> Vec<MunicipalOutput> {
        let Some(mut draft) = self.waiting.take() else { return Vec::new() };
        if has_problem(&draft) && heard.meaning.category.is_none() {
            // A report is not routed by a name, because one name is used for several places. The name is kept
            // for people, and the resident is asked for a pin.
            draft.account.place_name = cleared.account().words.first().cloned().or(draft.account.place_name);
        }
        self.add(*draft, heard, heard.category, cleared)
    }

    /// Adds a place to the draft.
    pub fn add_place(&mut self, heard: &Heard<'_>, cleared: Cleared) -> Vec<MunicipalOutput> {
        let Some(draft) = self.waiting.take() else { return Vec::new() };
        self.add(*draft, heard, heard.category, cleared)
    }

    /// Takes the place that the resident confirmed or chose.
    pub fn take_proposal(&mut self, heard: &Heard<'_>, cleared: Cleared) -> Vec<MunicipalOutput> {
        let Some(mut draft) = self.waiting.take() else { return Vec::new() };
        let chosen = heard.chosen.and_then(|index| draft.proposed.get(index)).cloned();
        draft.proposed.clear();
        if let Some(ProposedPlace { point, basis, label }) = chosen {
            draft.account.point = Some(point);
            draft.account.place_basis = Some(basis);
            if basis.source == PlaceSource::Name {
                draft.account.place_name = Some(label);
            }
        }
        if heard.says_more {
            extend(&mut draft.account, cleared.into_account());
        }
        self.file_or_ask(*draft, PlaceQuestion::Again)
    }

    /// Drops the places that the resident was asked about, and asks for a pin.
    pub fn decline_proposal(&mut self) -> Option<MunicipalOutput> {
        let draft = self.waiting.as_deref_mut()?;
        draft.proposed.clear();
        draft.question = None;
        Some(MunicipalOutput::say(self.language, "ask-place-again"))
    }

    /// Says why the turn gives no place. What its text spells is kept with the draft, for a person to read.
    pub fn refuse_place(&mut self, heard: &Heard<'_>) -> Option<MunicipalOutput> {
        let refusal = heard.turn.place?.refusal()?;
        if let Some(draft) = self.waiting.as_deref_mut() {
            let spelt = heard.turn.words.clone().or_else(|| heard.turn.label.clone());
            draft.account.place_name = spelt.or(draft.account.place_name.take());
            // The refusal asks for the place, too.
            draft.question = draft.question.filter(|_| !has_problem(draft));
        }
        Some(MunicipalOutput::say(self.language, refusal_text(refusal)))
    }

    /// Adds a file to the draft, with words that describe nothing.
    pub fn add_file(&mut self, cleared: Cleared) -> Vec<MunicipalOutput> {
        let Some(mut draft) = self.waiting.take() else { return Vec::new() };
        extend(&mut draft.account, cleared.into_account());
        self.file_or_ask(*draft, PlaceQuestion::Again)
    }

    /// Adds content that came with a question to the draft, without asking for what is missing again.
    pub fn keep(&mut self, cleared: Cleared) -> Vec<MunicipalOutput> {
        let Some(mut draft) = self.waiting.take() else { return Vec::new() };
        extend(&mut draft.account, cleared.into_account());
        if is_full(&draft.account) {
            return self.file_incomplete(*draft).into_iter().collect();
        }
        *self.waiting = Some(draft);
        Vec::new()
    }

    /// Offers a resident who sent a voice note a list of categories. The draft begins with the note, so that
    /// the person who listens to it finds the ticket, and holds nothing of it.
    pub fn offer_menu(&mut self, heard: &Heard<'_>) -> Vec<MunicipalOutput> {
        let waiting = self.waiting.take().map(|draft| *draft);
        let draft = waiting.unwrap_or_else(|| self.new_draft(heard, None, Account::default()));
        self.file_or_ask(Draft { menu: true, ..draft }, PlaceQuestion::First)
    }

    /// Takes the category that was chosen by its number. The report says what the resident chose.
    pub fn choose(&mut self, heard: &Heard<'_>, number: usize, cleared: Cleared) -> Vec<MunicipalOutput> {
        let (Some(mut draft), Some(category)) = (self.waiting.take(), heard.category) else {
            return Vec::new();
        };
        draft.category = Some(category);
        draft.reopened_from = draft.reopened_from.or_else(|| tickets::take_too_late(self.tickets, category));
        let words = vec![texts::menu_entry(self.language, number, category)];
        extend(&mut draft.account, Account { words, ..cleared.into_account() });
        self.file_or_ask(*draft, PlaceQuestion::First)
    }

    /// Keeps the files of a turn whose words want something else, if a draft waits. Returns the turn
    /// otherwise.
    pub fn keep_files(&mut self, cleared: Cleared) -> Option<Cleared> {
        let Some(draft) = self.waiting.as_deref_mut() else { return Some(cleared) };
        draft.account.media.extend(cleared.into_account().media);
        None
    }

    /// Asks again for what is missing in the draft.
    pub fn ask_again(&mut self) -> Option<MunicipalOutput> {
        let draft = self.waiting.as_deref_mut()?;
        draft.question = None;
        Some(MunicipalOutput::tell(question(
            draft,
            PlaceQuestion::Again,
            self.language,
            self.context.edition,
        )))
    }

    /// Asks the question that waited for further messages, because none came.
    pub fn ask(&mut self) -> Option<MunicipalOutput> {
        let draft = self.waiting.as_deref_mut()?;
        let place = draft.question.take()?.place;
        Some(MunicipalOutput::tell(question(draft, place, self.language, self.context.edition)))
    }

    /// Reminds the resident of what is missing. This also happens after a disclosure, when an answer goes to
    /// the police: a missing reminder would reveal the disclosure.
    pub fn remind(&mut self) -> Option<MunicipalOutput> {
        self.waiting.as_mut()?.reminded = true;
        self.ask_again()
    }

    /// Ends the draft because its time is over.
    pub fn end(&mut self) -> Option<MunicipalOutput> {
        let draft = self.waiting.take()?;
        self.file_incomplete(*draft)
    }

    /// Adds a cleared turn to the draft. If the draft has no category, it takes that of the turn.
    fn add(
        &mut self,
        mut draft: Draft,
        heard: &Heard<'_>,
        category: Option<Category>,
        cleared: Cleared,
    ) -> Vec<MunicipalOutput> {
        let meaning = heard.meaning;
        // Of files alone only the problem can have been asked for.
        let place = if is_files_alone(&draft) { PlaceQuestion::First } else { PlaceQuestion::Again };
        if let (None, Some(category)) = (draft.category, category) {
            draft.category = Some(category);
            draft.sentiment = meaning.sentiment;
            draft.severity = meaning.severity;
            draft.language = meaning.language_of_resident().unwrap_or(self.language);
            let is_same =
                |ticket: &TicketId| self.tickets.get(ticket).is_some_and(|known| known.category == category);
            let continued = draft.reopened_from.filter(is_same);
            draft.reopened_from = continued.or_else(|| tickets::take_too_late(self.tickets, category));
        }
        if meaning.reporting {
            draft.severity = draft.severity.max(meaning.severity);
        }
        if !heard.proposed.is_empty() {
            draft.proposed.clone_from(&heard.proposed);
        }
        extend(&mut draft.account, account_of(heard, cleared));
        if draft.account.point.is_some() {
            draft.proposed.clear();
        }
        self.file_or_ask(draft, place_question(heard, place))
    }

    /// Files the draft if it is complete. Otherwise asks for the category, or in this way for the place, as
    /// soon as the resident pauses.
    fn file_or_ask(&mut self, mut draft: Draft, place: PlaceQuestion) -> Vec<MunicipalOutput> {
        if has_problem(&draft) && draft.account.point.is_some() {
            return vec![self.file_or_compare(draft)];
        }
        if is_full(&draft.account) {
            return self.file_incomplete(draft).into_iter().collect();
        }
        // A question that was not asked yet is asked later instead, as it would have been asked first.
        let place = match draft.question {
            Some(question) if !is_refusal(place) => question.place,
            _ => place,
        };
        let rules = self.context.edition.rules();
        let pause_s = if is_files_alone(&draft) { rules.files_s } else { rules.quiet_s };
        draft.question = (pause_s > 0)
            .then(|| DraftQuestion { at: self.context.now + Duration::from_secs(pause_s), place });
        let asked_now = draft.question.is_none();
        let body = asked_now.then(|| question(&draft, place, self.language, self.context.edition));
        *self.waiting = Some(Box::new(draft));
        body.map(MunicipalOutput::tell).into_iter().collect()
    }

    /// Files a complete draft, unless a ticket may be about the same matter: then the resident is asked.
    fn file_or_compare(&mut self, mut draft: Draft) -> MunicipalOutput {
        let now = self.context.now;
        let tickets = Tickets::new(self.tickets, now, self.context.edition.rules());
        let same = draft
            .category
            .zip(draft.account.point)
            .filter(|_| draft.reopened_from.is_none())
            .and_then(|(category, point)| tickets.same_matter(category, point, METRES_OF_ONE_PLACE));
        let Some(ticket) = same.filter(|_| self.question.is_none()) else { return self.file(draft) };
        let question = Question {
            about: Asked::SameMatter { ticket },
            message: draft.first.clone(),
            received_at: draft.reported_at,
            more: Account::default(),
            asked_at: now,
        };
        let text = question_texts::text(&question, self.tickets, self.language);
        draft.asked_at = now;
        draft.reminded = true;
        draft.question = None;
        *self.waiting = Some(Box::new(draft));
        *self.question = Some(Box::new(question));
        MunicipalOutput::tell(text)
    }

    /// Forgets the place of the draft, because it is wrong, and asks for the right one.
    pub fn forget_place(&mut self, more: Account) -> Option<MunicipalOutput> {
        let draft = self.waiting.as_mut()?;
        draft.account.point = None;
        draft.account.place_basis = None;
        draft.account.place_name = None;
        draft.proposed.clear();
        extend(&mut draft.account, more);
        draft.question = None;
        Some(MunicipalOutput::say(self.language, "ask-draft-place"))
    }

    /// Forgets the problem of the draft, because it is wrong, and asks for the right one.
    pub fn forget_problem(&mut self, more: Account) -> Option<MunicipalOutput> {
        let draft = self.waiting.as_mut()?;
        draft.category = None;
        extend(&mut draft.account, more);
        draft.question = None;
        Some(MunicipalOutput::say(self.language, "ask-draft-problem"))
    }

    /// Ends a draft that is not complete. A draft with words is filed, so that a person can read it; pictures
    /// without words go to the people who screen them; a place alone is dropped.
    fn file_incomplete(&mut self, mut draft: Draft) -> Option<MunicipalOutput> {
        // What was not confirmed is for a person to read.
        let proposed: Vec<String> = draft.proposed.iter().map(|place| format!("{}?", place.label)).collect();
        if draft.account.place_name.is_none() && !proposed.is_empty() {
            draft.account.place_name = Some(proposed.join(" "));
        }
        if !draft.account.words.is_empty() {
            return Some(self.file(draft));
        }
        if draft.account.media.is_empty() {
            return None;
        }
        let message = ForPerson {
            message: draft.first,
            received_at: draft.reported_at,
            why: Unreadable::NoWords,
            account: draft.account,
        };
        Some(person::pass(self.context, self.address, message))
    }

    /// Files the draft as a report. The resident is answered by the news of the ticket that it opens.
    fn file(&mut self, draft: Draft) -> MunicipalOutput {
        let ticket = TicketId::of(&draft.first);
        let tracking_number = (self.context.number)();
        let category = draft.category.unwrap_or(Category::Other);
        let draft_point = draft.account.point;
        let basis = draft_point.map(|_| draft.account.place_basis.unwrap_or(PlaceBasis::OF_OLD_RECORDS));
        let at = self.context.now;
        let facts = ReportFacts {
            tracking_number: tracking_number.clone(),
            reported_at: draft.reported_at,
            language: draft.language,
            category,
            severity: draft.severity,
            sentiment: draft.sentiment,
            place_source: basis.map_or(PlaceSource::None, |basis| basis.source),
            place_precision_m: basis.and_then(|basis| basis.precision_m),
            reply_partition: self.context.partition,
            reopened_from: draft.reopened_from,
        };
        let report = MunicipalReport {
            ticket: ticket.clone(),
            at,
            edition: self.context.edition.number,
            facts,
            account: Sealed(Account { number_end: number_end(self.address), ..draft.account }),
        };
        let known = tickets::newly_filed(tracking_number, category, draft_point, at);
        tickets::insert(self.tickets, ticket, known);
        MunicipalOutput::Report(Box::new(report))
    }
}

/// The last four digits of an address.
fn number_end(address: &str) -> Option<String> {
    let digits: Vec<char> = address.chars().filter(char::is_ascii_digit).collect();
    digits.last_chunk::<4>().map(|end| end.iter().collect())
}

/// What a turn says and brings to a draft. Words that only spell a place are no words.
fn account_of(heard: &Heard<'_>, cleared: Cleared) -> Account {
    let mut account = cleared.into_account();
    if heard.turn.place.is_some_and(|place| !place.is_pin()) && heard.turn.besides.is_none() {
        account.words.clear();
    }
    account
}

/// Whether the draft holds nothing but files, of which nothing tells yet what they show.
pub const fn is_files_alone(draft: &Draft) -> bool {
    let Draft { category, account, .. } = draft;
    category.is_none() && account.words.is_empty() && account.point.is_none() && !account.media.is_empty()
}
