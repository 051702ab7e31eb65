//! Figures of a run: percentiles, and the processor time that a process has used.

use anyhow::{Context, Result};
use simulator::percentile::percentile;

/// The percentile of measurements in any order; 0 if there are none.
pub fn percentile_of(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, percent).unwrap_or(0.0)
}

/// Seconds of processor time that a process has used so far, in its own code and in the kernel's.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // The name in parentheses may contain spaces. The first field after it is number 3.
    let rest = text.rsplit_once(')').context("an unknown form of /proc/*/stat")?.1;
    let ticks: f64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
