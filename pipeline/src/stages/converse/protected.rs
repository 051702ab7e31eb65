//! The protected lane of a conversation: a disclosure becomes a report to the police, and for some time every
//! turn adds to it.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Choice, Protection};
use topics::records::protected::{ProtectedAddendum, ProtectedCommand, ProtectedReport, Testimony};
use topics::records::reports::Account;
use topics::values::ids::{MessageSid, TicketId};
use topics::values::time::Time;

use super::form::Turn;
use super::meaning::{Intent, Meaning};
use super::screen::{Disclosure, Screened};
use super::{Act, Reply, Scene};

/// The names of the emergency numbers to send. The resident gets the numbers alone, without a name.
const HELP: [&str; 2] = ["police", "gbv"];

impl Scene<'_, '_> {
    /// Processes a turn that the screen is certain about.
    pub(super) fn disclose(&mut self, turn: &Turn, disclosure: Disclosure) {
        let said = match self.state.choice.take() {
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
        self.state.protected = Some(Protection { report: ticket, until: self.until(), helped: false });
    }

    fn until(&self) -> Time {
        self.context.now + Duration::from_secs(self.rules().protected_s)
    }

    fn open_protected(&mut self, first: &MessageSid, reported_at: Time, account: Account, confirmed: bool) {
        let testimony =
            Testimony { citizen: self.context.citizen.clone(), address: self.state.address.clone(), account };
        let report = ProtectedReport {
            ticket: TicketId::of(first),
            at: self.context.now,
            edition: self.context.edition.number,
            reported_at,
            language: self.state.language,
            confirmed,
            testimony: Sealed(testimony),
        };
        self.acts.push(Act::Protect(Box::new(ProtectedCommand::Open(Box::new(report)))));
    }

    /// Processes a turn after a disclosure: it adds to the report, unless the resident chooses the municipal
    /// lane.
    pub(super) fn hear_protected(&mut self, turn: &Turn, said: &Meaning, screened: Screened) {
        let Some(protection) = self.state.protected.clone() else { return };
        if let (Intent::Municipal | Intent::Number(1), Screened::Municipal(_)) = (said.intent, &screened) {
            self.state.protected = None;
            self.state.reach = None;
            return self.ask_on();
        }
        let account = match screened {
            Screened::Certain(disclosure) => {
                self.state.protected = Some(Protection { until: self.until(), ..protection.clone() });
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
        self.acts.push(Act::Protect(Box::new(ProtectedCommand::Addendum(Box::new(addendum)))));
    }

    /// Sends a text with emergency numbers in the police lane: help, or the question which lane to choose.
    pub(super) fn help(&mut self, name: &str) {
        let body = crate::rules::texts::with_numbers(
            self.state.language,
            name,
            self.context.edition.emergency(),
            &HELP,
        );
        self.acts.push(Act::Tell(Reply {
            body,
            ticket: None,
            protected: true,
            ignores_stop: true,
            urgent: true,
        }));
        if let Some(protection) = &mut self.state.protected {
            protection.helped = true;
        }
    }
}
