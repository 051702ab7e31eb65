//! Which topics each part of a process reads and writes. The webhook does not wait for the topics of other
//! parts, and they do not wait for each other's.

use connectors::desk::feed;
use connectors::postgis::{MUNICIPAL_TOPICS, PROTECTED_TOPICS};
use pipeline::topology::{MachineSpec, TOPOLOGY};
use topics::catalogue::cut::Cut;
use topics::catalogue::{
    Editions, IntakeDeadLetters, Messages, Notifications, ProtectedNotifications, TicketCommands, Topic,
    TopicSpec, spec,
};
use topics::values::lane::Lane;

use crate::cli::part::Part;

/// What the webhooks write.
const WEBHOOKS: &[&TopicSpec] =
    &[Messages::SPEC, Notifications::SPEC, ProtectedNotifications::SPEC, IntakeDeadLetters::SPEC];

/// The topics of a machine, whichever way the topic set is cut.
pub(super) fn of_machine(machine: &MachineSpec) -> Vec<&'static TopicSpec> {
    let writes = Cut::ALL.iter().flat_map(|cut| machine.chain(*cut)).flat_map(|(_, topics)| topics);
    let own = [machine.log, machine.dead_letters, Editions::SPEC];
    writes.copied().chain(own).chain(machine.store).collect()
}

/// The topics that the sink of a lane reads. It also writes dead letters, which it reads, too.
pub(super) fn of_sink(lane: Lane) -> Vec<&'static TopicSpec> {
    let names = if lane == Lane::Protected { PROTECTED_TOPICS } else { MUNICIPAL_TOPICS };
    names.iter().filter_map(|name| spec(name)).collect()
}

/// The topics of the desk.
pub(super) fn of_desk() -> Vec<&'static TopicSpec> {
    let follows = feed::TOPICS.iter().filter_map(|name| spec(name));
    follows.chain([TicketCommands::SPEC, Messages::SPEC, Editions::SPEC]).collect()
}

/// The topics without which a process is not started. One that takes messages needs only those that the
/// webhooks write; its other parts check their own. `editions` has the fingerprints of the keys.
pub(super) fn before_start(part: Part) -> Vec<&'static TopicSpec> {
    let own = match part {
        Part::All | Part::Whatsapp => WEBHOOKS.to_vec(),
        Part::Conversations
        | Part::Route
        | Part::Stamp
        | Part::Tickets
        | Part::Deliveries
        | Part::Protected => {
            TOPOLOGY.iter().filter(|machine| Part::of(machine) == part).flat_map(of_machine).collect()
        }
        Part::Sink => of_sink(Lane::Municipal),
        Part::ProtectedSink => of_sink(Lane::Protected),
        Part::Desk => of_desk(),
        Part::StaffMail => Vec::new(),
    };
    own.into_iter().chain([Editions::SPEC]).collect()
}
