//! `dead-letters replay`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{ArgGroup, Args};
use connectors::config::Config;
use connectors::kafka::dead_letters::Reviewer;
use connectors::kafka::dead_letters::case::{Case, CaseState, DeadLetterEntry, Obstacle, machine_of};
use connectors::kafka::dead_letters::outcome::{ReplayResult, Replayed, Watch, is_processed};
use connectors::kafka::dead_letters::replay::{Replay, Replayer};
use connectors::kafka::{LogError, editions};
use pipeline::topology::MachineSpec;
use topics::catalogue::cut::Cut;
use topics::records::dead_letters::DeadClass;
use topics::records::reviews::ReviewAct;
use topics::values::time::Time;

use super::letters::{LaneArguments, LaneLetters, ReviewerArguments, find, off_the_runtime, since};
use super::show::address;

/// The exit status if a record failed again, was refused, or cannot be replayed.
const FAILED: u8 = 2;
/// The exit status if a record is in its log and was not processed in time.
const WAITS: u8 = 3;

/// The most records that one transaction appends.
const BATCH: usize = 100;
/// How often to say how far a long replay is.
const SAY: Duration = Duration::from_secs(2);

/// Which dead letters are replayed, by whom and why.
#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["id", "class"]))]
pub struct ReplayArguments {
    /// The id of the dead letter, or its first characters.
    id: Option<String>,
    /// All open dead letters of this class instead of one.
    #[arg(long, requires = "since")]
    class: Option<DeadClass>,
    /// Those since this time: 2026-11-27T03:00:00Z, or 90m, 12h or 3d ago.
    #[arg(long, requires = "class", value_parser = since)]
    since: Option<Time>,
    /// How many records a second are appended at most.
    #[arg(long, default_value = "100")]
    rate: NonZeroU32,
    /// Replays also what was replayed and failed again, or was discarded.
    #[arg(long)]
    again: bool,
    /// How many seconds to wait until the machine has processed what was replayed.
    #[arg(long, default_value = "30", value_name = "SECONDS")]
    wait: u64,
    #[command(flatten)]
    lane: LaneArguments,
    #[command(flatten)]
    reviewer: ReviewerArguments,
}

/// How something is replayed.
struct Plan {
    reviewer: Reviewer,
    again: bool,
    rate: NonZeroU32,
    patience: Duration,
}

pub async fn run(config: &Config, arguments: ReplayArguments) -> anyhow::Result<ExitCode> {
    let plan = Plan {
        reviewer: arguments.reviewer.reviewer()?,
        again: arguments.again,
        rate: arguments.rate,
        patience: Duration::from_secs(arguments.wait),
    };
    let letters = LaneLetters::of(config, arguments.lane).await?;
    let (text, code) = match (arguments.id, arguments.class, arguments.since) {
        (Some(id), _, _) => off_the_runtime(move || Ok(replay_one(&letters, &id, &plan))).await??,
        (None, Some(class), Some(since)) => {
            off_the_runtime(move || Ok(replay_class(&letters, class, since, &plan))).await??
        }
        _ => bail!("say which: the id of a dead letter, or --class and --since"),
    };
    super::super::print(text.trim_end())?;
    Ok(code)
}

/// Replays one dead letter, unless that was done.
fn replay_one(letters: &LaneLetters, id: &str, plan: &Plan) -> anyhow::Result<(String, ExitCode)> {
    let LaneLetters { installation, ring, lane } = letters;
    // After this no other command can replay it, so what is read next decides.
    let replayer = Replayer::new(installation, *lane)?;
    let case = find(lane.read(installation)?, id)?;
    let cut = editions::cut(installation)?;
    let machine = machine_of(&case.last.facts, lane.letters.name, cut);
    if let Some(said) = done_already(letters, &case, machine.as_ref().ok().copied(), plan)? {
        return Ok(said);
    }
    let machine = match machine {
        Ok(machine) => machine,
        Err(obstacle) => return Ok((format!("{}: {obstacle}", case.id), ExitCode::from(FAILED))),
    };
    let record = lane.open(installation, ring, &case.last)?;
    let watch = Watch::begin(installation, machine, cut)?;
    let replayed = replayer.replay(ring, &[Replay { case: &case, record }], &plan.reviewer)?;
    let outcomes = watch.wait(ring, &replayed, plan.patience)?;
    let mut text = String::new();
    let mut code = ExitCode::SUCCESS;
    for (one, outcome) in replayed.iter().zip(&outcomes) {
        let _ = writeln!(text, "{}: replayed to {}", case.id, address(&one.target));
        let _ = writeln!(text, "{}", explain(outcome, machine, &case));
        code = exit_code(outcome);
    }
    Ok((text, code))
}

