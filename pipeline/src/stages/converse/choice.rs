//! The choice of a lane: a message that may be a disclosure belongs to no lane until the resident has chosen
//! one or the time to answer is over.

use topics::records::conversations::Choice;
use topics::records::reports::Account;

use super::form::Turn;
use super::meaning::{Intent, Meaning};
use super::protected::{PrivateScene, chooses_municipal};
use super::screen::Cleared;
use super::{extend, is_full};

/// The maximum number of messages in doubt that are answered. Further ones are kept without asking again.
const MOST_ASKED: usize = 10;

impl PrivateScene<'_, '_> {
    /// Asks the resident for the lane of a message in doubt, and keeps the message until the answer.
    pub(super) fn doubt(&mut self, turn: &Turn, account: Account) {
        let first = || Choice {
            first: turn.sid.clone(),
            reported_at: turn.received_at,
            asked_at: self.context.now,
            account: Account::default(),
        };
        let mut choice = self.private.choice.take().map_or_else(first, |choice| *choice);
        extend(&mut choice.account, account);
        if is_full(&choice.account) {
            self.protect(choice, false);
            return self.help("help");
        }
        if choice.account.words.len() + choice.account.media.len() <= MOST_ASKED {
            self.help("choice");
        }
        self.private.choice = Some(Box::new(choice));
    }

    /// Processes a turn while the choice is open: an answer to it, or anything else.
    pub(super) fn choose(&mut self, turn: &Turn, said: &Meaning, cleared: Cleared) {
        if chooses_municipal(turn, said) {
            // The kept messages may have been a disclosure, so a municipal report is made of later messages
            // only.
            return self.leave();
        }
        match said.intent {
            Intent::Private | Intent::Number(2) => {
                if let Some(choice) = self.private.choice.take() {
                    self.protect(*choice, false);
                    self.help("help");
                }
            }
            _ => self.doubt(turn, cleared.into_account()),
        }
    }
}
