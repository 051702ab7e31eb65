//! `time`: shows the time of each log beside the clocks, and sets back the time of a log that a wrong clock
//! has moved ahead.

use std::process::ExitCode;

use clap::Args;
use connectors::config::Config;
use connectors::kafka::admin::log_time;
use pipeline::topology::{MachineSpec, TOPOLOGY};

/// Shows the time of each log, the broker's clock and this host's, each with its difference from this host's.
#[derive(Args)]
pub struct TimeArguments {
    /// Sets the logs of this machine that are ahead of the clocks back to the present, after a clock was
    /// wrong. The machine must not run, and the clocks must be right. Deadlines that have fired stay fired.
    #[arg(long, value_name = "MACHINE")]
    bring_back: Option<String>,
}

pub async fn run(config: &Config, arguments: TimeArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let host = config.host_name.as_str().to_owned();
    let Some(name) = arguments.bring_back else {
        super::wait_for_kafka(&installation).await;
        let shown = tokio::task::spawn_blocking(move || log_time::show(&installation, &host));
        return super::print(shown.await??);
    };
    let machines: Vec<&'static MachineSpec> = TOPOLOGY.iter().filter(|known| known.store.is_some()).collect();
    let Some(machine) = machines.iter().find(|known| known.name == name) else {
        let names: Vec<&str> = machines.iter().map(|known| known.name).collect();
        anyhow::bail!("there is no machine `{name}` that keeps time; those are {}", names.join(", "));
    };
    super::wait_for_kafka(&installation).await;
    super::print(log_time::bring_back(&installation, machine, &host).await?)
}
