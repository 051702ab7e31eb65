//! refer: decides which police team a protected report goes to. It does not use municipalities.

use topics::records::protected::{Referral, ReferralRule};
use topics::values::point::Point;

use crate::rules::edition::Edition;
use crate::rules::geography::{PinVerdict, judge};

/// The name of the stage in counts and dead letters.
pub const REFER: &str = "refer";

/// The team whose precinct contains the point, or else the nearest team at any distance. The national duty
/// queue if there is no valid point or no team.
pub fn refer(point: Option<Point>, edition: &Edition) -> Referral {
    let national = Referral { team: None, assigned_to: None, rule: ReferralRule::National, distance_m: None };
    let Some(PinVerdict::Plausible(point)) = point.map(|point| judge(point.latitude, point.longitude)) else {
        return national;
    };
    let at = geo::Point::new(point.longitude, point.latitude);
    let places = edition.places();
    let holding = places.precinct(at).map(|team| (team, ReferralRule::Precinct, None));
    let as_nearest = |(team, metres)| (team, ReferralRule::Nearest, Some(metres));
    let found = holding.or_else(|| places.nearest_precinct(at).map(as_nearest));
    let Some((team, rule, distance_m)) = found else { return national };
    let Some(team) = edition.reference.teams.get(team) else { return national };
    Referral { team: Some(team.code.clone()), assigned_to: team.lead.clone(), rule, distance_m }
}

#[cfg(test)]
mod tests;
