//! The topology: all machines in one table. It runs the program, prints it and tests it.

use std::fmt::Write;

use topics::catalogue::{
    Assignments, Breaches, Lane, Messages, Notifications, ProtectedCommands, ProtectedNotifications, Reports, TicketCommands, TicketEvents,
    Topic, TopicSpec, UnscreenedMessages,
};

use crate::conversations::ConversationMachine;
use crate::deliveries::{self, Deliveries};
use crate::machine::Machine;
use crate::protected::ProtectedMachine;
use crate::step::Surroundings;
use crate::task::{MachineTask, Task};
use crate::tickets::TicketMachine;

/// A row of the topology.
pub struct MachineSpec {
    /// Its name: of its chain, its consumer group and its transactional ids.
    pub name: &'static str,
    /// Whose eyes it is for.
    pub lane: Lane,
    /// The log that it hears.
    pub log: &'static TopicSpec,
    /// Its store.
    pub store: &'static TopicSpec,
    /// Its stages, in order.
    pub stages: &'static [&'static str],
    /// What it writes besides its store and dead letters.
    pub writes: &'static [&'static TopicSpec],
    /// Where its dead letters go.
    pub dead_letters: &'static TopicSpec,
    /// Makes the task of a partition.
    pub make: fn(Surroundings) -> Box<dyn Task>,
}

impl MachineSpec {
    const fn of<M: Machine + Default + 'static>(name: &'static str, lane: Lane, writes: &'static [&'static TopicSpec]) -> Self {
        Self {
            name,
            lane,
            log: <M::Log as Topic>::SPEC,
            store: <M::Store as Topic>::SPEC,
            stages: M::STAGES,
            writes,
            dead_letters: <M::DeadLetters as Topic>::SPEC,
            make: |around| Box::new(MachineTask::new(M::default(), around)),
        }
    }
}

/// All machines.
pub const TOPOLOGY: &[MachineSpec] = &[
    MachineSpec::of::<ConversationMachine>(
        "conversations",
        Lane::Intake,
        &[
            Reports::SPEC,
            Assignments::SPEC,
            TicketCommands::SPEC,
            Notifications::SPEC,
            ProtectedCommands::SPEC,
            ProtectedNotifications::SPEC,
            UnscreenedMessages::SPEC,
        ],
    ),
    MachineSpec::of::<TicketMachine>("tickets", Lane::Municipal, &[TicketEvents::SPEC, Breaches::SPEC, Messages::SPEC]),
    MachineSpec::of::<Deliveries<deliveries::Municipal>>("deliveries", Lane::Intake, &[Messages::SPEC]),
    MachineSpec::of::<ProtectedMachine>("protected-tickets", Lane::Protected, &[]),
    MachineSpec::of::<Deliveries<deliveries::Protected>>("protected-deliveries", Lane::Protected, &[]),
];

/// The topology as a table and a Mermaid diagram.
pub fn describe() -> String {
    let mut text = String::from("| machine | its log | chain of stages | its store | writes |\n|---|---|---|---|---|\n");
    for machine in TOPOLOGY {
        let writes: Vec<&str> = machine.writes.iter().map(|topic| topic.name).collect();
        let stages = machine.stages.join(", ");
        let _ = writeln!(text, "| {} | {} | {stages} | {} | {} |", machine.name, machine.log.name, machine.store.name, writes.join(", "));
    }
    text.push_str("\n```mermaid\nflowchart LR\n");
    for machine in TOPOLOGY {
        let id = machine.name.replace('-', "_");
        let _ = writeln!(text, "  {id}[\"{}\"]", machine.stages.join(" · "));
        let _ = writeln!(text, "  {}([{}]) --> {id}", machine.log.name.replace('-', "_t_"), machine.log.name);
        let _ = writeln!(text, "  {id} --> {}[({})]", machine.store.name.replace('-', "_t_"), machine.store.name);
        for topic in machine.writes {
            let _ = writeln!(text, "  {id} --> {}([{}])", topic.name.replace('-', "_t_"), topic.name);
        }
    }
    text.push_str("```\n");
    text
}
