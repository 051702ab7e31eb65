//! Prints docs/deadlines.md: every table in it is what the program answers.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::Write;
use std::time::Duration;

use expect_test::expect_file;
use pipeline::rules::automations::{explain_effect, explain_trigger};
use pipeline::rules::calendar::holidays::by_law;
use pipeline::rules::calendar::{Counting, Stretch, WorkingTime, deadline_after};
use pipeline::rules::flaws::Flaw;
use pipeline::rules::hold_times::default_limit_s;
use pipeline::rules::ladders::{Promised, explain};
use topics::records::editions::{Calendar, ClosingDay, DeclaredHoliday};
use topics::records::ticket_actions::Refusal;
use topics::values::automation::{Effect, Trigger};
use topics::values::calendar::Day;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, HoldReason, StepAction};

const HOUR: u64 = 3_600;

/// The year whose holidays are shown.
const YEAR: i16 = 2027;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// An office that is open for 8 hours from Monday to Friday, closed on one day, with one declared holiday.
fn office() -> WorkingTime {
    let calendar = Calendar::on_weekdays("EKU".parse().unwrap(), "08:00-16:00".parse().unwrap());
    let closing = ClosingDay {
        municipality: calendar.municipality.clone(),
        day: day("2026-12-28"),
        name: "Stocktaking".to_owned(),
    };
    let declared = DeclaredHoliday { day: day("2026-11-04"), name: "Local government elections".to_owned() };
    WorkingTime::new(&calendar, &[closing], &[declared]).unwrap()
}

/// A moment as the clock on the wall shows it in South Africa, with the day of the week.
fn wall(at: Time) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap();
    let local = jiff::tz::Offset::constant(2).to_datetime(at);
    let weekday = format!("{:?}", local.weekday());
    format!("{weekday} {} {:02}:{:02}", local.date(), local.hour(), local.minute())
}

fn at(text: &str) -> Time {
    format!("{text}:00+02:00").parse().unwrap()
}

fn holidays(page: &mut String) {
    let _ = writeln!(page, "| day in {YEAR} | holiday |\n|---|---|");
    let first = day(&format!("{YEAR}-01-01")).number();
    for day in (first..first + 365).map(Day::from_number) {
        if let Some(name) = by_law(day) {
            let weekday = format!("{:?}", day.weekday());
            let _ = writeln!(page, "| {weekday} {day} | {name} |");
        }
    }
}

fn examples(page: &mut String) {
    let office = office();
    let _ = writeln!(page, "| reported | promised | due | days off between |\n|---|---|---|---|");
    for (from, hours) in [
        ("2026-11-06T15:00", 8),
        ("2026-11-07T10:30", 4),
        ("2026-11-03T12:00", 8),
        ("2026-12-24T12:00", 16),
        ("2027-03-24T08:00", 24),
    ] {
        let from = at(from);
        let due = deadline_after(&office, from, Duration::from_secs(hours * HOUR));
        let off = office.closed_days(from, due);
        let off = off.iter().map(|day| format!("{day} {}", office.closed(*day).unwrap_or_default()));
        let off = off.collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| {} | {hours} h | {} | {off} |", wall(from), wall(due));
    }
}

fn held_examples(page: &mut String) {
    let office = office();
    let _ = writeln!(page, "| hours that count | reported | promised | held | due |\n|---|---|---|---|---|");
    let from = at("2026-11-09T08:00");
    let held = (at("2026-11-09T12:00"), at("2026-11-11T10:00"));
    let time = Duration::from_secs(24 * HOUR);
    for (name, counting) in
        [("working_hours", Counting::WorkingHours(&office)), ("round_the_clock", Counting::RoundTheClock)]
    {
        let due = counting.deadline_after(&[Stretch::between(held.0, held.1)], from, time);
        let until = wall(held.1);
        let held = wall(held.0);
        let _ = writeln!(page, "| {name} | {} | 24 h | {held} to {until} | {} |", wall(from), wall(due));
    }
}

fn limits(page: &mut String) {
    let _ = writeln!(page, "| reason | at most |\n|---|---|");
    for reason in HoldReason::ALL {
        let _ = writeln!(page, "| {reason} | {} days |", default_limit_s(*reason) / (24 * HOUR));
    }
}

