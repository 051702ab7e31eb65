//! `deliveries` and `protected.deliveries`, from the topics of these names: the status of each message. The
//! text of the message is left out.

use topics::codec::record::{Envelope, Incoming};
use topics::records::deliveries::Delivery;

use super::{big, int};
use crate::postgis::sink::columns::{At, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(DeliveryRow {
    notification: String,
    ticket: Option<String>,
    status: &'static str,
    class: &'static str,
    language: &'static str,
    queued_at: At,
    updated_at: At,
    attempt: i32,
    retries: i32,
    deadline: Option<At>,
    next_at: Option<At>,
    window_end: Option<At>,
    as_template: bool,
    sid: Option<String>,
    code: Option<i64>,
    disarmed_at: Option<At>,
    version: i64,
    edition: i64,
});

impl TableRow for DeliveryRow {
    const CONFLICT: Conflict = Conflict::Version("notification");

    fn key(&self) -> &str {
        &self.notification
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl DeliveryRow {
    /// The row of a message that is sent to a resident. Other records of the topic have no row: residents
    /// who are not sent messages, whose records are sealed, and a Twilio account that refuses calls at
    /// present.
    pub fn of(_: &Incoming, _: &Envelope, delivery: Delivery) -> Option<Self> {
        let Delivery::Delivery(out) = delivery else {
            return None;
        };
        Some(Self {
            notification: out.notification.to_string(),
            ticket: out.ticket.map(|ticket| ticket.to_string()),
            status: out.status.as_str(),
            class: out.class.as_str(),
            language: out.language.as_str(),
            queued_at: At(out.queued_at),
            updated_at: At(out.at),
            attempt: int(out.attempt),
            retries: int(out.retries),
            deadline: out.deadline.map(At),
            next_at: out.next_at.map(At),
            window_end: out.window_end.map(At),
            as_template: out.as_template,
            sid: out.sid.map(|sid| sid.to_string()),
            code: out.code.map(i64::from),
            disarmed_at: out.disarmed_at.map(At),
            version: big(out.version),
            edition: i64::from(out.edition),
        })
    }
}
