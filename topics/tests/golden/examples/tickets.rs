//! What tickets are asked, what they are, and what happens to them.

use topics::catalogue::{Breaches, TicketCommands, TicketEvents, Tickets};
use topics::codec::sealing::Sealed;
use topics::records::breaches::Breach;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::{ActionName, Refusal};
use topics::records::ticket_commands::{
    Action, Change as Wanted, Deadline, Deadlines, Open, TicketCommand, WorkingPromise,
};
use topics::records::ticket_events::{Absentee, AssignmentFact, Event, FieldChange, TicketEvent};
use topics::records::tickets::{ClockState, Hold, LadderState, NextStep, PassedStep, PastHold, Ticket};
use topics::values::automation::EffectName;
use topics::values::calendar::Day;
use topics::values::ladder::StandIn;
use topics::values::vocabulary::{
    AssignmentReason, Category, Clock, EscalationReason, HoldReason, Language, Level, Outcome, PolicySource,
    Queue, Role, Severity, Status, StepAction,
};

use super::control;
use crate::example::{Example, example};
use crate::values::*;

pub fn all() -> Vec<Example> {
    let mut all: Vec<Example> = opening().into();
    all.extend(changes());
    all.extend(control::<TicketCommands>(TicketCommand::Edition, TicketCommand::Tick));
    all.extend([new(), long_lived(), in_working_hours(), held(), on_a_ladder()]);
    all.extend(events());
    all.extend(steps());
    all.extend(breaches());
    all
}

fn opening() -> [Example; 2] {
    let deadlines = Deadlines {
        policy: PolicySource::Category,
        edition: 3,
        response: Deadline { due_at: at(1_440), warn_at: at(1_152), working: None },
        resolution: Deadline { due_at: at(10_080), warn_at: at(8_064), working: None },
        closed_days: Vec::new(),
    };
    let open = Open {
        ticket: ticket(1),
        at: at(1),
        edition: 3,
        facts: facts(),
        routing: routing(),
        deadlines,
        point: Sealed(Some(point())),
    };
    let in_working_hours = Open {
        deadlines: Deadlines {
            response: Deadline { working: Some(working()), ..open.deadlines.response },
            closed_days: vec![holiday()],
            ..open.deadlines.clone()
        },
        ..open.clone()
    };
    [("be a ticket", open), ("be a ticket with deadlines in working hours", in_working_hours)].map(
        |(name, open)| {
            example::<TicketCommands>(name, "stamp", ticket(1), TicketCommand::Open(Box::new(open)))
        },
    )
}

fn working() -> WorkingPromise {
    WorkingPromise { from: at(0), working_s: 28_800, warning_pct: 80 }
}

fn holiday() -> Day {
    open("2026-09-24")
}

fn staff() -> Actor {
    Actor { role: Role::Staff, name: Some(open("thandi.m")) }
}

fn changes() -> Vec<Example> {
    let asks = |name, actor: Actor, revision, expected_status, action| {
        let change = Wanted { ticket: ticket(1), at: at(90), actor, revision, expected_status, action };
        example::<TicketCommands>(name, "desk", ticket(1), TicketCommand::Change(Box::new(change)))
    };
    let words = |text: &str| Sealed(text.to_owned());
    let confirm = Action::Status { to: Status::Closed, outcome: Some(Outcome::Confirmed), reason: None };
    let back = Action::Status { to: Status::Open, outcome: None, reason: Some(words("wrong valve")) };
    let assign = Action::Assign {
        team: Some(open("ETH-DESK")),
        assigned_to: Some(open("sipho")),
        reason: Some(words("on leave")),
    };
    let correct = Action::Correct {
        category: Some(Category::Sanitation),
        severity: Some(Severity::Low),
        language: Some(Language::En),
        point: Some(Sealed(point())),
    };
    let more = Action::Addendum {
        media: 2,
        has_words: true,
        point: Some(Sealed(point())),
        basis: None,
        routing: Some(routing()),
    };
    vec![
        asks("a resident confirms", Actor::RESIDENT, None, Some(Status::Resolved), confirm),
        asks("staff put it back, with a reason", staff(), Some(4), None, back),
        asks("staff hand it over", staff(), Some(4), None, assign),
        asks(
            "staff leave a note",
            staff(),
            None,
            None,
            Action::Note { note: words("the gate code is with the guard") },
        ),
        asks(
            "staff answer the resident",
            staff(),
            Some(4),
            None,
            Action::Reply { text: words("We come today") },
        ),
        asks(
            "staff hold it",
            staff(),
            Some(4),
            None,
            Action::Hold {
                reason: HoldReason::OtherBody,
                until: at(2_000),
                length_s: None,
                note: Some(words("Eskom first")),
            },
        ),
        asks(
            "staff hold it for an hour",
            staff(),
            Some(4),
            None,
            Action::Hold { reason: HoldReason::Weather, until: at(2_000), length_s: Some(3_600), note: None },
        ),
        asks("staff go on", staff(), Some(5), None, Action::Resume { note: None }),
        asks("staff correct what was understood", staff(), Some(4), None, correct),
        asks("a resident adds photos and a place", Actor::RESIDENT, None, Some(Status::Open), more),
    ]
}

