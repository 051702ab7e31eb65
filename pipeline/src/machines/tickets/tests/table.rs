//! The table of a ticket's life, tried with the machine: every step by every actor, and every refusal.

use super::scene::*;
use expect_test::expect;
use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_commands::{Action, Change};
use topics::records::ticket_events::Event;
use topics::values::ids::TicketId;
use topics::values::point::Point;
use topics::values::vocabulary::{Category, Outcome, Role, Status};

use crate::rules::life::{Condition, Initiator, way, ways};

/// A scene whose ticket has come to this status on the shortest way.
fn in_status(status: Status) -> Scene {
    let mut scene = Scene::opened();
    match status {
        Status::Open => {}
        Status::InProgress | Status::Resolved => scene.ask(&staff("thabo"), to(status)),
        Status::Escalated => scene.ask(&manager("nomsa"), to(status)),
        Status::Closed => scene.ask(&staff("thabo"), close_as(Outcome::Duplicate)),
    }
    assert_eq!(scene.ticket(1).unwrap().status, status);
    scene.story();
    scene
}

/// The result of the last command.
fn answer(scene: &Scene) -> Result<(), Refusal> {
    match scene
        .events()
        .into_iter()
        .rfind(|event| matches!(event.event, Event::Applied { .. } | Event::Refused { .. }))
        .unwrap()
        .event
    {
        Event::Refused { refusal, .. } => Err(refusal),
        _ => Ok(()),
    }
}

fn asked(from: Status, actor: &Actor, action: Action) -> Result<(), Refusal> {
    let mut scene = in_status(from);
    let applied = |scene: &Scene| scene.events().len();
    let before = applied(&scene);
    scene.ask(actor, action);
    assert_eq!(applied(&scene), before + 1, "one answer");
    answer(&scene)
}

fn actors() -> [Actor; 3] {
    [staff("thabo"), manager("nomsa"), Actor::RESIDENT]
}

