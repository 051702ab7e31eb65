//! The time of the logs: shows it beside the clocks, and brings back that of a log that a wrong clock has
//! moved ahead. The decision is stored in the task's row, so that a restore and a replay follow it.

use std::collections::BTreeMap;
use std::fmt::Write;

use pipeline::engine::task_row;
use pipeline::topology::{MachineSpec, TOPOLOGY};
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use topics::catalogue::TopicSpec;
use topics::codec::task_row::{TaskRow, TimeDecision};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::append::Append;
use crate::clock::{MAX_AHEAD, present};
use crate::kafka::admin::adopt::from_beginning;
use crate::kafka::admin::stage_cut::at_rest;
use crate::kafka::client::appender::Appender;
use crate::kafka::client::broker_clock::{agree, ask};
use crate::kafka::client::partition_reader::{offset_at, partition_reader, scan, task_rows};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, ends};

/// The time of one log, and the clock of the broker.
struct LogTime {
    row: Option<TaskRow>,
    /// By how many milliseconds the broker's clock is ahead of this host's; `None` if its answer was too
    /// slow.
    broker: Option<i64>,
    /// The time of the first record that waits and is ahead of this host's clock.
    waits: Option<Time>,
}

impl LogTime {
    /// Whether a wrong clock has moved the log, or would move it, too far ahead.
    fn is_ahead(&self, now: Time) -> bool {
        self.waits.is_some() || self.time() > now + MAX_AHEAD
    }

    fn time(&self) -> Time {
        self.row.as_ref().map(|row| row.time).unwrap_or_default()
    }
}

/// Shows the time of each log beside the clocks. `host` is the name of this host.
///
/// # Errors
/// The broker does not answer.
pub fn show(installation: &Installation, host: &str) -> Result<String, LogError> {
    let mut text = String::new();
    for machine in TOPOLOGY {
        let Some(store) = machine.store else { continue };
        let times = look(installation, machine, store, &command_id(installation, host))?;
        let now = present();
        for (partition, log) in times {
            let _ = writeln!(text, "{}", line(machine, partition, &log, now));
        }
    }
    Ok(text.trim_end().to_owned())
}

/// The line of one partition.
fn line(machine: &MachineSpec, partition: u32, log: &LogTime, now: Time) -> String {
    let broker = match log.broker {
        Some(millis) => {
            let time = Time::from_millis(now.millis().saturating_add(millis));
            format!("broker's clock {time} ({} s)", seconds(millis))
        }
        None => "broker's clock unknown, since its answer was slow".to_owned(),
    };
    let mut text = format!("{}, partition {partition}: ", machine.name);
    // The time of a log is that of its last record: if it were shown repeatedly, it would reveal how many
    // records the police lane has.
    if machine.lane == Lane::Protected && !log.is_ahead(now) {
        text.push_str("log not ahead");
    } else {
        let time = log.time();
        let _ = write!(text, "log {time} ({} s)", seconds(time.millis().saturating_sub(now.millis())));
    }
    let _ = write!(text, ", {broker}, this host's clock {now}");
    if let Some(time) = log.waits {
        let _ = write!(text, "; a record of {time} waits");
    }
    if log.is_ahead(now) {
        let name = machine.name;
        let _ = write!(
            text,
            "; AHEAD: set the clocks right, stop {name}, then run: trust-engine time --bring-back {name}"
        );
    }
    if let Some(decision) = log.row.as_ref().and_then(|row| row.time_decision.as_ref()) {
        let _ = write!(text, "; was brought back to {} by {}", decision.time, decision.given_by);
    }
    text
}

/// Milliseconds in seconds, with a sign.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { '-' } else { '+' };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1_000, millis % 1_000)
}

/// The transactional id of this command.
fn command_id(installation: &Installation, host: &str) -> String {
    format!("{}time.{host}.0", installation.prefix)
}

/// Sets the time of the logs of `machine` that are ahead to that of the clocks. Returns a summary.
///
/// # Errors
/// The machine runs, the clocks do not agree, or the broker does not answer; nothing was changed then, or
/// running it again completes it.
pub async fn bring_back(
    installation: &Installation,
    machine: &'static MachineSpec,
    host: &str,
) -> Result<String, LogError> {
    let name = machine.name;
    let Some(store) = machine.store else {
        return Err(LogError::Topics(format!("{name} keeps no time: each record counts at its own")));
    };
    at_rest(installation, machine).await?;
    let id = command_id(installation, host);
    let times = look(installation, machine, store, &id)?;
    check_brokers(&times)?;
    let now = present();
    let consumer = partition_reader(installation, name, "read_committed")?;
    let appender = Appender::new(installation)?;
    let mut brought = 0;
    for (partition, log) in times.into_iter().filter(|(_, log)| log.is_ahead(now)) {
        let (_, end) = ends(&consumer, &installation.topic(machine.log.name), partition)?;
        let was = log.waits.unwrap_or_default().max(log.time());
        let row = decide(log.row.unwrap_or_default(), now, end, &id);
        let record = task_row::write(store, partition, &row);
        appender.append(record).await.map_err(|error| LogError::Topics(error.to_string()))?;
        tracing::warn!(machine = name, partition, %was, time = %now, id, "the time of a log is brought back");
        brought += 1;
    }
    Ok(format!(
        "{name}: the time of {brought} of its partitions was brought back to {now}; what fired before stays \
         as it is"
    ))
}

