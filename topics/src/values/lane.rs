//! The lanes: who may read a topic and who holds the key of its sealed fields.
//!
//! The types keep the lanes apart. A topic takes records of one type, so a disclosure can be written to the
//! police's log:
//!
//! ```
//! use topics::catalogue::{ProtectedCommands, Topic};
//! use topics::records::protected::{ProtectedCommand, ProtectedReport};
//!
//! fn write<T: Topic>(record: &T::Record) {}
//!
//! fn report(disclosure: ProtectedReport) {
//!     write::<ProtectedCommands>(&ProtectedCommand::Open(Box::new(disclosure)));
//! }
//! ```
//!
//! It cannot be written to a municipal topic, as it is or as a part of a report, and a municipal report
//! cannot be written to the police's log:
//!
//! ```compile_fail,E0308
//! use topics::catalogue::{TicketCommands, Topic};
//! use topics::records::protected::{ProtectedCommand, ProtectedReport};
//!
//! fn write<T: Topic>(record: &T::Record) {}
//!
//! fn report(disclosure: ProtectedReport) {
//!     write::<TicketCommands>(&ProtectedCommand::Open(Box::new(disclosure)));
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use topics::records::protected::ProtectedReport;
//! use topics::records::reports::Report;
//!
//! fn wrap(disclosure: Box<ProtectedReport>) -> Report {
//!     Report::Report(disclosure)
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use topics::catalogue::{ProtectedCommands, Topic};
//! use topics::records::reports::Report;
//!
//! fn write<T: Topic>(record: &T::Record) {}
//!
//! fn report(report: Report) {
//!     write::<ProtectedCommands>(&report);
//! }
//! ```
//!
//! Nor can it be turned into a municipal report, or what a person disclosed be taken for what a resident
//! reported:
//!
//! ```compile_fail,E0277
//! use topics::records::protected::ProtectedReport;
//! use topics::records::reports::MunicipalReport;
//!
//! fn convert(disclosure: ProtectedReport) -> MunicipalReport {
//!     disclosure.into()
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use topics::records::protected::ProtectedReport;
//! use topics::records::reports::{MunicipalReport, ReportFacts};
//!
//! fn rename(disclosure: ProtectedReport, facts: ReportFacts) -> MunicipalReport {
//!     let ProtectedReport { ticket, at, edition, testimony, .. } = disclosure;
//!     MunicipalReport { ticket, at, edition, facts, account: testimony }
//! }
//! ```

/// A lane of the installation. Each lane has its own key for sealed fields, and topics that only its readers
/// may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The conversation and the intake role, where the other two lanes meet.
    Intake,
    /// The municipal machines, the municipalities' staff and their analysts.
    Municipal,
    /// Protected reports, which only the police may read.
    Protected,
}

impl Lane {
    /// The lane's name: the first part of the ids of its keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Municipal => "municipal",
            Self::Protected => "protected",
        }
    }
}
