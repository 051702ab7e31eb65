//! The closed lists of the tables of mails to staff.

use std::str::FromStr;

/// Declares a closed list, with its words as the tables hold them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All words of the list, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word as the tables hold it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| concat!("must be one of:", $(" ", $text),+).to_owned())
            }
        }
    };
}

words!(
    /// When a person is told of what is not critical.
    MailMode {
        /// In a mail of its own, outside of the quiet hours.
        AtOnce = "at_once",
        /// In one mail a day.
        Digest = "digest",
        /// Not at all.
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
    /// What a mail is.
    MailKind {
        /// About one event.
        Single = "single",
        /// A list of events.
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

impl MailReason {
    /// The name of the subject of a mail for this reason.
    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::Warning => "staff-subject-warning",
            Self::Breach => "staff-subject-breach",
            Self::Escalation => "staff-subject-escalation",
            Self::Assignment => "staff-subject-assignment",
            Self::Automation => "staff-subject-automation",
        }
    }
}
