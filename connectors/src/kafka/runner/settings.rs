//! What a chain is given: its settings, and the services that carry out its effects.

use std::path::PathBuf;
use std::sync::Arc;

use pipeline::engine::effect::Effect;
use topics::catalogue::cut::Cut;
use topics::codec::sealing::KeyRing;
use topics::values::ids::Pepper;

use crate::kafka::Installation;
use crate::kafka::client::appender::Appender;
use crate::kafka::editions::EditionCache;

/// Receives the effects of committed steps.
pub trait ChainServices: Send + Sync {
    /// Partitions were assigned or revoked: effects that wait are not started, and for a while no others are.
    fn reassigned(&self);
    /// Takes an effect of a committed step.
    fn carry_out(&self, effect: Effect);
}

/// The services of chains whose steps have no effects.
pub struct NoServices;

impl ChainServices for NoServices {
    fn reassigned(&self) {}
    fn carry_out(&self, _: Effect) {}
}

/// The settings of a chain.
#[derive(Clone)]
pub struct RunnerSettings {
    /// The broker and the names on it.
    pub installation: Installation,
    /// The name of this host: part of the ids that stay the same after a restart.
    pub host: String,
    /// The folder with the lock files of the instance slots.
    pub state: PathBuf,
    /// The keys that seal and open records.
    pub ring: Arc<KeyRing>,
    /// The secret that the installation derives pseudonyms with.
    pub pepper: Pepper,
    /// Appends ticks and announcements of editions to the logs.
    pub appender: Appender,
    /// The editions that this process has read.
    pub editions: EditionCache,
    /// The cut of the topic set when the process started.
    pub cut: Cut,
}
