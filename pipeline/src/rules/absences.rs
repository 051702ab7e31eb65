//! Who stands in for people who are absent: their delegate, the delegate of that one if they are absent too,
//! and so on. An absence counts by the day in South Africa that the log's time has.

use std::collections::BTreeSet;

use topics::records::editions::{Absence, Reference, StaffMember, Team};
use topics::records::ticket_events::Absentee;
use topics::values::calendar::Day;
use topics::values::text::ActorName;

use crate::rules::flaws::{BadReference, Flaw, ReferenceFeature};

/// The absence of a person on this day; missing if they are present or not known.
pub fn absence<'a>(staff: &'a [StaffMember], login: &ActorName, on: Day) -> Option<&'a Absence> {
    member(staff, login)?.absence.as_ref().filter(|absence| absence.holds(on))
}

/// The person who is present on this day: the one with this login, or the first of their chain of delegates;
/// nobody if the chain ends before, or leads back to a person in it.
pub fn present(staff: &[StaffMember], login: &ActorName, on: Day) -> Option<ActorName> {
    let mut asked = BTreeSet::new();
    let mut next = login;
    while asked.insert(next) {
        match absence(staff, next, on) {
            None => return Some(next.clone()),
            Some(absence) => next = absence.delegate.as_ref()?,
        }
    }
    None
}

/// The person as somebody who is absent on this day, with who stands in; missing if they are present.
pub fn absentee(
    staff: &[StaffMember],
    login: &ActorName,
    on: Day,
    stand_in: Option<&ActorName>,
) -> Option<Absentee> {
    let absence = absence(staff, login, on)?;
    let stand_in = present(staff, login, on).or_else(|| stand_in.cloned());
    Some(Absentee { login: login.clone(), until: absence.until, stand_in })
}

/// The member of staff with this login. Members are in the order of their logins.
pub fn member<'a>(staff: &'a [StaffMember], login: &ActorName) -> Option<&'a StaffMember> {
    let index = staff.binary_search_by(|member| member.login.cmp(login)).ok()?;
    staff.get(index)
}

/// All complaints about absences, and about days on which teams are unavailable.
pub fn complaints(reference: &Reference) -> Vec<BadReference> {
    let of_one = |member: &StaffMember| {
        let flaws =
            member.absence.as_ref().map_or_else(Vec::new, |absence| flaws(reference, member, absence));
        let feature = || ReferenceFeature::StaffMember(member.login.clone());
        flaws.into_iter().map(|flaw| BadReference::new(feature(), flaw)).collect::<Vec<_>>()
    };
    let is_backwards =
        |team: &&Team| team.unavailable.is_some_and(|days| days.until.is_some_and(|until| until < days.from));
    let of_team = |team: &Team| BadReference::new(ReferenceFeature::team(team), Flaw::EndsBeforeItBegins);
    let of_teams = reference.teams.iter().filter(is_backwards).map(of_team);
    reference.staff.iter().flat_map(of_one).chain(of_teams).collect()
}

