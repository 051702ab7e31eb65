//! `migrate`, `reference`, `publish`: creates the tables, fills them, and publishes editions of them.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use connectors::append::Append;
use connectors::config::Config;
use connectors::kafka::Installation;
use connectors::kafka::admin::ticket_reader;
use connectors::kafka::client::appender::Appender;
use connectors::kafka::editions::task_editions::in_force;
use connectors::kafka::editions::{self, Published};
use connectors::postgis;
use connectors::postgis::reference::{
    self, Accept, AreaKind, End, InUse, NewestEdition, PolicyChanges, Publication, PublishOutcome,
};
use jiff::civil::Date;
use pipeline::machines::tickets::editions::foresee as foresee_ticket;
use pipeline::rules::foresight::{Foresight, MOST_BREACHES_PERCENT};
use sqlx::postgres::PgPool;
use topics::records::editions::{Reference, Unavailability};
use topics::values::text::Code;

#[derive(Subcommand)]
pub enum ReferenceCommand {
    /// Fills the reference tables with the demo's data.
    Demo {
        /// Deadlines and waits are seconds, so that a simulated day takes minutes.
        #[arg(long)]
        fast: bool,
    },
    /// Sets the day from which municipalities or wards are no longer in force, because others have replaced
    /// them.
    End(EndArguments),
}

#[derive(Args)]
pub struct EndArguments {
    /// The kind of area that ends: municipality (with its wards, teams and policies) or ward.
    #[arg(value_enum)]
    what: EndingWord,
    /// The codes of the municipalities or wards that end.
    #[arg(required = true)]
    codes: Vec<String>,
    /// The first day on which the areas are no longer in force, such as 2016-08-03. Editions
    /// that are published before contain that day, and those published later do not contain the areas.
    #[arg(long, value_name = "DATE", value_parser = date, required_unless_present = "never")]
    on: Option<Date>,
    /// Removes the end that was set before: the areas stay in force.
    #[arg(long, conflicts_with = "on")]
    never: bool,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "it must be a day such as 2016-08-03".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
enum EndingWord {
    Municipality,
    Ward,
}

#[derive(Args)]
pub struct PublishArguments {
    /// Publishes even if an area has moved, has become smaller, is missing, lies outside of its municipality
    /// or overlaps another one.
    #[arg(long)]
    accept_changes: bool,
    /// Counts the open tickets that the edition would move, let breach within the hour, or give to others, by
    /// municipality, and publishes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Changed policies count for the tickets that are open, too, and not only for new ones.
    #[arg(long)]
    apply_policies: bool,
    /// Publishes even if more than 1 % of the open tickets would breach within the hour.
    #[arg(long)]
    force: bool,
}

impl PublishArguments {
    const fn policies(&self) -> PolicyChanges {
        if self.apply_policies { PolicyChanges::OpenTickets } else { PolicyChanges::NewTickets }
    }
}

/// The login that owns the tables.
pub fn owner(config: &Config) -> anyhow::Result<PgPool> {
    Ok(postgis::connect(config.require_database_url()?.with_password(), 2)?)
}

pub async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    for remark in postgis::migrate(config.require_database_url()?.with_password()).await? {
        tracing::warn!("{remark}");
    }
    super::print("the tables are those of this program")
}

pub async fn run(config: &Config, command: &ReferenceCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReferenceCommand::Demo { fast } => {
            reference::demo(&owner(config)?, *fast).await?;
            super::print(
                "the reference tables hold the demo's data; `trust-engine publish` makes an edition of them",
            )
        }
        ReferenceCommand::End(arguments) => end(config, arguments).await,
    }
}

async fn end(config: &Config, arguments: &EndArguments) -> anyhow::Result<ExitCode> {
    let what = match arguments.what {
        EndingWord::Municipality => AreaKind::Municipality,
        EndingWord::Ward => AreaKind::Ward,
    };
    let codes = arguments.codes.clone();
    let end = End { what, codes, on: arguments.on, dry_run: arguments.dry_run };
    let mut lines = end.run(&owner(config)?).await?;
    lines.push(match (arguments.dry_run, arguments.on) {
        (true, _) => "nothing was written: this was a dry run".to_owned(),
        (false, Some(on)) => {
            format!("ended on {on}; `trust-engine publish` makes the edition in which they end then")
        }
        (false, None) => "they go on; `trust-engine publish` makes an edition with them".to_owned(),
    });
    super::print(lines.join("\n"))
}

pub async fn publish(config: &Config, arguments: &PublishArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let pool = owner(config)?;
    super::wait_for_kafka(&installation).await;
    if arguments.dry_run {
        let foresight = foresee(config, &pool, &installation, arguments.policies()).await?;
        return super::print(format_args!(
            "{}nothing is published: this was a dry run",
            foresight.describe()
        ));
    }
    let asked = installation.clone();
    let in_use = tokio::task::spawn_blocking(move || in_use(&asked)).await??;
    let handovers = if arguments.force {
        String::new()
    } else {
        refuse_breaches(config, &pool, &installation, &in_use, arguments.policies()).await?
    };
    let publication = compared(&pool, &in_use, arguments).await?;
    let appender = Appender::new(&installation)?;
    for record in publication.records.clone() {
        appender.append(record).await?;
    }
    reference::confirm(&pool, &publication).await?;
    let handovers = if publication.changed { handovers } else { String::new() };
    super::print(format!("{handovers}{}", told(&publication).join("\n")))
}

