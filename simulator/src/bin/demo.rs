//! `demo`: plays a day at speed and reports what happened. See `make demo`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    simulator::demo::run(simulator::demo::DemoSettings::parse()).await
}
