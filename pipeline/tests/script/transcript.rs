//! What a transcript says of the records that a line of a script led to.

use topics::catalogue::{self, TicketCommands, Topic};
use topics::codec::record::Incoming;
use topics::records::notifications::Notification;
use topics::records::protected::ProtectedCommand;
use topics::records::reports::Report;
use topics::records::ticket_commands::{Action, TicketCommand};
use topics::values::ids::TicketId;
use topics::values::vocabulary::{PlaceSource, Role};

use super::{PARTITIONS, SENDER, Script};

/// What follows is read from these topics, in this order.
const HEARD: [&str; 6] = [
    "reports",
    "ticket-commands",
    "protected-commands",
    "unscreened",
    "notifications",
    "protected-notifications",
];

impl Script {
    /// What was written since the last call, in words.
    pub(super) fn hear(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        for topic in HEARD {
            for partition in 0..PARTITIONS {
                let from = self.read.entry((topic, partition)).or_default();
                let records: Vec<Incoming> =
                    self.driver.records(topic, partition).get(*from..).unwrap_or_default().to_vec();
                *from += records.len();
                heard.extend(records.iter().filter_map(|record| self.tell(record)));
            }
        }
        let numbers: Vec<(String, String)> = self
            .tickets
            .iter()
            .enumerate()
            .map(|(place, (_, number))| (number.clone(), format!("{{{}}}", place + 1)))
            .collect();
        heard
            .into_iter()
            .map(|line| numbers.iter().fold(line, |line, (number, name)| line.replace(number, name)))
            .collect()
    }

    fn read<T: Topic>(&self, record: &Incoming) -> T::Record {
        record.decode::<T>(&self.ring).unwrap().1
    }

    fn tell(&mut self, record: &Incoming) -> Option<String> {
        match record.topic.as_str() {
            "reports" => Some(match self.read::<catalogue::Reports>(record) {
                Report::Report(report) => {
                    let facts = &report.facts;
                    self.tickets.push((report.ticket.clone(), facts.tracking_number.to_string()));
                    let is_it =
                        |(ticket, _): &&(TicketId, String)| facts.reopened_from.as_ref() == Some(ticket);
                    let goes_on = self
                        .tickets
                        .iter()
                        .find(is_it)
                        .map_or_else(String::new, |(_, number)| format!(", goes on from {number}"));
                    let precision =
                        facts.place_precision_m.filter(|_| facts.place_source != PlaceSource::Pin);
                    let precision = precision.map_or_else(String::new, |metres| format!(" to {metres} m"));
                    let line = format!(
                        "report {} {} {}, place {}{precision}",
                        facts.language, facts.category, facts.severity, facts.place_source
                    );
                    line + &goes_on + &account(&report.account)
                }
                Report::Addendum(addendum) => format!("addendum{}", account(&addendum.account)),
            }),
            "ticket-commands" => match self.read::<TicketCommands>(record) {
                TicketCommand::Change(change) if change.actor.role == Role::Resident => match change.action {
                    Action::Status { to, outcome, .. } => Some(format!(
                        "resident wants {to}{}",
                        outcome.map_or_else(String::new, |outcome| format!(" ({outcome})"))
                    )),
                    _ => None,
                },
                _ => None,
            },
            "protected-commands" => Some(match self.read::<catalogue::ProtectedCommands>(record) {
                ProtectedCommand::Open(report) => {
                    let sure = if report.confirmed { "" } else { ", unconfirmed" };
                    format!(
                        "protected report {}{sure}{}",
                        report.language,
                        account(&report.testimony.account)
                    )
                }
                ProtectedCommand::Addendum(addendum) => {
                    format!("protected addendum{}", account(&addendum.account))
                }
                other => format!("{other:?}"),
            }),
            "unscreened" => {
                Some(format!("unscreened: {}", self.read::<catalogue::UnscreenedMessages>(record).why))
            }
            "notifications" => notification("<", record, self.read::<catalogue::Notifications>(record)),
            "protected-notifications" => {
                notification("<<", record, self.read::<catalogue::ProtectedNotifications>(record))
            }
            _ => None,
        }
    }
}

fn notification(arrow: &str, record: &Incoming, notification: Notification) -> Option<String> {
    let sender = record.key_text().unwrap();
    let what = match notification {
        Notification::Notify(notify) => {
            assert_eq!(notify.letter.from, sender);
            notify.letter.body.clone()
        }
        Notification::Stop(_) => "stop".to_owned(),
        Notification::Start(_) => "start".to_owned(),
        _ => return None,
    };
    let number =
        if sender == SENDER { String::new() } else { format!(" (at {})", &sender[sender.len() - 1..]) };
    Some(format!("{arrow}{number} {what}"))
}

fn account(account: &topics::records::reports::Account) -> String {
    let mut text = String::new();
    for words in &account.words {
        text.push_str(&format!(", \"{words}\""));
    }
    if !account.media.is_empty() {
        text.push_str(&format!(", {} file(s)", account.media.len()));
    }
    if let Some(point) = account.point {
        text.push_str(&format!(", at {} {}", point.latitude, point.longitude));
    }
    if let Some(name) = &account.place_name {
        text.push_str(&format!(", named \"{name}\""));
    }
    text
}
