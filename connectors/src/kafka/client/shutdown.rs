//! The request to stop, for the threads that read from Kafka.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests that chains and sinks stop. Clones share one request.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<AtomicBool>);

impl Shutdown {
    /// Requests the stop; the threads end after their current round.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the stop was requested.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
