//! `unscreened`: a tap for the role `intake`: voice, photos without words and unknown languages, which the
//! screen cannot read. A person listens.

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
    /// The message.
    pub message: MessageSid,
    /// When the conversation heard it.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// When the webhook took it.
    pub received_at: Time,
    /// Why it could not be read.
    pub why: Unreadable,
    /// Who wrote, and what.
    pub content: Sealed<UnscreenedContent>,
}

/// Who wrote, and what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnscreenedContent {
    /// The resident.
    pub citizen: CitizenId,
    /// Their address.
    pub from: String,
    /// What they said and sent.
    pub account: Account,
}

words!(
    /// Why the screen could not read a message.
    Unreadable {
        /// A voice note.
        Voice = "voice",
        /// A picture or file without words.
        NoWords = "no_words",
        /// Neither language nor words are known.
        UnknownLanguage = "unknown_language",
    }
);
