//! What all users of the broker share: appending, transactions, group membership, reading partitions, and
//! conversion of records between the types of the client and of this project.

pub mod appender;
pub(crate) mod broker_clock;
pub(crate) mod convert;
pub(crate) mod group;
pub(crate) mod hanging;
pub mod instance_slot;
pub(crate) mod log_ends;
pub(crate) mod log_lines;
pub(crate) mod partition_reader;
pub(crate) mod polled_producer;
pub mod shutdown;
pub(crate) mod transaction;
pub(crate) mod watchdog;
