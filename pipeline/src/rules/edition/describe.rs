//! Describes the contents of an edition in numbers.

use std::fmt::Write;

use topics::records::editions::Reference;

/// The numbers of an edition: of the whole, then of each municipality.
pub fn describe(reference: &Reference) -> String {
    let Reference { municipalities, wards, teams, policies, emergency, places, .. } = reference;
    let mut text = format!(
        "{} municipalities, {} of them on board; {} wards; {} teams, {} of them active, {} of the \
         police; {} policies, {} of them active; {} named places\n\
         {} emergency numbers, checked on {}\n\n\
         | municipality | name | kind | on board | wards | teams | policies | named places \
         |\n|---|---|---|---|---|---|---|---|\n",
        municipalities.len(),
        municipalities.iter().filter(|municipality| municipality.onboarded).count(),
        wards.len(),
        teams.len(),
        teams.iter().filter(|team| team.is_active).count(),
        teams.iter().filter(|team| team.is_saps).count(),
        policies.len(),
        policies.iter().filter(|policy| policy.is_active).count(),
        places.len(),
        emergency.numbers.len(),
        if emergency.as_of.is_empty() { "no day" } else { &emergency.as_of },
    );
    for municipality in municipalities {
        let code = &municipality.code;
        let _ = writeln!(
            text,
            "| {code} | {} | {} | {} | {} | {} | {} | {} |",
            municipality.name,
            municipality.kind,
            if municipality.onboarded { "yes" } else { "no" },
            wards.iter().filter(|ward| ward.municipality == *code).count(),
            teams.iter().filter(|team| team.municipality.as_ref() == Some(code)).count(),
            policies.iter().filter(|policy| policy.municipality == *code).count(),
            places.iter().filter(|place| place.municipality == *code).count(),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::geography::toy::{policy, reference, team};

    #[test]
    fn an_edition_is_described_in_numbers() {
        expect![[r#"
            4 municipalities, 3 of them on board; 3 wards; 1 teams, 1 of them active, 0 of the police; 1 policies, 1 of them active; 0 named places
            0 emergency numbers, checked on no day

            | municipality | name | kind | on board | wards | teams | policies | named places |
            |---|---|---|---|---|---|---|---|
            | west | west | local | yes | 2 | 1 | 1 | 0 |
            | south | south | local | no | 0 | 0 | 0 | 0 |
            | east | east | metro | yes | 1 | 0 | 0 | 0 |
            | district | district | district | yes | 0 | 0 | 0 | 0 |
        "#]]
        .assert_eq(&describe(&Reference {
            teams: vec![team("a", "west", None, None)],
            policies: vec![policy("west", 1, 2)],
            ..reference()
        }));
    }
}
