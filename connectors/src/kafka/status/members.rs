//! The members of a consumer group, and the partitions that each has.

use std::collections::BTreeMap;

use rdkafka::consumer::{BaseConsumer, Consumer};
use serde::Serialize;

use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext};

/// A process in a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The name of the member: chain, host and slot; for a sink the id that the broker gave it.
    pub name: String,
    /// The address that it connects from.
    pub address: String,
    /// The partitions that it has, by topic.
    pub partitions: BTreeMap<String, Vec<u32>>,
}

/// The members of the group `name`.
pub(super) fn members(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
    name: &str,
) -> Result<Vec<Member>, LogError> {
    let group = installation.topic(name);
    let found = consumer
        .fetch_group_list(Some(&group), REQUEST_TIMEOUT)
        .map_err(LogError::client("asking for the group's members"))?;
    let prefix = &installation.prefix;
    let member = |member: &rdkafka::groups::GroupMemberInfo| Member {
        name: member_name(prefix, member.id()).to_owned(),
        address: member.client_host().trim_start_matches('/').to_owned(),
        partitions: assigned(prefix, member.assignment().unwrap_or_default()),
    };
    Ok(found.groups().iter().flat_map(|group| group.members().iter().map(member)).collect())
}

/// The name of a member from the id that the broker made of it: the name, a dash and a UUID.
fn member_name<'a>(prefix: &str, id: &'a str) -> &'a str {
    const UUID: usize = 36;
    let name = id.len().checked_sub(UUID + 1).and_then(|end| id.get(..end)).unwrap_or(id);
    name.strip_prefix(prefix).unwrap_or(name)
}

/// The partitions in an assignment of Kafka's consumer protocol: a version, then topics, each with numbers of
/// partitions. What does not have this form ends the list.
fn assigned(prefix: &str, bytes: &[u8]) -> BTreeMap<String, Vec<u32>> {
    let mut rest = Bytes(bytes);
    let mut found = BTreeMap::new();
    let Some((_version, topics)) = rest.take::<2>().zip(rest.number()) else { return found };
    for _ in 0..topics {
        let Some(topic) = rest.text() else { break };
        let topic = topic.strip_prefix(prefix).unwrap_or(&topic).to_owned();
        let Some(count) = rest.number() else { break };
        let partitions = (0..count).map_while(|_| rest.number()).collect();
        found.insert(topic, partitions);
    }
    found
}

/// What is left to read of an assignment.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        u32::try_from(i32::from_be_bytes(self.take()?)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(i16::from_be_bytes(self.take()?)).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_read_as_far_as_it_has_the_form() {
        let mut bytes = vec![0, 3, 0, 0, 0, 2];
        for (topic, partitions) in [("p.tickets", [4_u8, 1]), ("p.reports", [0, 2])] {
            bytes.extend([0, u8::try_from(topic.len()).unwrap()]);
            bytes.extend(topic.as_bytes());
            bytes.extend([0, 0, 0, 2, 0, 0, 0, partitions[0], 0, 0, 0, partitions[1]]);
        }
        let expected = [("reports".to_owned(), vec![0, 2]), ("tickets".to_owned(), vec![4, 1])];
        assert_eq!(assigned("p.", &bytes), expected.into());
        assert_eq!(assigned("p.", &bytes[..29]).len(), 1);
        assert!(assigned("p.", &[]).is_empty() && assigned("p.", &[0, 0, 255, 255, 255, 255]).is_empty());
    }

    #[test]
    fn the_name_of_a_member_is_what_comes_before_the_uuid() {
        let id = "p.tickets.host-a.0-0b6e1c2e-9d44-4c4b-8f57-5a4c1f1a9d11";
        assert_eq!(member_name("p.", id), "tickets.host-a.0");
        assert_eq!(member_name("p.", "short"), "short");
    }
}
