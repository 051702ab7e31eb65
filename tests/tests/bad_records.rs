//! Bad records in a log: a record that cannot be processed becomes a complete dead letter, and the following
//! records are processed.
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a machine of this test panics, and a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::health::Health;
use connectors::kafka::client::appender::Appender;
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::editions::{self, EditionCache};
use connectors::kafka::runner::{self, NoServices, RunnerSettings};
use connectors::kafka::{self, LogError};
use connectors::metrics::Metrics;
use pipeline::engine::machine::Machine;
use pipeline::engine::step::{Reject, Step};
use pipeline::engine::store::Store;
use pipeline::engine::task::MachineTask;
use pipeline::machines::tickets::TicketMachine;
use pipeline::topology::MachineSpec;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use simulator::clock::{Checked, wait_until};
use simulator::harness::kafka::Raw;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, change, status};
use topics::catalogue::cut::Cut;
use topics::catalogue::{self, MunicipalDeadLetters, TicketCommands, TicketEvents, Tickets, Topic};
use topics::codec::sealing::Sealed;
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;
use topics::records::ticket_actions::ActionName;
use topics::records::ticket_commands::{Action, TicketCommand};
use topics::records::ticket_events::{Event, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::ids::Pepper;
use topics::values::lane::Lane;
use topics::values::vocabulary::Status;

/// A note that makes the machine panic, and one that makes it write a record of 2 MB.
const PANIC: &str = "a note on which this machine panics";
const LARGE: &str = "a note of which this machine makes 2 MB";

/// The machine of tickets with two faults, because a test cannot make the real one fail. The task, the runner
/// and the broker are the real ones.
struct Fragile(TicketMachine);

impl Machine for Fragile {
    type Log = TicketCommands;
    type Store = catalogue::Tickets;
    type Entity = Ticket;
    type DeadLetters = MunicipalDeadLetters;
    const STAGES: &'static [&'static str] = TicketMachine::STAGES;

    fn control(record: &TicketCommand) -> Option<Control> {
        TicketMachine::control(record)
    }

    fn entity(&self, store: &Store<Ticket>, key: &str, record: &TicketCommand) -> Option<String> {
        self.0.entity(store, key, record)
    }

    fn apply(
        &self,
        step: &mut Step<'_, Ticket>,
        entity: Option<&str>,
        record: TicketCommand,
    ) -> Result<(), Reject> {
        if let TicketCommand::Change(change) = &record
            && let Action::Note { note } = &change.action
        {
            match note.0.as_str() {
                PANIC => panic!("as it was told to"),
                LARGE => step.emit::<TicketEvents>("track", &change.ticket, &large(change)),
                _ => return self.0.apply(step, entity, record),
            };
        }
        self.0.apply(step, entity, record)
    }

    fn fire(&self, step: &mut Step<'_, Ticket>, entity: &str) {
        self.0.fire(step, entity);
    }
}

fn large(change: &topics::records::ticket_commands::Change) -> TicketEvent {
    TicketEvent {
        ticket: change.ticket.clone(),
        at: change.at,
        edition: 0,
        municipality: None,
        version: 0,
        revision: 0,
        actor: change.actor.clone(),
        event: Event::Applied {
            command: topics::values::ids::EventId::of(&[b"large"]),
            action: ActionName::Note,
        },
        changes: Vec::new(),
        assignment: None,
        note: Some(Sealed("x".repeat(2_000_000))),
        reached: Vec::new(),
        absent: Vec::new(),
    }
}

static FRAGILE: MachineSpec = MachineSpec {
    name: "tickets",
    lane: Lane::Municipal,
    log: <TicketCommands as Topic>::SPEC,
    store: Some(<Tickets as Topic>::SPEC),
    stages: TicketMachine::STAGES,
    writes: &[&[<TicketEvents as Topic>::SPEC], &[], &[]],
    dead_letters: <MunicipalDeadLetters as Topic>::SPEC,
    make: |around| Box::new(MachineTask::new(Fragile(TicketMachine), around)),
};

