//! What a test does to topics and groups as their administrator: retention and compaction ahead of time, and
//! deletion.

use std::time::Duration;

use anyhow::Result;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use topics::catalogue::{CATALOGUE, Cleanup};

use super::kafka::{BROKER, Topics, client, partitions_of};
use crate::clock::{Checked, wait_until};

impl Topics {
    /// The first and the next offset of each partition of the topics with a retention.
    fn ends_of_deleted_topics(&self) -> Result<Vec<(String, i32, i64, i64)>> {
        let consumer = self.reader("read_uncommitted")?;
        let mut ends = Vec::new();
        for topic in CATALOGUE.iter().filter(|topic| matches!(topic.spec.cleanup, Cleanup::Delete(_))) {
            let name = self.name(topic.spec.name);
            for partition in partitions_of(&consumer, &name)? {
                let (first, end) = consumer.fetch_watermarks(&name, partition, BROKER)?;
                ends.push((name.clone(), partition, first, end));
            }
        }
        Ok(ends)
    }

    /// Deletes all records of the topics with a retention, including the control records at their ends, as
    /// retention does after a while.
    ///
    /// # Errors
    /// The broker refuses it, or does not answer.
    pub async fn purge(&self) -> Result<()> {
        let mut ends = TopicPartitionList::new();
        for (name, partition, _, end) in self.ends_of_deleted_topics()? {
            ends.add_partition_offset(&name, partition, Offset::Offset(end))?;
        }
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let options = AdminOptions::new().request_timeout(Some(BROKER)).operation_timeout(Some(BROKER));
        for answer in admin.delete_records(&ends, &options).await?.elements() {
            answer.error()?;
        }
        Ok(())
    }

    /// Makes the broker compact stores and the reference topic within seconds, in segments of two seconds.
    ///
    /// # Errors
    /// The broker refuses it, or does not answer.
    pub async fn compact_eagerly(&self) -> Result<()> {
        let eager =
            [("segment.ms", "2000"), ("max.compaction.lag.ms", "2000"), ("delete.retention.ms", "1000")];
        self.set_topics(&eager, |cleanup| cleanup == Cleanup::Compact).await
    }

    /// Sets the retention of all topics that are not compacted to nothing until the broker has deleted what
    /// they hold, control records included, and then back.
    ///
    /// # Errors
    /// The broker has not deleted it after a minute.
    pub async fn expire(&self) -> Result<()> {
        let deletes = |cleanup| matches!(cleanup, Cleanup::Delete(_));
        self.set_topics(&[("retention.ms", "1")], deletes).await?;
        let what = "retention has deleted all records";
        wait_until(what, Duration::from_secs(60), async || self.are_deleted()).await?;
        self.set_topics(&[], deletes).await
    }

    /// Whether the topics with a retention hold no records.
    fn are_deleted(&self) -> Result<Checked<()>> {
        let ends = self.ends_of_deleted_topics()?;
        let left = ends.into_iter().find(|(_, _, first, end)| first < end);
        Ok(left.map_or(Checked::Yes(()), |(name, partition, first, end)| {
            Checked::not_yet(format!("{name}-{partition} begins at {first} of {end}"))
        }))
    }

    /// Sets the catalogue's settings of some topics, except for `others`.
    async fn set_topics(&self, others: &[(&str, &str)], which: impl Fn(Cleanup) -> bool) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let wanted: Vec<_> = CATALOGUE.iter().filter(|topic| which(topic.spec.cleanup)).collect();
        let names: Vec<String> = wanted.iter().map(|topic| self.name(topic.spec.name)).collect();
        let settings: Vec<_> = wanted.iter().map(|topic| topic.spec.settings()).collect();
        let mut changes = Vec::new();
        for (name, settings) in names.iter().zip(&settings) {
            let mut change = AlterConfig::new(ResourceSpecifier::Topic(name));
            for (key, value) in
                settings.iter().filter(|(key, _)| !others.iter().any(|(other, _)| other == key))
            {
                change = change.set(key, value);
            }
            for (key, value) in others {
                change = change.set(key, value);
            }
            changes.push(change);
        }
        for answer in
            admin.alter_configs(&changes, &AdminOptions::new().request_timeout(Some(BROKER))).await?
        {
            answer.map_err(|(topic, code)| anyhow::anyhow!("{topic:?} is not changed: {code}"))?;
        }
        Ok(())
    }

    /// Deletes a topic; `topics create` creates it again.
    ///
    /// # Errors
    /// The broker refuses it, or does not answer.
    pub async fn delete(&self, topic: &str) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let options = AdminOptions::new().request_timeout(Some(BROKER)).operation_timeout(Some(BROKER));
        let name = self.name(topic);
        for answer in admin.delete_topics(&[&name], &options).await? {
            answer.map_err(|(topic, code)| anyhow::anyhow!("topic {topic} is not deleted: {code}"))?;
        }
        Ok(())
    }

    /// Resets the machine `machine`: deletes its store and its group. The store is created again by
    /// `topics create`.
    ///
    /// # Errors
    /// The broker refuses it, or does not answer.
    pub async fn forget(&self, machine: &str, store: &str) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let options = AdminOptions::new().request_timeout(Some(BROKER)).operation_timeout(Some(BROKER));
        let group = self.name(machine);
        let store = self.name(store);
        for answer in admin.delete_groups(&[&group], &options).await? {
            answer.map_err(|(group, code)| anyhow::anyhow!("group {group} is not deleted: {code}"))?;
        }
        for answer in admin.delete_topics(&[&store], &options).await? {
            answer.map_err(|(topic, code)| anyhow::anyhow!("topic {topic} is not deleted: {code}"))?;
        }
        Ok(())
    }
}

/// Deletes all topics of the catalogue under `prefix`.
///
/// # Errors
/// The broker refuses it, or does not answer.
pub(super) async fn delete_topics(brokers: &str, prefix: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create()?;
    let names: Vec<String> = CATALOGUE.iter().map(|topic| format!("{prefix}{}", topic.spec.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // Topics that were never created are no error, but a broker that does not answer is.
    admin.delete_topics(&names, &AdminOptions::new().request_timeout(Some(BROKER))).await?;
    Ok(())
}
