//! How a ticket is written: the row, the event with the changes, and the notice to the resident. No other
//! code writes a ticket, so every change has an event and every event has a version.

use topics::catalogue::{Breaches, Messages, TicketEvents};
use topics::codec::record::{Address, Envelope};
use topics::codec::sealing::Sealed;
use topics::records::breaches::Breach;
use topics::records::messages::{FromTicket, Message, Notice};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_events::{Absentee, Event, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::ids::TicketId;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::AssignmentReason;

use super::audit;
use crate::engine::step::Step;
use crate::rules::automations;
use crate::rules::handover;
use crate::rules::ladders;
use crate::rules::recipients::Reached;

/// What happens to a ticket.
pub struct Happening {
    /// The name of the stage that causes it.
    pub stage: &'static str,
    /// The envelope of the event.
    pub envelope: Envelope,
    /// The event that is written.
    pub event: Event,
    /// The actor who causes it.
    pub actor: Actor,
    /// A note or reason in the actor's words.
    pub note: Option<Sealed<String>>,
    /// The people whom a step of a ladder or an automation reaches.
    pub reached: Vec<ActorName>,
    /// The people who should have been reached and are absent.
    pub absent: Vec<Absentee>,
}

impl Happening {
    /// What the system does by itself, and tells no member of staff.
    pub const fn of_system(stage: &'static str, envelope: Envelope, event: Event) -> Self {
        Self {
            stage,
            envelope,
            event,
            actor: Actor::SYSTEM,
            note: None,
            reached: Vec::new(),
            absent: Vec::new(),
        }
    }
}

/// Writes the ticket as it is after what happened, with its event; returns it as written.
pub fn write(
    step: &mut Step<'_, Ticket>,
    happening: Happening,
    before: Option<&Ticket>,
    mut after: Ticket,
) -> Ticket {
    after.version = before.map_or(0, |before| before.version) + 1;
    after.at = step.now;
    after.edition = step.edition.number;
    ladders::arm(step.edition, step.edition_at, before, &mut after, step.now);
    automations::arm(step.edition.automations(), &mut after, step.now);
    handover::arm(step.edition, &mut after, step.now);
    let Happening { stage, envelope, event, actor, note, mut reached, mut absent } = happening;
    let changes = audit::changes(before, &after);
    let assignment = audit::assignment(before, &after, &actor);
    let tells_holder = assignment.is_some() || matches!(event, Event::Warned { .. } | Event::Breached { .. });
    if tells_holder && reached.is_empty() {
        let told = told_for_holder(step, &after);
        reached = told.people;
        absent.extend(told.absent);
    }
    let is_routed = matches!(
        after.assignment_reason,
        AssignmentReason::GeospatialRouting | AssignmentReason::TeamUnavailable
    );
    if assignment.is_some() && is_routed {
        absent.extend(absent_lead(step, &after));
    }
    let event =
        TicketEvent { changes, assignment, note, reached, absent, ..bare(step, &after, actor, event) };
    emit(step, stage, envelope, &event);
    step.put(after.ticket.as_str(), after.clone());
    after
}

/// Whom to tell of what reaches the person who has the ticket; nobody else while that person is present.
fn told_for_holder(step: &Step<'_, Ticket>, ticket: &Ticket) -> Reached {
    let Some(holder) = &ticket.routing.assigned_to else { return Reached::default() };
    let staff = step.edition.staff_of(&ticket.routing, step.now);
    let told = staff.stand_for(std::slice::from_ref(holder));
    if told.absent.is_empty() { Reached::default() } else { told }
}

/// The lead of the team that the ticket was routed to, if the lead is absent.
fn absent_lead(step: &Step<'_, Ticket>, ticket: &Ticket) -> Vec<Absentee> {
    let staff = step.edition.staff_of(&ticket.routing, step.now);
    let lead = staff.lead.filter(|lead| ticket.routing.assigned_to.as_ref() != Some(lead));
    lead.map_or_else(Vec::new, |lead| staff.stand_for(std::slice::from_ref(lead)).absent)
}

/// Finds when an automation is due next in the ticket's stay in its queue, and when those who have it may not
/// be there. That is no change of the ticket, so it has no event.
pub fn arm(step: &mut Step<'_, Ticket>, ticket: &Ticket) {
    let mut armed = ticket.clone();
    automations::arm(step.edition.automations(), &mut armed, step.now);
    handover::arm(step.edition, &mut armed, step.now);
    armed.unattended_since = ticket.unattended_since;
    let known = step.get(ticket.ticket.as_str());
    let waits = |ticket: &Ticket| (ticket.queue_stay, ticket.hand_on_at);
    if known.is_some_and(|known| waits(known) != waits(&armed)) {
        step.put(ticket.ticket.as_str(), armed);
    }
}

/// Answers a command that does not change the ticket.
pub fn refuse(step: &mut Step<'_, Ticket>, stage: &'static str, ticket: &Ticket, actor: Actor, event: Event) {
    let envelope = step.next_envelope(stage);
    let event = bare(step, ticket, actor, event);
    emit(step, stage, envelope, &event);
}

/// Answers a command for a ticket that does not exist.
pub fn refuse_unknown(
    step: &mut Step<'_, Ticket>,
    stage: &'static str,
    ticket: TicketId,
    actor: Actor,
    event: Event,
) {
    let envelope = step.next_envelope(stage);
    let at = step.now;
    let edition = step.edition.number;
    let event = TicketEvent {
        ticket,
        at,
        edition,
        municipality: None,
        version: 0,
        revision: 0,
        actor,
        event,
        changes: Vec::new(),
        assignment: None,
        note: None,
        reached: Vec::new(),
        absent: Vec::new(),
    };
    emit(step, stage, envelope, &event);
}

fn bare(step: &Step<'_, Ticket>, ticket: &Ticket, actor: Actor, event: Event) -> TicketEvent {
    TicketEvent {
        ticket: ticket.ticket.clone(),
        at: step.now,
        edition: step.edition.number,
        municipality: ticket.routing.municipality.clone(),
        version: ticket.version,
        revision: ticket.revision,
        actor,
        event,
        changes: Vec::new(),
        assignment: None,
        note: None,
        reached: Vec::new(),
        absent: Vec::new(),
    }
}

fn emit(step: &mut Step<'_, Ticket>, stage: &'static str, envelope: Envelope, event: &TicketEvent) {
    step.emit_as::<TicketEvents>(
        stage,
        envelope,
        Address::ByKey(step.context.partitions),
        &event.ticket,
        event,
    );
}

/// Writes that a warning or deadline has passed.
pub fn breach(step: &mut Step<'_, Ticket>, stage: &'static str, envelope: Envelope, breach: &Breach) {
    step.emit_as::<Breaches>(
        stage,
        envelope,
        Address::ByKey(step.context.partitions),
        &breach.ticket,
        breach,
    );
}

/// Sends a notice to the conversation of the ticket's resident, in that conversation's partition.
pub fn tell(
    step: &mut Step<'_, Ticket>,
    stage: &'static str,
    envelope: Envelope,
    ticket: &Ticket,
    notice: Notice,
) {
    let is_new = matches!(notice, Notice::Opened { .. });
    let message = Message::FromTicket(Box::new(FromTicket {
        ticket: ticket.ticket.clone(),
        at: step.now,
        edition: step.edition.number,
        tracking_number: ticket.facts.tracking_number.clone(),
        category: ticket.facts.category,
        municipality: ticket.routing.municipality.clone(),
        status: ticket.status,
        version: ticket.version,
        // While a ticket is held, its deadline is not known.
        resolution_due_at: (!is_new && ticket.hold.is_none()).then_some(ticket.resolution.due_at),
        notice,
    }));
    step.emit_as::<Messages>(
        stage,
        envelope,
        Address::Partition(ticket.facts.reply_partition),
        &ticket.ticket,
        &message,
    );
}

/// The envelope of a record that a passed warning or deadline leads to. Its id is derived from ticket, clock,
/// tier, deadline and level, not from the record whose time let the deadline pass.
pub fn fired(step: &Step<'_, Ticket>, what: &str, breach: &Breach) -> Envelope {
    step.envelope_of(&[
        what.as_bytes(),
        breach.ticket.as_str().as_bytes(),
        breach.clock.as_str().as_bytes(),
        &[breach.tier],
        &breach.due_at.millis().to_be_bytes(),
        breach.level.as_str().as_bytes(),
    ])
}

/// The envelope of a record that a due time leads to, for a ticket of this version due at this moment.
pub fn named(step: &Step<'_, Ticket>, what: &str, ticket: &Ticket, due_at: Time) -> Envelope {
    let version = ticket.version.to_be_bytes();
    let due_at = due_at.millis().to_be_bytes();
    step.envelope_of(&[what.as_bytes(), ticket.ticket.as_str().as_bytes(), &version, &due_at])
}
