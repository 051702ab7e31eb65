//! `holiday`: declares a public holiday for one year, or withdraws it.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::config::Config;
use connectors::postgis::reference::{declare_holiday, withdraw_holiday};
use topics::values::calendar::Day;

/// Declares public holidays. Those of every year, and the Mondays after those on a Sunday, are known.
#[derive(Subcommand)]
pub enum HolidayCommand {
    /// Declares a public holiday: deadlines in working hours do not count it.
    Declare {
        /// The day, such as 2026-11-04.
        #[arg(value_parser = day)]
        day: Day,
        /// The name of the holiday, such as 'Local government elections'.
        name: String,
    },
    /// Withdraws a holiday that was declared.
    Withdraw {
        /// The day, such as 2026-11-04.
        #[arg(value_parser = day)]
        day: Day,
    },
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|_| "it must be a day such as 2026-11-04".to_owned())
}

pub async fn run(config: &Config, command: &HolidayCommand) -> anyhow::Result<ExitCode> {
    let pool = super::reference::owner(config)?;
    let done = match command {
        HolidayCommand::Declare { day, name } => {
            declare_holiday(&pool, *day, name).await?;
            "declared"
        }
        HolidayCommand::Withdraw { day } => {
            withdraw_holiday(&pool, *day).await?;
            "withdrawn"
        }
    };
    super::print(format_args!(
        "{done}; `trust-engine publish --dry-run` says which open deadlines that moves, and `trust-engine \
         publish` moves them"
    ))
}
