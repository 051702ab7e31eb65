//! People who are absent: their delegates and others stand in for them, which is said.

use expect_test::expect;
use topics::records::editions::{Absence, Reference};
use topics::records::ticket_commands::Action;
use topics::values::vocabulary::{Category, Role, Status};

use super::automations::automations;
use super::ladders::{ladder, with_staff};
use super::scene::{DAY, DURBAN, HOUR, Scene, because, manager, opening_at, staff, start, to};
use crate::rules::edition::Edition;
use crate::rules::explain::explain;

/// The manager and the lead of the water team are members of staff; these people are absent on these days:
/// login, first day, last day, delegate, each `-` if there is none.
pub fn away(absences: &[&str]) -> Reference {
    let mut reference = with_staff();
    let boss = reference.staff.iter().find(|member| member.login.as_str() == "boss").unwrap().clone();
    for login in ["water-manager", "water-lead", "deputy", "second"] {
        let role = if login == "water-manager" { Role::Manager } else { Role::Staff };
        let team = Some("water".parse().unwrap());
        let member = topics::records::editions::StaffMember {
            login: login.parse().unwrap(),
            team,
            role,
            ..boss.clone()
        };
        reference.staff.push(member);
    }
    for words in absences {
        let words: Vec<Option<&str>> = words.split(' ').map(|word| (word != "-").then_some(word)).collect();
        let [Some(login), Some(from), until, delegate] = words.as_slice() else { panic!("{words:?}") };
        let member = reference.staff.iter_mut().find(|member| member.login.as_str() == *login).unwrap();
        member.absence = Some(Absence {
            from: from.parse().unwrap(),
            until: until.map(|day| day.parse().unwrap()),
            delegate: delegate.map(|login| login.parse().unwrap()),
        });
    }
    let water = reference.teams.iter_mut().find(|team| team.code.as_str() == "water").unwrap();
    water.lead = Some("water-lead".parse().unwrap());
    reference
}

/// A ticket about water as this reference data routes it; the transcript begins with it.
fn opened(reference: Reference) -> Scene {
    let edition = Edition::new(1, reference.clone()).unwrap();
    let mut scene = Scene::with(reference);
    scene.open(opening_at(1, start(), &edition, Category::Water, Some(DURBAN)));
    scene
}

#[test]
fn a_ticket_is_assigned_to_who_stands_in_for_an_absent_lead_and_manager() {
    let mut scene = opened(away(&[
        "water-lead 2026-03-02 2026-03-06 deputy",
        "deputy 2026-03-02 2026-03-02 second",
        "water-manager 2026-02-20 - boss",
    ]));
    scene.pass(5 * HOUR);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | municipality - > ETH | assigned_team - > water
                    | assigned_to - > second | tier - > 0 | response_due_at - > 04:00:00
                    | resolution_due_at - > 24:00:00
                    | assigned to water/second by system for geospatial_routing
                    | water-lead is absent until 2026-03-06, second stands in
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (open, v1)
        03:12:00 v2 r0 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        04:00:00 v3 r0 breached response by system
        04:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated
                    | assigned_to second > boss | tier 0 > 1 | escalated_at - > 04:00:00
                    | assigned to water/boss by system for sla_breach
                    | water-manager is absent, boss stands in
        04:00:00   breach of response at tier 0, due 04:00:00
        04:00:00   to resident: status (escalated, v4)
    "#]]
    .assert_eq(&scene.story());
    assert!(!scene.ticket(1).unwrap().manager_missing);
}

