//! What Twilio's error codes mean for a message: one table, for refused calls and for receipts alike. The
//! table in docs/deliveries.md is printed from it.

use crate::engine::effect::FaultOf;

/// Twilio's code for free text outside of the 24-hour window.
pub const OUTSIDE_WINDOW: u32 = 63016;
/// Twilio's code for a recipient who unsubscribed.
pub const UNSUBSCRIBED: u32 = 21610;
/// Twilio's code for rejected credentials.
pub const UNAUTHORISED: u32 = 20003;

/// What to do with a message that Twilio refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalVerdict {
    /// Retry the message later.
    Again,
    /// Send the template of the message instead of its text.
    AsTemplate,
    /// The template is at fault: retry the message later, and raise an alarm.
    WaitForTemplate,
    /// The message has failed, and so would all others to this recipient: nothing more is sent to them.
    StopRecipient,
    /// The account, the sender or the channel is at fault, not the message: the message keeps its place, and
    /// the calls of the account or the sender are paused.
    OpenCircuit(FaultOf),
    /// The message has failed and is not retried.
    Fail,
}

use FaultOf::{Account, Channel, Credentials, Sender};
use RefusalVerdict::{Again, AsTemplate, Fail, OpenCircuit, StopRecipient, WaitForTemplate};

/// An error code of Twilio with what follows from it.
#[derive(Debug)]
pub struct ErrorCode {
    /// The code, as Twilio returns and reports it.
    pub code: u32,
    /// What to do with the message.
    pub verdict: RefusalVerdict,
    /// What the code means, from Twilio's page about it.
    pub meaning: &'static str,
}

const fn row(code: u32, verdict: RefusalVerdict, meaning: &'static str) -> ErrorCode {
    ErrorCode { code, verdict, meaning }
}

/// All codes that do not simply fail their message, and those that only fail it whatever the HTTP status is.
/// The source of a code is its page in Twilio's dictionary, <https://www.twilio.com/docs/api/errors>,
/// followed by the code.
///
/// Only a code that holds for every recipient opens the circuit. A code that depends on the recipient fails
/// its message: otherwise one resident could stop the messages of all.
pub const TABLE: &[ErrorCode] = &[
    row(20429, Again, "too many requests"),
    row(21611, Again, "the sender's queue at Twilio is full"),
    row(30001, Again, "Twilio's queue is full"),
    row(63017, Again, "the account sends too fast"),
    row(63018, Again, "the sender exceeds WhatsApp's rate limit"),
    row(OUTSIDE_WINDOW, AsTemplate, "free text outside of the 24-hour window"),
    row(21654, WaitForTemplate, "the template has no ContentSid"),
    row(21655, WaitForTemplate, "the template's ContentSid is not valid"),
    row(21656, WaitForTemplate, "the values of the template are not valid, as Twilio reads them"),
    row(63027, WaitForTemplate, "the template does not exist in its language"),
    row(63028, WaitForTemplate, "the template has another number of values than it is given"),
    row(63040, WaitForTemplate, "WhatsApp has rejected the template"),
    row(63041, WaitForTemplate, "WhatsApp has paused the template"),
    row(63042, WaitForTemplate, "WhatsApp has disabled the template"),
    row(21211, StopRecipient, "the recipient is not a phone number"),
    row(UNSUBSCRIBED, StopRecipient, "the recipient has unsubscribed"),
    row(63003, StopRecipient, "the recipient has no WhatsApp account"),
    row(63024, StopRecipient, "WhatsApp does not accept the recipient"),
    row(21408, Fail, "messages to the recipient's country are not enabled"),
    row(21608, Fail, "a trial account may not write to this recipient"),
    row(63015, Fail, "the recipient has not joined the sandbox"),
    row(403, OpenCircuit(Account), "the request is not authorised"),
    row(10001, OpenCircuit(Account), "the account is not active"),
    row(10002, OpenCircuit(Account), "a trial account cannot do this"),
    row(UNAUTHORISED, OpenCircuit(Account), "the credentials are rejected, or the account is suspended"),
    row(20005, OpenCircuit(Account), "the account is not active; it may have run out of funds"),
    row(20006, OpenCircuit(Account), "the credentials may not do this"),
    row(20008, OpenCircuit(Account), "these are test credentials"),
    row(20403, OpenCircuit(Account), "the account is suspended or closed"),
    row(20404, OpenCircuit(Account), "there is no such account, or the address of the API is wrong"),
    row(30002, OpenCircuit(Account), "the account was suspended after Twilio accepted the message"),
    row(60728, OpenCircuit(Account), "the account has reached its hourly limit of messages"),
    row(63038, OpenCircuit(Account), "the account has reached its daily limit of messages"),
    row(70051, OpenCircuit(Account), "the account or API key is not authorised"),
    row(70052, OpenCircuit(Account), "the account accepts only requests with a validated public key"),
    row(90010, OpenCircuit(Account), "the account is suspended"),
    row(21212, OpenCircuit(Sender), "the sender is not a valid number"),
    row(21601, OpenCircuit(Sender), "the sender is not a number of this account"),
    row(21603, OpenCircuit(Sender), "there is no sender"),
    row(21606, OpenCircuit(Sender), "the sender cannot send messages or is not of this account"),
    row(21607, OpenCircuit(Sender), "a trial account cannot send from this number"),
    row(21616, OpenCircuit(Sender), "the sender matches several numbers of the account"),
    row(21659, OpenCircuit(Sender), "the sender is not a number of Twilio"),
    row(21660, OpenCircuit(Sender), "the sender belongs to another account"),
    row(21661, OpenCircuit(Sender), "the sender cannot send messages"),
    row(63001, OpenCircuit(Sender), "WhatsApp rejects the sender's credentials at Twilio"),
    row(63002, OpenCircuit(Sender), "WhatsApp does not know the sender"),
    row(63007, OpenCircuit(Sender), "the sender is not set up for WhatsApp, or not approved yet"),
    row(63008, OpenCircuit(Sender), "the sender's WhatsApp channel is misconfigured"),
    row(63020, OpenCircuit(Sender), "Meta's business account of the sender is not in order"),
    row(63022, OpenCircuit(Sender), "the certificate of the sender's display name is not valid"),
    row(63059, OpenCircuit(Sender), "the sender has moved to another WhatsApp business account"),
    row(63112, OpenCircuit(Sender), "Meta has disabled the sender's business account"),
    row(503, OpenCircuit(Channel), "internal error at Twilio"),
    row(20500, OpenCircuit(Channel), "internal error at Twilio"),
    row(20503, OpenCircuit(Channel), "Twilio's service is unavailable"),
    row(21730, OpenCircuit(Channel), "Twilio is under maintenance"),
    row(30410, OpenCircuit(Channel), "the provider that Twilio sends to does not answer in time"),
    row(30500, OpenCircuit(Channel), "internal error at Twilio after it accepted the message"),
    row(63009, OpenCircuit(Channel), "WhatsApp answers Twilio with an error (5xx)"),
    row(63010, OpenCircuit(Channel), "internal error of Twilio's WhatsApp channel"),
    row(
        63012,
        OpenCircuit(Channel),
        "WhatsApp has an internal error (its codes 500, 1011, 1014, 1023, 1025)",
    ),
    row(63023, OpenCircuit(Channel), "WhatsApp names no reason"),
];

