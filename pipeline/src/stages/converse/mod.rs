//! converse: screens what a resident writes, asks for what is missing and files reports that are complete.
//!
//! The stage is a function of the conversation so far and one turn, or the passing of time. It returns its
//! decisions as a list of [`MunicipalOutput`]s; the machine gives them ids, addresses and topics. The screen
//! comes first: see [`screen`]. Then a turn is read, decided and carried out: `municipal::read` says what the
//! turn says, [`decide::decide`] which move follows, and `municipal::perform` carries the move out.

mod content;
pub mod decide;
pub mod due;
pub mod form;
mod municipal;
mod outputs;
pub mod page;
pub mod phase;
mod place;
pub mod privacy;
mod protected;
pub mod screen;
mod turn;

pub use crate::understanding::meaning::{Intent, Meaning};
pub use crate::understanding::read;
pub use municipal::{change, remember_message};
pub use outputs::{CONVERSE, Context, MunicipalOutput, Reply, Sending};
pub use protected::{PoliceOutput, PrivateReply};
pub use turn::{Processed, new_state, process};