fn clock(due: u64, warn: u64) -> ClockState {
    ClockState {
        due_at: at(due),
        warn_at: at(warn),
        warned_at: None,
        warned_of: None,
        breached_at: None,
        met_at: None,
        first_due_at: None,
        first_missed_at: None,
        shortest_due_at: None,
        given_at: None,
        working: None,
        without_holds_due_at: None,
    }
}

fn fresh() -> Ticket {
    Ticket {
        ticket: ticket(1),
        at: at(1),
        edition: 3,
        version: 1,
        revision: 1,
        status: Status::Open,
        outcome: None,
        facts: facts(),
        routing: routing(),
        assignment_reason: AssignmentReason::GeospatialRouting,
        policy: PolicySource::Category,
        policy_edition: 3,
        response: clock(1_440, 1_152),
        resolution: clock(10_080, 8_064),
        closed_days: Vec::new(),
        tier: 0,
        escalated_at: None,
        escalation_reason: None,
        manager_missing: false,
        unattended_since: None,
        hand_on_at: None,
        first_responded_at: None,
        resolved_at: None,
        close_at: None,
        closed_at: None,
        addenda: 0,
        held_since: None,
        hold: None,
        past_holds: Vec::new(),
        late_holds: 0,
        last_minute_closings: 0,
        reopenings: 0,
        tags: Vec::new(),
        queue_stay: None,
        ladder: None,
        reopened_at: None,
        expire_at: None,
        disarmed_at: None,
        point: Sealed(Some(point())),
    }
}

fn new() -> Example {
    example::<Tickets>("a new ticket", "track", ticket(1), fresh())
}

fn long_lived() -> Example {
    let late = ClockState {
        warned_at: Some(at(1_152)),
        warned_of: Some(at(1_440)),
        breached_at: Some(at(1_440)),
        met_at: Some(at(1_500)),
        first_due_at: Some(at(1_300)),
        first_missed_at: Some(at(1_301)),
        shortest_due_at: Some(at(1_200)),
        ..clock(1_440, 1_152)
    };
    let old = Ticket {
        at: at(20_000),
        version: 19,
        revision: 12,
        status: Status::Closed,
        outcome: Some(Outcome::Unanswered),
        routing: unlocated(),
        assignment_reason: AssignmentReason::SlaBreach,
        response: late,
        tier: 2,
        escalated_at: Some(at(1_440)),
        escalation_reason: Some(EscalationReason::SlaResponseBreach),
        manager_missing: true,
        first_responded_at: Some(at(1_500)),
        resolved_at: Some(at(15_680)),
        close_at: Some(at(20_000)),
        closed_at: Some(at(20_000)),
        addenda: 3,
        held_since: Some(at(1_600)),
        reopened_at: Some(at(15_000)),
        expire_at: Some(at(70_400)),
        disarmed_at: Some(at(18_000)),
        point: Sealed(None),
        ..fresh()
    };
    example::<Tickets>("a ticket to which everything happened", "track", ticket(1), old)
}

fn in_working_hours() -> Example {
    let response = ClockState { working: Some(working()), ..clock(1_440, 1_152) };
    let ticket_of_a_calendar = Ticket { response, closed_days: vec![holiday()], ..fresh() };
    example::<Tickets>(
        "a ticket whose response is due in working hours",
        "track",
        ticket(1),
        ticket_of_a_calendar,
    )
}

