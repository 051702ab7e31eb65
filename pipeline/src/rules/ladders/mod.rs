//! Ladders: the steps by which a deadline reaches people, and when they are due. A municipality without a
//! ladder has one step for each clock: at the deadline, the ticket is escalated to the team's manager.

use std::time::Duration;

use topics::records::editions::LadderStep;
use topics::records::tickets::{LadderState, NextStep, PassedStep, Ticket};
use topics::values::ladder::StepOffset;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, StepAction};

use crate::rules::calendar::{Counting, Stretch};
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::hold_times;

pub mod check;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

use table::hash_of_step;
pub use table::{Ladder, Ladders};

/// The ladder that an edition has for a ticket; missing where its municipality has none.
pub fn of<'a>(edition: &'a Edition, ticket: &Ticket) -> Option<&'a Ladder> {
    let municipality = ticket.routing.municipality.as_ref()?;
    edition.ladders().most_specific(municipality, ticket.facts.category, ticket.facts.severity)
}

/// Whether the edition has another ladder for the ticket than the one that it is on. A ticket whose clocks
/// stand still gets it when they run again.
pub fn is_other(edition: &Edition, ticket: &Ticket) -> bool {
    clocks::run_in(ticket.status) && has_changed(edition, ticket)
}

/// Whether the edition has another ladder for the ticket, whether or not its clocks run.
fn has_changed(edition: &Edition, ticket: &Ticket) -> bool {
    let present = ticket.ladder.as_ref().map_or(0, |ladder| ladder.hash);
    of(edition, ticket).map_or(0, |ladder| ladder.hash) != present
}

/// Puts the ticket on the ladder that the edition has for it, and finds the step that is due next. It is done
/// with every write, because everything that is written may have moved a deadline; `before` is the ticket as
/// it was last written, and the edition is in force `since` then.
pub fn arm(edition: &Edition, since: Time, before: Option<&Ticket>, ticket: &mut Ticket, now: Time) {
    if !clocks::run_in(ticket.status) {
        if let Some(state) = &mut ticket.ladder {
            state.next = None;
        }
        return;
    }
    let Some(ladder) = of(edition, ticket) else {
        if let Some(state) = &mut ticket.ladder {
            state.hash = 0;
            state.next = None;
        }
        return;
    };
    let all: Vec<StepDue<'_>> =
        ladder.steps.iter().map(|(hash, step)| StepDue::of(edition, ticket, *hash, step)).collect();
    let state = ticket.ladder.take().unwrap_or(LadderState { hash: 0, passed: Vec::new(), next: None });
    let mut passed = state.passed;
    if let Some(before) = before {
        pass_repeats(&mut passed, before, &all, now);
        if state.hash != ladder.hash {
            match has_changed(edition, before) {
                true => pass_served(&mut passed, before, &all, since),
                false => pass_missed(&mut passed, before, &all, now),
            }
        }
    }
    let next = all.iter().filter(|due| due.is_pending(ticket, &passed)).map(StepDue::next).min();
    ticket.ladder = Some(LadderState { hash: ladder.hash, passed, next });
}

/// A step with its time.
struct StepDue<'a> {
    step: &'a LadderStep,
    hash: u32,
    at: Time,
    /// The deadline that it belongs to.
    deadline: Time,
}

impl<'a> StepDue<'a> {
    fn of(edition: &Edition, ticket: &Ticket, hash: u32, step: &'a LadderStep) -> Self {
        Self { step, hash, at: time_of(edition, ticket, step), deadline: ticket.clock(step.clock).due_at }
    }

    const fn next(&self) -> NextStep {
        NextStep { at: self.at, step: self.step.step }
    }

    fn has_fired(&self, passed: &[PassedStep]) -> bool {
        passed.iter().any(|one| one.hash == self.hash && one.of >= self.deadline)
    }

    /// Whether it still fires: its clock was not met and does not stand still, and it has not fired of this
    /// deadline.
    fn is_pending(&self, ticket: &Ticket, passed: &[PassedStep]) -> bool {
        let clock = self.step.clock;
        let stands_still = clock == Clock::Resolution && ticket.hold.is_some();
        ticket.clock(clock).met_at.is_none() && !stands_still && !self.has_fired(passed)
    }
}

