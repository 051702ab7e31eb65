//! Teams: which one of a municipality takes a report of a category at a point.

use std::collections::BTreeMap;

use geo::{MultiPolygon, Point};
use topics::values::vocabulary::{Category, TeamRule};

use super::layer::Layer;

/// How far a service area may be from a point that it takes, in metres.
const NEAREST_AREA_M: f64 = 10_000.0;

/// A team with the area that it serves.
pub struct TeamArea {
    /// The team's index in the edition's list, which is in the order of codes.
    pub team: usize,
    /// The category that the team handles; missing for a default team.
    pub category: Option<Category>,
    /// The area that the team serves; missing if it is the whole municipality.
    pub area: Option<MultiPolygon<f64>>,
}

/// The teams of one municipality.
#[derive(Default)]
pub struct TeamIndex {
    by_category: BTreeMap<Category, CategoryTeams>,
    default: CategoryTeams,
}

/// The teams of one category, or the default ones.
#[derive(Default)]
struct CategoryTeams {
    areas: Layer,
    everywhere: Vec<usize>,
}

/// A team, the rule that found it, and the distance of its area in metres if the rule was `NearestArea`.
pub type Chosen = (TeamRule, Option<usize>, Option<u32>);

/// Whether the team with this index takes tickets.
pub type IsThere<'a> = &'a dyn Fn(usize) -> bool;

impl TeamIndex {
    /// Indexes the active municipal teams of one municipality, given in the order of their codes.
    pub fn new(members: Vec<TeamArea>) -> Self {
        let mut groups: BTreeMap<Option<Category>, Vec<TeamArea>> = BTreeMap::new();
        for member in members {
            groups.entry(member.category).or_default().push(member);
        }
        let mut teams = Self::default();
        for (category, members) in groups {
            let of_category = CategoryTeams::new(members);
            match category {
                Some(category) => {
                    teams.by_category.insert(category, of_category);
                }
                None => teams.default = of_category,
            }
        }
        teams
    }

    /// The team for a report of this category at this point, of those that are there: the smallest service
    /// area that contains it, otherwise the nearest within 10 km, otherwise the municipality-wide team,
    /// otherwise the default team.
    pub fn choose(&self, category: Category, point: Point<f64>, is_there: IsThere<'_>) -> Chosen {
        let special =
            self.by_category.get(&category).and_then(|of_category| of_category.choose(point, is_there));
        let default = || {
            let of_area = self.default.areas.smallest_containing(point, is_there);
            let team = of_area.or_else(|| self.default.everywhere(is_there))?;
            Some((TeamRule::Default, Some(team), None))
        };
        special.or_else(default).unwrap_or((TeamRule::None, None, None))
    }
}

impl CategoryTeams {
    fn new(members: Vec<TeamArea>) -> Self {
        let everywhere =
            members.iter().filter(|member| member.area.is_none()).map(|member| member.team).collect();
        let areas: Vec<_> =
            members.into_iter().filter_map(|member| Some((member.team, member.area?))).collect();
        Self { areas: Layer::new(&areas), everywhere }
    }

    fn everywhere(&self, is_there: IsThere<'_>) -> Option<usize> {
        self.everywhere.iter().copied().find(|team| is_there(*team))
    }

    fn choose(&self, point: Point<f64>, is_there: IsThere<'_>) -> Option<Chosen> {
        if let Some(team) = self.areas.smallest_containing(point, is_there) {
            return Some((TeamRule::ServiceArea, Some(team), None));
        }
        if let Some((team, distance_m)) = self.areas.nearest(point, NEAREST_AREA_M, is_there) {
            return Some((TeamRule::NearestArea, Some(team), Some(distance_m)));
        }
        self.everywhere(is_there).map(|team| (TeamRule::MunicipalityWide, Some(team), None))
    }
}
