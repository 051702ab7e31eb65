//! The closed vocabularies of e-mail to staff.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::words;

words!(
    /// When a person is told of what is not critical.
    MailMode {
        /// In a mail of its own, outside of the quiet hours.
        AtOnce = "at_once",
        /// In one mail a day.
        Digest = "digest",
        /// The person is told only of what is critical.
        Off = "off",
    }
);

words!(
    /// Why a person is told of a ticket.
    MailReason {
        /// A deadline is near.
        Warning = "warning",
        /// A deadline was missed.
        Breach = "breach",
        /// The ticket was escalated.
        Escalation = "escalation",
        /// The person has the ticket now.
        Assignment = "assignment",
        /// An automation names the person.
        Automation = "automation",
    }
);

words!(
    /// What a mail is about.
    MailKind {
        /// The mail is about one event.
        Single = "single",
        /// The mail is a list of events.
        Digest = "digest",
    }
);

words!(
    /// What became of a mail.
    MailState {
        /// It waits for its time, or for a retry.
        Waiting = "waiting",
        /// An attempt is permitted, and its outcome is not known.
        Sending = "sending",
        /// The mail server has taken it.
        Sent = "sent",
        /// It is not sent any more.
        Failed = "failed",
    }
);
