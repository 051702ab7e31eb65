//! The people whom a recipient stands for, and who stands in where it does not exist: the lead of the team,
//! its manager, or the managers of the municipality.

use topics::records::editions::{Reference, StaffMember, Team};
use topics::values::ladder::{Recipient, StandIn};
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::{Category, Role};

use crate::rules::flaws::Flaw;

/// Whom a step or an automation reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The logins of the people.
    pub people: Vec<ActorName>,
    /// Who they are, if the recipient does not exist.
    pub stand_in: Option<StandIn>,
}

/// The people whom the tickets of a team can reach.
pub struct StaffOfTeam<'a> {
    /// The staff of all municipalities.
    pub staff: &'a [StaffMember],
    /// The code of the municipality that has the tickets.
    pub municipality: Option<&'a Code>,
    /// The code of the team; missing for tickets without one.
    pub team: Option<&'a Code>,
    /// The login of the team's lead.
    pub lead: Option<&'a ActorName>,
    /// The login of the team's manager.
    pub manager: Option<&'a ActorName>,
}

impl<'a> StaffOfTeam<'a> {
    fn of(reference: &'a Reference, municipality: &'a Code, team: Option<&'a Team>) -> Self {
        Self {
            staff: &reference.staff,
            municipality: Some(municipality),
            team: team.map(|team| &team.code),
            lead: team.and_then(|team| team.lead.as_ref()),
            manager: team.and_then(|team| team.manager.as_ref()),
        }
    }

    /// Whom a recipient stands for, or who stands in.
    pub fn reached(&self, whom: &Recipient) -> Reached {
        let people = self.people(whom);
        if !people.is_empty() {
            return Reached { people, stand_in: None };
        }
        let lead: Vec<ActorName> = self.lead.into_iter().cloned().collect();
        let stand_ins = [
            (StandIn::Lead, lead),
            (StandIn::Manager, self.people(&Recipient::Manager)),
            (StandIn::Manager, self.people(&Recipient::Role(Role::Manager))),
        ];
        let found = stand_ins.into_iter().find(|(_, people)| !people.is_empty());
        let (stand_in, people) = found.unwrap_or((StandIn::Nobody, Vec::new()));
        Reached { people, stand_in: Some(stand_in) }
    }

    /// The people whom a recipient stands for. The manager stands in for a lead whom the team does not name.
    fn people(&self, whom: &Recipient) -> Vec<ActorName> {
        let one = |login: Option<&ActorName>| login.into_iter().cloned().collect();
        match whom {
            Recipient::Login(login) => {
                let is_theirs = |member: &&StaffMember| {
                    member.login == *login && Some(&member.municipality) == self.municipality
                };
                one(self.staff.iter().find(is_theirs).map(|member| &member.login))
            }
            Recipient::Manager => one(self.manager),
            Recipient::Lead => one(self.lead.or(self.manager)),
            Recipient::Role(role) => {
                let is_of_team = |member: &&StaffMember| {
                    member.role == *role
                        && Some(&member.municipality) == self.municipality
                        && (member.team.is_none() || member.team.as_ref() == self.team)
                };
                self.staff.iter().filter(is_of_team).map(|member| member.login.clone()).collect()
            }
        }
    }
}

/// What is wrong with a recipient: it exists in no team that may have the tickets, or not in one in which
/// nobody stands in. Editions that were published before this was asked stay valid.
pub fn flaws(
    reference: &Reference,
    municipality: &Code,
    category: Option<Category>,
    whom: &Recipient,
) -> Vec<Flaw> {
    // A login that is not known is a complaint of its own.
    if matches!(whom, Recipient::Login(_)) {
        return Vec::new();
    }
    let teams = teams_for(reference, municipality, category);
    let teams: Vec<Option<&Team>> =
        if teams.is_empty() { vec![None] } else { teams.into_iter().map(Some).collect() };
    let reached = |team: &Option<&Team>| StaffOfTeam::of(reference, municipality, *team).reached(whom);
    if teams.iter().all(|team| reached(team).stand_in.is_some()) {
        return vec![Flaw::NoSuchRecipient(whom.clone())];
    }
    let unreached = teams.iter().filter(|team| reached(team).stand_in == Some(StandIn::Nobody));
    let codes = unreached.filter_map(|team| team.map(|team| team.code.clone()));
    codes.map(|team| Flaw::ReachesNobodyOf(whom.clone(), team)).collect()
}

/// The teams of a municipality that get tickets of a category: those that are for it, or those that are for
/// all categories if none is.
fn teams_for<'a>(reference: &'a Reference, municipality: &Code, category: Option<Category>) -> Vec<&'a Team> {
    let is_theirs =
        |team: &&Team| team.is_active && !team.is_saps && team.municipality.as_ref() == Some(municipality);
    let all: Vec<&Team> = reference.teams.iter().filter(is_theirs).collect();
    let Some(category) = category else { return all };
    let own: Vec<&Team> = all.iter().copied().filter(|team| team.category == Some(category)).collect();
    if own.is_empty() { all.into_iter().filter(|team| team.category.is_none()).collect() } else { own }
}
