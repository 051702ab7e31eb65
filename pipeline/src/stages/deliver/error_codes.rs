//! What Twilio's error codes mean for a message: one table, for refused calls and for receipts alike.

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
    /// The message has failed, and so would all others to this recipient: nothing more is sent to them.
    StopRecipient,
    /// The account is at fault, not the message: the message keeps its place, and all calls are paused.
    OpenCircuit,
    /// The message has failed and is not retried.
    Fail,
}

/// Looks up the table (<https://www.twilio.com/docs/api/errors>). `http` is the status of a refused call, 0
/// for a receipt.
pub const fn verdict(code: u32, http: u16) -> RefusalVerdict {
    match (code, http) {
        // Free text outside of the window.
        (OUTSIDE_WINDOW, _) => RefusalVerdict::AsTemplate,
        // Unsubscribed; no WhatsApp account at this address; invalid recipient; not a phone number.
        (UNSUBSCRIBED | 63003 | 63024 | 21211, _) => RefusalVerdict::StopRecipient,
        // Rejected credentials; Twilio returns HTTP 401 where it gives no code.
        (UNAUTHORISED, _) | (0, 401) => RefusalVerdict::OpenCircuit,
        // WhatsApp's rate limit; Twilio's own (20429 comes with 429).
        (63018 | 20429, _) | (_, 429) => RefusalVerdict::Again,
        _ => RefusalVerdict::Fail,
    }
}