/// What follows for a message that Twilio refused. `http` is the status of a refused call, 0 for a receipt.
/// A code that is not in the table says something about the message, unless the HTTP status says that the
/// account is refused or that the answer is not from Twilio's API.
pub fn verdict(code: u32, http: u16) -> RefusalVerdict {
    match (TABLE.iter().find(|row| row.code == code), code, http) {
        (Some(row), _, _) => row.verdict,
        (None, _, 401..=403) => OpenCircuit(Account),
        (None, _, 429) => Again,
        // A redirect, or a proxy or server that is not Twilio's.
        (None, 0, 300..=399 | 404 | 405 | 407) => OpenCircuit(Account),
        (None, _, _) => Fail,
    }
}

/// The table as Markdown, for the documents.
pub fn markdown() -> String {
    let mut text = String::from("| code | what it means | what follows |\n|---|---|---|\n");
    for row in TABLE {
        let ErrorCode { code, verdict, meaning } = row;
        let source = format!("[{code}](https://www.twilio.com/docs/api/errors/{code})");
        text.push_str(&format!("| {source} | {meaning} | {} |\n", explain(*verdict)));
    }
    text
}

const fn explain(verdict: RefusalVerdict) -> &'static str {
    match verdict {
        Again => "retried",
        AsTemplate => "sent as its template",
        WaitForTemplate => "waits for the template",
        StopRecipient => "recipient stopped",
        OpenCircuit(Account) => "circuit of the account",
        OpenCircuit(Sender) => "circuit of the sender",
        OpenCircuit(Credentials) => "circuit of the credentials",
        OpenCircuit(Channel) => "circuit of the channel",
        Fail => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_code_is_in_the_table_once() {
        let codes: BTreeSet<u32> = TABLE.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), TABLE.len());
    }
}
