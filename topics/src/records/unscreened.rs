//! `unscreened`: a tap for the role `intake`: voice notes, pictures without words and unknown languages,
//! which the screen cannot read. A person looks at them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::reports::Account;
use crate::values::ids::{CitizenId, MessageSid};
use crate::values::time::Time;
use crate::values::vocabulary::words;

/// A message that the screen could not read, keyed by its MessageSid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unscreened {
    /// The id of the message.
    pub message: MessageSid,
    /// When the conversation heard the message, in the time of its log.
    pub at: Time,
    /// The edition in force at the conversation.
    pub edition: u32,
    /// When the webhook received the message.
    pub received_at: Time,
    /// Why the screen could not read the message.
    pub why: Unreadable,
    /// The resident who wrote, and what they sent.
    pub content: Sealed<UnscreenedContent>,
}

/// The resident who wrote, and what they sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnscreenedContent {
    /// The resident who wrote the message.
    pub citizen: CitizenId,
    /// The address that the resident wrote from.
    pub from: String,
    /// What the resident said and sent.
    pub account: Account,
}

words!(
    /// Why the screen could not read a message.
    Unreadable {
        /// The message is a voice note.
        Voice = "voice",
        /// The message is a picture or file without words.
        NoWords = "no_words",
        /// The screen knows neither the language nor any of the words.
        UnknownLanguage = "unknown_language",
        /// The message was screened, but it is about a report that it does not name, or not rightly.
        UnknownTicket = "unknown_ticket",
    }
);
