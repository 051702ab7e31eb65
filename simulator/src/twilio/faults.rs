//! Faults and limits of the simulated Twilio, which tests switch on. All of them are off at first.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens to one of the next messages posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateFault {
    /// Answers 500 and has not accepted the message.
    ServerError,
    /// Answers 500, but has accepted the message and sends it.
    ServerErrorTaken,
    /// Never answers, but has accepted the message and sends it.
    SilentTaken,
    /// Never answers and has not accepted the message.
    Silent,
    /// Answers 429 with code 63018.
    TooMany,
    /// Answers 400 with this code.
    Code(u32),
}

/// When the error of a recipient who cannot be written to is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// The message is refused when it is posted (as with 21211, 21610).
    #[default]
    AtOnce,
    /// The message is accepted, and a callback reports that it failed (as with 63003, 63016, 63024).
    ByReceipt,
}

/// A recipient who cannot be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadRecipient {
    /// The error code that Twilio reports.
    pub code: u32,
    /// Where the error becomes visible: in the call's response or in a callback.
    #[serde(default)]
    pub shows: Shows,
}

/// Faults of status callbacks. `n` means every n-th message, in the order in which they were accepted; 0
/// means none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiptFaults {
    /// No callback is posted.
    pub missing_every: u64,
    /// Every callback is posted twice.
    pub doubled_every: u64,
    /// Callbacks are posted last first.
    pub reversed_every: u64,
    /// The delay of every callback, in milliseconds.
    pub delay_ms: u64,
}

/// The limits of the real Twilio, if the simulated one is to enforce them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TwilioLimits {
    /// Messages in any one second from one sender; more are refused with 429, code 63018. Twilio's default
    /// is 80.
    pub per_second: Option<u32>,
    /// Seconds after a resident's last message in which free text may be sent to them; later it fails with
    /// 63016.
    pub window_s: Option<u64>,
    /// Where error 63016 becomes visible.
    pub window_shows: Shows,
}

/// The present faults and limits.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The faults of the next calls, in this order.
    pub creates: VecDeque<CreateFault>,
    /// The recipients who cannot be written to, by address.
    pub recipients: BTreeMap<String, DeadRecipient>,
    /// The faults of callbacks.
    pub receipts: ReceiptFaults,
    /// Number of following lists and look-ups that are answered with 500.
    pub lists_failing: u32,
    /// Whether the credentials are refused (401, code 20003).
    pub account_refused: bool,
    /// The limits that Twilio itself enforces.
    pub limits: TwilioLimits,
}

/// Changes of [`Faults`], as posted to `/control/faults`; settings that are not named stay.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Orders {
    /// Faults to add to those that wait; each is applied the given number of times.
    pub creates: Vec<Order>,
    /// Recipients to add; null removes one.
    pub recipients: BTreeMap<String, Option<DeadRecipient>>,
    /// Replaces the present ones.
    pub receipts: Option<ReceiptFaults>,
    /// Replaces the present number.
    pub lists_failing: Option<u32>,
    /// Whether the credentials are refused.
    pub account_refused: Option<bool>,
    /// Replaces the present ones.
    pub limits: Option<TwilioLimits>,
    /// For how many milliseconds connections are refused from now on.
    pub refuse_connections_ms: Option<u64>,
}

/// One fault and how many calls it applies to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Order {
    /// The fault of the call.
    pub fault: CreateFault,
    /// How many calls it applies to; by default one.
    #[serde(default = "once")]
    pub times: u32,
}

const fn once() -> u32 {
    1
}

impl Faults {
    /// Applies `orders`. Returns for how long connections are refused.
    pub fn apply(&mut self, orders: Orders) -> Option<Duration> {
        for order in orders.creates {
            self.creates.extend((0..order.times).map(|_| order.fault));
        }
        for (to, dead) in orders.recipients {
            match dead {
                Some(dead) => self.recipients.insert(to, dead),
                None => self.recipients.remove(&to),
            };
        }
        self.receipts = orders.receipts.unwrap_or(self.receipts);
        self.lists_failing = orders.lists_failing.unwrap_or(self.lists_failing);
        self.account_refused = orders.account_refused.unwrap_or(self.account_refused);
        self.limits = orders.limits.unwrap_or(self.limits);
        orders.refuse_connections_ms.map(Duration::from_millis)
    }

    /// Whether this request for a list or a message fails.
    pub fn list_fails(&mut self) -> bool {
        let fails = self.lists_failing > 0;
        self.lists_failing = self.lists_failing.saturating_sub(1);
        fails
    }
}

impl ReceiptFaults {
    /// Whether the `ordinal`-th message is an `every`-th one.
    pub const fn hits(every: u64, ordinal: u64) -> bool {
        every != 0 && ordinal.is_multiple_of(every)
    }
}
