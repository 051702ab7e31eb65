//! Figures of a run: percentiles, and the processor time that a process has used.

use anyhow::{Context, Result};
use simulator::harness::TestInstallation;
use simulator::harness::neighbours::ServerKind;
use simulator::harness::process::Engine;
use simulator::percentile::percentile;

/// The unit of the times in /proc, which is the same on all Linux systems.
const TICKS_PER_SECOND: f64 = 100.0;

/// The percentile of measurements in any order; 0 if there are none.
pub fn percentile_of(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, percent).unwrap_or(0.0)
}

/// Seconds of processor time that the engine, the broker and the database have used.
#[derive(Clone, Copy)]
pub struct CpuSeconds {
    pub engine: f64,
    pub broker: f64,
    pub database: f64,
}

impl CpuSeconds {
    /// What each has used so far. The database is all of its processes.
    pub fn so_far(installation: &TestInstallation, engine: &Engine) -> Result<Self> {
        let neighbours = &installation.neighbours;
        Ok(Self {
            engine: cpu_seconds(engine.pid())?,
            broker: cpu_seconds(neighbours.pid(ServerKind::Kafka)?)?,
            database: cpu_seconds_with_children(neighbours.pid(ServerKind::Postgres)?)?,
        })
    }

    /// What each has used since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            engine: self.engine - before.engine,
            broker: self.broker - before.broker,
            database: self.database - before.database,
        }
    }

    /// Microseconds for each of `tickets`, as a sentence.
    pub fn per_ticket(self, tickets: usize) -> String {
        let micros = |seconds: f64| seconds / tickets as f64 * 1e6;
        format!(
            "CPU per ticket: engine {:.0}, broker {:.0}, database {:.0} us",
            micros(self.engine),
            micros(self.broker),
            micros(self.database)
        )
    }

    /// Percent of one core over `seconds`, as a sentence.
    pub fn percent(self, seconds: f64) -> String {
        let percent = |used: f64| used / seconds * 100.0;
        format!(
            "engine {:.1}, broker {:.1}, database {:.1} % of a core",
            percent(self.engine),
            percent(self.broker),
            percent(self.database)
        )
    }
}

/// Seconds of processor time that a process has used so far, in its own code and in the kernel's.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let fields = stat(pid)?;
    Ok(fields.iter().skip(11).take(2).sum::<f64>() / TICKS_PER_SECOND)
}

/// The same with its children, including those that have ended.
fn cpu_seconds_with_children(pid: u32) -> Result<f64> {
    let mut ticks: f64 = stat(pid)?.iter().skip(11).take(4).sum();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(child) = entry?.file_name().to_string_lossy().parse() else { continue };
        // A process may end while it is looked at; its parent has its time then.
        let Ok(fields) = stat(child) else { continue };
        if fields.get(1) == Some(&f64::from(pid)) {
            ticks += fields.iter().skip(11).take(2).sum::<f64>();
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// The fields of /proc/PID/stat after the name, from number 3 on; those that are no numbers are 0.
fn stat(pid: u32) -> Result<Vec<f64>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // The name in parentheses may contain spaces.
    let rest = text.rsplit_once(')').context("an unknown form of /proc/*/stat")?.1;
    Ok(rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect())
}
