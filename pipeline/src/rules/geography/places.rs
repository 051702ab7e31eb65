//! The map of an edition: who is responsible for which place. All values in it are indexes into the edition's
//! lists, which are in the order of codes, so that "the first" is "the lowest code".

use geo::Point;
use topics::records::editions::{MunicipalityKind, Reference};
use topics::values::calendar::Day;
use topics::values::vocabulary::{Category, MunicipalityRule, TeamRule};

use super::layer::Layer;
use super::period::Period;
use super::shape::shape;
use super::teams::{Chosen, IsThere, TeamArea, TeamIndex};
use crate::rules::flaws::{BadReference, ReferenceFeature};

/// How far a municipality may be from a point that is in none, in metres.
const NEAREST_MUNICIPALITY_M: f64 = 50_000.0;

/// The map of an edition.
#[derive(Default)]
pub struct Map {
    /// Metros and locals, which take precedence over districts.
    locals: Layer,
    districts: Layer,
    wards: Layer,
    /// When each municipality is in force.
    municipalities_in_force: Vec<Period>,
    /// When each ward is in force.
    wards_in_force: Vec<Period>,
    /// Which municipality each ward belongs to.
    municipality_of_ward: Vec<usize>,
    /// The teams of each municipality.
    teams: Vec<TeamIndex>,
    precincts: Layer,
}

/// A municipality and the rule that found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responsible {
    /// The municipality's index in the edition's list.
    pub municipality: usize,
    /// The rule that found the municipality.
    pub rule: MunicipalityRule,
    /// The distance in metres, if it is the nearest municipality.
    pub distance_m: Option<u32>,
}

impl Map {
    /// Builds the map. The shapes move from `reference` into it.
    ///
    /// # Errors
    /// A shape is invalid. The lists must be sorted, and the references between them checked.
    pub(crate) fn new(reference: &mut Reference) -> Result<Self, BadReference> {
        let mut locals = Vec::new();
        let mut districts = Vec::new();
        for (index, municipality) in reference.municipalities.iter_mut().enumerate() {
            let boundary = std::mem::take(&mut municipality.boundary);
            let boundary = shape(&boundary)
                .map_err(|flaw| BadReference::new(ReferenceFeature::municipality(municipality), flaw))?;
            let layer =
                if municipality.kind == MunicipalityKind::District { &mut districts } else { &mut locals };
            layer.push((index, boundary));
        }
        let mut wards = Vec::new();
        for (index, ward) in reference.wards.iter_mut().enumerate() {
            let boundary = std::mem::take(&mut ward.boundary);
            wards.push((
                index,
                shape(&boundary).map_err(|flaw| BadReference::new(ReferenceFeature::ward(ward), flaw))?,
            ));
        }
        let municipality =
            |code| reference.municipalities.binary_search_by(|known| known.code.cmp(code)).ok();
        let municipality_of_ward = reference
            .wards
            .iter()
            .map(|ward| municipality(&ward.municipality).unwrap_or(usize::MAX))
            .collect();
        let municipalities_in_force = reference
            .municipalities
            .iter()
            .map(|municipality| Period { from: municipality.valid_from, to: municipality.valid_to })
            .collect();
        let wards_in_force =
            reference.wards.iter().map(|ward| Period { from: ward.valid_from, to: ward.valid_to }).collect();
        let mut members: Vec<Vec<TeamArea>> = reference.municipalities.iter().map(|_| Vec::new()).collect();
        let mut precincts = Vec::new();
        for (index, team) in reference.teams.iter_mut().enumerate() {
            let area = team.service_area.as_mut().map(std::mem::take).map(|area| shape(&area)).transpose();
            let area = area.map_err(|flaw| BadReference::new(ReferenceFeature::team(team), flaw))?;
            if !team.is_active {
                continue;
            }
            if team.is_saps {
                precincts.extend(area.map(|area| (index, area)));
            } else if let Some(own) =
                team.municipality.as_ref().and_then(municipality).and_then(|own| members.get_mut(own))
            {
                own.push(TeamArea { team: index, category: team.category, area });
            }
        }
        Ok(Self {
            locals: Layer::new(&locals),
            districts: Layer::new(&districts),
            wards: Layer::new(&wards),
            municipalities_in_force,
            wards_in_force,
            municipality_of_ward,
            teams: members.into_iter().map(TeamIndex::new).collect(),
            precincts: Layer::new(&precincts),
        })
    }
}

impl Map {
    /// The municipality responsible for the point on this day: one that contains it (local or metro before
    /// district), one on whose border it lies, or otherwise the nearest within 50 km.
    pub fn responsible(&self, point: Point<f64>, on: Day) -> Option<Responsible> {
        let is_in_force = |municipality| holds(&self.municipalities_in_force, municipality, on);
        let certain = |municipality, rule| Responsible { municipality, rule, distance_m: None };
        for layer in [&self.locals, &self.districts] {
            if let Some(municipality) = layer.first_containing(point, is_in_force) {
                return Some(certain(municipality, MunicipalityRule::Contains));
            }
            if let Some(municipality) = layer.first_bordering(point, is_in_force) {
                return Some(certain(municipality, MunicipalityRule::Border));
            }
        }
        let local = self.locals.nearest(point, NEAREST_MUNICIPALITY_M, is_in_force);
        let district = self.districts.nearest(point, NEAREST_MUNICIPALITY_M, is_in_force);
        // If a district is not nearer than its local, as along a coast that they share, the local is taken.
        let nearer = |(_, local): &(usize, u32)| district.is_none_or(|(_, district)| *local <= district);
        let (municipality, distance_m) = local.filter(nearer).or(district)?;
        Some(Responsible { municipality, rule: MunicipalityRule::Nearest, distance_m: Some(distance_m) })
    }

    /// The municipality's ward that contains the point on this day, or on whose border it lies.
    pub fn ward(&self, point: Point<f64>, municipality: usize, on: Day) -> Option<usize> {
        let own = |ward: usize| {
            self.municipality_of_ward.get(ward) == Some(&municipality)
                && holds(&self.wards_in_force, ward, on)
        };
        self.wards.first_containing(point, own).or_else(|| self.wards.first_bordering(point, own))
    }

    /// The municipality's team for a report of this category at the point, of those that are there.
    pub fn team(
        &self,
        municipality: usize,
        category: Category,
        point: Point<f64>,
        is_there: IsThere<'_>,
    ) -> Chosen {
        let nobody = (TeamRule::None, None, None);
        self.teams.get(municipality).map_or(nobody, |teams| teams.choose(category, point, is_there))
    }

    /// The police team whose precinct contains the point.
    pub fn precinct(&self, point: Point<f64>) -> Option<usize> {
        self.precincts.smallest_containing(point, |_| true)
    }

    /// The police team whose precinct is the nearest, however far, and its distance in metres.
    pub fn nearest_precinct(&self, point: Point<f64>) -> Option<(usize, u32)> {
        self.precincts.nearest(point, f64::INFINITY, |_| true)
    }
}

fn holds(periods: &[Period], area: usize, on: Day) -> bool {
    periods.get(area).is_some_and(|period| period.holds(on))
}
