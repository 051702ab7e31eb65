//! The machines: each is a chain of stages over one log, with one store.

pub mod conversations;
pub mod deliveries;
pub mod protected;
pub mod route_and_stamp;
pub mod tickets;
