//! The machines: each is a chain of stages over one log, with one store.

pub mod conversations;
pub mod deliveries;
pub mod dispatch;
pub mod protected;
pub mod tickets;
