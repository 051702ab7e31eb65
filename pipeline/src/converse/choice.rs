//! The choice: a message that may be a disclosure is nobody's until the resident has said whose it is, or silence has.

use topics::conversations::Choice;
use topics::reports::Account;

use super::form::Turn;
use super::meaning::{Intent, Meaning};
use super::screen::Cleared;
use super::{Scene, extend, is_full};
use crate::texts;

impl Scene<'_, '_> {
    /// The screen is in doubt: asks, and keeps what was said until it is chosen.
    pub(super) fn doubt(&mut self, turn: &Turn, account: Account) {
        let first =
            || Choice { first: turn.sid.clone(), reported_at: turn.received_at, asked_at: self.context.now, account: Account::default() };
        let is_new = self.state.choice.is_none();
        let mut choice = self.state.choice.take().map_or_else(first, |choice| *choice);
        extend(&mut choice.account, account);
        if is_full(&choice.account) {
            self.protect(choice, false);
            return self.help("help");
        }
        self.state.choice = Some(Box::new(choice));
        if is_new || !self.is_flood() {
            self.help("choice");
        }
    }

    /// An answer to the choice, or something else while it is open.
    pub(super) fn choose(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match said.intent {
            Intent::Municipal | Intent::Number(1) => {
                // A municipal report is made of what is written from here on: not of what may have been a disclosure.
                self.state.choice = None;
                self.ask_on();
            }
            Intent::Private | Intent::Number(2) => {
                if let Some(choice) = self.state.choice.take() {
                    self.protect(*choice, false);
                    self.help("help");
                }
            }
            _ => self.doubt(turn, cleared.into_account()),
        }
    }

    /// It is a municipal matter: asks for what was waited for before, else for what is wrong.
    pub(super) fn ask_on(&mut self) {
        let body = self.question().unwrap_or_else(|| texts::say(self.state.language, "ask-what", &[]));
        self.tell(body, None);
    }
}
