//! The choice: a message that may be a disclosure belongs to no lane until the resident has chosen one, or
//! has not answered in time.

use topics::records::conversations::Choice;
use topics::records::reports::Account;

use super::form::Turn;
use super::meaning::{Intent, Meaning};
use super::screen::Cleared;
use super::{Scene, extend, is_full};
use crate::rules::texts;

/// How many messages in doubt are answered: a flood of them is kept, and asked about no more.
const MOST_ASKED: usize = 10;

impl Scene<'_, '_> {
    /// The screen is in doubt: asks, and keeps what was said until it is chosen.
    pub(super) fn doubt(&mut self, turn: &Turn, account: Account) {
        let first = || Choice {
            first: turn.sid.clone(),
            reported_at: turn.received_at,
            asked_at: self.context.now,
            account: Account::default(),
        };
        let mut choice = self.state.choice.take().map_or_else(first, |choice| *choice);
        extend(&mut choice.account, account);
        if is_full(&choice.account) {
            self.protect(choice, false);
            return self.help("help");
        }
        if choice.account.words.len() + choice.account.media.len() <= MOST_ASKED {
            self.help("choice");
        }
        self.state.choice = Some(Box::new(choice));
    }

    /// An answer to the choice, or something else while it is open.
    pub(super) fn choose(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        match said.intent {
            Intent::Municipal | Intent::Number(1) => {
                // A municipal report is made of what is written from here on: not of what may have been a
                // disclosure.
                self.state.choice = None;
                self.state.reach = None;
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
        let body = self.question().unwrap_or_else(|| texts::say(self.municipal_language(), "ask-what", &[]));
        self.tell(body, None);
    }
}