/// A step that has fired and whose deadline has moved fires again only if there is time until then.
fn pass_repeats(passed: &mut [PassedStep], before: &Ticket, all: &[StepDue<'_>], now: Time) {
    let has_moved = |due: &&StepDue<'_>| before.clock(due.step.clock).due_at != due.deadline;
    for due in all.iter().filter(|due| due.at <= now).filter(has_moved) {
        for one in passed.iter_mut().filter(|one| one.hash == due.hash) {
            one.of = one.of.max(due.deadline);
        }
    }
}

/// Of a ladder that a new edition gives an open ticket, the steps do not fire whose time had passed by then:
/// the ladder before had served that time. What neither ladder nor clock had seen by then is still to be
/// done.
fn pass_served(passed: &mut Vec<PassedStep>, before: &Ticket, all: &[StepDue<'_>], since: Time) {
    // The clocks of a ticket that is resolved or closed stand still, and so does its ladder.
    let stopped = if clocks::run_in(before.status) {
        None
    } else {
        before.resolution.met_at.or(before.closed_at).filter(|at| *at < since)
    };
    let last = stopped.unwrap_or(since);
    let unseen_step = before.ladder.as_ref().and_then(|ladder| ladder.next).map(|next| next.at);
    for due in all {
        let clock = before.clock(due.step.clock);
        let unseen_deadline = (!clocks::is_over(clock)).then_some(clock.due_at);
        let is_seen = |unseen: Option<Time>| unseen.is_none_or(|unseen| due.at < unseen);
        if due.at <= last && is_seen(unseen_step) && is_seen(unseen_deadline) {
            note(passed, due.hash, due.deadline);
        }
    }
}

/// Of a ladder that a correction gives a ticket whose deadline was missed, the steps whose time has passed do
/// not fire.
fn pass_missed(passed: &mut Vec<PassedStep>, before: &Ticket, all: &[StepDue<'_>], now: Time) {
    let was_missed = |due: &&StepDue<'_>| before.clock(due.step.clock).breached_at.is_some() && due.at <= now;
    for due in all.iter().filter(was_missed) {
        note(passed, due.hash, due.deadline);
    }
}

/// Notes that a step fires of its present deadline.
pub fn pass(ticket: &mut Ticket, step: &LadderStep) {
    let of = ticket.clock(step.clock).due_at;
    if let Some(state) = &mut ticket.ladder {
        note(&mut state.passed, hash_of_step(step), of);
    }
}

fn note(passed: &mut Vec<PassedStep>, hash: u32, of: Time) {
    match passed.iter_mut().find(|one| one.hash == hash) {
        Some(one) => one.of = one.of.max(of),
        None => passed.push(PassedStep { hash, of }),
    }
}

/// Whether a step has fired of its present deadline.
pub fn has_fired(ticket: &Ticket, step: &LadderStep) -> bool {
    let hash = hash_of_step(step);
    let of = ticket.clock(step.clock).due_at;
    let passed = ticket.ladder.iter().flat_map(|state| &state.passed);
    passed.into_iter().any(|one| one.hash == hash && one.of >= of)
}

/// When a step is due. It counts the time that its deadline counts: working hours where those were promised,
/// and no time of a hold. A share is of the whole time that was promised for the deadline, from the report
/// on, or from the reopening on if that set the deadline: what lies between the two was promised to nobody.
pub fn time_of(edition: &Edition, ticket: &Ticket, step: &LadderStep) -> Time {
    let state = ticket.clock(step.clock);
    let due_at = state.due_at;
    let held = match step.clock {
        Clock::Response => Vec::new(),
        Clock::Resolution => hold_times::stretches(ticket),
    };
    let calendar = edition.calendar(ticket.routing.municipality.as_ref());
    let (counting, from, time) = match (state.working, calendar) {
        (Some(promise), Some(calendar)) => {
            (Counting::WorkingHours(calendar), promise.from, Duration::from_secs(promise.working_s))
        }
        _ => {
            let from = state.given_at.unwrap_or(ticket.facts.reported_at);
            (Counting::RoundTheClock, from, Counting::RoundTheClock.time_between(&held, from, due_at))
        }
    };
    let promise = Promised { counting, from, time, due_at };
    promise.offset(&held, step.at)
}

/// A promised time, for finding when steps are due.
#[derive(Clone, Copy, Debug)]
pub struct Promised<'a> {
    /// Which hours count towards the deadline.
    pub counting: Counting<'a>,
    /// When the time begins.
    pub from: Time,
    /// The time that was promised.
    pub time: Duration,
    /// When the deadline is reached.
    pub due_at: Time,
}

impl Promised<'_> {
    /// The moment with this offset from the deadline.
    pub fn offset(self, held: &[Stretch], offset: StepOffset) -> Time {
        let Self { counting, from, time, due_at } = self;
        let before = |left: Duration| match time.checked_sub(left) {
            Some(time) => counting.deadline_after(held, from, time).min(due_at),
            None => from.min(due_at),
        };
        match offset {
            StepOffset::AtDeadline => due_at,
            StepOffset::ShareLeft(percent) => before(time * u32::from(percent) / 100),
            StepOffset::Before(left) => before(left.duration()),
            // After the deadline a ticket is not held.
            StepOffset::After(later) => counting.deadline_after(&[], due_at, later.duration()),
        }
    }
}

/// What a step with this action does, for the documents.
pub const fn explain(action: StepAction) -> &'static str {
    match action {
        StepAction::Notify => "nothing but the event, which names the people whom it reaches",
        StepAction::Assign => "assigned to the person",
        StepAction::RaiseSeverity => "one degree more severe; its deadlines stay as they were promised",
        StepAction::Escalate => {
            "`escalated`, and assigned to the person; without one it stays where it is and is flagged; the \
             resident is told of the new status"
        }
        StepAction::TellResident => "the resident is told that the work takes longer",
    }
}
