//! Cuts stages out of the conversations' chain, or chains them again. The cut is the last notice in the topic
//! `editions`, which every process reads before it starts a machine. It changes only while no process runs a
//! machine whose chain changes, and after stages that are chained again have read their logs to the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::topology::{MachineSpec, TOPOLOGY};
use rdkafka::Offset;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use topics::catalogue::cut::{Cut, CutNotice};
use topics::codec::record::Envelope;
use topics::records::editions::EditionRecord;
use topics::values::ids::EventId;

use crate::append::Append;
use crate::clock::present;
use crate::kafka::client::appender::Appender;
use crate::kafka::client::convert;
use crate::kafka::client::partition_reader::{partition_reader, scan};
use crate::kafka::client::transaction::committed;
use crate::kafka::editions;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, ends};

/// Longer than a stopped process may still count as a member, and its transaction stay open: both 6 s.
const MEMBERS_TIMEOUT: Duration = Duration::from_secs(8);

/// Cuts the topic set as wanted. Returns a summary.
///
/// # Errors
/// A machine runs, a transaction is open, or records wait; the text says which and what to do. Nothing was
/// changed then.
pub async fn cut(installation: &Installation, wanted: Cut) -> Result<String, LogError> {
    let now = editions::cut(installation)?;
    if now == wanted {
        return Ok(format!("the topic set is cut {}, as it was", cut_name(now)));
    }
    let changing: Vec<&MachineSpec> =
        TOPOLOGY.iter().filter(|machine| machine.chain(now) != machine.chain(wanted)).collect();
    let is_cut_out = |machine: &MachineSpec, cut| machine.store.is_none() && !machine.chain(cut).is_empty();
    for machine in &changing {
        at_rest(installation, machine).await?;
    }
    for machine in changing.iter().filter(|machine| is_cut_out(machine, now)) {
        drained(installation, machine)?;
    }
    // The offsets of the new groups are set before the cut is announced: in the other order a group might
    // begin too late.
    for machine in changing.iter().filter(|machine| !is_cut_out(machine, now) && is_cut_out(machine, wanted))
    {
        begin_at_end(installation, machine)?;
    }
    append(installation, wanted).await?;
    for machine in changing.iter().filter(|machine| is_cut_out(machine, now) && !is_cut_out(machine, wanted))
    {
        delete_group(installation, machine).await?;
    }
    Ok(format!("the topic set is cut {}; it was cut {}", cut_name(wanted), cut_name(now)))
}

/// The cut as a text for people.
pub fn cut_name(cut: Cut) -> String {
    if cut == Cut::Nowhere { cut.to_string() } else { format!("before {cut}") }
}

/// Waits until no process runs the machine and no transaction of its last owner is open.
pub(super) async fn at_rest(installation: &Installation, machine: &MachineSpec) -> Result<(), LogError> {
    let began = Instant::now();
    while let Some(activity) = find_activity(installation, machine)? {
        if began.elapsed() > MEMBERS_TIMEOUT {
            return Err(LogError::Topics(format!("{activity}, then try again; nothing was changed")));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// What still runs or is open of the machine, and what to do; `None` if it is at rest.
fn find_activity(installation: &Installation, machine: &MachineSpec) -> Result<Option<String>, LogError> {
    let name = machine.name;
    let group = installation.topic(name);
    let consumer = partition_reader(installation, name, "read_committed")?;
    let groups = consumer
        .fetch_group_list(Some(&group), REQUEST_TIMEOUT)
        .map_err(LogError::client("asking for the group's members"))?;
    let members: usize = groups.groups().iter().map(|group| group.members().len()).sum();
    if members > 0 {
        return Ok(Some(format!(
            "processes that run {name}, whose chain would change: {members}; stop them all"
        )));
    }
    let uncommitted: BaseConsumer<ReaderContext> = installation
        .reader("read_uncommitted")
        .create_with_context(ReaderContext)
        .map_err(LogError::client("making a consumer"))?;
    for topic in machine.writes.iter().flat_map(|writes| writes.iter()) {
        for partition in 0..installation.partitions {
            let topic = installation.topic(topic.name);
            if ends(&consumer, &topic, partition)?.1 < ends(&uncommitted, &topic, partition)?.1 {
                return Ok(Some(format!(
                    "a transaction is open in {topic}, partition {partition}: find out who writes there and \
                     stop it"
                )));
            }
        }
    }
    Ok(None)
}

/// Refuses if the machine has not processed all records of its log.
fn drained(installation: &Installation, machine: &MachineSpec) -> Result<(), LogError> {
    let name = machine.name;
    let log = installation.topic(machine.log.name);
    let consumer = partition_reader(installation, name, "read_committed")?;
    let mut from: BTreeMap<u32, Offset> =
        (0..installation.partitions).map(|partition| (partition, Offset::Beginning)).collect();
    from.extend(
        committed(&consumer, &log, 0..installation.partitions)?
            .into_iter()
            .map(|(partition, next)| (partition, Offset::Offset(next))),
    );
    let mut waiting = 0_u64;
    scan(installation, &consumer, machine.log.name, from, REQUEST_TIMEOUT, |_| {
        waiting += 1;
        Ok(())
    })?;
    if waiting == 0 {
        return Ok(());
    }
    Err(LogError::Topics(format!(
        "{waiting} records of {log} wait for {name}: run `trust-engine run {name}` until \
         trust_engine_runner_lag_records of {} is 0, stop \
         it, then cut again; nothing was changed",
        machine.log.name
    )))
}

/// Commits the end of the log for the group: the chain that the stage is cut out of has processed the rest.
fn begin_at_end(installation: &Installation, machine: &MachineSpec) -> Result<(), LogError> {
    let consumer = partition_reader(installation, machine.name, "read_committed")?;
    let log = installation.topic(machine.log.name);
    let end = |partition| ends(&consumer, &log, partition).map(|(_, end)| (partition, end));
    let positions = (0..installation.partitions).map(end).collect::<Result<Vec<_>, _>>()?;
    let committed = consumer.commit(&convert::positions(&log, positions), CommitMode::Sync);
    committed.map_err(LogError::client(format!("setting the group {} to the end of {log}", machine.name)))
}

async fn append(installation: &Installation, cut: Cut) -> Result<(), LogError> {
    let notice = CutNotice { at: present(), cut };
    let id = EventId::of(&[b"cut", cut.as_str().as_bytes(), &notice.at.millis().to_be_bytes()]);
    let envelope = Envelope::root(id, notice.at);
    let outgoing = editions::outgoing("topics", &envelope, "cut".to_owned(), &EditionRecord::Cut(notice))?;
    Appender::new(installation)?.append(outgoing).await.map_err(|error| LogError::Topics(error.to_string()))
}

/// Deletes the group of a stage that is chained again, so that no outdated offset is left.
pub(super) async fn delete_group(installation: &Installation, machine: &MachineSpec) -> Result<(), LogError> {
    let client: AdminClient<DefaultClientContext> =
        installation.client().create().map_err(LogError::client("making an admin client"))?;
    let group = installation.topic(machine.name);
    for answer in client
        .delete_groups(&[&group], &AdminOptions::new())
        .await
        .map_err(LogError::client("deleting a group"))?
    {
        if let Err((group, code)) = answer {
            tracing::warn!(group, %code, "an unused group was not deleted");
        }
    }
    Ok(())
}