fn refusals(page: &mut String) {
    let _ = writeln!(page, "| refusal | what it tells the person who asked |\n|---|---|");
    for refusal in [
        Refusal::HeldAlready,
        Refusal::DeadlinePassed,
        Refusal::HoldInThePast,
        Refusal::HoldTooLong,
        Refusal::HeldTooOften,
        Refusal::ForbiddenTransition,
    ] {
        let _ = writeln!(page, "| {refusal} | {} |", refusal.explain());
    }
}

/// Ladders: an example with its times, what each action does, and what is complained of.
fn ladders(page: &mut String) {
    page.push_str(
        "\n## Ladders\n\n\
         A ladder says which people a deadline reaches, and when. A municipality has one for all its tickets, for a\n\
         category, or for a category and severity; the most specific one counts, as with policies. It has at most\n\
         8 steps, for the deadline of the response or of the resolution. Without a ladder, and for a deadline that\n\
         its ladder has no step for, a missed deadline escalates the ticket to the manager of its team.\n\n\
         A step is due at the deadline (`0`), a time before or after it, or when a share of the promised time is\n\
         left: of the whole time, from the report, also if the ticket was reopened meanwhile. Only where the\n\
         reopening set the deadline it is of the time that this gave, as the warning is, since nothing was promised\n\
         for the time in which the ticket was resolved or closed. It counts the time that the deadline counts. With\n\
         the office above, reported on Monday 2026-11-09 08:00, promised within 24 h:\n\n\
         | step | round_the_clock | working_hours |\n|---|---|---|\n",
    );
    let office = office();
    let from = at("2026-11-09T08:00");
    let time = Duration::from_secs(24 * HOUR);
    for offset in ["-20%", "-2h", "0", "+24h", "+72h"] {
        let of = |counting: Counting<'_>| {
            let due_at = counting.deadline_after(&[], from, time);
            wall(Promised { counting, from, time, due_at }.offset(&[], offset.parse().unwrap()))
        };
        let clock = of(Counting::RoundTheClock);
        let hours = of(Counting::WorkingHours(&office));
        writeln!(page, "| `{offset}` | {clock} | {hours} |").unwrap();
    }
    page.push_str(
        "\nIt reaches `lead` or `manager` of the team (the manager if the team names no lead), all members of the team\n\
         with a role (`role:staff`, `role:manager`), or one person (`login:NAME`). Where the recipient does not exist\n\
         or is absent when the step is due, a delegate stands in, or the lead of the team, then its manager, then the\n\
         managers of the municipality; the event says who it was (`stand_in`). If it is nobody, the ticket is flagged\n\
         (`manager_missing`). `lead` and `manager` are those whom the team has then.\n\n\
         | action | what becomes of the ticket |\n|---|---|\n",
    );
    for action in StepAction::ALL {
        writeln!(page, "| {action} | {} |", explain(*action)).unwrap();
    }
    page.push_str(
        "\nThe tier of a ticket is the highest step that fired. Each step fires once of a deadline: the ticket keeps\n\
         which fired and which is due next, so that neither a restart nor a replay repeats one. It does not fire if\n\
         the clock was met before, or while it stands still. If the deadline moves, a step fires again where there is\n\
         time until then. Another edition puts open tickets on its ladders (event `ladder_changed`); steps whose time\n\
         had passed by then do not fire, since the ladder before has served that time. What was due by then and had\n\
         not fired is still done. Every step is an event `stepped` with its number; the view\n\
         `staff_notices` has a row for each person whom one reached.\n\n\
         `publish` says all of this at once:\n\n| a ladder may not have | |\n|---|---|\n",
    );
    let person = "thandi.m".parse().unwrap();
    let unreached = Flaw::ReachesNobodyOf("manager".parse().unwrap(), "EKU-WATER".parse().unwrap());
    let flaws = [
        ("a number that is too high", Flaw::StepNumber(9)),
        ("two steps with one number", Flaw::Twice),
        ("a step that reaches nobody", Flaw::ReachesNobody(StepAction::Notify)),
        ("a ticket given to several people", Flaw::NotOnePerson(StepAction::Assign)),
        ("a person who is not known", Flaw::UnknownLogin(person)),
        ("a recipient that no team has", Flaw::NoSuchRecipient("role:manager".parse().unwrap())),
        ("a recipient whom nobody replaces", unreached),
        ("a deadline that is missed in silence", Flaw::MissedInSilence(Clock::Resolution)),
    ];
    for (what, flaw) in flaws {
        writeln!(page, "| {what} | {flaw} |").unwrap();
    }
}

