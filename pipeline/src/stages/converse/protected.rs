//! The police lane of a conversation: a disclosure becomes a report to the police, and for some time every
//! turn adds to it. Nothing here can change what is municipal: see [`privacy`](super::privacy).

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Choice, Protection, Reach, Silence, State};
use topics::records::protected::{ProtectedAddendum, ProtectedCommand, ProtectedReport, Testimony};
use topics::records::reports::{Account, Media};
use topics::values::ids::TicketId;
use topics::values::time::Time;

use super::content::{extend, is_full};
use super::decide::LaneMove;
use super::form::Turn;
use super::municipal::status;
use super::outputs::Context;
use super::phase::{PrivatePhase, has_problem};
use super::privacy::Private;
use super::screen::{self, Screened};
use crate::rules::texts;
use crate::understanding;
use crate::understanding::requests::Request;

/// The names of the emergency numbers to send. The resident gets the numbers alone, without a name.
const HELP: [&str; 2] = ["police", "gbv"];

/// The maximum number of held messages that are answered. Further ones are kept without asking again.
const MAX_ASKED: usize = 10;

/// A decision about a private turn, which the machine turns into a record of the police lane.
#[derive(Debug)]
pub enum PoliceOutput {
    /// Report a disclosure, or more of one, to the police.
    Protect(Box<ProtectedCommand>),
    /// Send a text to the resident in the police lane.
    Tell(PrivateReply),
}

/// A text to send to the resident in the police lane.
#[derive(Debug)]
pub struct PrivateReply {
    /// The text of the message.
    pub body: String,
    /// Whether it is also sent to a resident who is not written to.
    pub ignores_stop: bool,
    /// The language, number and window that it is sent with.
    pub reach: Reach,
}

/// What decides that a disclosure is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The words of the disclosure.
    Confirmed,
    /// The resident's choice, or no choice at all.
    Unconfirmed,
}

/// The police lane during a step. Everything but what the police lane remembers is shared, so that a private
/// turn cannot change the municipal state or take a tracking number.
pub struct PoliceLane<'a, 'c> {
    pub context: &'a Context<'c>,
    pub municipal: &'a State,
    pub private: &'a mut Private,
}

impl PoliceLane<'_, '_> {
    /// Carries out the move of a private turn in its own language, and answers to the number that it was
    /// written to.
    pub fn process(&mut self, turn: &Turn, decision: LaneMove, screened: Screened) -> Vec<PoliceOutput> {
        let reach = &mut self.private.reach;
        reach.number.clone_from(&turn.number);
        if !turn.entered_at_desk {
            reach.heard_at = Some(self.context.now);
        }
        let said = turn.said();
        let meaning = understanding::read(&said, reach.language);
        if let Some(Request::Language(language)) = meaning.request {
            reach.chosen_language = Some(language);
        }
        reach.language =
            reach.chosen_language.or_else(|| meaning.language_of_resident()).unwrap_or(reach.language);
        if reach.chosen_language.is_none() && matches!(screened, Screened::Certain(_) | Screened::Possible(_))
        {
            reach.language = screen::language(&said).unwrap_or(reach.language);
        }
        let account = account_of(screened);
        match decision {
            LaneMove::ReportDisclosure => self.report_disclosure(turn, account),
            // A disclosure is never municipal, so a turn that has come here as municipal is held.
            LaneMove::HoldAndAskLane | LaneMove::TakeAsMunicipal => self.hold(turn, account),
            LaneMove::ReportHeld => self.report_held(account),
            LaneMove::AddToDisclosure => self.add(turn, account).into_iter().collect(),
            LaneMove::AddDisclosure => self.add_disclosure(turn, account),
            LaneMove::ExplainPrivacy => self.explain_privacy(turn, account),
            LaneMove::ReturnToMunicipal => vec![self.return_to_municipal()],
        }
    }

    /// Reports a turn that the screen is certain about, and what was held before.
    fn report_disclosure(&mut self, turn: &Turn, account: Account) -> Vec<PoliceOutput> {
        let mut held = self.take_held(turn);
        extend(&mut held.account, account);
        vec![self.report(held, Certainty::Confirmed), self.help("help")]
    }

    /// What was held, or nothing yet.
    fn take_held(&mut self, turn: &Turn) -> Choice {
        let first = || Choice {
            first: turn.sid.clone(),
            reported_at: turn.received_at,
            asked_at: self.context.now,
            account: Account::default(),
        };
        self.private.choice.take().map_or_else(first, |held| *held)
    }

    /// Asks the resident for the lane of a message that may be a disclosure, and keeps it until the answer.
    fn hold(&mut self, turn: &Turn, account: Account) -> Vec<PoliceOutput> {
        let mut held = self.take_held(turn);
        extend(&mut held.account, account);
        if is_full(&held.account) {
            return vec![self.report(held, Certainty::Unconfirmed), self.help("help")];
        }
        let is_asked = held.account.words.len() + held.account.media.len() <= MAX_ASKED;
        let question = is_asked.then(|| self.help("choice"));
        self.private.choice = Some(Box::new(held));
        question.into_iter().collect()
    }

    /// Reports what was held, because the resident chose the police lane, with what came with the choice.
    fn report_held(&mut self, choice: Account) -> Vec<PoliceOutput> {
        let Some(mut held) = self.private.choice.take() else { return Vec::new() };
        extend(&mut held.account, Account { words: Vec::new(), ..choice });
        vec![self.report(*held, Certainty::Unconfirmed), self.help("help")]
    }