/// What to say of a dead letter that was replayed or discarded before; `None` if it is to be replayed now.
fn done_already(
    letters: &LaneLetters,
    case: &Case,
    machine: Option<&'static MachineSpec>,
    plan: &Plan,
) -> anyhow::Result<Option<(String, ExitCode)>> {
    let by = |act| {
        let review = case.reviews.iter().rev().find(|review| review.facts.act == act);
        review.map_or_else(String::new, |review| format!("at {} by {}", review.facts.at, review.facts.actor))
    };
    let id = &case.id;
    let failed = ExitCode::from(FAILED);
    Ok(match case.state() {
        CaseState::Replayed(target) => {
            let is_processed = match machine {
                Some(machine) => is_processed(&letters.installation, machine, &target)?,
                None => false,
            };
            let (outcome, code) = match is_processed {
                true => ("its machine has processed it, and it did not fail again", ExitCode::SUCCESS),
                false => ("its machine has not read it yet", ExitCode::from(WAITS)),
            };
            let when = by(ReviewAct::Replayed);
            Some((format!("{id}: was replayed {when} to {}; {outcome}", address(&target)), code))
        }
        CaseState::FailedAgain if !plan.again => {
            let when = by(ReviewAct::Replayed);
            let class = case.last.facts.class;
            let text = format!(
                "{id}: was replayed {when} and failed again ({class}); correct the cause, then add --again"
            );
            Some((text, failed))
        }
        CaseState::Discarded if !plan.again => {
            let when = by(ReviewAct::Discarded);
            Some((format!("{id}: was discarded {when}; to replay it nevertheless, add --again"), failed))
        }
        _ => None,
    })
}

/// What came of a record, for people.
fn explain(outcome: &ReplayResult, machine: &MachineSpec, case: &Case) -> String {
    let name = machine.name;
    match outcome {
        ReplayResult::Waits => format!(
            "{name} has not read it yet: is `trust-engine run` running? `dead-letters show {}` says later what \
             came of it",
            case.id
        ),
        ReplayResult::FailedAgain { stage, class } => format!("failed again: {class} at {stage}"),
        ReplayResult::Processed { led_to, refused } => {
            let led: Vec<String> = led_to.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let led = if led.is_empty() { "no record".to_owned() } else { led.join(", ") };
            match refused {
                Some(why) => format!("processed by {name}, and the command was refused: {why}"),
                None => format!("processed by {name}; it led to {led}"),
            }
        }
    }
}

fn exit_code(outcome: &ReplayResult) -> ExitCode {
    match outcome {
        ReplayResult::Processed { refused: None, .. } => ExitCode::SUCCESS,
        ReplayResult::Processed { .. } | ReplayResult::FailedAgain { .. } => ExitCode::from(FAILED),
        ReplayResult::Waits => ExitCode::from(WAITS),
    }
}

/// Replays all dead letters of a class since some time.
fn replay_class(
    letters: &LaneLetters,
    class: DeadClass,
    since: Time,
    plan: &Plan,
) -> anyhow::Result<(String, ExitCode)> {
    let LaneLetters { installation, lane, .. } = letters;
    let replayer = Replayer::new(installation, *lane)?;
    let read = lane.read(installation)?;
    let cut = editions::cut(installation)?;
    let selection = Selection::of(&read.cases, class, since, plan.again, |case| {
        machine_of(&case.last.facts, lane.letters.name, cut)
    });
    let mut replay = ClassReplay {
        letters,
        replayer,
        cut,
        plan,
        progress: Progress::new(selection.count(), plan.rate),
        totals: Totals::default(),
    };
    for (machine, cases) in selection.by_machine.into_values() {
        replay.run(machine, &cases)?;
    }
    let totals = replay.totals;
    let mut text = totals.describe(class);
    for (obstacle, count) in &selection.obstacles {
        let _ = writeln!(text, "{count} cannot be replayed: {obstacle}");
    }
    if selection.failed_again > 0 {
        let count = selection.failed_again;
        let _ = writeln!(text, "{count} were replayed before and failed again; --again replays them, too");
    }
    let is_failure = totals.failed + totals.refused > 0 || !selection.obstacles.is_empty();
    let code = match (is_failure, totals.waits) {
        (true, _) => ExitCode::from(FAILED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(WAITS),
    };
    Ok((text, code))
}

/// The dead letters that are to be replayed, and those that cannot be.
struct Selection<'a> {
    by_machine: BTreeMap<&'static str, (&'static MachineSpec, Vec<&'a Case>)>,
    obstacles: BTreeMap<String, usize>,
    /// How many were replayed before and failed again, and are left out.
    failed_again: usize,
}