/// What was done, one thing a line.
fn told(publication: &Publication) -> Vec<String> {
    let Publication { number, changed, again, lost, .. } = publication;
    let mut lines = vec![if *changed {
        format!("edition {number} is published")
    } else {
        format!("nothing has changed since edition {number}")
    }];
    lines.extend(
        again.iter().map(|number| format!("the topic had lost edition {number}: it is appended again")),
    );
    lines.extend(lost.iter().map(|number| {
        format!(
            "the topic has lost edition {number}, and its content is known nowhere any more: a partition \
             that is at it waits"
        )
    }));
    lines
}

/// Asks about doubts until a person has accepted all of them.
async fn compared(
    pool: &PgPool,
    in_use: &InUse,
    arguments: &PublishArguments,
) -> anyhow::Result<Publication> {
    let mut accepted = if arguments.accept_changes { Accept::Everything } else { Accept::Nothing };
    loop {
        let (doubts, hash) =
            match reference::compare_and_publish(pool, in_use, &accepted, arguments.policies()).await? {
                PublishOutcome::Published(publication) => return Ok(publication),
                PublishOutcome::Doubtful { doubts, hash } => (doubts, hash),
            };
        let doubts = doubts.join("\n");
        if !std::io::stdin().is_terminal() {
            bail!(
                "nothing is published: look at these, correct what is wrong, or publish them with \
                 --accept-changes:\n{doubts}"
            );
        }
        if !confirmed(&doubts)? {
            bail!("nothing is published");
        }
        accepted = Accept::Hash(hash);
    }
}

/// Refuses an edition by which many open tickets would breach; returns where the open tickets of teams go
/// that are not there. Only other calendars, policies that are applied to open tickets, and teams that are
/// switched off or unavailable can do that: the tickets are not read for other changes.
async fn refuse_breaches(
    config: &Config,
    pool: &PgPool,
    installation: &Installation,
    in_use: &InUse,
    policies: PolicyChanges,
) -> anyhow::Result<String> {
    let Some(NewestEdition { reference: newest, .. }) = &in_use.newest else { return Ok(String::new()) };
    let next = reference::load(pool).await?;
    let same_teams = away(&next).all(|(code, days)| away(newest).any(|known| known == (code, days)));
    let same_calendars = newest.calendars == next.calendars
        && newest.closing_days == next.closing_days
        && newest.holidays == next.holidays;
    if same_calendars && same_teams && policies == PolicyChanges::NewTickets {
        return Ok(String::new());
    }
    let foresight = foresee(config, pool, installation, policies).await?;
    if foresight.is_alarming() {
        bail!(
            "nothing is published: more than {MOST_BREACHES_PERCENT} % of the open tickets would breach within \
             the hour; correct what is wrong, or publish with --force\n{}",
            foresight.describe()
        );
    }
    Ok(foresight.handovers())
}

/// The municipal teams that are switched off or unavailable, and on which days.
fn away(reference: &Reference) -> impl Iterator<Item = (&Code, Option<Unavailability>)> {
    let teams = reference.teams.iter().filter(|team| !team.is_saps);
    let away = teams.filter(|team| !team.is_active || team.unavailable.is_some());
    away.map(|team| (&team.code, team.unavailable.filter(|_| team.is_active)))
}

/// What the next edition would do to the open tickets, as the log of tickets has them now.
async fn foresee(
    config: &Config,
    pool: &PgPool,
    installation: &Installation,
    policies: PolicyChanges,
) -> anyhow::Result<Foresight> {
    let ring = config.require_key_ring()?.clone();
    let next = reference::next_edition(pool, policies).await?;
    let installation = installation.clone();
    let now = connectors::clock::present();
    let read = move || {
        ticket_reader::every_ticket(&installation, &ring, |ticket| foresee_ticket(&next, ticket, now))
    };
    Ok(Foresight::of(&tokio::task::spawn_blocking(read).await??))
}

/// What the topics show of the editions that are in use.
fn in_use(installation: &Installation) -> anyhow::Result<InUse> {
    let oldest = in_force(installation)?.into_values().flat_map(BTreeMap::into_values).flatten().min();
    let mut held = editions::held(installation)?;
    let mut newest = None;
    // An edition whose content is not the one that was published counts as lost.
    while let Some(number) = held.last().copied() {
        newest = usable(installation, number)?;
        if newest.is_some() {
            break;
        }
        held.remove(&number);
    }
    Ok(InUse { newest, oldest, held: Some(held) })
}

/// The edition of this number, if its content is intact.
fn usable(installation: &Installation, number: u32) -> anyhow::Result<Option<NewestEdition>> {
    let found = editions::read(installation, |one, _| one == number)?.remove(&number);
    let Some(published) = found.filter(Published::is_intact) else { return Ok(None) };
    let reference = published.reference().ok();
    Ok(reference.map(|reference| NewestEdition { number, hash: published.manifest.hash, reference }))
}

/// Asks the person at the terminal.
fn confirmed(doubts: &str) -> anyhow::Result<bool> {
    use std::io::Write;
    let mut terminal = std::io::stderr();
    write!(terminal, "{doubts}\nPublish anyway? [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
