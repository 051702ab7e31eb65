//! Converts records between the types of the client and of this project.

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Header, Headers, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use rdkafka::util::IntoOpaque;
use rdkafka::{Offset, TopicPartitionList};
use topics::codec::headers::header_name;
use topics::codec::record::{Incoming, Outgoing};
use topics::values::time::Time;

/// A record that was read; `prefix` is removed from the name of its topic.
pub(crate) fn incoming(message: &BorrowedMessage<'_>, prefix: &str) -> Incoming {
    let text = |header: Header<'_, &[u8]>| {
        let value = std::str::from_utf8(header.value.unwrap_or_default()).ok()?;
        Some((header_name(header.key), value.to_owned()))
    };
    Incoming {
        topic: message.topic().strip_prefix(prefix).unwrap_or(message.topic()).to_owned(),
        partition: partition(message),
        offset: message.offset(),
        time: Time::from_millis(message.timestamp().to_millis().unwrap_or(0)),
        key: message.key().map(<[u8]>::to_vec),
        headers: message
            .headers()
            .map(|headers| headers.iter().filter_map(text).collect())
            .unwrap_or_default(),
        value: message.payload().map(<[u8]>::to_vec),
    }
}

/// The partition of a message; the client uses `i32`, negative if it is unknown.
pub(crate) fn partition(message: &BorrowedMessage<'_>) -> u32 {
    u32::try_from(message.partition()).unwrap_or(u32::MAX)
}

/// The number of a partition in the client's type.
pub(crate) fn native(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// The client's form of `record` for the topic that the broker knows as `topic`.
pub(crate) fn outgoing<'a, D: IntoOpaque>(
    record: &'a Outgoing,
    topic: &'a str,
    opaque: D,
) -> BaseRecord<'a, str, [u8], D> {
    let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
    for (name, value) in &record.headers {
        headers = headers.insert(Header { key: name, value: Some(value.as_bytes()) });
    }
    let mut base = BaseRecord::with_opaque_to(topic, opaque)
        .partition(native(record.partition))
        .key(record.key.as_str())
        .headers(headers);
    base.payload = record.value.as_deref();
    base
}

/// Offsets of partitions of one topic, as the client lists them.
pub(crate) fn positions(topic: &str, offsets: impl IntoIterator<Item = (u32, i64)>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        // Only negative offsets are refused, and these never are.
        let _ = list.add_partition_offset(topic, native(partition), Offset::Offset(offset));
    }
    list
}
