//! What the simulated Twilio does wrong, or strictly, when it is told to. Everything is off at first.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens to one of the next messages posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateFault {
    /// Answers 500 and has not taken it.
    ServerError,
    /// Answers 500, but has taken it and sends it.
    ServerErrorTaken,
    /// Never answers, but has taken it and sends it.
    SilentTaken,
    /// Never answers and has not taken it.
    Silent,
    /// Answers 429 with code 63018.
    TooMany,
    /// Answers 400 with this code.
    Code(u32),
}

/// When the code of a recipient who cannot be written to shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// The message is refused when it is posted (as with 21211, 21610).
    #[default]
    AtOnce,
    /// The message is taken, and a callback reports it failed (as with 63003, 63016, 63024).
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

/// What goes wrong with status callbacks. `n` means every n-th message, by the order in which they were
/// taken; 0 none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiptFaults {
    /// No callback is posted.
    pub missing_every: u64,
    /// Every callback is posted twice.
    pub doubled_every: u64,
    /// Callbacks are posted last first.
    pub reversed_every: u64,
    /// Every callback comes so much later, in milliseconds.
    pub delay_ms: u64,
}

/// Twilio's own limits, where it is to be held to them.
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

/// All that is wrong or strict at present.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// For the next messages posted, first one first.
    pub creates: VecDeque<CreateFault>,
    /// Who cannot be written to, by address.
    pub recipients: BTreeMap<String, DeadRecipient>,
    /// What goes wrong with callbacks.
    pub receipts: ReceiptFaults,
    /// Number of following lists and look-ups that are answered with 500.
    pub lists_failing: u32,
    /// Whether the credentials are refused (401, code 20003).
    pub account_refused: bool,
    /// The limits that Twilio itself enforces.
    pub limits: TwilioLimits,
}

/// Changes of [`Faults`], as posted to `/control/faults`; what is not named stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Orders {
    /// Added to the faults that are waiting; each is applied the given number of times.
    pub creates: Vec<Order>,
    /// Added to those known; null forgets one.
    pub recipients: BTreeMap<String, Option<DeadRecipient>>,
    /// Instead of the present ones.
    pub receipts: Option<ReceiptFaults>,
    /// Instead of the present number.
    pub lists_failing: Option<u32>,
    /// Whether the credentials are refused.
    pub account_refused: Option<bool>,
    /// Instead of the present ones.
    pub limits: Option<TwilioLimits>,
    /// From now on connections are refused for so long.
    pub refuse_connections_ms: Option<u64>,
}

/// One fault and how many calls it applies to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Order {
    /// The fault that the call meets.
    pub fault: CreateFault,
    /// How often; once if not said.
    #[serde(default = "once")]
    pub times: u32,
}

const fn once() -> u32 {
    1
}

impl Faults {
    /// Applies `orders`; returns for how long connections are to be refused.
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

    /// Whether a list or look-up fails now.
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
