//! Creates, checks and describes the topics of an installation by the catalogue.

pub mod adopt;
mod check;
mod client;
pub mod fingerprints;
pub mod log_time;
mod positions;
pub mod stage_cut;
pub mod ticket_reader;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::BaseConsumer;
use rdkafka::metadata::MetadataTopic;
use rdkafka::types::RDKafkaErrorCode;
use topics::catalogue::{CATALOGUE, Cleanup, TopicSpec, Use};
use topics::codec::control::control_record;
use topics::records::control::Control;
use topics::values::time::Time;

pub use check::{TopicDifferences, check, compare};
use client::client;

use crate::append::Append;
use crate::kafka::client::appender::Appender;
use crate::kafka::client::convert;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ends};

/// Creates the topics that are missing, then appends edition 0 to every empty log partition. Returns a
/// summary.
///
/// # Errors
/// The broker refuses a topic, or an existing one differs from the catalogue.
pub async fn create(installation: &Installation, replication: i32) -> Result<String, LogError> {
    let wanted: Vec<_> = CATALOGUE
        .iter()
        .map(|topic| (topic.spec, installation.topic(topic.spec.name), topic.spec.settings()))
        .collect();
    let new = wanted.iter().map(|(spec, name, settings)| {
        let partitions = convert::native(spec.partitions(installation.partitions));
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replication));
        settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
    });
    let new: Vec<NewTopic<'_>> = new.collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    let answers = client(installation)?
        .create_topics(&new, &options)
        .await
        .map_err(LogError::client("creating topics"))?;
    let mut created = 0;
    for answer in answers {
        match answer {
            Ok(_) => created += 1,
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => {
                return Err(LogError::Topics(format!("topic {topic} could not be created: {code}")));
            }
        }
    }
    all_known(installation).await?;
    check(installation).await?;
    let announced = announce_edition_0(installation).await?;
    Ok(format!(
        "{created} topics created, {} were there; edition 0 appended to {announced} empty log partitions",
        CATALOGUE.len() - created
    ))
}

/// Waits until the broker that answers this client knows all topics, which happens a moment after the
/// controller has created them.
async fn all_known(installation: &Installation) -> Result<(), LogError> {
    let client = client(installation)?;
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    loop {
        let metadata = client
            .inner()
            .fetch_metadata(None, REQUEST_TIMEOUT)
            .map_err(LogError::client("asking for topics"))?;
        let known: BTreeSet<&str> = metadata.topics().iter().map(MetadataTopic::name).collect();
        let all = CATALOGUE.iter().all(|topic| known.contains(installation.topic(topic.spec.name).as_str()));
        // The check that follows names the topics that are still missing.
        if all || Instant::now() > deadline {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn announce_edition_0(installation: &Installation) -> Result<u32, LogError> {
    let consumer: BaseConsumer =
        installation.reader("read_uncommitted").create().map_err(LogError::client("making a consumer"))?;
    let appender = Appender::new(installation)?;
    let mut announced = 0;
    for topic in CATALOGUE.iter().filter(|topic| topic.spec.used_as == Use::Log) {
        let name = installation.topic(topic.spec.name);
        for partition in 0..installation.partitions {
            let (_, high) = ends(&consumer, &name, partition)?;
            if high == 0 {
                let record = control_record(topic.spec, partition, Control::Edition(0), Time::from_millis(0));
                appender.append(record).await.map_err(|error| LogError::Topics(error.to_string()))?;
                announced += 1;
            }
        }
    }
    Ok(announced)
}

/// The catalogue as a table.
pub fn describe(installation: &Installation) -> String {
    let mut text = String::from(
        "| topic | key | use | lane | read by | sealed with | partitions | cleanup | kinds \
         |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for topic in CATALOGUE {
        let TopicSpec { name, key, used_as, lane, seal, cleanup, .. } = topic.spec;
        let partitions = topic.spec.partitions(installation.partitions);
        let kinds = topic.kinds.join(", ");
        let kept = match cleanup {
            Cleanup::Delete(days) => format!("delete after {days} d"),
            Cleanup::Compact => "compact".to_owned(),
        };
        let _ = writeln!(
            text,
            "| {}{name} | {key} | {used_as:?} | {lane:?} | {} | {} | {partitions} | {kept} | {kinds} |",
            installation.prefix,
            topic.spec.readers(),
            seal.name()
        );
    }
    text
}

/// The cluster's id: a database that a sink fed from another cluster must not go on with this one.
///
/// # Errors
/// The broker does not tell its cluster id.
pub fn cluster_id(installation: &Installation) -> Result<String, LogError> {
    let client = client(installation)?;
    client
        .inner()
        .fetch_cluster_id(REQUEST_TIMEOUT)
        .ok_or_else(|| LogError::Alarm("the broker did not tell its cluster id".to_owned()))
}
