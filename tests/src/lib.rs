//! What can only be seen with several rooms together: a simulated Twilio, residents and staff who behave as
//! people do, the demo that brings them together, and the harness of the tests against real Kafka and
//! PostgreSQL.

pub mod clock;
pub mod demo;
pub mod harness;
pub mod residents;
pub mod twilio;
