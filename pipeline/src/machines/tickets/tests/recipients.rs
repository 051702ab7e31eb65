//! Recipients that do not exist: who stands in for them, and that it is said.

use expect_test::expect;
use topics::records::editions::{Automation, LadderStep, Reference, Team};
use topics::records::ticket_commands::Action;
use topics::values::vocabulary::{Category, Role, Status};

use super::automations::automations;
use super::ladders::{ladder, with_staff};
use super::scene::{DAY, HOUR, Scene, opening, staff, start, to};
use crate::rules::edition::Edition;
use crate::rules::explain::explain;
use crate::rules::ladders::check;

/// Steps for water, and a team that has no manager.
fn with(steps: &[&str]) -> Reference {
    let of_water = |step| LadderStep { category: Some(Category::Water), ..step };
    Reference { ladders: ladder(steps).into_iter().map(of_water).collect(), ..with_staff() }
}

/// A ticket about water that thabo works on and that the team without a manager has.
fn of_orphans(reference: Reference) -> Scene {
    let mut scene = Scene::with(reference);
    scene.open(opening(1, start()));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    let team = Some("orphans".parse().unwrap());
    scene.ask(&staff("thabo"), Action::Assign { team, assigned_to: None, reason: None });
    scene.story();
    scene
}

const STEPS: [&str; 3] =
    ["1 resolution -2h notify lead", "2 resolution 0 escalate manager", "3 resolution +1h notify role:staff"];