/// Runs the fragile machine in this process, as `trust-engine run tickets` runs the real one.
fn run_fragile(installation: &TestInstallation) -> Result<(JoinHandle<Result<(), LogError>>, Shutdown)> {
    let topics = &installation.topics;
    let broker = kafka::Installation {
        brokers: topics.brokers.clone(),
        prefix: topics.prefix.clone(),
        partitions: topics.partitions,
    };
    let stop = Shutdown::default();
    let editions = EditionCache::default();
    editions::follow(&broker, &editions, &stop)?;
    let settings = RunnerSettings {
        appender: Appender::new(&broker)?,
        installation: broker,
        host: "fragile".to_owned(),
        state: installation.folder().join("state"),
        ring: Arc::clone(&topics.key_ring),
        pepper: Pepper::new(&[7; 32])?,
        editions,
        cut: Cut::Nowhere,
    };
    let metrics = Metrics::new()?.chain("tickets", Lane::Municipal);
    let health = Health::default().part("tickets");
    let until = stop.clone();
    let run = move || runner::run(&FRAGILE, settings, Arc::new(NoServices), metrics, health, until);
    Ok((std::thread::Builder::new().name("fragile".to_owned()).spawn(run)?, stop))
}

fn with_header<'a>(raw: &Raw<'a>, name: &'a str, value: &str) -> Raw<'a> {
    let headers = raw
        .headers
        .iter()
        .filter(|(known, _)| *known != name)
        .cloned()
        .chain([(name, value.to_owned().into())])
        .collect();
    Raw { headers, ..raw.clone() }
}

