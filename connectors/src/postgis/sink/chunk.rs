//! Chunks of a round: what one transaction writes. A round is one chunk unless PostgreSQL is too slow for it:
//! then the next chunk is half as large, down to one record, and chunks grow again with each that is written.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use topics::codec::record::Incoming;

use crate::batch::Batch;

/// Consecutive records of one partition, from the offset `start` to before the offset `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice<'a> {
    pub topic: &'static str,
    pub partition: u32,
    pub start: i64,
    pub end: i64,
    pub records: &'a [Incoming],
}

impl<'a> Slice<'a> {
    /// The part before the record at `index`, and the rest.
    fn split_at(self, index: usize) -> (Self, Option<Self>) {
        let Some(next) = self.records.get(index) else {
            return (self, None);
        };
        let (before, after) = self.records.split_at(index);
        let first = Slice { end: next.offset, records: before, ..self };
        (first, Some(Slice { start: next.offset, records: after, ..self }))
    }

    /// The part from `offset` on; `None` if there is no such record.
    fn from(self, offset: i64) -> Option<Slice<'a>> {
        if offset <= self.start || offset > self.end {
            return Some(self);
        }
        let index = self.records.partition_point(|record| record.offset < offset);
        let records = self.records.get(index..).unwrap_or_default();
        (offset < self.end).then_some(Slice { start: offset, records, ..self })
    }
}

/// The first chunk of `round`, of at most `limit` records, and the rest.
pub(super) fn cut(round: Vec<Slice<'_>>, limit: usize) -> (Vec<Slice<'_>>, Vec<Slice<'_>>) {
    let mut room = limit;
    let mut chunk = Vec::new();
    let mut rest = Vec::new();
    for slice in round {
        if room == 0 {
            rest.push(slice);
            continue;
        }
        let (first, later) = slice.split_at(room);
        room = room.saturating_sub(first.records.len());
        chunk.push(first);
        rest.extend(later);
    }
    (chunk, rest)
}

/// How many records the next chunk may have.
#[derive(Debug)]
pub(super) struct ChunkSize(AtomicUsize);

impl ChunkSize {
    /// No limit: a round is one chunk.
    pub fn new() -> Self {
        Self(AtomicUsize::new(usize::MAX))
    }

    /// The most records that the next chunk may have.
    pub fn limit(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A chunk of this many records was too large for PostgreSQL.
    pub fn halve(&self, records: usize) {
        self.0.store((records / 2).max(1), Ordering::Relaxed);
    }

    /// A chunk was written.
    pub fn grow(&self) {
        self.0.store(self.limit().saturating_mul(2), Ordering::Relaxed);
    }
}

/// How far the chunks of a round that is not complete have come: the same round is written again from there.
#[derive(Debug, Default)]
pub(super) struct WrittenOffsets(Mutex<BTreeMap<(&'static str, u32), i64>>);

fn rest_of_batch<'a>(written: &BTreeMap<(&'static str, u32), i64>, batch: &'a Batch) -> Option<Slice<'a>> {
    let Batch { topic, partition, start, end, ref records } = *batch;
    let slice = Slice { topic, partition, start, end, records };
    match written.get(&(topic, partition)) {
        Some(offset) => slice.from(*offset),
        None => Some(slice),
    }
}

impl WrittenOffsets {
    /// What is still to be written of `round`.
    pub fn rest_of<'a>(&self, round: &'a [Batch]) -> Vec<Slice<'a>> {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        round.iter().filter_map(|batch| rest_of_batch(&written, batch)).collect()
    }

    /// A chunk was written.
    pub fn note(&self, chunk: &[Slice<'_>]) {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend(chunk.iter().map(|slice| ((slice.topic, slice.partition), slice.end)));
    }

    /// The round is complete, or it is read again from elsewhere.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round() -> Vec<Batch> {
        let records = |offsets: &[i64]| {
            offsets.iter().map(|offset| Incoming { offset: *offset, ..Incoming::default() }).collect()
        };
        vec![
            Batch { topic: "tickets", partition: 0, start: 5, end: 12, records: records(&[5, 6, 9, 10]) },
            Batch { topic: "tickets", partition: 1, start: 3, end: 4, records: records(&[]) },
            Batch { topic: "reports", partition: 0, start: 0, end: 3, records: records(&[1, 2]) },
        ]
    }

    fn shown(slices: &[Slice<'_>]) -> Vec<String> {
        let show = |slice: &Slice<'_>| {
            let Slice { topic, partition, start, end, records } = slice;
            format!("{topic}-{partition} {start}..{end}: {}", records.len())
        };
        slices.iter().map(show).collect()
    }

    #[test]
    fn chunks_of_any_size_follow_each_other_without_a_gap() {
        let round = round();
        for limit in [1, 2, 3, 5, usize::MAX] {
            let mut rest = WrittenOffsets::default().rest_of(&round);
            let mut at: BTreeMap<_, _> =
                round.iter().map(|batch| ((batch.topic, batch.partition), batch.start)).collect();
            let mut records = 0;
            while !rest.is_empty() {
                let (chunk, later) = cut(rest, limit);
                assert!(chunk.iter().map(|slice| slice.records.len()).sum::<usize>() <= limit);
                for slice in &chunk {
                    records += slice.records.len();
                    assert_eq!(at.insert((slice.topic, slice.partition), slice.end), Some(slice.start));
                }
                rest = later;
            }
            assert_eq!(records, 6);
            assert!(round.iter().all(|batch| at[&(batch.topic, batch.partition)] == batch.end));
        }
    }

    #[test]
    fn a_round_that_comes_again_goes_on_where_it_stopped() {
        let round = round();
        let written_offsets = WrittenOffsets::default();
        let (chunk, rest) = cut(written_offsets.rest_of(&round), 3);
        assert_eq!(shown(&chunk), ["tickets-0 5..10: 3"]);
        written_offsets.note(&chunk);
        assert_eq!(shown(&written_offsets.rest_of(&round)), shown(&rest));
        written_offsets.note(&rest);
        assert!(written_offsets.rest_of(&round).is_empty());
        written_offsets.clear();
        assert_eq!(written_offsets.rest_of(&round).len(), 3);
    }

    #[test]
    fn chunks_halve_down_to_one_record_and_grow_again() {
        let size = ChunkSize::new();
        size.halve(5);
        assert_eq!(size.limit(), 2);
        size.halve(1);
        assert_eq!(size.limit(), 1);
        size.grow();
        assert_eq!(size.limit(), 2);
        (0..100).for_each(|_| size.grow());
        assert_eq!(size.limit(), usize::MAX);
    }
}
