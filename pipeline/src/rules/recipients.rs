//! The people whom a recipient stands for, and who stands in where it does not exist or is absent: the
//! delegate of the person, the lead of the team, its manager, or the managers of the municipality.

use topics::records::editions::{Reference, StaffMember, Team};
use topics::records::ticket_events::Absentee;
use topics::values::calendar::Day;
use topics::values::ladder::{Recipient, StandIn};
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::{Category, Role};

use crate::rules::absences;
use crate::rules::flaws::Flaw;

/// Whom a step or an automation reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The logins of the people.
    pub people: Vec<ActorName>,
    /// Who they are, if the recipient does not exist or is absent.
    pub stand_in: Option<StandIn>,
    /// Who of those that the recipient stands for is absent.
    pub absent: Vec<Absentee>,
}

/// The people whom the tickets of a team can reach.
pub struct StaffOfTeam<'a> {
    /// The staff of all municipalities, in the order of their logins.
    pub staff: &'a [StaffMember],
    /// The code of the municipality that has the tickets.
    pub municipality: Option<&'a Code>,
    /// The code of the team; missing for tickets without one.
    pub team: Option<&'a Code>,
    /// The login of the team's lead.
    pub lead: Option<&'a ActorName>,
    /// The login of the team's manager.
    pub manager: Option<&'a ActorName>,
    /// The day on which people are to be reached; without one, nobody counts as absent.
    pub on: Option<Day>,
}

impl<'a> StaffOfTeam<'a> {
    fn of(reference: &'a Reference, municipality: &'a Code, team: Option<&'a Team>) -> Self {
        Self {
            staff: &reference.staff,
            municipality: Some(municipality),
            team: team.map(|team| &team.code),
            lead: team.and_then(|team| team.lead.as_ref()),
            manager: team.and_then(|team| team.manager.as_ref()),
            on: None,
        }
    }

    /// Whom a recipient stands for, or who stands in.
    pub fn reached(&self, whom: &Recipient) -> Reached {
        self.stand_for(&self.people(whom))
    }

    /// Those of the named people who are present; otherwise their delegates; otherwise the lead of the team,
    /// its manager, or the managers of the municipality, or the delegates of these.
    pub fn stand_for(&self, named: &[ActorName]) -> Reached {
        let here = self.present(named);
        let is_here = named.iter().any(|login| here.contains(login));
        let (stand_in, people) = if !here.is_empty() {
            ((!is_here).then_some(StandIn::Delegate), here)
        } else {
            let lead: Vec<ActorName> = self.lead.into_iter().cloned().collect();
            let stand_ins = [
                (StandIn::Lead, lead),
                (StandIn::Manager, self.people(&Recipient::Manager)),
                (StandIn::Manager, self.people(&Recipient::Role(Role::Manager))),
            ];
            let present = stand_ins.into_iter().map(|(stand_in, people)| (stand_in, self.present(&people)));
            let found = present.into_iter().find(|(_, people)| !people.is_empty());
            let (stand_in, people) = found.unwrap_or((StandIn::Nobody, Vec::new()));
            (Some(stand_in), people)
        };
        let absentee =
            |login| self.on.and_then(|on| absences::absentee(self.staff, login, on, people.first()));
        let absent = named.iter().filter_map(absentee).collect();
        Reached { people, stand_in, absent }
    }

    /// Those of the people who are present, and the delegates of the others, each once.
    fn present(&self, people: &[ActorName]) -> Vec<ActorName> {
        let Some(on) = self.on else { return people.to_vec() };
        let mut present = Vec::new();
        for login in people {
            if let Some(login) = absences::present(self.staff, login, on).filter(|one| !present.contains(one))
            {
                present.push(login);
            }
        }
        present
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