/// Automations: what starts one, what it does, and what is complained of.
fn automations(page: &mut String) {
    page.push_str(
        "\n## Automations\n\n\
         An automation is a rule of a municipality's own: when something happens to a ticket, and the ticket is like\n\
         this, the system does something. A municipality has at most 100, which are tried in the order of their\n\
         `position`. `high-at-once,1,opened,,high,,,,,,escalate` escalates every ticket of high severity at once.\n\n\
         | trigger | what happens |\n|---|---|\n",
    );
    for trigger in ["opened", "changed", "note", "held", "reopened", "reopened:2", "queued:4h"] {
        let trigger: Trigger = trigger.parse().unwrap();
        writeln!(page, "| {trigger} | {} |", explain_trigger(trigger)).unwrap();
    }
    page.push_str(
        "\nThe conditions are category, severity, ward, team, language, how the place became known, and the age\n\
         (`older_than`). One that is empty holds for every ticket.\n\n| effect | what becomes of the ticket |\n|---|---|\n",
    );
    for effect in ["escalate", "assign:lead", "notify:role:staff", "severity:critical", "tag:burst-main"] {
        let effect: Effect = effect.parse().unwrap();
        writeln!(page, "| `{effect}` | {} |", explain_effect(&effect)).unwrap();
    }
    page.push_str(
        "\nWhat is so already is not done. Each effect is an event `automated` with the code of the automation. For one\n\
         thing that happens, each automation does something once at most: after one has changed a ticket, those that\n\
         start with `changed` are tried once more, and what these do starts nothing. A ticket that is resolved or\n\
         closed starts none. One that waits for a time in a queue is tried at that time, and if its conditions do not\n\
         hold then, not again in this stay; one that comes with an edition is tried at once if its time is over.\n\
         Where a recipient does not exist, others stand in as for ladders. `publish --dry-run` shows an automation\n\
         whose conditions more than 5 % of the open tickets of its municipality meet. `publish` says all of this at\n\
         once:\n\n\
         | an automation may not have | |\n|---|---|\n",
    );
    let code = |text: &str| text.parse().unwrap();
    let flaws = [
        ("a place outside of the order", Flaw::Position(101)),
        ("the code of another one", Flaw::Twice),
        ("too many beside it", Flaw::TooManyAutomations(code("EKU"))),
        ("a ward that is not known", Flaw::UnknownWard(code("EKU-1"))),
        ("a team that is not known", Flaw::UnknownTeam(code("EKU-WATER"))),
        ("a person who is not known", Flaw::UnknownLogin("thandi.m".parse().unwrap())),
        ("a recipient that no team has", Flaw::NoSuchRecipient("role:manager".parse().unwrap())),
    ];
    for (what, flaw) in flaws {
        writeln!(page, "| {what} | {flaw} |").unwrap();
    }
}

/// People who are absent: who stands in, and what is complained of.
fn absent(page: &mut String) {
    page.push_str(
        "\n## People who are not there\n\n\
         A member of staff is absent from one day until another (`absent_from`, `absent_until`, both included; without\n\
         the second until it is filled in), and names a `delegate`, if there is one. The day is the one in South\n\
         Africa at the time of the log, so a log that is replayed finds the same people. While a person is absent:\n\n\
         | what would reach them | whom it reaches |\n|---|---|\n\
         | a new ticket, for the lead of a team | the delegate, who is assigned |\n\
         | an escalation, a step of a ladder, an automation | the delegate; of `role:staff` and `role:manager`, those \
         who are there and the delegates of the others |\n\
         | a mail for the person who has the ticket | the delegate, who is told |\n\n\
         A delegate who is absent has a delegate, and so on. Where that ends with nobody, or leads back to a person\n\
         who was asked already, the lead of the team stands in, then its manager, then the managers of the\n\
         municipality, or the delegates of these; at the very end the ticket is flagged (`manager_missing`). The event\n\
         names who is absent, until when, and who stands in (`absent`); `explain` and the history of the desk say it.\n\
\n\
         A team is unavailable from one day until another (`unavailable_from`, `unavailable_until`), or switched off\n\
         (`is_active` false). New tickets then go to the next team of the municipality that routing finds without it.\n\n\
         | what lies with those who are not there | what becomes of it when the day begins, or with the edition that says so |\n\
         |---|---|\n\
         | with a team | routed again, to the next team (event `handed_on`, reason `team_unavailable`); if it is \
         escalated, to the manager of that team |\n\
         | with a person | assigned to who stands in (event `handed_on`, reason `person_absent`) |\n\
         | with a team or a person whom a person chose | stays with them and is flagged (event `unattended`, \
         `unattended_since`) |\n\
         | and nobody else is there | the same |\n\
         | resolved or closed | nothing; it is handed on if it is reopened |\n\n\
         Deadlines stay as they are. Nothing comes back by itself: when they are there again, only the flag goes\n\
         (event `attended`). `publish` says how many open tickets of each team that is switched off or unavailable go\n\
         to which team, and how many stay; `publish --dry-run` says it before.\n\n\
         | an absence may not have | |\n|---|---|\n",
    );
    let flaws = [
        ("an end before its beginning", Flaw::EndsBeforeItBegins),
        ("the person as the delegate", Flaw::DelegateOfOneself),
        ("a delegate who is not known", Flaw::UnknownDelegate("thandi.m".parse().unwrap())),
    ];
    for (what, flaw) in flaws {
        writeln!(page, "| {what} | {flaw} |").unwrap();
    }
}

