//! The topology: one table of all machines and of the stages that can run in a consumer group of their own.
//! The runner, the printed documentation and the tests all use this table.

use std::fmt::Write;
use std::sync::Arc;

use topics::catalogue::cut::Cut;
use topics::catalogue::{
    Assignments, Breaches, Messages, Notifications, ProtectedCommands, ProtectedNotifications, Reports,
    TicketCommands, TicketEvents, Topic, TopicSpec, UnscreenedMessages,
};
use topics::codec::sealing::KeyRing;
use topics::values::ids::Pepper;
use topics::values::lane::Lane;

use crate::engine::driver::DriverMachine;
use crate::engine::machine::Machine;
use crate::engine::stage::Stage;
use crate::engine::step::TaskContext;
use crate::engine::task::{MachineTask, StageTask, Task};
use crate::machines::conversations::ConversationMachine;
use crate::machines::deliveries::{self, Deliveries};
use crate::machines::protected::ProtectedMachine;
use crate::machines::route_and_stamp::{Route, Stamp};
use crate::machines::tickets::TicketMachine;
use crate::stages::route::ROUTE;
use crate::stages::stamp::STAMP;

/// A row of the topology: a machine, or a stage that can run separately.
pub struct MachineSpec {
    /// The name of the row, which its consumer group and its transactional ids also contain.
    pub name: &'static str,
    /// The lane that its log belongs to, which decides who may read the data.
    pub lane: Lane,
    /// The topic that it consumes: a log for a machine, a tap for a stage without a store.
    pub log: &'static TopicSpec,
    /// The topic of its store. `None` for a stage without a store, which runs only where the topic set is cut
    /// before it.
    pub store: Option<&'static TopicSpec>,
    /// The stages of its chain in order, as they run if the topic set is not cut.
    pub stages: &'static [&'static str],
    /// The topics that each stage writes, in the order of `stages`, without the store and the dead letters.
    pub writes: &'static [&'static [&'static TopicSpec]],
    /// The topic that its dead letters are written to.
    pub dead_letters: &'static TopicSpec,
    /// Creates the task of one partition.
    pub make: fn(TaskContext) -> Box<dyn Task>,
}

impl MachineSpec {
    const fn of<M: Machine + Default + 'static>(
        name: &'static str,
        lane: Lane,
        writes: &'static [&'static [&'static TopicSpec]],
    ) -> Self {
        Self {
            name,
            lane,
            log: <M::Log as Topic>::SPEC,
            store: Some(<M::Store as Topic>::SPEC),
            stages: M::STAGES,
            writes,
            dead_letters: <M::DeadLetters as Topic>::SPEC,
            make: |context| Box::new(MachineTask::new(M::default(), context)),
        }
    }

    const fn stage<S: Stage>(name: &'static str, writes: &'static [&'static [&'static TopicSpec]]) -> Self {
        Self {
            name,
            lane: <S::Log as Topic>::SPEC.lane,
            log: <S::Log as Topic>::SPEC,
            store: None,
            stages: S::STAGES,
            writes,
            dead_letters: <S::DeadLetters as Topic>::SPEC,
            make: |context| Box::new(StageTask::<S>::new(context)),
        }
    }

    /// This row as the in-memory driver runs it: in an installation with these secrets, this number of
    /// partitions and this cut.
    pub fn in_memory(
        &self,
        ring: &Arc<KeyRing>,
        pepper: &Pepper,
        partitions: u32,
        cut: Cut,
    ) -> DriverMachine {
        let make = self.make;
        let ring = ring.clone();
        let pepper = pepper.clone();
        let context = move |partition| {
            let ring = ring.clone();
            let pepper = pepper.clone();
            TaskContext { partition, partitions, ring, pepper, cut }
        };
        DriverMachine {
            log: self.log,
            store: self.store,
            make: Box::new(move |partition| make(context(partition))),
        }
    }

    /// The stages that run in this row for a topic set with this cut, each with the topics that it writes.
    /// Empty if the row does not run with this cut.
    pub fn chain(&self, cut: Cut) -> Vec<(&'static str, &'static [&'static TopicSpec])> {
        let begins = |index: usize, stage: &str| {
            if index == 0 { self.store.is_some() || cut.is_before(stage) } else { !cut.is_before(stage) }
        };
        let stages = self.stages.iter().copied().zip(self.writes.iter().copied()).enumerate();
        stages.take_while(|(index, (stage, _))| begins(*index, stage)).map(|(_, stage)| stage).collect()
    }
}

