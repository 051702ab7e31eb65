//! The report as text.

use std::collections::BTreeMap;
use std::fmt::Write;

use topics::values::vocabulary::Category;

use super::accounts::CountCheck;
use super::facts::DemoFacts;
use super::settings::DemoSettings;
use crate::percentile::percentile;
use crate::twilio::http_client;

/// Metrics worth a look, by the beginning of their line.
const METRICS: [&str; 8] = [
    "trust_engine_whatsapp_requests_total",
    "trust_engine_runner_records_total",
    "trust_engine_runner_transactions_total{chain=\"conversations\",outcome=\"committed\"",
    "trust_engine_runner_transactions_total{chain=\"tickets\",outcome=\"committed\"",
    "trust_engine_runner_due_lateness_seconds_count",
    "trust_engine_sink_records_total",
    "trust_engine_twilio_calls_total",
    "trust_engine_part_up{part=\"protected",
];

/// The report of a day as plain text.
pub(super) fn report(facts: &DemoFacts, accounts: &[CountCheck]) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = residents(&mut text, facts)
        .and_then(|()| tickets(&mut text, facts))
        .and_then(|()| deadlines(&mut text, facts))
        .and_then(|()| messages(&mut text, facts))
        .and_then(|()| books(&mut text, accounts));
    text
}

/// Where to look next, and some present metrics.
pub(super) async fn where_to_look(settings: &DemoSettings) -> String {
    let mut text = String::new();
    let _ = addresses(&mut text, settings);
    for line in metrics(settings).await {
        let _ = writeln!(text, "    {line}");
    }
    text
}

type Printed = std::fmt::Result;

fn heading(text: &mut String, words: &str) -> Printed {
    writeln!(text, "\n{words}\n{}", "-".repeat(words.chars().count()))
}

fn residents(text: &mut String, facts: &DemoFacts) -> Printed {
    heading(text, "A day in four municipalities")?;
    let sent: usize = facts.stories.iter().map(|story| story.sent.len()).sum();
    let heard = &facts.twilio.heard;
    writeln!(
        text,
        "{} residents wrote {sent} messages in {:.0} s; {} posts were repeats.",
        facts.stories.len(),
        facts.took.as_secs_f64(),
        heard.repeats
    )?;
    let ms = |value: Option<u64>| value.map_or("-".to_owned(), |ms| format!("{ms} ms"));
    writeln!(
        text,
        "The webhook had each on the log within {} (half of them), {} (99 of 100).",
        ms(heard.p50_ms),
        ms(heard.p99_ms)
    )?;
    let mut languages: BTreeMap<&str, usize> = BTreeMap::new();
    for story in &facts.stories {
        *languages.entry(story.resident.language.as_str()).or_default() += 1;
    }
    writeln!(text, "They write in {}.", list(&languages))?;
    for story in facts.stories.iter().filter(|story| story.in_vain.is_some()) {
        writeln!(
            text,
            "!! resident {} ({:?}) did not get what they waited for: {}",
            story.resident.number,
            story.resident.habit,
            story.in_vain.as_deref().unwrap_or_default()
        )?;
    }
    Ok(())
}

fn tickets(text: &mut String, facts: &DemoFacts) -> Printed {
    let rows = &facts.tables.tickets;
    heading(text, &format!("{} tickets in PostGIS", rows.len()))?;
    let categories = Category::ALL.iter().map(|category| category.as_str());
    let mut table: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for row in rows {
        *table
            .entry(row.municipality.as_deref().unwrap_or("(none)"))
            .or_default()
            .entry(row.category.as_str())
            .or_default() += 1;
    }
    writeln!(
        text,
        "{:<10}{}{:>12}",
        "",
        categories.clone().map(|category| format!("{category:>12}")).collect::<String>(),
        "all"
    )?;
    for (municipality, counts) in &table {
        let count = |category| format!("{:>12}", counts.get(category).copied().unwrap_or(0));
        let cells: String = categories.clone().map(count).collect();
        writeln!(text, "{municipality:<10}{cells}{:>12}", counts.values().sum::<usize>())?;
    }
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut queues: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *statuses.entry(row.status.as_str()).or_default() += 1;
        if let Some(queue) = &row.queue {
            *queues.entry(queue.as_str()).or_default() += 1;
        }
    }
    writeln!(text, "By status: {}.", list(&statuses))?;
    let refused = facts.commands.iter().filter(|command| facts.log.refused.contains_key(*command)).count();
    writeln!(
        text,
        "The staff gave {} commands; {refused} were refused: they came twice.",
        facts.commands.len()
    )?;
    if queues.is_empty() { Ok(()) } else { writeln!(text, "In a queue, without a team: {}.", list(&queues)) }
}