fn held() -> Example {
    let past = PastHold { from: at(100), to: at(200), reason: HoldReason::Weather };
    let hold = Hold { reason: HoldReason::WaitingForParts, until: at(2_000), by: open("thandi.m") };
    let held = Ticket {
        held_since: Some(at(1_600)),
        hold: Some(hold),
        past_holds: vec![past],
        late_holds: 1,
        last_minute_closings: 1,
        resolution: ClockState { without_holds_due_at: Some(at(9_980)), ..clock(10_080, 8_064) },
        ..fresh()
    };
    example::<Tickets>("a ticket that is held for the second time", "track", ticket(1), held)
}

fn on_a_ladder() -> Example {
    let ladder = LadderState {
        hash: 2_271_560_481,
        passed: vec![PassedStep { hash: 305_419_896, of: at(10_080) }],
        next: Some(NextStep { at: at(11_520), step: 3 }),
    };
    let tags = vec![open("burst-main"), open("seen")];
    let climbing = Ticket { tier: 2, reopenings: 1, tags, ladder: Some(ladder), ..fresh() };
    example::<Tickets>("a ticket on its municipality's ladder", "track", ticket(1), climbing)
}

/// Events of a ladder and of an automation: a step that reaches two people, and another ladder.
fn steps() -> [Example; 6] {
    let stepped = Event::Stepped {
        clock: Clock::Resolution,
        step: 2,
        offset: open("-2h"),
        action: StepAction::Notify,
        due_at: at(10_080),
        stand_in: Some(StandIn::Delegate),
    };
    let of = |event, reached, absent| TicketEvent {
        ticket: ticket(1),
        at: at(9_960),
        edition: 3,
        municipality: Some(open("ETH")),
        version: 6,
        revision: 4,
        actor: Actor::SYSTEM,
        event,
        changes: vec![FieldChange::Tier { old: Some(1), new: Some(2) }],
        assignment: None,
        note: None,
        reached,
        absent,
    };
    let reached = vec![open("thandi.m"), open("sipho.k")];
    let absent = vec![Absentee {
        login: open("nomsa"),
        until: Some(open("2026-02-13")),
        stand_in: Some(open("thandi.m")),
    }];
    let effect = EffectName::Assign;
    let automated = of(
        Event::Automated { automation: open("high-at-once"), effect, stand_in: None },
        vec![open("sipho.k")],
        vec![],
    );
    let changed = TicketEvent { changes: vec![], ..of(Event::LadderChanged {}, vec![], vec![]) };
    let away = Event::Unattended { team: Some(open("ETH-WATER-NORTH")), until: Some(open("2026-02-13")) };
    let old = None;
    let unattended = TicketEvent {
        changes: vec![FieldChange::UnattendedSince { old, new: Some(at(9_960)) }],
        ..of(away, vec![], vec![])
    };
    let away = Event::HandedOn { team: Some(open("ETH-WATER-NORTH")), until: Some(open("2026-02-13")) };
    let team = FieldChange::AssignedTeam { old: Some(open("ETH-WATER-NORTH")), new: Some(open("ETH-DESK")) };
    let handed_on = TicketEvent { changes: vec![team], ..of(away, vec![], vec![]) };
    let attended = TicketEvent { changes: vec![], ..of(Event::Attended {}, vec![], vec![]) };
    let example = |name, record| example::<TicketEvents>(name, "escalate", ticket(1), record);
    [
        example("a step of the ladder", of(stepped, reached, absent)),
        example("another ladder", changed),
        example("a ticket of a team that is unavailable, which a person chose", unattended),
        example("the team is there again", attended),
        example("a ticket of a team that is unavailable goes to the next", handed_on),
        example("an automation assigned the ticket", automated),
    ]
}

fn event(name: &'static str, actor: Actor, event: Event, changes: Vec<FieldChange>) -> Example {
    let assignment = AssignmentFact {
        team: Some(open("ETH-WATER-NORTH")),
        assigned_to: Some(open("eth-water-manager")),
        assigned_by: actor.login(),
        reason: AssignmentReason::SlaBreach,
        ticket_category: Category::Water,
    };
    let assignment =
        changes.iter().any(|change| matches!(change, FieldChange::AssignedTo { .. })).then_some(assignment);
    let note = matches!(event, Event::Applied { .. }).then(|| Sealed("waits for a valve".to_owned()));
    let municipality = Some(open("ETH"));
    let record = TicketEvent {
        ticket: ticket(1),
        at: at(1_440),
        edition: 3,
        municipality,
        version: 5,
        revision: 3,
        actor,
        event,
        changes,
        assignment,
        note,
        reached: Vec::new(),
        absent: Vec::new(),
    };
    example::<TicketEvents>(name, "track", ticket(1), record)
}