/// Whether `source` is the name of a stage. Stages write in transactions only; connectors, commands and the
/// runner append outside of them.
pub fn is_stage(source: &str) -> bool {
    TOPOLOGY.iter().any(|machine| machine.stages.contains(&source))
}

/// All machines, and the stages that can run separately.
pub const TOPOLOGY: &[MachineSpec] = &[
    MachineSpec::of::<ConversationMachine>(
        "conversations",
        Lane::Intake,
        &[
            &[
                Reports::SPEC,
                TicketCommands::SPEC,
                Notifications::SPEC,
                ProtectedCommands::SPEC,
                ProtectedNotifications::SPEC,
                UnscreenedMessages::SPEC,
            ],
            &[Notifications::SPEC],
            &[Assignments::SPEC],
            &[TicketCommands::SPEC],
        ],
    ),
    MachineSpec::stage::<Route>(ROUTE, &[&[Assignments::SPEC], &[TicketCommands::SPEC]]),
    MachineSpec::stage::<Stamp>(STAMP, &[&[TicketCommands::SPEC]]),
    MachineSpec::of::<TicketMachine>(
        "tickets",
        Lane::Municipal,
        &[
            &[TicketEvents::SPEC, Messages::SPEC],
            &[TicketEvents::SPEC, Breaches::SPEC, Messages::SPEC],
            &[TicketEvents::SPEC],
        ],
    ),
    MachineSpec::of::<Deliveries<deliveries::Municipal>>("deliveries", Lane::Intake, &[&[Messages::SPEC]]),
    MachineSpec::of::<ProtectedMachine>("protected-tickets", Lane::Protected, &[&[]]),
    MachineSpec::of::<Deliveries<deliveries::Protected>>("protected-deliveries", Lane::Protected, &[&[]]),
];

/// The rows of the topology that run in a topic set with this cut.
pub fn topology(cut: Cut) -> impl Iterator<Item = &'static MachineSpec> {
    TOPOLOGY.iter().filter(move |machine| !machine.chain(cut).is_empty())
}

