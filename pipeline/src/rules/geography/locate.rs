//! Locating: routes a point and a category, and names the rule that decided each part.

use topics::records::assignments::Routing;
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule, Queue, TeamRule};

use super::cell_of;
use super::period::day_of;
use super::pin::is_on_earth;
use crate::rules::edition::Edition;

/// The routing of a report of `category` at `point`, by the areas that are in force at the time `at`.
///
/// The distance is that of the service area if the nearest one was chosen, otherwise that of the municipality
/// if it was the nearest. A ticket without a place is in the queue `unlocated`.
pub fn locate(point: Option<Point>, category: Category, at: Time, edition: &Edition) -> Routing {
    let nowhere = || nowhere(edition, Queue::Unlocated);
    point.map_or_else(nowhere, |point| place(point, Some(category), at, edition))
}

/// The municipality and ward of `point`. No team is chosen, because the category is not known here.
pub fn locate_place(point: Point, at: Time, edition: &Edition) -> Routing {
    place(point, None, at, edition)
}

fn nowhere(edition: &Edition, queue: Queue) -> Routing {
    Routing {
        municipality: None,
        municipality_rule: MunicipalityRule::None,
        ward: None,
        cell: None,
        team: None,
        team_rule: TeamRule::None,
        assigned_to: None,
        manager: None,
        distance_m: None,
        queue: Some(queue),
        edition: edition.number,
    }
}

fn place(point: Point, category: Option<Category>, at: Time, edition: &Edition) -> Routing {
    let mut routing = nowhere(edition, Queue::Unrouted);
    // NaN or infinity cannot be looked up. Conversations refuse such points, but other callers may not.
    if !is_on_earth(point) {
        return routing;
    }
    routing.cell = cell_of(point);
    let on = day_of(at);
    let place = geo::Point::new(point.longitude, point.latitude);
    let Some(found) = edition.places().responsible(place, on) else { return routing };
    let Some(municipality) = edition.reference.municipalities.get(found.municipality) else { return routing };
    routing.municipality = Some(municipality.code.clone());
    routing.municipality_rule = found.rule;
    routing.distance_m = found.distance_m;
    if found.distance_m.is_none() {
        let ward = edition.places().ward(place, found.municipality, on);
        let ward = ward.and_then(|ward| edition.reference.wards.get(ward));
        routing.ward = ward.map(|ward| ward.code.clone());
    }
    if !municipality.onboarded {
        routing.queue = Some(Queue::Referred);
        return routing;
    }
    routing.queue = Some(Queue::Unassigned);
    let Some(category) = category else { return routing };
    let teams = &edition.reference.teams;
    let is_there = |team: usize| teams.get(team).is_some_and(|team| team.is_there(on));
    let (rule, team, distance_m) = edition.places().team(found.municipality, category, place, &is_there);
    let Some(team) = team.and_then(|team| teams.get(team)) else { return routing };
    routing.team = Some(team.code.clone());
    routing.team_rule = rule;
    routing.manager.clone_from(&team.manager);
    if let Some(lead) = &team.lead {
        let people = edition.staff_of(&routing, at).stand_for(std::slice::from_ref(lead)).people;
        routing.assigned_to = people.into_iter().next();
    }
    routing.distance_m = distance_m.or(routing.distance_m);
    routing.queue = None;
    routing
}
