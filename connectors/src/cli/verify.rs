//! `verify`: whether an installation's logs, stores, groups and tables agree, and whether each message and
//! command is accounted for.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use connectors::config::Config;
use connectors::kafka::verify::accounts::{Accounts, CheckedLanes};
use connectors::kafka::verify::check::Check;
use connectors::kafka::verify::{self, StoredTickets};
use connectors::kafka::{Installation, LogError};
use connectors::postgis::{self, DatabaseFacts, MUNICIPAL_TOPICS};
use serde_json::json;
use topics::catalogue::{Tickets, Topic};
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::dead_letters::since;

/// The exit status if something does not agree.
const DIFFERS: u8 = 2;

const EXAMPLES: &str = "Examples:
  trust-engine verify
  trust-engine verify --since 6d
  trust-engine verify --json | jq '.checks[] | select(.differences != [])'

Exit status: 0 all agrees; 2 something is missing or differs, and the output says what and where.
It reads the broker, and the database if DATABASE_URL is set; it changes nothing, and parts may run. Messages
are kept for 7 days, so an earlier --since counts no more of them. The police lane is compared and counted
only if KEY_RING holds its key.";

/// Checks that logs, stores, groups and tables agree, and that each message and command is accounted for.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArguments {
    /// Accounts for what came in since this time: 2026-11-27T03:00:00Z, or 90m, 12h or 3d ago.
    #[arg(long, value_parser = since, default_value = "24h")]
    since: Time,
    /// How many seconds the sink may take to write what was read of the store of tickets.
    #[arg(long, default_value = "30", value_name = "SECONDS")]
    wait: u64,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub async fn run(config: &Config, arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    super::wait_for_kafka(&installation).await;
    let lanes = match config.key_ring.as_ref().is_some_and(|ring| ring.writes(Lane::Protected)) {
        true => CheckedLanes::All,
        false => CheckedLanes::WithoutPolice,
    };
    let from = installation.clone();
    let since = arguments.since;
    let read = move || {
        let (checks, accounts) = verify::broker(&from, since, lanes)?;
        let stored = verify::stored_tickets(&from)?;
        Ok::<_, LogError>((checks, accounts, stored))
    };
    let (mut checks, accounts, stored) = tokio::task::spawn_blocking(read).await??;
    let mut left_out = Vec::new();
    match &config.database_url {
        Some(url) => {
            let pool = postgis::connect(url.with_password(), 1)?;
            let patience = Duration::from_secs(arguments.wait);
            checks.extend(tables(&installation, &pool, &stored, patience).await?);
        }
        None => left_out.push("the tables, since DATABASE_URL is not set"),
    }
    if lanes == CheckedLanes::WithoutPolice {
        left_out.push("the police lane, since KEY_RING does not hold its key");
    }
    let differs = checks.iter().any(|check| !check.differences.is_empty());
    let text = match arguments.json {
        true => json!({ "checks": checks, "messages": accounts, "left_out": left_out }).to_string(),
        false => describe(&checks, &accounts, &left_out, arguments.since),
    };
    super::print(text.trim_end())?;
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

/// Compares the tables with the store of tickets and with the logs that they were filled from.
async fn tables(
    installation: &Installation,
    pool: &sqlx::PgPool,
    stored: &StoredTickets,
    patience: Duration,
) -> anyhow::Result<Vec<Check>> {
    let began = Instant::now();
    let mut facts = postgis::collect_facts(pool).await?;
    while !has_written(&facts, stored) && began.elapsed() < patience {
        tokio::time::sleep(Duration::from_millis(500)).await;
        facts = postgis::collect_facts(pool).await?;
    }
    let mut late = Check::new("sink: it has written what the store of tickets held");
    let why = format!(
        "the sink is not there within {} s: is `trust-engine run sink` running? `trust-engine status` says more",
        patience.as_secs()
    );
    late.compare((!has_written(&facts, stored)).then_some(why));
    let versions = postgis::ticket_versions(pool).await?;
    // The logs are asked last, so that they hold everything that the tables do.
    let from = installation.clone();
    let ranges = tokio::task::spawn_blocking(move || verify::ranges(&from, MUNICIPAL_TOPICS)).await??;
    let offsets: BTreeMap<(String, u32), i64> =
        facts.offsets.into_iter().map(|at| ((at.topic, at.partition), at.next)).collect();
    Ok(vec![
        late,
        verify::compare_sink(&offsets, &ranges),
        verify::compare_tickets(&stored.versions, &versions),
    ])
}

/// Whether the sink is past everything that was read of the store of tickets.
fn has_written(facts: &DatabaseFacts, stored: &StoredTickets) -> bool {
    stored.ends.iter().all(|(partition, end)| {
        let mut of = facts.offsets.iter();
        of.any(|at| at.topic == Tickets::SPEC.name && at.partition == *partition && at.next >= *end)
    })
}

fn describe(checks: &[Check], accounts: &Accounts, left_out: &[&str], since: Time) -> String {
    let mut text = String::new();
    for Check { what, compared, differences } in checks {
        let verdict = if differences.is_empty() { "ok     " } else { "DIFFERS" };
        let _ = writeln!(text, "{verdict} {what} ({compared} compared)");
        for difference in differences {
            let _ = writeln!(text, "        {difference}");
        }
    }
    let Accounts { tickets, parts, unscreened, steps, kept, protected, dead_letters, waiting } = accounts;
    let all = tickets + parts + unscreened + steps + kept + protected.unwrap_or(0) + dead_letters + waiting;
    let _ = writeln!(text, "\nof {all} messages that were acknowledged since {since}:");
    let rows = [
        (Some(tickets), "opened a ticket"),
        (Some(parts), "were added to a ticket, or changed one"),
        (Some(steps), "were answered: steps of a conversation"),
        (Some(unscreened), "wait for a person, since no program could read them"),
        (Some(kept), "are in their conversation: answered together with others, or not at all"),
        (protected.as_ref(), "went to the police lane"),
        (Some(dead_letters), "are dead letters (trust-engine dead-letters list --lane intake)"),
        (Some(waiting), "were not read yet"),
    ];
    for (count, what) in rows.iter().filter_map(|(count, what)| Some(((*count)?, what))) {
        let _ = writeln!(text, "{count:>8} {what}");
    }
    for what in left_out {
        let _ = writeln!(text, "not compared: {what}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_below_its_check_and_the_messages_add_up() {
        let mut positions = Check::new("positions");
        positions.compare(None);
        let mut tickets = Check::new("tickets");
        tickets.compare(Some("ticket a is not in the table".to_owned()));
        let accounts = Accounts { tickets: 5, steps: 3, waiting: 1, ..Accounts::default() };
        let text = describe(&[positions, tickets], &accounts, &["x"], Time::from_millis(1_772_431_200_000));
        let expected = "ok      positions (1 compared)\n\
            DIFFERS tickets (1 compared)\n        ticket a is not in the table\n\n\
            of 9 messages that were acknowledged since 2026-03-02T06:00:00.000Z:\n       5 opened a ticket\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.contains("\n       1 were not read yet\n") && text.ends_with("not compared: x\n"),
            "{text}"
        );
        assert!(!text.contains("police"), "{text}");
    }

    #[test]
    fn the_sink_has_written_when_it_is_past_every_partition_of_the_store() {
        let ends = BTreeMap::from([(0, 5), (1, 9)]);
        let stored = StoredTickets { versions: BTreeMap::new(), ends };
        let at = |partition, next| postgis::SinkOffset { topic: "tickets".to_owned(), partition, next };
        let facts = |offsets| DatabaseFacts { offsets, ..DatabaseFacts::default() };
        assert!(has_written(&facts(vec![at(0, 5), at(1, 12)]), &stored));
        assert!(!has_written(&facts(vec![at(0, 5), at(1, 8)]), &stored));
        assert!(!has_written(&facts(vec![at(0, 5)]), &stored));
    }
}
