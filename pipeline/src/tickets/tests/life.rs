//! Whole lives of a ticket, on virtual time.

use super::scene::*;
use expect_test::expect;
use topics::ticket_commands::Actor;
use topics::words::Status;

#[test]
fn a_ticket_that_is_worked_on_in_time_is_met_and_confirmed() {
    let mut scene = Scene::new();
    scene.open(opening(1, start()));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::Closed));
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium | language - > zu | municipality - > ETH | ward - > 59500001 | assigned_team - > water | tier - > 0 | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00 | assigned to water/nobody by system for geospatial_routing
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (open, v1)
        01:00:00 v2 r1 applied status by thabo | status open > in_progress | first_responded_at - > 01:00:00
        01:00:00   to resident: status (in_progress, v2)
        02:00:00 v3 r2 applied status by thabo | status in_progress > resolved | resolved_at - > 02:00:00
        02:00:00   to resident: status (resolved, v3)
        03:00:00 v4 r3 applied status by resident | status resolved > closed | outcome - > confirmed | closed_at - > 03:00:00
        03:00:00   to resident: answered (closed, v4)
    "#]].assert_eq(&scene.story());
}

#[test]
fn a_ticket_that_nobody_touches_is_warned_of_breached_and_escalated_twice() {
    let mut scene = Scene::new();
    scene.open(opening(1, start()));
    scene.pass(7 * DAY);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium | language - > zu | municipality - > ETH | ward - > 59500001 | assigned_team - > water | tier - > 0 | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00 | assigned to water/nobody by system for geospatial_routing
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (open, v1)
        03:12:00 v2 r0 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        04:00:00 v3 r0 breached response by system
        04:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 04:00:00 | assigned to water/water-manager by system for sla_breach
        04:00:00   breach of response at tier 0, due 04:00:00
        04:00:00   to resident: status (escalated, v4)
        19:12:00 v5 r1 warned resolution by system
        19:12:00   warning of resolution at tier 1, due 24:00:00
        24:00:00 v6 r1 breached resolution by system
        24:00:00 v7 r2 escalated sla_resolution_breach by system | tier 1 > 2
        24:00:00   breach of resolution at tier 1, due 24:00:00
    "#]].assert_eq(&scene.story());
}