#[test]
fn every_step_by_everybody_is_what_the_table_says() {
    let mut grid = String::new();
    for from in Status::ALL {
        for to in Status::ALL {
            for actor in actors() {
                let outcomes = std::iter::once(None).chain(Outcome::ALL.iter().copied().map(Some));
                let mut possible = Vec::new();
                let mut refusals = std::collections::BTreeSet::new();
                for outcome in outcomes.filter(|outcome| outcome.is_none() || *to == Status::Closed) {
                    let reason = Some(Sealed("because".to_owned()));
                    match asked(*from, &actor, Action::Status { to: *to, outcome, reason }) {
                        Ok(()) => possible.push(outcome.map_or("", Outcome::as_str)),
                        Err(refusal) => drop(refusals.insert(refusal.as_str())),
                    }
                }
                let row = way(*from, *to, Initiator::of(actor.role));
                assert_eq!(row.is_some(), !possible.is_empty(), "{from} {to} {}", actor.role);
                if row.is_some() {
                    grid.push_str(
                        format!("{from} > {to} by {}: {}", actor.role, possible.join(" "))
                            .trim_end_matches([':', ' ']),
                    );
                    grid.push('\n');
                } else {
                    let expected = match ways(*from, *to).next() {
                        _ if from == to => Refusal::NothingToDo,
                        None => Refusal::ForbiddenTransition,
                        Some(_) => Refusal::ForbiddenRole,
                    };
                    assert_eq!(
                        refusals.into_iter().collect::<Vec<_>>(),
                        [expected.as_str()],
                        "{from} {to} {}",
                        actor.role
                    );
                }
            }
        }
    }
    expect![[r#"
        open > in_progress by staff
        open > in_progress by manager
        open > escalated by manager
        open > resolved by staff
        open > resolved by manager
        open > closed by staff: duplicate referred invalid
        open > closed by manager: duplicate referred invalid
        open > closed by resident:  withdrawn
        in_progress > open by staff
        in_progress > open by manager
        in_progress > escalated by manager
        in_progress > resolved by staff
        in_progress > resolved by manager
        in_progress > closed by staff: duplicate referred invalid
        in_progress > closed by manager: duplicate referred invalid
        in_progress > closed by resident:  withdrawn
        escalated > in_progress by staff
        escalated > in_progress by manager
        escalated > resolved by staff
        escalated > resolved by manager
        escalated > closed by staff: duplicate referred invalid
        escalated > closed by manager: duplicate referred invalid
        escalated > closed by resident:  withdrawn
        resolved > in_progress by staff
        resolved > in_progress by manager
        resolved > in_progress by resident
        resolved > closed by resident:  confirmed
        closed > in_progress by manager
        closed > in_progress by resident
    "#]]
    .assert_eq(&grid);
}

#[test]
fn a_step_is_refused_without_the_reason_or_outcome_that_it_needs_and_with_one_too_many() {
    let thabo = staff("thabo");
    assert_eq!(asked(Status::InProgress, &thabo, to(Status::Open)), Err(Refusal::ReasonMissing));
    assert_eq!(asked(Status::InProgress, &thabo, because(Status::Open, " ")), Err(Refusal::ReasonMissing));
    assert_eq!(asked(Status::InProgress, &thabo, because(Status::Open, "wrong crew")), Ok(()));
    assert_eq!(asked(Status::Open, &thabo, to(Status::Closed)), Err(Refusal::OutcomeMissing));
    assert_eq!(asked(Status::Open, &thabo, close_as(Outcome::Withdrawn)), Err(Refusal::OutcomeMissing));
    assert_eq!(
        asked(Status::Open, &Actor::RESIDENT, close_as(Outcome::Invalid)),
        Err(Refusal::OutcomeMissing)
    );
    assert_eq!(asked(Status::Open, &Actor::RESIDENT, to(Status::Closed)), Ok(()));
    let both = Action::Status { to: Status::Resolved, outcome: Some(Outcome::Duplicate), reason: None };
    assert_eq!(asked(Status::Open, &thabo, both), Err(Refusal::OutcomeUnexpected));
    assert_eq!(ways(Status::Closed, Status::InProgress).next().unwrap().needs, Condition::Recent);
}

#[test]
fn no_actor_does_what_is_not_for_their_role() {
    let words = || Sealed("words".to_owned());
    let assign = || Action::Assign { team: None, assigned_to: Some("sipho".parse().unwrap()), reason: None };
    let correct =
        || Action::Correct { category: Some(Category::Roads), severity: None, language: None, point: None };
    let addendum =
        || Action::Addendum { media: 1, has_words: false, point: None, basis: None, routing: None };
    let mut grid = String::new();
    let nameless = Actor { role: Role::Staff, name: None };
    for (who, actor) in [
        ("staff", staff("thabo")),
        ("manager", manager("nomsa")),
        ("resident", Actor::RESIDENT),
        ("system", Actor::SYSTEM),
        ("nameless", nameless),
    ] {
        let actions = [
            to(Status::InProgress),
            assign(),
            Action::Note { note: words() },
            Action::Reply { text: words() },
            correct(),
            addendum(),
        ];
        for action in actions {
            let name = action.name();
            let came =
                asked(Status::Open, &actor, action).map_or_else(|refusal| refusal.as_str(), |()| "applied");
            grid.push_str(&format!("{who} {name}: {came}\n"));
        }
    }
    expect![[r#"
        staff status: applied
        staff assign: applied
        staff note: applied
        staff reply: applied
        staff correct: applied
        staff addendum: forbidden_role
        manager status: applied
        manager assign: applied
        manager note: applied
        manager reply: applied
        manager correct: applied
        manager addendum: forbidden_role
        resident status: forbidden_role
        resident assign: forbidden_role
        resident note: forbidden_role
        resident reply: forbidden_role
        resident correct: forbidden_role
        resident addendum: applied
        system status: forbidden_role
        system assign: forbidden_role
        system note: forbidden_role
        system reply: forbidden_role
        system correct: forbidden_role
        system addendum: forbidden_role
        nameless status: forbidden_role
        nameless assign: forbidden_role
        nameless note: forbidden_role
        nameless reply: forbidden_role
        nameless correct: forbidden_role
        nameless addendum: forbidden_role
    "#]]
    .assert_eq(&grid);
}

#[test]
fn a_command_that_asks_for_nothing_is_refused() {
    let thabo = staff("thabo");
    let blank = || Sealed(" \n".to_owned());
    let nothing = [
        to(Status::Open),
        Action::Note { note: blank() },
        Action::Reply { text: blank() },
        Action::Assign { team: Some("water".parse().unwrap()), assigned_to: None, reason: None },
        Action::Correct {
            category: Some(Category::Water),
            severity: None,
            language: None,
            point: Some(Sealed(DURBAN)),
        },
        Action::Correct { category: None, severity: None, language: None, point: None },
    ];
    for action in nothing {
        assert_eq!(asked(Status::Open, &thabo, action), Err(Refusal::NothingToDo));
    }
    let addendum = Action::Addendum { media: 0, has_words: false, point: None, basis: None, routing: None };
    assert_eq!(asked(Status::Open, &Actor::RESIDENT, addendum), Err(Refusal::NothingToDo));
}

#[test]
fn only_an_active_team_of_the_tickets_municipality_can_have_it() {
    for code in ["cape", "police", "gone", "nobody"] {
        let action = Action::Assign { team: Some(code.parse().unwrap()), assigned_to: None, reason: None };
        assert_eq!(asked(Status::Open, &staff("thabo"), action), Err(Refusal::UnknownTeam), "{code}");
    }
}

#[test]
fn a_point_that_is_no_place_here_is_refused() {
    for (latitude, longitude) in [(31.02, -29.85), (0.0, 0.0), (51.5, -0.1), (-29.85, 331.0)] {
        let point = Some(Sealed(Point { latitude, longitude }));
        let action = Action::Correct { category: None, severity: None, language: None, point };
        assert_eq!(
            asked(Status::Open, &staff("thabo"), action),
            Err(Refusal::NotAPlace),
            "{latitude} {longitude}"
        );
    }
}

#[test]
fn staff_who_saw_an_older_revision_and_residents_who_saw_another_status_are_refused() {
    let mut scene = Scene::opened();
    let ask = |scene: &mut Scene, actor: &Actor, revision, expected_status, action| {
        let at = scene.driver.now();
        scene.change(Change {
            ticket: ticket_id(1),
            at,
            actor: actor.clone(),
            revision,
            expected_status,
            action,
        });
        answer(scene)
    };
    let thabo = staff("thabo");
    assert_eq!(ask(&mut scene, &thabo, Some(0), None, to(Status::InProgress)), Ok(()));
    assert_eq!(ask(&mut scene, &thabo, Some(0), None, to(Status::Resolved)), Err(Refusal::StaleRevision));
    assert_eq!(ask(&mut scene, &thabo, Some(1), None, to(Status::Resolved)), Ok(()));
    assert_eq!(
        ask(&mut scene, &Actor::RESIDENT, None, Some(Status::InProgress), to(Status::Closed)),
        Err(Refusal::UnexpectedStatus)
    );
    assert_eq!(ask(&mut scene, &Actor::RESIDENT, None, Some(Status::Resolved), to(Status::Closed)), Ok(()));
}

#[test]
fn a_ticket_that_is_not_there_or_there_already_is_answered_too() {
    let mut scene = Scene::opened();
    scene.open(opening(1, start()));
    let unknown: TicketId = ticket_id(9);
    let at = scene.driver.now();
    let actor = staff("thabo");
    let action = to(Status::InProgress);
    scene.change(Change { ticket: unknown, at, actor, revision: None, expected_status: None, action });
    expect![[r#"
        00:00:00 v1 r0 refused open: already_open by resident
        00:00:00 v0 r0 refused status: unknown_ticket by thabo
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn what_could_not_be_heard_anywhere_is_a_dead_letter() {
    let mut scene = Scene::new();
    let mut open = opening(1, start());
    open.facts.reply_partition = PARTITIONS;
    scene.open(open);
    assert_eq!((scene.story().as_str(), scene.dead_letters()), ("", 1));
}

#[test]
fn every_refusal_is_explained_to_the_person_who_asked() {
    for refusal in Refusal::ALL {
        assert!(refusal.explain().len() > 15, "{refusal}");
    }
}
