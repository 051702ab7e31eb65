//! refer: which police team a protected report goes to. It knows nothing of municipalities.

use topics::records::protected::{Referral, ReferralRule};
use topics::values::point::Point;

use crate::rules::edition::Edition;
use crate::rules::geography::{PinVerdict, judge};

/// The stage's name.
pub const REFER: &str = "refer";

/// The team whose precinct holds the point, else the nearest, however far; without a place that can be right,
/// or without a team, the national duty queue.
pub fn refer(point: Option<Point>, edition: &Edition) -> Referral {
    let national = Referral { team: None, assigned_to: None, rule: ReferralRule::National, distance_m: None };
    let Some(PinVerdict::Plausible(point)) = point.map(|point| judge(point.latitude, point.longitude)) else {
        return national;
    };
    let at = geo::Point::new(point.longitude, point.latitude);
    let holding = edition.places().precinct(at).map(|team| (team, ReferralRule::Precinct, None));
    let nearest = || {
        edition
            .places()
            .nearest_precinct(at)
            .map(|(team, metres)| (team, ReferralRule::Nearest, Some(metres)))
    };
    let Some((team, rule, distance_m)) = holding.or_else(nearest) else { return national };
    let Some(team) = edition.reference.teams.get(team) else { return national };
    Referral { team: Some(team.code.clone()), assigned_to: team.lead.clone(), rule, distance_m }
}

#[cfg(test)]
mod tests;
