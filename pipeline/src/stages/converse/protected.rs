//! The protected lane of a conversation: a disclosure becomes a report to the police, and for some time every
//! turn adds to it. Nothing here can change what is municipal: see [`privacy`](super::privacy).

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Choice, Protection, Reach, Silence, State};
use topics::records::protected::{ProtectedAddendum, ProtectedCommand, ProtectedReport, Testimony};
use topics::records::reports::Account;
use topics::values::ids::{MessageSid, TicketId};
use topics::values::time::Time;

use super::form::Turn;
use super::meaning::{self, Intent, Meaning};
use super::privacy::Private;
use super::screen::{self, Disclosure, Screened};
use super::{Context, known};
use crate::rules::texts;

/// The names of the emergency numbers to send. The resident gets the numbers alone, without a name.
const HELP: [&str; 2] = ["police", "gbv"];

/// A decision about a private turn, which the machine turns into a record of the police lane.
#[derive(Debug)]
pub enum PrivateAct {
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

/// A private turn during a step. Everything but what the police lane remembers is shared, so that the turn
/// cannot change the municipal state or take a tracking number.
pub(super) struct PrivateScene<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    pub(super) municipal: &'a State,
    pub(super) private: &'a mut Private,
    pub(super) acts: Vec<PrivateAct>,
}

impl PrivateScene<'_, '_> {
    /// Processes a private turn in its own language, and answers to the number that it was written to.
    pub(super) fn hear(&mut self, turn: &Turn, screened: Screened) {
        let said = meaning::read(&turn.said(), self.private.reach.language);
        let reach = &mut self.private.reach;
        reach.number.clone_from(&turn.number);
        reach.heard_at = Some(self.context.now);
        if let Some(language) = said.language_of_resident() {
            reach.language = language;
        }
        if matches!(screened, Screened::Certain(_) | Screened::Possible(_)) {
            reach.language = screen::language(&turn.said()).unwrap_or(reach.language);
        }
        match (self.private.protected.clone(), screened) {
            (Some(protection), screened) => self.hear_protected(turn, &said, &protection, screened),
            (None, Screened::Certain(disclosure)) => self.disclose(turn, disclosure),
            (None, Screened::Possible(doubt)) => self.doubt(turn, doubt.into_account()),
            (None, Screened::Municipal(cleared)) => self.choose(turn, &said, cleared),
            (None, Screened::Unread(unread)) => self.doubt(turn, unread.into_account()),
        }
    }

    /// Processes a turn that the screen is certain about.
    fn disclose(&mut self, turn: &Turn, disclosure: Disclosure) {
        let said = match self.private.choice.take() {
            None => Choice {
                first: turn.sid.clone(),
                reported_at: turn.received_at,
                asked_at: self.context.now,
                account: disclosure.into_account(),
            },
            Some(mut choice) => {
                super::extend(&mut choice.account, disclosure.into_account());
                *choice
            }
        };
        self.protect(said, true);
        self.help("help");
    }

    /// Writes a protected report. From now on every turn adds to it.
    pub(super) fn protect(&mut self, said: Choice, confirmed: bool) {
        let ticket = TicketId::of(&said.first);
        self.open_protected(&said.first, said.reported_at, said.account, confirmed);
        self.private.protected = Some(Protection { report: ticket, until: self.until(), helped: false });
    }

    fn until(&self) -> Time {
        self.context.now + Duration::from_secs(self.context.edition.rules().protected_s)
    }

    fn open_protected(&mut self, first: &MessageSid, reported_at: Time, account: Account, confirmed: bool) {
        let testimony = Testimony {
            citizen: self.context.citizen.clone(),
            address: self.municipal.address.clone(),
            account,
        };
        let report = ProtectedReport {
            ticket: TicketId::of(first),
            at: self.context.now,
            edition: self.context.edition.number,
            reported_at,
            language: self.private.reach.language,
            confirmed,
            testimony: Sealed(testimony),
        };
        self.acts.push(PrivateAct::Protect(Box::new(ProtectedCommand::Open(Box::new(report)))));
    }

    /// Processes a turn after a disclosure: it adds to the report, unless the resident chooses the municipal
    /// lane.
    fn hear_protected(&mut self, turn: &Turn, said: &Meaning, protection: &Protection, screened: Screened) {
        if matches!(screened, Screened::Municipal(_)) && chooses_municipal(turn, said) {
            return self.leave();
        }
        let account = match screened {
            Screened::Certain(disclosure) => {
                self.private.protected = Some(Protection { until: self.until(), ..protection.clone() });
                if !protection.helped {
                    self.help("help");
                }
                disclosure.into_account()
            }
            Screened::Possible(doubt) => doubt.into_account(),
            Screened::Unread(unread) => unread.into_account(),
            Screened::Municipal(cleared) => cleared.into_account(),
        };
        if account == Account::default() && turn.pin.is_none() {
            return;
        }
        let addendum = ProtectedAddendum {
            ticket: protection.report.clone(),
            at: self.context.now,
            edition: self.context.edition.number,
            account: Sealed(account),
        };
        self.acts.push(PrivateAct::Protect(Box::new(ProtectedCommand::Addendum(Box::new(addendum)))));
    }

    /// Ends the private time because the resident chose the municipal lane: repeats the question that is open
    /// there, or asks for the problem. The answer is part of the private turn. It leaves in the police lane
    /// and in the turn's language, because nothing was written in the municipal lane that it could answer.
    pub(super) fn leave(&mut self) {
        let language = self.private.reach.language;
        let body = known::question(self.municipal, language)
            .unwrap_or_else(|| texts::say(language, "ask-what", &[]));
        self.private.choice = None;
        self.private.protected = None;
        self.tell(body, self.municipal.silence != Some(Silence::SaidStop));
    }

    /// Sends a text with emergency numbers in the police lane: help, or the question which lane to choose.
    pub(super) fn help(&mut self, name: &str) {
        let emergency = self.context.edition.emergency();
        let body = texts::with_numbers(self.private.reach.language, name, emergency, &HELP);
        self.tell(body, true);
        if let Some(protection) = &mut self.private.protected {
            protection.helped = true;
        }
    }

    fn tell(&mut self, body: String, ignores_stop: bool) {
        let reach = self.private.reach.clone();
        self.acts.push(PrivateAct::Tell(PrivateReply { body, ignores_stop, reach }));
    }
}

/// Whether the turn is the answer that chooses the municipal lane, and nothing else. A file that comes with
/// the answer is kept, so such a turn is not the answer.
pub(super) fn chooses_municipal(turn: &Turn, said: &Meaning) -> bool {
    turn.media.is_empty() && matches!(said.intent, Intent::Municipal | Intent::Number(1))
}
