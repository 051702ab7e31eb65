//! How threads that follow the log are asked to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks chains and sinks to stop. Clones share one wish.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