/// The value with one letter of its sealed part changed.
fn damaged(value: &[u8]) -> Result<Vec<u8>> {
    let mut text = String::from_utf8(value.to_vec())?;
    let place = text.find("municipal-1.").context("nothing is sealed")? + 60;
    let other = if text.get(place..=place) == Some("A") { "B" } else { "A" };
    text.replace_range(place..=place, other);
    Ok(text.into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_processed_becomes_a_dead_letter_and_the_rest_goes_on() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("bad", 2)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let (machine, stop) = run_fragile(&installation)?;
    let first = WantedTicket::now(1);
    let opened = first.open(&topics)?;
    topics.append(Raw::of(&opened)).await?;

    let note = |words: &str| change(&topics, &first.id()?, Action::Note { note: Sealed(words.to_owned()) });
    let panics = note(PANIC)?;
    let grows = note(LARGE)?;
    let sealed = note("a note")?;
    let good = change(&topics, &first.id()?, status(Status::InProgress))?;
    let stray = WantedTicket::now(2).open(&topics)?;
    let bad = [
        (DeadClass::Undecodable, Raw { value: b"{ this is no JSON".to_vec(), ..Raw::of(&good) }),
        (DeadClass::Undecodable, Raw { value: b"{\"kind\":\"change\"}".to_vec(), ..Raw::of(&good) }),
        (DeadClass::Undecodable, Raw { headers: Vec::new(), ..Raw::of(&good) }),
        (DeadClass::UnknownKind, with_header(&Raw::of(&good), "ce_type", "ticket-commands.frobnicate")),
        (DeadClass::UnknownKind, with_header(&Raw::of(&good), "schema-version", "99")),
        (DeadClass::Damaged, Raw { value: damaged(&Raw::of(&sealed).value)?, ..Raw::of(&sealed) }),
        (DeadClass::Misplaced, Raw { partition: 1 - stray.partition, ..Raw::of(&stray) }),
        (DeadClass::Panicked, Raw::of(&panics)),
        (DeadClass::TooLarge, Raw::of(&grows)),
    ];
    let mut expected: BTreeMap<(u32, i64), (DeadClass, Vec<u8>)> = BTreeMap::new();
    for (class, record) in &bad {
        let offset = topics.append(record.clone()).await?;
        expected.insert((record.partition, offset), (*class, record.value.clone()));
    }
    topics.append(Raw::of(&good)).await?;
    let last = WantedTicket::now(3);
    topics.append(Raw::of(&last.open(&topics)?)).await?;

    let first = first.id()?.to_string();
    let last = last.id()?.to_string();
    let look = async || {
        let store = topics.store::<Tickets>()?;
        let worked = store.get(&first).is_some_and(|ticket| ticket.status == Status::InProgress);
        Ok(Checked::when(worked && store.contains_key(&last), || format!("{} tickets", store.len())))
    };
    installation.wait_until("the rest has gone on", SOON, look).await?;
    let mut found = BTreeMap::new();
    for letter in topics.decoded::<MunicipalDeadLetters>()? {
        let source = letter.record.source;
        let original = letter.record.record.0;
        let value = STANDARD.decode(original.value.unwrap_or_default())?;
        assert_eq!(source.topic.as_str(), "ticket-commands");
        assert!(
            found.insert((source.partition, source.offset), (letter.record.class, value)).is_none(),
            "a record has two dead letters"
        );
    }
    assert_eq!(found, expected);
    for row in topics.task_rows("tickets")?.into_values() {
        for (stage, counts) in row.counts {
            assert_eq!(counts.received, counts.forwarded + counts.filtered + counts.rejected, "{stage}");
        }
    }
    stop.request();
    machine.join().map_err(|_| anyhow::anyhow!("the machine panicked"))??;
    Ok(())
}

/// Makes the broker refuse batches of a topic that are larger than this.
async fn narrow(topics: &simulator::harness::kafka::Topics, topic: &str, bytes: &str) -> Result<()> {
    let client: AdminClient<DefaultClientContext> = topics.client().create()?;
    let name = topics.name(topic);
    let config = AlterConfig::new(ResourceSpecifier::Topic(&name));
    let config = config.set("max.message.bytes", bytes).set("message.timestamp.type", "LogAppendTime");
    for answer in client.alter_configs([&config], &AdminOptions::new()).await? {
        answer.map_err(|(topic, code)| anyhow::anyhow!("{topic:?}: {code}"))?;
    }
    // The controller has it; the broker follows.
    wait_until("the broker refuses large batches", SOON, async || {
        let described =
            client.describe_configs([&ResourceSpecifier::Topic(&name)], &AdminOptions::new()).await?;
        let value = described
            .iter()
            .flatten()
            .find_map(|resource| resource.get("max.message.bytes")?.value.clone())
            .unwrap_or_default();
        Ok(Checked::when(value == bytes, || value))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_whose_outputs_the_broker_refuses_is_put_aside_and_those_around_it_go_on() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("refused", 1)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let engine = installation.run_ready("tickets").await?;
    let wanted: Vec<WantedTicket> = (1..6).map(WantedTicket::now).collect();
    for one in &wanted {
        topics.append(Raw::of(&one.open(&topics)?)).await?;
    }
    let held = async |status: Status, count: usize| {
        let store = topics.store::<Tickets>()?;
        let found = store.values().filter(|ticket| ticket.status == status).count();
        Ok(Checked::when(found == count, || format!("{found} of {count} tickets are {status}")))
    };
    installation.wait_until("the tickets are open", SOON, async || held(Status::Open, 5).await).await?;
    narrow(&topics, "ticket-events", "4000").await?;
    let note =
        change(&topics, &wanted[0].id()?, Action::Note { note: Sealed("a long note ".repeat(1_000)) })?;
    let mut offset = 0;
    for (place, one) in wanted.iter().enumerate() {
        if place == 2 {
            offset = topics.append(Raw::of(&note)).await?;
        }
        topics.append(Raw::of(&change(&topics, &one.id()?, status(Status::InProgress))?)).await?;
    }
    installation
        .wait_until("the others have gone on", SOON, async || held(Status::InProgress, 5).await)
        .await?;
    let letters = topics.decoded::<MunicipalDeadLetters>()?;
    let found: Vec<_> =
        letters.iter().map(|letter| (letter.record.class, letter.record.source.offset)).collect();
    assert_eq!(found, [(DeadClass::Uncommittable, offset)]);
    assert!(engine.logged()?.contains("a transaction was aborted"), "nothing says why");
    engine.stop().await
}