fn events() -> Vec<Example> {
    let refused =
        Event::Refused { command: command(), action: ActionName::Status, refusal: Refusal::StaleRevision };
    let tier = vec![
        FieldChange::Status { old: Some(Status::Open), new: Some(Status::Escalated) },
        FieldChange::Tier { old: Some(0), new: Some(1) },
        FieldChange::EscalatedAt { old: None, new: Some(at(1_440)) },
        FieldChange::AssignedTo { old: None, new: Some(open("eth-water-manager")) },
    ];
    let closed = vec![
        FieldChange::Outcome { old: None, new: Some(Outcome::Unanswered) },
        FieldChange::ClosedAt { old: None, new: Some(at(1_440)) },
    ];
    vec![
        event("it began", Actor::SYSTEM, Event::Opened {}, vec![]),
        event(
            "staff changed all that can be changed",
            staff(),
            Event::Applied { command: command(), action: ActionName::Correct },
            everything(),
        ),
        event("staff looked too long ago", staff(), refused, vec![]),
        event("a warning", Actor::SYSTEM, Event::Warned { clock: Clock::Response }, vec![]),
        event("a breach", Actor::SYSTEM, Event::Breached { clock: Clock::Response }, vec![]),
        event(
            "up to the manager",
            Actor::SYSTEM,
            Event::Escalated { reason: EscalationReason::SlaResponseBreach },
            tier,
        ),
        event(
            "routed again",
            Actor::SYSTEM,
            Event::Rerouted {},
            vec![FieldChange::Queue { old: Some(Queue::Unassigned), new: None }],
        ),
        event(
            "a declared holiday moved a deadline",
            Actor::SYSTEM,
            Event::Moved {
                clock: Clock::Resolution,
                old_due_at: at(10_080),
                new_due_at: at(11_520),
                closed: vec![holiday()],
                opened: vec![],
            },
            vec![FieldChange::ResolutionDueAt { old: Some(at(10_080)), new: Some(at(11_520)) }],
        ),
        event(
            "a hold ended by itself",
            Actor::SYSTEM,
            Event::Resumed {},
            vec![
                FieldChange::HeldSince { old: Some(at(1_600)), new: None },
                FieldChange::HeldUntil { old: Some(at(2_000)), new: None },
                FieldChange::HoldReason { old: Some(HoldReason::Outage), new: None },
            ],
        ),
        event("open tickets got the present policies", Actor::SYSTEM, Event::Restamped {}, vec![]),
        event("nobody answered", Actor::SYSTEM, Event::AutoClosed {}, closed),
        event("a due time failed", Actor::SYSTEM, Event::Disarmed {}, vec![]),
    ]
}

/// A change of each of the other fields.
fn everything() -> Vec<FieldChange> {
    vec![
        FieldChange::Category { old: Some(Category::Water), new: Some(Category::Sanitation) },
        FieldChange::Severity { old: Some(Severity::High), new: Some(Severity::Critical) },
        FieldChange::Language { old: Some(Language::Und), new: Some(Language::Af) },
        FieldChange::Municipality { old: None, new: Some(open("ETH")) },
        FieldChange::Ward { old: None, new: Some(open("59500028")) },
        FieldChange::AssignedTeam { old: Some(open("ETH-DESK")), new: Some(open("ETH-WATER-NORTH")) },
        FieldChange::ResponseDueAt { old: Some(at(1_440)), new: Some(at(720)) },
        FieldChange::ResolutionDueAt { old: Some(at(10_080)), new: Some(at(4_320)) },
        FieldChange::FirstRespondedAt { old: None, new: Some(at(1_440)) },
        FieldChange::ResolvedAt { old: Some(at(1_400)), new: None },
    ]
}

fn breaches() -> Vec<Example> {
    let late = |name, clock, level, team: Option<&str>| {
        let breach = Breach {
            ticket: ticket(1),
            edition: 3,
            clock,
            level,
            tier: 0,
            due_at: at(1_440),
            seen_at: at(1_441),
            municipality: team.map(|_| open("ETH")),
            team: team.map(open),
            category: Category::Water,
        };
        example::<Breaches>(name, "detect", ticket(1), breach)
    };
    vec![
        late(
            "four fifths of the time have passed",
            Clock::Resolution,
            Level::Warning,
            Some("ETH-WATER-NORTH"),
        ),
        late("nobody's ticket is late", Clock::Response, Level::Breach, None),
    ]
}