#[test]
fn the_document_shows_the_rules_of_deadlines() {
    let mut page = String::from(
        "# Deadlines\n\n\
         Printed by `UPDATE_EXPECT=1 cargo test -p pipeline --test deadlines` from what the program answers.\n\n\
         A deadline is a promised time after the report. A policy says which hours of it count: every hour\n\
         (`round_the_clock`), or those in which the municipality works (`working_hours`). Critical tickets are\n\
         counted round the clock unless the municipality's calendar says otherwise.\n\n\
         ## Working hours\n\n\
         Time counts while the clock on the wall shows working hours, on a day that is no holiday and no closing\n\
         day. An hour that the clocks skip does not count, and one that they repeat counts twice. The time zones\n\
         are those of the program and not of the host. With an office that is open from Monday to Friday, 08:00\n\
         to 16:00, closed on 2026-12-28, and elections on 2026-11-04:\n\n",
    );
    examples(&mut page);
    page.push_str(
        "\nThe warning comes after its share of the same time. A deadline is met strictly before its moment.\n\n\
         ## Public holidays\n\n\
         By law, without those that are declared for one year (`trust-engine holiday declare`). One that falls on\n\
         a Sunday makes the Monday after it a holiday too; one that falls on a Saturday moves nothing.\n\n",
    );
    holidays(&mut page);
    page.push_str(
        "\n## What a new edition does to open tickets\n\n\
         | change | open tickets |\n|---|---|\n\
         | a holiday is declared or withdrawn, a closing day or the working hours change | the deadlines in working \
         hours are counted again from the report; each that moves is an event `moved` with the days |\n\
         | a policy changes | nothing; with `publish --apply-policies` the new promise, as an event `restamped` |\n\
         | any | it counts from its moment for every open ticket, also for those that its pass has not reached yet; \
         what was due before that moment stays missed |\n\
         | any | a deadline that was missed or met stays as it is; a ticket that stands still is counted again when \
         it is reopened |\n\n\
         ## Holds\n\n\
         Staff hold a ticket while the municipality cannot go on. The time for the resolution stands still and what\n\
         is left of it stays exact; the time for the response runs on. The resident is told why and until when. A\n\
         hold ends by itself, by hand (`change --resume`), when the ticket is resolved or closed, and, if it waits\n\
         for the resident, with the resident's answer.\n\n",
    );
    held_examples(&mut page);
    page.push_str("\nThe table `hold_limits` sets other limits than these:\n\n");
    limits(&mut page);
    page.push('\n');
    refusals(&mut page);
    page.push_str(
        "\nA ticket has two deadlines then: as it was promised (`resolution_due_without_holds_at`) and with its holds.\n\
         `sla_by_day` counts both. `suspicious_closings` shows tickets that were held after 90 % of their time, or\n\
         resolved or closed within five minutes before their deadline, and whether the resident had them reopened.\n",
    );
    ladders(&mut page);
    automations(&mut page);
    absent(&mut page);
    expect_file!["../../docs/deadlines.md"].assert_eq(&page);
}