impl<'a> Selection<'a> {
    fn of(
        cases: &'a [Case],
        class: DeadClass,
        since: Time,
        again: bool,
        machine_of: impl Fn(&Case) -> Result<&'static MachineSpec, Obstacle>,
    ) -> Self {
        let mut found = Self { by_machine: BTreeMap::new(), obstacles: BTreeMap::new(), failed_again: 0 };
        for case in cases.iter().filter(|case| case.last.facts.class == class && case.last.facts.at >= since)
        {
            match case.state() {
                CaseState::Replayed(_) => continue,
                CaseState::Discarded if !again => continue,
                CaseState::FailedAgain if !again => {
                    found.failed_again += 1;
                    continue;
                }
                _ => {}
            }
            match machine_of(case) {
                Ok(machine) => {
                    let known = found.by_machine.entry(machine.name);
                    known.or_insert_with(|| (machine, Vec::new())).1.push(case);
                }
                Err(obstacle) => *found.obstacles.entry(obstacle.to_string()).or_default() += 1,
            }
        }
        found
    }

    fn count(&self) -> usize {
        self.by_machine.values().map(|(_, cases)| cases.len()).sum()
    }
}

/// What came of all records of a replay.
#[derive(Default)]
struct Totals {
    replayed: usize,
    processed: usize,
    refused: usize,
    failed: usize,
    waits: usize,
}

impl Totals {
    fn count(&mut self, outcome: &ReplayResult) {
        let counter = match outcome {
            ReplayResult::Processed { refused: None, .. } => &mut self.processed,
            ReplayResult::Processed { .. } => &mut self.refused,
            ReplayResult::FailedAgain { .. } => &mut self.failed,
            ReplayResult::Waits => &mut self.waits,
        };
        *counter += 1;
    }

    fn describe(&self, class: DeadClass) -> String {
        let Self { replayed, processed, refused, failed, waits } = self;
        if *replayed == 0 {
            return format!("no open dead letter of class {class} in that time can be replayed\n");
        }
        let mut text = format!("{replayed} replayed: {processed} processed");
        let others = [
            (refused, "were commands that were refused"),
            (failed, "failed again (`dead-letters list` shows them)"),
            (waits, "were not read yet (is `trust-engine run` running?)"),
        ];
        for (count, what) in others.iter().filter(|(count, _)| **count > 0) {
            let _ = write!(text, ", {count} {what}");
        }
        text.push('\n');
        text
    }
}

/// A replay of many dead letters.
struct ClassReplay<'a> {
    letters: &'a LaneLetters,
    replayer: Replayer,
    cut: Cut,
    plan: &'a Plan,
    progress: Progress,
    totals: Totals,
}

impl ClassReplay<'_> {
    /// Replays the dead letters of one machine in transactions, at the permitted rate, and counts what came
    /// of them.
    fn run(&mut self, machine: &'static MachineSpec, cases: &[&Case]) -> Result<(), LogError> {
        let LaneLetters { installation, ring, lane } = self.letters;
        let watch = Watch::begin(installation, machine, self.cut)?;
        let mut replayed = Vec::with_capacity(cases.len());
        let mut batch = Vec::new();
        let last: Vec<&DeadLetterEntry> = cases.iter().map(|case| &case.last).collect();
        lane.open_each(installation, ring, &last, |number, record| {
            batch.extend(cases.get(number).map(|case| Replay { case, record }));
            if batch.len() >= self.progress.batch() {
                replayed.extend(self.append(&mut batch)?);
            }
            Ok(())
        })?;
        if !batch.is_empty() {
            replayed.extend(self.append(&mut batch)?);
        }
        self.totals.replayed += replayed.len();
        for outcome in watch.wait(ring, &replayed, self.plan.patience)? {
            self.totals.count(&outcome);
        }
        Ok(())
    }

    /// Appends a batch in one transaction.
    fn append(&mut self, batch: &mut Vec<Replay<'_>>) -> Result<Vec<Replayed>, LogError> {
        let batch = std::mem::take(batch);
        let replayed = self.replayer.replay(&self.letters.ring, &batch, &self.plan.reviewer)?;
        self.progress.advance(replayed.len());
        Ok(replayed)
    }
}

/// How far a long replay is; keeps it to its rate.
struct Progress {
    total: usize,
    done: usize,
    rate: NonZeroU32,
    began: Instant,
    said: Instant,
}

impl Progress {
    fn new(total: usize, rate: NonZeroU32) -> Self {
        let now = Instant::now();
        Self { total, done: 0, rate, began: now, said: now }
    }

    /// How many records a transaction may have, so that several are made in a second.
    fn batch(&self) -> usize {
        usize::try_from(self.rate.get() / 4).unwrap_or(BATCH).clamp(1, BATCH)
    }

    /// Notes that `count` more were appended, and waits until the next may follow.
    fn advance(&mut self, count: usize) {
        self.done += count;
        let due = Duration::from_secs_f64(self.done as f64 / f64::from(self.rate.get()));
        if self.done < self.total {
            std::thread::sleep(due.saturating_sub(self.began.elapsed()));
        }
        if self.said.elapsed() >= SAY {
            self.said = Instant::now();
            let a_second = self.done as f64 / self.began.elapsed().as_secs_f64();
            eprintln!("{} of {} replayed, {a_second:.0} a second", self.done, self.total);
        }
    }
}
