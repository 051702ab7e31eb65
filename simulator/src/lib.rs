//! What tests, the demo and the benchmarks share: a simulated Twilio, residents and staff who behave as
//! people do, the day of the demo, and a harness that runs installations against a real Kafka and a real
//! PostgreSQL.

pub mod clock;
pub mod demo;
pub mod harness;
pub mod percentile;
pub mod residents;
pub mod twilio;
