//! What a task has whether or not it has a store: its position, its editions, and the outputs of the open
//! transaction.

use topics::catalogue::Topic;
use topics::codec::record::{EncodeError, Envelope, Incoming, Outgoing};
use topics::codec::task_row::TaskRow;
use topics::records::dead_letters::{DeadClass, DeadLetter};
use topics::values::time::Time;

use crate::engine::dead_letter;
use crate::engine::step::{StepOutputs, TaskContext};
use crate::rules::edition::Editions;

/// The part of a task that machines and stages without a store share.
pub(super) struct TaskState {
    pub(super) context: TaskContext,
    pub(super) editions: Editions,
    /// The task's row, including changes of the open transaction.
    pub(super) row: TaskRow,
    /// The task's row as of the last commit.
    pub(super) committed: TaskRow,
    pub(super) outputs: StepOutputs,
    /// When the broker appended the record that is being processed; if it was replayed, the original.
    pub(super) appended_at: Time,
    stages: &'static [&'static str],
}

impl TaskState {
    /// The state at the beginning of a log, with edition 0.
    pub(super) fn new(context: TaskContext, stages: &'static [&'static str]) -> Self {
        Self {
            context,
            editions: Editions::default(),
            row: TaskRow::default(),
            committed: TaskRow::default(),
            outputs: StepOutputs::default(),
            appended_at: Time::from_millis(0),
            stages,
        }
    }

    /// Starts at `offset`, before the first step.
    pub(super) const fn begin_at(&mut self, offset: i64) {
        self.row.next_offset = offset;
        self.committed.next_offset = offset;
    }

    /// Moves the position past offsets without records, in the open transaction.
    pub(super) fn skip_to(&mut self, offset: i64) {
        self.row.next_offset = self.row.next_offset.max(offset);
    }

    /// The stage that rejects what no stage can read.
    pub(super) fn first_stage(&self) -> &'static str {
        self.stages.first().copied().unwrap_or("task")
    }

    /// Since when the edition is in force, in the time of the log; from now on if a row of an older version
    /// does not say it.
    pub(super) fn edition_at(&self) -> Time {
        self.row.edition_at.unwrap_or(self.row.time)
    }

    /// Whether the record is before the task's position, so that it must not be processed again.
    pub(super) const fn is_processed(&self, record: &Incoming) -> bool {
        record.offset < self.row.next_offset
    }

    /// Writes a dead letter for the record. `edition` is the edition that applies to the record.
    pub(super) fn dead_letter<D: Topic<Record = DeadLetter>>(
        &mut self,
        record: &Incoming,
        cause: &Envelope,
        edition: u32,
        class: DeadClass,
        json_position: Option<(u32, u32)>,
    ) -> Result<(), EncodeError> {
        let letter =
            dead_letter::of(record, self.row.time, edition, self.first_stage(), class, json_position);
        let outgoing = dead_letter::outgoing::<D>(&self.context, record, cause, &letter)?;
        self.outputs.records.push(outgoing);
        Ok(())
    }

    /// Writes a dead letter for the record and counts it as rejected by the first stage.
    pub(super) fn reject<D: Topic<Record = DeadLetter>>(
        &mut self,
        record: &Incoming,
        cause: &Envelope,
        edition: u32,
        class: DeadClass,
        json_position: Option<(u32, u32)>,
    ) -> Result<(), EncodeError> {
        self.outputs.count_rejected(self.first_stage());
        self.dead_letter::<D>(record, cause, edition, class, json_position)
    }

    /// Takes the records that the steps have written since the last call.
    pub(super) fn take_outputs(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outputs.records)
    }

    /// Continues from this row, which is committed.
    pub(super) fn restore(&mut self, row: TaskRow) {
        self.committed = row;
        self.roll_back();
    }

    /// Undoes all changes of the open transaction.
    pub(super) fn roll_back(&mut self) {
        self.row = self.committed.clone();
        self.outputs = StepOutputs::as_of(&self.row, self.stages);
    }
}
