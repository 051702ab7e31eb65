//! The stages: pure functions of a record, its time, the edition in force and their part of the store. A
//! stage is named by a verb; [`machines`](crate::machines) chain them.

pub mod announce;
pub mod converse;
pub mod deliver;
pub mod detect;
pub mod escalate;
pub mod refer;
pub mod route;
pub mod stamp;
pub mod track;