#[test]
fn the_steps_of_a_ladder_reach_those_who_stand_in_on_the_day_on_which_they_fire() {
    let steps =
        ["1 resolution -20h notify lead", "2 resolution -1h notify lead", "3 resolution 0 escalate manager"];
    let reference =
        away(&["water-lead 2026-03-02 2026-03-02 deputy", "water-manager 2026-03-03 2026-03-20 -"]);
    let mut scene = opened(Reference { ladders: ladder(&steps), ..reference });
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    scene.pass(DAY);
    expect![[r#"
        04:00:00 v3 r2 step 1 at -20h of resolution: notify deputy (delegate stands in) by system
                    | tier 0 > 1 | water-lead is absent until 2026-03-02, deputy stands in
        19:12:00 v4 r2 warned resolution by system
        19:12:00   warning of resolution at tier 1, due 24:00:00
        23:00:00 v5 r3 step 2 at -1h of resolution: notify water-lead by system | tier 1 > 2
        24:00:00 v6 r3 breached resolution by system
        24:00:00 v7 r4 step 3 at 0 of resolution: escalate water-lead (lead stands in) by system
                    | status in_progress > escalated | assigned_to deputy > water-lead | tier 2 > 3
                    | escalated_at - > 24:00:00 | assigned to water/water-lead by system for ladder
                    | water-manager is absent until 2026-03-20, water-lead stands in
        24:00:00   breach of resolution at tier 2, due 24:00:00
        24:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
    let steps = ["1 resolution +1h notify role:staff", "2 resolution +2h notify login:deputy"];
    let absences = ["sipho 2026-03-02 - deputy", "thandi 2026-03-02 - -", "deputy 2026-03-03 - -"];
    let mut scene = opened(Reference { ladders: ladder(&steps), ..away(&absences) });
    scene.story();
    scene.pass(27 * HOUR);
    let stepped: Vec<String> =
        scene.story().lines().filter(|line| line.contains(" step ")).map(str::to_owned).collect();
    expect![[r#"
        25:00:00 v7 r2 step 1 at +1h of resolution: notify second water-lead by system
        26:00:00 v8 r3 step 2 at +2h of resolution: notify water-lead (lead stands in) by system"#]]
    .assert_eq(&stepped.join("\n"));
}

#[test]
fn where_everybody_is_absent_the_ticket_is_flagged_and_stays_with_its_team() {
    // The delegates of the lead and the manager are each other.
    let everybody = [
        "water-lead 2026-03-01 2026-03-31 water-manager",
        "water-manager 2026-03-01 2026-03-31 water-lead",
        "boss 2026-03-01 2026-03-31 -",
    ];
    let mut scene = opened(away(&everybody));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!((ticket.routing.assigned_to, ticket.manager_missing), (None, true));
    scene.story();
    scene.ask(&manager("nomsa"), because(Status::Escalated, "it is urgent"));
    expect![[r#"
        00:00:00 v2 r1 applied status by nomsa | status open > escalated | tier 0 > 1
                    | escalated_at - > 00:00:00 | water-manager is absent until 2026-03-31, nobody stands in
                    | "it is urgent"
        00:00:00   to resident: status (escalated, v2)
    "#]]
    .assert_eq(&scene.story());
    assert!(scene.ticket(1).unwrap().manager_missing);
}

#[test]
fn who_stands_in_is_told_what_reaches_an_absent_person_who_has_the_ticket() {
    let mut scene = opened(away(&["sipho 2026-03-02 2026-03-09 deputy"]));
    scene.story();
    let assigned_to = Some("sipho".parse().unwrap());
    scene.ask(&staff("thabo"), Action::Assign { team: None, assigned_to, reason: None });
    scene.pass(4 * HOUR - 1);
    expect![[r#"
        00:00:00 v2 r1 applied assign by thabo | assigned_to water-lead > sipho
                    | unattended_since - > 00:00:00 | assigned to water/sipho by thabo for manual_override
                    | sipho is absent until 2026-03-09, deputy stands in
        03:12:00 v3 r1 warned response by system | sipho is absent until 2026-03-09, deputy stands in
        03:12:00   warning of response at tier 0, due 04:00:00
    "#]]
    .assert_eq(&scene.story());
    let told = scene.events().into_iter().map(|event| event.reached.len()).collect::<Vec<_>>();
    assert_eq!(told, [0, 1, 1], "{told:?}");
}

#[test]
fn an_automation_reaches_who_stands_in() {
    let automations = automations(&["now opened escalate", "tell note notify:manager"]);
    let mut scene =
        opened(Reference { automations, ..away(&["water-manager 2026-03-02 2026-03-02 deputy"]) });
    let note = || Action::Note { note: topics::codec::sealing::Sealed("a note".to_owned()) };
    scene.ask(&staff("thabo"), note());
    scene.pass(DAY);
    scene.ask(&staff("thabo"), note());
    let reached: Vec<String> =
        scene.story().lines().filter(|line| line.contains("automation")).map(str::to_owned).collect();
    expect![[r#"
        00:00:00 v2 r1 automation now: escalate deputy by system | status open > escalated
                    | assigned to water/deputy by system for automation
        00:00:00 v4 r2 automation tell: notify deputy (delegate stands in) by system
        24:00:00 v12 r5 automation tell: notify water-manager by system"#]]
    .assert_eq(&reached.join("\n"));
}

#[test]
fn the_explanation_says_who_is_absent_and_who_stands_in() {
    let reference = away(&[
        "water-lead 2026-03-02 2026-03-06 deputy",
        "deputy 2026-03-05 - -",
        "water-manager 2026-02-20 - boss",
    ]);
    let edition = Edition::new(1, reference.clone()).unwrap();
    let ticket = opened(reference).ticket(1).unwrap();
    let text = explain(&ticket, &edition, &edition);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("Absent") || line.starts_with("Team")).collect();
    expect![[r#"
        Team: water, since it works in the whole municipality on this; assigned to deputy.
        Absent: deputy is absent from 2026-03-05, the lead or a manager stands in.
        Absent: water-lead is absent from 2026-03-02 until 2026-03-06, deputy stands in.
        Absent: water-manager is absent from 2026-02-20, boss stands in."#]]
    .assert_eq(&lines.join("\n"));
}
