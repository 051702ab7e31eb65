//! The rules that stages share: geography, names of places, policies, clocks, the life of a ticket, texts,
//! and the editions that they are read from.

pub mod absences;
pub mod automations;
pub mod calendar;
pub mod clocks;
pub mod edition;
pub mod emergency;
pub mod explain;
pub mod flaws;
pub mod foresight;
pub mod gazetteer;
pub mod geography;
pub mod handover;
pub mod hold_times;
pub mod holds;
pub mod ladders;
pub mod life;
pub mod policy;
pub mod recipients;
pub mod staff_mails;
pub mod texts;
