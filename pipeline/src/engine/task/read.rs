//! Decodes a record of a log, or says why it becomes a dead letter.

use std::panic::{AssertUnwindSafe, catch_unwind};

use topics::catalogue::Topic;
use topics::codec::partition::partition_of;
use topics::codec::record::{DecodeError, Envelope, Incoming};
use topics::records::dead_letters::DeadClass;

use crate::engine::step::TaskContext;

/// Decodes the record. `is_addressed` says whether a record may be in a partition other than the one of its
/// key.
pub(super) fn read<T: Topic>(
    context: &TaskContext,
    record: &Incoming,
    is_addressed: impl FnOnce(&T::Record) -> bool,
) -> Result<(Envelope, T::Record), DecodeError> {
    let of = |class| DecodeError::Record { class, json_position: None };
    let decoded = catch_unwind(AssertUnwindSafe(|| record.decode::<T>(&context.ring)));
    let (envelope, read) = decoded.unwrap_or(Err(of(DeadClass::Panicked)))?;
    if !is_addressed(&read)
        && partition_of(record.key.as_deref().unwrap_or_default(), context.partitions) != context.partition
    {
        return Err(of(DeadClass::Misplaced));
    }
    Ok((envelope, read))
}
