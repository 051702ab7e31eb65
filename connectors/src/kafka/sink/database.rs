//! The database of a sink, which is asked again until it answers.

use std::rc::Rc;
use std::time::{Duration, Instant};

use topics::values::time::Time;

use crate::batch::{SinkDatabase, SinkError, SinkFuture};
use crate::kafka::LogError;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::sink::aside::WriteFailure;
use crate::kafka::sink::report::SinkReport;

/// How long to wait before a request to a database that is unavailable is retried.
const AWAY: Duration = Duration::from_millis(500);
/// How often to log that the database is still unavailable.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A database, and what its requests are made and waited for with.
pub(super) struct PatientDatabase {
    pub(super) database: Box<dyn SinkDatabase>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) report: Rc<SinkReport>,
    pub(super) stop: Shutdown,
}

impl PatientDatabase {
    /// The topics that the database is fed from.
    pub(super) fn topics(&self) -> &'static [&'static str] {
        self.database.topics()
    }

    /// Asks the database, and repeats the request during an outage.
    ///
    /// # Errors
    /// The database refuses the request, or the process is stopped during an outage.
    pub(super) fn ask<'a, T>(
        &'a self,
        request: impl Fn(&'a dyn SinkDatabase) -> SinkFuture<'a, T>,
    ) -> Result<T, WriteFailure> {
        self.ask_for(None, request)
    }

    /// As [`PatientDatabase::ask`], while a record of the time `oldest` waits for the answer.
    pub(super) fn ask_for<'a, T>(
        &'a self,
        oldest: Option<Time>,
        request: impl Fn(&'a dyn SinkDatabase) -> SinkFuture<'a, T>,
    ) -> Result<T, WriteFailure> {
        let mut logged: Option<Instant> = None;
        loop {
            self.report.show_age(oldest);
            match self.runtime.block_on(request(self.database.as_ref())) {
                Ok(answer) => {
                    if logged.is_some() {
                        tracing::info!(sink = self.report.name, "the database answers again");
                        self.report.show_working();
                    }
                    return Ok(answer);
                }
                Err(SinkError::Fatal(why)) => return Err(WriteFailure::Log(LogError::Alarm(why))),
                Err(SinkError::Partition { topic, partition, why }) => {
                    return Err(WriteFailure::Partition((topic, partition), why));
                }
                Err(SinkError::Away(_)) if self.stop.is_requested() => {
                    return Err(WriteFailure::Log(LogError::Stopped));
                }
                Err(SinkError::Away(why)) => {
                    if logged.is_none_or(|logged| logged.elapsed() > LOG_INTERVAL) {
                        self.report.show_waiting(&why);
                        logged = Some(Instant::now());
                    }
                    std::thread::sleep(AWAY);
                }
            }
        }
    }
}
