//! The thread that restores partitions after an assignment, while the chain works on its other partitions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use pipeline::engine::step::TaskContext;
use pipeline::engine::task::Task;
use pipeline::topology::MachineSpec;
use topics::catalogue::cut::Cut;
use topics::codec::sealing::KeyRing;
use topics::values::ids::Pepper;

use crate::kafka::editions::EditionCache;
use crate::kafka::runner::RunnerSettings;
use crate::kafka::runner::restore::{Restore, RestoredTasks, Tasks};
use crate::kafka::{Installation, LogError};

/// The result of one restore thread.
pub(super) struct Restored {
    /// The assignment that the thread was started for.
    pub(super) assignment: u64,
    /// How many partitions the thread was asked to restore.
    pub(super) partitions: usize,
    /// The result for each partition, or why none could be restored.
    pub(super) tasks: Result<RestoredTasks, LogError>,
}

/// What a restore thread needs to make the tasks of a chain and to restore them.
pub(super) struct RestoreJob {
    installation: Installation,
    ring: Arc<KeyRing>,
    pepper: Pepper,
    editions: EditionCache,
    cut: Cut,
    machine: &'static MachineSpec,
    own_id: String,
}

impl RestoreJob {
    /// A job for `machine`, whose chain commits with the transactional id `own_id`.
    pub(super) fn new(settings: &RunnerSettings, machine: &'static MachineSpec, own_id: &str) -> Self {
        Self {
            installation: settings.installation.clone(),
            ring: settings.ring.clone(),
            pepper: settings.pepper.clone(),
            editions: settings.editions.clone(),
            cut: settings.cut,
            machine,
            own_id: own_id.to_owned(),
        }
    }

    /// Starts a thread that restores `partitions` and sends the result to `restored`.
    pub(super) fn spawn(
        self,
        assignment: u64,
        partitions: Vec<u32>,
        restored: mpsc::Sender<Restored>,
    ) -> Result<(), LogError> {
        let thread = std::thread::Builder::new().name(format!("{}-restore", self.machine.name));
        thread
            .spawn(move || self.run(assignment, partitions, &restored))
            .map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
        Ok(())
    }

    fn run(&self, assignment: u64, partitions: Vec<u32>, restored: &mpsc::Sender<Restored>) {
        let asked = partitions.len();
        let tasks: Tasks =
            partitions.into_iter().map(|partition| (partition, self.make(partition))).collect();
        let answer = |tasks| restored.send(Restored { assignment, partitions: asked, tasks });
        // The chain may have ended in the meantime, so a failed send is ignored. The result is sent before
        // the clients are closed, so that the chain does not wait for that.
        let _ = match Restore::new(&self.installation, self.machine, &self.own_id) {
            Ok(restore) => {
                let ran = catch_unwind(AssertUnwindSafe(|| restore.run(tasks)));
                let panicked =
                    |_| Err(LogError::Alarm("the thread that restored partitions panicked".to_owned()));
                answer(ran.unwrap_or_else(panicked))
            }
            Err(error) => answer(Err(error)),
        };
    }

    /// Makes the task of a partition, with the newest edition and an empty store.
    fn make(&self, partition: u32) -> Box<dyn Task> {
        let mut task = (self.machine.make)(TaskContext {
            partition,
            partitions: self.installation.partitions,
            ring: self.ring.clone(),
            pepper: self.pepper.clone(),
            cut: self.cut,
        });
        if let Some(newest) = self.editions.newest() {
            task.add_edition(newest);
        }
        task
    }
}