    /// Keeps the files that came with STOP or START while something private is open.
    pub fn keep_files(&mut self, turn: &Turn, media: Vec<Media>) -> Vec<PoliceOutput> {
        let files = Account { media, ..Account::default() };
        match &mut self.private.choice {
            Some(held) => {
                extend(&mut held.account, files);
                Vec::new()
            }
            None => self.add(turn, files).into_iter().collect(),
        }
    }

    /// Reports what was held, because the resident did not choose in time.
    pub fn report_unchosen(&mut self) -> Option<PoliceOutput> {
        let held = self.private.choice.take()?;
        Some(self.report(*held, Certainty::Unconfirmed))
    }

    /// Writes a report to the police. From now on every turn adds to it.
    fn report(&mut self, mut held: Choice, certainty: Certainty) -> PoliceOutput {
        self.copy_what_came_before(&mut held.account);
        let ticket = TicketId::of(&held.first);
        let testimony = Testimony {
            citizen: self.context.citizen.clone(),
            address: self.municipal.address.clone(),
            account: held.account,
        };
        let report = ProtectedReport {
            ticket: ticket.clone(),
            at: self.context.now,
            edition: self.context.edition.number,
            reported_at: held.reported_at,
            language: self.private.reach.language,
            confirmed: certainty == Certainty::Confirmed,
            testimony: Sealed(testimony),
        };
        self.private.protected = Some(Protection { report: ticket, until: self.until(), helped: false });
        PoliceOutput::Protect(Box::new(ProtectedCommand::Open(Box::new(report))))
    }

    /// Copies what the resident sent shortly before without words: photos and a pin may belong to the
    /// disclosure. They also stay in the municipal lane, which must not change; there only words that were
    /// cleared make a report of them.
    fn copy_what_came_before(&self, account: &mut Account) {
        let Some(draft) = self.municipal.draft.as_deref() else { return };
        let age = self.context.now.since(draft.asked_at);
        let is_recent = age < Duration::from_secs(self.context.edition.rules().ask_again_s);
        if !has_problem(draft) && draft.account.words.is_empty() && is_recent {
            account.media.extend(draft.account.media.iter().cloned());
            if account.point.is_none() {
                account.point = draft.account.point;
                account.place_basis = draft.account.place_basis;
            }
        }
    }

    fn until(&self) -> Time {
        self.context.now + Duration::from_secs(self.context.edition.rules().protected_s)
    }

    /// Adds a further disclosure, from which the time after a disclosure runs again.
    fn add_disclosure(&mut self, turn: &Turn, account: Account) -> Vec<PoliceOutput> {
        let until = self.until();
        let Some(protection) = &mut self.private.protected else { return Vec::new() };
        protection.until = until;
        let is_helped = protection.helped;
        let help = (!is_helped).then(|| self.help("help"));
        help.into_iter().chain(self.add(turn, account)).collect()
    }

    /// Adds a turn to the report, unless it is empty.
    fn add(&self, turn: &Turn, account: Account) -> Option<PoliceOutput> {
        let protection = self.private.protected.as_ref()?;
        if account == Account::default() && turn.place.is_none() {
            return None;
        }
        let addendum = ProtectedAddendum {
            ticket: protection.report.clone(),
            at: self.context.now,
            edition: self.context.edition.number,
            account: Sealed(account),
        };
        Some(PoliceOutput::Protect(Box::new(ProtectedCommand::Addendum(Box::new(addendum)))))
    }

    /// Says who reads what is written here. The turn is kept like any other one.
    fn explain_privacy(&mut self, turn: &Turn, account: Account) -> Vec<PoliceOutput> {
        let emergency = self.context.edition.emergency();
        let body = texts::with_numbers(self.private.reach.language, "privacy-private", emergency, &["gbv"]);
        let explained = self.tell_despite_stop(body);
        let kept = match self.private.phase() {
            PrivatePhase::Protected => self.add(turn, account).into_iter().collect(),
            PrivatePhase::AwaitsLane | PrivatePhase::Closed => self.hold(turn, account),
        };
        std::iter::once(explained).chain(kept).collect()
    }

    /// Ends the private time because the resident chose the municipal lane: repeats the question that is open
    /// there, or asks for the problem. The answer is part of the private turn. It leaves in the police lane
    /// and in the turn's language, because nothing was written in the municipal lane that it could answer.
    /// What was held may have been a disclosure, so a municipal report is made of later messages only.
    fn return_to_municipal(&mut self) -> PoliceOutput {
        let language = self.private.reach.language;
        let body = status::open_question(self.municipal, language, self.context.edition)
            .unwrap_or_else(|| texts::say(language, "ask-what", &[]));
        self.private.choice = None;
        self.private.protected = None;
        let ignores_stop = self.municipal.silence != Some(Silence::SaidStop);
        PoliceOutput::Tell(PrivateReply { body, ignores_stop, reach: self.private.reach.clone() })
    }

    /// Sends a text with emergency numbers in the police lane: help, or the question which lane to choose.
    fn help(&mut self, name: &str) -> PoliceOutput {
        let emergency = self.context.edition.emergency();
        let body = texts::with_numbers(self.private.reach.language, name, emergency, &HELP);
        if let Some(protection) = &mut self.private.protected {
            protection.helped = true;
        }
        self.tell_despite_stop(body)
    }

    /// Sends a text even to a resident who said STOP.
    fn tell_despite_stop(&self, body: String) -> PoliceOutput {
        PoliceOutput::Tell(PrivateReply { body, ignores_stop: true, reach: self.private.reach.clone() })
    }
}

fn account_of(screened: Screened) -> Account {
    match screened {
        Screened::Certain(disclosure) => disclosure.into_account(),
        Screened::Possible(possible) => possible.into_account(),
        Screened::Unread(unread) => unread.into_account(),
        Screened::Municipal(cleared) => cleared.into_account(),
    }
}