fn deadlines(text: &mut String, facts: &DemoFacts) -> Printed {
    heading(text, "Deadlines")?;
    let rows = &facts.tables.breaches;
    for level in ["warning", "breach"] {
        for clock in ["response", "resolution"] {
            let mut late: Vec<i64> = rows
                .iter()
                .filter(|row| row.clock == clock && row.level == level)
                .map(|row| row.late_ms)
                .collect();
            late.sort_unstable();
            let seen = match (level, percentile(&late, 50), percentile(&late, 99)) {
                ("breach", Some(p50), Some(p99)) => {
                    format!("; seen within {p50} ms (half of them), {p99} ms (99 of 100)")
                }
                _ => String::new(),
            };
            writeln!(text, "{clock:<11}{level:<8}{:>5}{seen}", late.len())?;
        }
    }
    let escalated = facts.tables.tickets.iter().filter(|row| row.escalated).count();
    let top = facts.tables.tickets.iter().map(|row| row.tier).max().unwrap_or(0);
    let both = facts.tables.tickets.iter().filter(|row| row.breaches == 2).count();
    writeln!(
        text,
        "{escalated} tickets were escalated, up to tier {top}; {both} missed both of their deadlines."
    )
}

fn messages(text: &mut String, facts: &DemoFacts) -> Printed {
    heading(text, "Messages out (the municipalities')")?;
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    let mut at_twilio: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &facts.tables.deliveries {
        *table.entry(row.status.as_str()).or_default() += 1;
        let message = row.sid.as_ref().and_then(|sid| facts.taken.iter().find(|message| message.sid == *sid));
        if let Some(message) = message {
            *at_twilio.entry(message.status.as_str()).or_default() += 1;
        }
    }
    writeln!(text, "in the table deliveries     {:>5}: {}", facts.tables.deliveries.len(), list(&table))?;
    writeln!(
        text,
        "at the simulated Twilio     {:>5}: {}",
        at_twilio.values().sum::<usize>(),
        list(&at_twilio)
    )?;
    let busiest = facts.twilio.taken.busiest_second.values().max().copied().unwrap_or(0);
    writeln!(text, "The most that left one number in any one second: {busiest} (Twilio takes 80).")?;
    writeln!(
        text,
        "Police lane: {}. Its counts are deliberately not shown.",
        if facts.protected.well { "well" } else { "NOT WELL" }
    )
}

fn books(text: &mut String, accounts: &[CountCheck]) -> Printed {
    heading(text, "The accounts")?;
    for account in accounts {
        writeln!(text, "{account}")?;
    }
    let wrong = accounts.iter().filter(|account| !account.adds_up()).count();
    if wrong == 0 {
        writeln!(text, "All adds up.")
    } else {
        writeln!(text, "{wrong} of {} do NOT add up: the lines marked !!.", accounts.len())
    }
}

fn addresses(text: &mut String, settings: &DemoSettings) -> Printed {
    heading(text, "Where to look")?;
    let folder = settings.state_dir.parent().unwrap_or(&settings.state_dir);
    writeln!(text, "    . {}", folder.join("env").display())?;
    writeln!(
        text,
        "    psql \"$DASHBOARD_DATABASE_URL\" -c 'select tracking_number, category, status, tier, \
         response_overdue from open_tickets order by next_due_at'"
    )?;
    writeln!(
        text,
        "    psql \"$DESK_DATABASE_URL\" -c 'select municipality, category, count(*) from tickets \
         group by 1, 2 order by 1, 2'"
    )?;
    for (topic, filter) in
        [("tickets", "{ticket, status, tier}"), ("breaches", "{ticket, clock, level, due_at, seen_at}")]
    {
        let prefix = &settings.topic_prefix;
        writeln!(
            text,
            "    kcat -b \"$KAFKA_BROKERS\" -C -e -q -t {prefix}{topic} | jq -c 'select(.ticket) | {filter}'"
        )?;
    }
    writeln!(
        text,
        "    curl -s {}/control/report | jq    # the simulated Twilio's books",
        settings.twilio_api_url
    )?;
    writeln!(text, "    {}    # what the program logged", settings.log().display())?;
    writeln!(text, "    curl -s {}/metrics    # among others:", settings.metrics_url)
}

/// Lines of `/metrics` with their present values.
async fn metrics(settings: &DemoSettings) -> Vec<String> {
    let fetch = async || {
        anyhow::Ok(
            http_client()?.get(format!("{}/metrics", settings.metrics_url)).send().await?.text().await?,
        )
    };
    match fetch().await {
        Ok(text) => text
            .lines()
            .filter(|line| METRICS.iter().any(|name| line.starts_with(name)) && !line.ends_with(" 0"))
            .map(str::to_owned)
            .collect(),
        Err(error) => vec![format!("(no answer: {error:#})")],
    }
}

fn list(counts: &BTreeMap<&str, usize>) -> String {
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