/// The row with the decision that all records before the offset `end` count as appended by `now`.
fn decide(mut row: TaskRow, now: Time, end: i64, id: &str) -> TaskRow {
    row.time = row.time.min(now);
    row.time_decision = Some(TimeDecision { time: now, before_offset: end, given_by: id.to_owned() });
    if row.transactional_id.is_empty() {
        row.transactional_id = id.to_owned();
    }
    row
}

/// Refuses while a broker's clock does not agree with this host's, because the time that is set would be
/// wrong again.
fn check_brokers(times: &BTreeMap<u32, LogTime>) -> Result<(), LogError> {
    for (partition, log) in times {
        let Some(millis) = log.broker.filter(|millis| agree(*millis)) else {
            let difference = log.broker.map_or_else(
                || "an unknown difference, since its answer was slow".to_owned(),
                |millis| format!("{} s", seconds(millis)),
            );
            return Err(LogError::Topics(format!(
                "the clocks of the broker and of this host do not agree (partition {partition}: \
                 {difference}); set them right, then try \
                 again; nothing was changed"
            )));
        };
        tracing::debug!(partition, millis, "the clocks agree");
    }
    Ok(())
}

fn look(
    installation: &Installation,
    machine: &'static MachineSpec,
    store: &'static TopicSpec,
    id: &str,
) -> Result<BTreeMap<u32, LogTime>, LogError> {
    let brokers = ask(installation, store, id)?;
    let consumer = partition_reader(installation, machine.name, "read_committed")?;
    let mut rows = task_rows(installation, &consumer, store, from_beginning(installation), REQUEST_TIMEOUT)?;
    let latest = present() + MAX_AHEAD;
    let mut times = BTreeMap::new();
    for partition in 0..installation.partitions {
        let row = rows.remove(&partition);
        let waits = first_ahead(installation, &consumer, machine, partition, row.as_ref(), latest)?;
        times.insert(partition, LogTime { row, broker: brokers.get(&partition).copied(), waits });
    }
    Ok(times)
}

/// The time of the first record that the machine has not read and that would move the log past `latest`.
fn first_ahead(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
    machine: &MachineSpec,
    partition: u32,
    row: Option<&TaskRow>,
    latest: Time,
) -> Result<Option<Time>, LogError> {
    let topic = installation.topic(machine.log.name);
    let after = Time::from_millis(latest.millis() + 1);
    let Some(found) = offset_at(consumer, &topic, partition, after)? else { return Ok(None) };
    let row = row.cloned().unwrap_or_default();
    let from = BTreeMap::from([(partition, Offset::Offset(found.max(row.next_offset)))]);
    let mut first = None;
    scan(installation, consumer, machine.log.name, from, REQUEST_TIMEOUT, |record| {
        first = first.or(Some(row.time_of(record)).filter(|time| *time > latest));
        Ok(())
    })?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(1_772_431_200_000);

    fn log(time: Time, waits: Option<Time>) -> LogTime {
        let row = TaskRow { time, next_offset: 7, ..TaskRow::default() };
        LogTime { row: Some(row), broker: Some(-1_500), waits }
    }

    fn machine(name: &str) -> &'static MachineSpec {
        TOPOLOGY.iter().find(|machine| machine.name == name).unwrap()
    }

    fn after(seconds: u64) -> Time {
        NOW + std::time::Duration::from_secs(seconds)
    }

    #[test]
    fn the_line_of_a_log_shows_its_time_and_what_to_do_if_it_is_ahead() {
        let tickets = machine("tickets");
        let quiet = line(tickets, 3, &log(NOW, None), NOW);
        assert_eq!(
            quiet,
            "tickets, partition 3: log 2026-03-02T06:00:00.000Z (+0.000 s), broker's clock \
             2026-03-02T05:59:58.500Z (-1.500 s), this \
             host's clock 2026-03-02T06:00:00.000Z"
        );
        let ahead = line(tickets, 3, &log(after(61), None), NOW);
        assert!(ahead.contains("(+61.000 s)") && ahead.contains("time --bring-back tickets"), "{ahead}");
        let waits = line(tickets, 3, &log(NOW, Some(after(90))), NOW);
        assert!(waits.contains("a record of 2026-03-02T06:01:30.000Z waits; AHEAD"), "{waits}");
    }

    #[test]
    fn the_police_lane_does_not_show_when_its_last_record_came() {
        let times = |time| line(machine("protected-tickets"), 0, &log(time, None), NOW);
        assert_eq!(times(NOW), times(after(30)));
        assert!(times(NOW).contains("log not ahead"));
        assert!(times(after(61)).contains("(+61.000 s)"));
    }

    #[test]
    fn a_decision_sets_the_time_and_keeps_the_position() {
        let row = decide(log(after(108_000), None).row.unwrap(), NOW, 9, "time.a.0");
        assert_eq!((row.time, row.next_offset), (NOW, 7));
        let decision = TimeDecision { time: NOW, before_offset: 9, given_by: "time.a.0".to_owned() };
        assert_eq!(row.time_decision, Some(decision));
        let earlier = decide(TaskRow::default(), NOW, 9, "time.a.0");
        assert_eq!((earlier.time, earlier.transactional_id.as_str()), (Time::default(), "time.a.0"));
    }
}