fn flaws(reference: &Reference, member: &StaffMember, absence: &Absence) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if absence.until.is_some_and(|until| until < absence.from) {
        flaws.push(Flaw::EndsBeforeItBegins);
    }
    if let Some(delegate) = &absence.delegate {
        let is_colleague =
            |other: &StaffMember| other.login == *delegate && other.municipality == member.municipality;
        if *delegate == member.login {
            flaws.push(Flaw::DelegateOfOneself);
        } else if !reference.staff.iter().any(is_colleague) {
            flaws.push(Flaw::UnknownDelegate(delegate.clone()));
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use topics::values::vocabulary::Role;

    use super::*;
    use crate::rules::geography::toy::reference;

    fn day(number: i64) -> Day {
        Day::from_number(20_000 + number)
    }

    fn login(n: usize) -> ActorName {
        format!("person-{n}").parse().unwrap()
    }

    /// A member of staff of west, away from the first of these days until the second.
    fn away(n: usize, days: Option<(i64, i64)>, delegate: Option<usize>) -> StaffMember {
        let absence = |(from, until)| Absence {
            from: day(from),
            until: Some(day(until)),
            delegate: delegate.map(login),
        };
        StaffMember {
            login: login(n),
            municipality: "west".parse().unwrap(),
            team: None,
            role: Role::Staff,
            absence: days.map(absence),
        }
    }

    #[test]
    fn the_last_day_of_an_absence_counts_and_one_without_an_end_goes_on() {
        let mut staff = vec![away(0, Some((2, 4)), Some(1)), away(1, None, None)];
        let of = |staff: &[StaffMember], on| present(staff, &login(0), day(on)).unwrap();
        assert_eq!([1, 2, 4, 5].map(|on| of(&staff, on)), [0, 1, 1, 0].map(login));
        staff[0].absence.as_mut().unwrap().until = None;
        assert_eq!(of(&staff, 400), login(1));
    }

    #[test]
    fn delegates_stand_in_for_delegates_and_a_circle_of_them_is_nobody() {
        let chain =
            [away(0, Some((0, 9)), Some(1)), away(1, Some((0, 9)), Some(2)), away(2, Some((5, 9)), Some(0))];
        assert_eq!(present(&chain, &login(0), day(1)), Some(login(2)));
        assert_eq!(present(&chain, &login(0), day(6)), None, "a circle");
        let absentee = absentee(&chain, &login(1), day(6), Some(&login(7))).unwrap();
        assert_eq!((absentee.until, absentee.stand_in), (Some(day(9)), Some(login(7))));
        assert_eq!(present(&chain, &login(8), day(6)), Some(login(8)), "nothing is known of the person");
    }

    #[test]
    fn everything_that_is_wrong_with_absences_is_said_at_once() {
        let mut elsewhere = away(3, None, None);
        elsewhere.municipality = "east".parse().unwrap();
        let staff = vec![
            away(0, Some((4, 2)), Some(0)),
            away(1, Some((0, 1)), Some(9)),
            away(2, Some((0, 1)), Some(3)),
            elsewhere,
        ];
        let said: Vec<String> =
            complaints(&Reference { staff, ..reference() }).iter().map(ToString::to_string).collect();
        let expected = [
            "member of staff person-0: the absence ends before it begins",
            "member of staff person-0: the person is their own delegate",
            "member of staff person-1: the delegate person-9 is no active member of staff",
            "member of staff person-2: the delegate person-3 is no active member of staff",
        ];
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, start) in said.iter().zip(expected) {
            assert!(said.starts_with(start), "{start}: {said}");
        }
    }

    /// What the chain of a person leads to, found by a walk of as many steps as there are people.
    fn oracle(staff: &[StaffMember], from: usize, on: Day) -> Option<ActorName> {
        let mut at = login(from);
        for _ in 0..=staff.len() {
            let known = staff.iter().find(|member| member.login == at)?;
            match known.absence.as_ref().filter(|absence| absence.holds(on)) {
                None => return Some(at),
                Some(absence) => at = absence.delegate.clone()?,
            }
        }
        None
    }

    proptest! {
        #[test]
        fn whoever_stands_in_is_present_and_no_chain_is_followed_for_ever(
            people in prop::collection::vec(
                (prop::option::of((0i64..4, 0i64..4)), prop::option::of(0usize..8)),
                8,
            ),
            on in 0i64..5,
        ) {
            let staff: Vec<StaffMember> =
                people.iter().enumerate().map(|(n, (days, delegate))| away(n, *days, *delegate)).collect();
            for n in 0..staff.len() {
                let found = present(&staff, &login(n), day(on));
                prop_assert_eq!(&found, &oracle(&staff, n, day(on)));
                if let Some(found) = found {
                    prop_assert!(absence(&staff, &found, day(on)).is_none());
                }
            }
        }
    }
}