#[test]
fn a_manager_of_the_municipality_stands_in_for_those_whom_a_team_does_not_have() {
    let mut scene = of_orphans(with(&STEPS));
    scene.pass(2 * DAY);
    expect![[r#"
        19:12:00 v4 r2 warned resolution by system
        19:12:00   warning of resolution at tier 0, due 24:00:00
        22:00:00 v5 r3 step 1 at -2h of resolution: notify boss (manager stands in) by system | tier 0 > 1
        24:00:00 v6 r3 breached resolution by system
        24:00:00 v7 r4 step 2 at 0 of resolution: escalate boss (manager stands in) by system
                    | status in_progress > escalated | assigned_to - > boss | tier 1 > 2
                    | escalated_at - > 24:00:00 | assigned to orphans/boss by system for ladder
        24:00:00   breach of resolution at tier 1, due 24:00:00
        24:00:00   to resident: status (escalated, v7)
        25:00:00 v8 r5 step 3 at +1h of resolution: notify thandi by system | tier 2 > 3
    "#]]
    .assert_eq(&scene.story());
    assert!(!scene.ticket(1).unwrap().manager_missing);
}

#[test]
fn the_lead_stands_in_for_a_manager_who_does_not_exist() {
    let mut reference = with(&STEPS);
    let orphans = reference.teams.iter_mut().find(|team| team.code.as_str() == "orphans").unwrap();
    orphans.lead = Some("lindiwe".parse().unwrap());
    let mut scene = of_orphans(reference);
    scene.pass(25 * HOUR - 1);
    expect![[r#"
        19:12:00 v4 r2 warned resolution by system
        19:12:00   warning of resolution at tier 0, due 24:00:00
        22:00:00 v5 r3 step 1 at -2h of resolution: notify lindiwe by system | tier 0 > 1
        24:00:00 v6 r3 breached resolution by system
        24:00:00 v7 r4 step 2 at 0 of resolution: escalate lindiwe (lead stands in) by system
                    | status in_progress > escalated | assigned_to - > lindiwe | tier 1 > 2
                    | escalated_at - > 24:00:00 | assigned to orphans/lindiwe by system for ladder
        24:00:00   breach of resolution at tier 1, due 24:00:00
        24:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn what_reaches_nobody_at_all_says_so_and_flags_the_ticket() {
    let mut reference = with(&["1 resolution -2h notify lead", "2 resolution 0 escalate manager"]);
    reference.staff.clear();
    let mut scene = of_orphans(reference.clone());
    scene.pass(23 * HOUR);
    expect![[r#"
        19:12:00 v4 r2 warned resolution by system
        19:12:00   warning of resolution at tier 0, due 24:00:00
        22:00:00 v5 r3 step 1 at -2h of resolution: notify (nobody stands in) by system | tier 0 > 1
    "#]]
    .assert_eq(&scene.story());
    let ticket = scene.ticket(1).unwrap();
    assert!(ticket.manager_missing);
    let edition = Edition::new(1, reference).unwrap();
    let said = explain(&ticket, &edition, &edition);
    assert!(said.contains("no manager is known"), "{said}");
}

#[test]
fn an_automation_whose_recipient_does_not_exist_reaches_who_stands_in() {
    let automations = automations(&["look changed notify:manager", "take changed assign:lead"]);
    let on_water = automations.into_iter().map(|one| Automation { category: Some(Category::Water), ..one });
    let mut scene = Scene::with(Reference { automations: on_water.collect(), ..with_staff() });
    scene.open(opening(1, start()));
    scene.story();
    let team = Some("orphans".parse().unwrap());
    scene.ask(&staff("thabo"), Action::Assign { team, assigned_to: None, reason: None });
    expect![[r#"
        00:00:00 v2 r1 applied assign by thabo | assigned_team water > orphans
                    | assigned to orphans/- by thabo for manual_override
        00:00:00 v3 r1 automation look: notify boss (manager stands in) by system
        00:00:00 v4 r2 automation take: assign boss (manager stands in) by system | assigned_to - > boss
                    | assigned to orphans/boss by system for automation
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn steps_reach_the_manager_whom_the_team_has_now() {
    let mut scene = Scene::with(with(&STEPS));
    scene.open(opening(1, start()));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    let mut reference = with(&STEPS);
    reference.teams = reference
        .teams
        .into_iter()
        .map(|team| match team.code.as_str() {
            "water" => Team { manager: Some("new-manager".parse().unwrap()), ..team },
            _ => team,
        })
        .collect();
    scene.publish(reference);
    scene.pass(25 * HOUR - 1);
    expect![[r#"
        19:12:00 v3 r1 warned resolution by system
        19:12:00   warning of resolution at tier 0, due 24:00:00
        22:00:00 v4 r2 step 1 at -2h of resolution: notify new-manager by system | tier 0 > 1
        24:00:00 v5 r2 breached resolution by system
        24:00:00 v6 r3 step 2 at 0 of resolution: escalate new-manager by system
                    | status in_progress > escalated | assigned_to - > new-manager | tier 1 > 2
                    | escalated_at - > 24:00:00 | assigned to water/new-manager by system for ladder
        24:00:00   breach of resolution at tier 1, due 24:00:00
        24:00:00   to resident: status (escalated, v6)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_step_or_an_automation_that_reaches_nobody_of_a_team_is_not_published() {
    let flaws = |reference: Reference| -> Vec<String> {
        assert!(Edition::new(1, reference.clone()).is_ok(), "one that was published before stays valid");
        let all =
            check::unreached(&reference).into_iter().chain(crate::rules::automations::unreached(&reference));
        all.map(|flaw| flaw.to_string()).collect()
    };
    let of_all = Reference {
        ladders: ladder(&["1 resolution -2h notify lead", "2 resolution 0 escalate manager"]),
        automations: automations(&["look opened notify:role:manager", "tag opened tag:seen"]),
        ..with_staff()
    };
    assert_eq!(flaws(of_all.clone()), Vec::<String>::new(), "the manager of the municipality stands in");
    let mut unmanned = of_all.clone();
    unmanned.staff.retain(|member| member.role == Role::Staff);
    expect![[r#"
        step 1 of the ladder of ETH for category any and severity any: team orphans has no `lead`, and neither a lead nor a manager who would stand in; name one, or reach others
        step 2 of the ladder of ETH for category any and severity any: team orphans has no `manager`, and neither a lead nor a manager who would stand in; name one, or reach others
        automation look of ETH: none of the teams that it is for has `role:manager`; name a lead or a manager, or reach others
    "#]].assert_eq(&(flaws(unmanned.clone()).join("\n") + "\n"));
    for team in &mut unmanned.teams {
        team.manager = Some("water-manager".parse().unwrap());
    }
    expect![[r#"
        automation look of ETH: none of the teams that it is for has `role:manager`; name a lead or a manager, or reach others
    "#]].assert_eq(&(flaws(unmanned).join("\n") + "\n"));
}