/// Describes the topology of a topic set with this cut as a Markdown table and a Mermaid diagram.
pub fn describe(cut: Cut) -> String {
    let mut text =
        String::from("| machine | its log | chain of stages | its store | writes |\n|---|---|---|---|---|\n");
    let mut diagram = String::from("```mermaid\nflowchart LR\n");
    for machine in topology(cut) {
        let chain = machine.chain(cut);
        let stages: Vec<&str> = chain.iter().map(|(stage, _)| *stage).collect();
        let mut writes: Vec<&str> = Vec::new();
        for topic in chain.iter().flat_map(|(_, writes)| writes.iter()) {
            if !writes.contains(&topic.name) {
                writes.push(topic.name);
            }
        }
        let store = machine.store.map_or("-", |store| store.name);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {store} | {} |",
            machine.name,
            machine.log.name,
            stages.join(", "),
            writes.join(", ")
        );
        let id = machine.name.replace('-', "_");
        let node = |topic: &str| format!("{}([{topic}])", topic.replace('-', "_t_"));
        let _ = writeln!(diagram, "  {id}[\"{}\"]", stages.join(" · "));
        let _ = writeln!(diagram, "  {} --> {id}", node(machine.log.name));
        if let Some(store) = machine.store {
            let _ = writeln!(diagram, "  {id} --> {}[({})]", store.name.replace('-', "_t_"), store.name);
        }
        for topic in writes {
            let _ = writeln!(diagram, "  {id} --> {}", node(topic));
        }
    }
    format!("{text}\n{diagram}```\n")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_stage_says_what_it_writes() {
        let expected: &[(&str, &str, &[&str])] = &[
            (
                "conversations",
                "converse",
                &[
                    "reports",
                    "ticket-commands",
                    "notifications",
                    "protected-commands",
                    "protected-notifications",
                    "unscreened",
                ],
            ),
            ("conversations", "announce", &["notifications"]),
            ("conversations", "route", &["assignments"]),
            ("conversations", "stamp", &["ticket-commands"]),
            ("route", "route", &["assignments"]),
            ("route", "stamp", &["ticket-commands"]),
            ("stamp", "stamp", &["ticket-commands"]),
            ("tickets", "track", &["ticket-events", "messages"]),
            ("tickets", "detect", &["ticket-events", "breaches", "messages"]),
            ("tickets", "escalate", &["ticket-events"]),
            ("deliveries", "deliver", &["messages"]),
            ("protected-tickets", "refer", &[]),
            ("protected-deliveries", "deliver", &[]),
        ];
        let mut found = Vec::new();
        for machine in TOPOLOGY {
            assert_eq!(machine.stages.len(), machine.writes.len(), "{}", machine.name);
            for (stage, topics) in machine.stages.iter().zip(machine.writes) {
                let names: Vec<&str> = topics.iter().map(|topic| topic.name).collect();
                found.push((machine.name, *stage, names));
            }
        }
        let expected: Vec<_> =
            expected.iter().map(|(machine, stage, names)| (*machine, *stage, names.to_vec())).collect();
        assert_eq!(found, expected);
    }

    /// What each stage of each lane writes.
    fn stages_at_work(cut: Cut) -> BTreeMap<(&'static str, &'static str), Vec<&'static str>> {
        let mut work = BTreeMap::new();
        for machine in topology(cut) {
            for (stage, writes) in machine.chain(cut) {
                let lane = if machine.lane == Lane::Protected { "protected" } else { "open" };
                let topics = writes.iter().map(|topic| topic.name).collect();
                assert!(work.insert((lane, stage), topics).is_none(), "{stage} is at work twice ({cut})");
            }
        }
        work
    }

    #[test]
    fn however_it_is_cut_every_stage_is_at_work_once_and_writes_the_same() {
        for cut in Cut::ALL {
            assert_eq!(stages_at_work(*cut), stages_at_work(Cut::Nowhere), "{cut}");
        }
    }

    #[test]
    fn what_is_cut_out_is_at_work_by_itself_and_only_there() {
        let names = |cut| {
            topology(cut)
                .map(|machine| machine.name)
                .filter(|name| ["route", "stamp"].contains(name))
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(names(Cut::Nowhere), BTreeSet::new());
        assert_eq!(names(Cut::Route), BTreeSet::from(["route"]));
        assert_eq!(names(Cut::Stamp), BTreeSet::from(["stamp"]));
        assert_eq!(names(Cut::Both), BTreeSet::from(["route", "stamp"]));
    }

    #[test]
    fn it_is_printed_as_it_runs() {
        let line = |cut, name: &str| {
            let text = describe(cut);
            text.lines().find(|line| line.starts_with(&format!("| {name} |"))).map(str::to_owned)
        };
        let conversations = line(Cut::Both, "conversations").unwrap();
        assert!(
            conversations.contains("| converse, announce |") && !conversations.contains("assignments"),
            "{conversations}"
        );
        assert_eq!(
            line(Cut::Route, "route").unwrap(),
            "| route | reports | route, stamp | - | assignments, ticket-commands |"
        );
        assert_eq!(
            line(Cut::Stamp, "stamp").unwrap(),
            "| stamp | assignments | stamp | - | ticket-commands |"
        );
        assert_eq!(line(Cut::Nowhere, "route"), None);
    }
}
