//! Compares the topics of an installation with the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::metadata::Metadata;
use topics::catalogue::{CATALOGUE, TopicSpec};

use super::client::client;
use super::positions;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT};

/// What of the topics is not as the catalogue says: by topic, a text that names the difference and the
/// command that corrects it.
#[derive(Clone, Debug, Default)]
pub struct TopicDifferences(BTreeMap<&'static str, String>);

impl TopicDifferences {
    /// Nothing, if these topics are as the catalogue says.
    ///
    /// # Errors
    /// One of them is missing or different.
    pub fn require<'a>(&self, topics: impl IntoIterator<Item = &'a TopicSpec>) -> Result<(), LogError> {
        let names: BTreeSet<&str> = topics.into_iter().map(|topic| topic.name).collect();
        let wrong: String =
            names.into_iter().filter_map(|name| self.0.get(name)).map(String::as_str).collect();
        if wrong.is_empty() { Ok(()) } else { Err(LogError::Topics(wrong)) }
    }
}

/// Compares all topics with the catalogue, and names what of the broker's settings is dangerous.
///
/// # Errors
/// A topic is missing or different; the text names it, the difference and the command that corrects it.
pub async fn check(installation: &Installation) -> Result<String, LogError> {
    let client = client(installation)?;
    let metadata = metadata(&client)?;
    let differences = differences(installation, &client, &metadata).await?;
    differences.require(CATALOGUE.iter().map(|topic| topic.spec))?;
    let mut said = format!("{} topics are as the catalogue says", CATALOGUE.len());
    if let Some(broker) = metadata.brokers().first()
        && let Some(remark) = positions::remark(&client, broker.id()).await
    {
        said.push('\n');
        said.push_str(&remark);
    }
    Ok(said)
}

/// Compares all topics with the catalogue.
///
/// # Errors
/// The broker does not answer.
pub async fn compare(installation: &Installation) -> Result<TopicDifferences, LogError> {
    let client = client(installation)?;
    let metadata = metadata(&client)?;
    differences(installation, &client, &metadata).await
}

fn metadata(client: &AdminClient<DefaultClientContext>) -> Result<Metadata, LogError> {
    client.inner().fetch_metadata(None, REQUEST_TIMEOUT).map_err(LogError::client("asking for topics"))
}

async fn differences(
    installation: &Installation,
    client: &AdminClient<DefaultClientContext>,
    metadata: &Metadata,
) -> Result<TopicDifferences, LogError> {
    let counts: BTreeMap<&str, usize> =
        metadata.topics().iter().map(|topic| (topic.name(), topic.partitions().len())).collect();
    let names: Vec<String> = CATALOGUE.iter().map(|topic| installation.topic(topic.spec.name)).collect();
    let present = names.iter().filter(|name| counts.contains_key(name.as_str()));
    let settings = settings(client, present).await?;
    let mut wrong = BTreeMap::new();
    for (topic, name) in CATALOGUE.iter().zip(&names) {
        let count = counts.get(name.as_str()).copied();
        let text = difference(installation, topic.spec, name, count, settings.get(name));
        if !text.is_empty() {
            wrong.insert(topic.spec.name, text);
        }
    }
    Ok(TopicDifferences(wrong))
}

/// The settings of these topics, by topic.
async fn settings(
    client: &AdminClient<DefaultClientContext>,
    names: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, LogError> {
    let asked: Vec<ResourceSpecifier<'_>> = names.map(|name| ResourceSpecifier::Topic(name)).collect();
    let mut settings = BTreeMap::new();
    if asked.is_empty() {
        return Ok(settings);
    }
    let answers = client
        .describe_configs(&asked, &AdminOptions::new())
        .await
        .map_err(LogError::client("describing topics"))?;
    for resource in answers.into_iter().flatten() {
        if let OwnedResourceSpecifier::Topic(name) = resource.specifier {
            let entries =
                resource.entries.into_iter().map(|entry| (entry.name, entry.value.unwrap_or_default()));
            settings.insert(name, entries.collect());
        }
    }
    Ok(settings)
}

/// What of a topic with this number of partitions and these settings is not as the catalogue says.
fn difference(
    installation: &Installation,
    spec: &TopicSpec,
    name: &str,
    count: Option<usize>,
    settings: Option<&BTreeMap<String, String>>,
) -> String {
    let wanted = spec.partitions(installation.partitions) as usize;
    match count {
        None => format!("topic {name} is missing: run `trust-engine topics create`\n"),
        Some(count) if count != wanted => format!(
            "topic {name} has {count} partitions, PARTITIONS says {wanted}: the number is final; \
             set PARTITIONS to {count}\n"
        ),
        Some(_) => {
            let mut wrong = String::new();
            for (key, value) in spec.settings() {
                let now = settings.and_then(|entries| entries.get(key)).map_or("unknown", String::as_str);
                if !accepts(key, &value, now) {
                    let _ = writeln!(
                        wrong,
                        "topic {name}: {key} is {now}, not {value}: run `kafka-configs --alter --topic \
                         {name} --add-config {key}={value}`"
                    );
                }
            }
            wrong
        }
    }
}

/// Whether a topic may have this value of a setting. It may keep records for longer, and accept larger ones,
/// than the catalogue asks for: an operator may raise a retention to save records that were not read yet.
/// What only costs disk or time may have any value.
fn accepts(key: &str, wanted: &str, actual: &str) -> bool {
    let only_costs = matches!(key, "compression.type" | "min.cleanable.dirty.ratio" | "segment.bytes");
    if actual == wanted || only_costs {
        return true;
    }
    let (Ok(wanted), Ok(actual)) = (wanted.parse::<i64>(), actual.parse::<i64>()) else { return false };
    match key {
        "retention.ms" => actual == -1 || actual > wanted,
        "max.message.bytes" => actual > wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn a_longer_retention_is_accepted_and_a_shorter_one_is_not() {
        assert!(accepts("retention.ms", "604800000", "604800000"));
        assert!(accepts("retention.ms", "604800000", "3024000000"));
        assert!(accepts("retention.ms", "604800000", "-1"));
        assert!(!accepts("retention.ms", "604800000", "604799999"));
        assert!(accepts("max.message.bytes", "1048588", "4194304"));
        assert!(!accepts("max.message.bytes", "1048588", "1000"));
        assert!(!accepts("cleanup.policy", "delete", "compact"));
        assert!(accepts("segment.bytes", "67108864", "134217728"));
        assert!(accepts("compression.type", "lz4", "producer"));
        assert!(!accepts("message.timestamp.type", "LogAppendTime", "CreateTime"));
        assert!(!accepts("retention.ms", "604800000", "unknown"));
        assert!(accepts("retention.bytes", "-1", "-1"));
        assert!(!accepts("retention.bytes", "-1", "1073741824"));
    }
}
