//! What no rule can read goes to a person, outside of any ticket.

use topics::codec::sealing::Sealed;
use topics::records::reports::Account;
use topics::records::unscreened::{Unreadable, Unscreened, UnscreenedContent};
use topics::values::ids::MessageSid;
use topics::values::time::Time;

use crate::stages::converse::form::Turn;
use crate::stages::converse::outputs::{Context, MunicipalOutput};
use crate::stages::converse::screen::Cleared;

/// The message that goes to a person.
pub struct ForPerson {
    /// The id of the message.
    pub message: MessageSid,
    /// When it was received.
    pub received_at: Time,
    /// Why it could not be screened.
    pub why: Unreadable,
    /// What it says and brings.
    pub account: Account,
}

/// Passes a message to a person.
pub fn pass(context: &Context<'_>, address: &str, message: ForPerson) -> MunicipalOutput {
    let content = UnscreenedContent {
        citizen: context.citizen.clone(),
        from: address.to_owned(),
        account: message.account,
    };
    MunicipalOutput::Unscreened(Box::new(Unscreened {
        message: message.message,
        at: context.now,
        edition: context.edition.number,
        received_at: message.received_at,
        why: message.why,
        content: Sealed(content),
    }))
}

/// Passes words and files that came with a question about no known ticket to a person.
pub fn pass_cleared(context: &Context<'_>, address: &str, turn: &Turn, cleared: Cleared) -> MunicipalOutput {
    let message = ForPerson {
        message: turn.sid.clone(),
        received_at: turn.received_at,
        why: Unreadable::UnknownTicket,
        account: cleared.into_account(),
    };
    pass(context, address, message)
}

/// Passes the files of a turn to a person, if it has any and they belong to no known ticket.
pub fn pass_files(
    context: &Context<'_>,
    address: &str,
    turn: &Turn,
    cleared: Cleared,
) -> Option<MunicipalOutput> {
    if cleared.account().media.is_empty() {
        return None;
    }
    let message = ForPerson {
        message: turn.sid.clone(),
        received_at: turn.received_at,
        why: Unreadable::NoWords,
        account: cleared.into_account(),
    };
    Some(pass(context, address, message))
}
