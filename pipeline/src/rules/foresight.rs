//! What a publication would do to the open tickets, counted by municipality before anything is published.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// A deadline that passes this soon after a publication is one that no team can keep any more.
pub const SOON: Duration = Duration::from_secs(3600);

/// The share of the open tickets that a publication may let breach within the hour, in percent; more needs a
/// decision.
pub const MOST_BREACHES_PERCENT: usize = 1;

/// An automation that is for more than this share of a municipality's open tickets is shown, in percent.
const MANY_PERCENT: usize = 5;

/// What an edition would do to one open ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// The code of the municipality that owns the ticket now.
    pub municipality: Option<String>,
    /// Whether one of its deadlines moves.
    pub moves: bool,
    /// Whether one of its deadlines passes within the hour that did not before.
    pub breaches: bool,
    /// Whether it goes to another team, person or municipality.
    pub changes_hands: bool,
    /// Where it goes if its team is not there, now or from a later day on; missing if the team is there.
    pub handover: Option<ForeseenHandover>,
    /// The codes of the automations that the ticket, as it is now, meets the conditions of.
    pub automations: Vec<String>,
}

/// Where a ticket goes whose team is switched off or unavailable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeseenHandover {
    /// The code of the team that has the ticket.
    pub team: String,
    /// The code of the team that gets it; missing if it stays where it is and is flagged.
    pub to: Option<String>,
}

/// How many tickets are open, and what an edition would do to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of open tickets.
    pub open: usize,
    /// The number of tickets of which a deadline moves.
    pub moves: usize,
    /// The number of tickets of which a deadline passes within the hour that did not before.
    pub breaches: usize,
    /// The number of tickets that go to another team, person or municipality.
    pub changes_hands: usize,
}

impl Count {
    fn add(&mut self, foreseen: &Foreseen) {
        self.open += 1;
        self.moves += usize::from(foreseen.moves);
        self.breaches += usize::from(foreseen.breaches);
        self.changes_hands += usize::from(foreseen.changes_hands);
    }
}

/// The counts of all open tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foresight {
    counts: BTreeMap<String, Count>,
    /// How many open tickets each automation is for, by municipality and code.
    automations: BTreeMap<(String, String), usize>,
    /// How many open tickets go where from teams that are not there.
    handovers: BTreeMap<ForeseenHandover, usize>,
}

impl Foresight {
    /// Counts the open tickets.
    pub fn of<'a>(tickets: impl IntoIterator<Item = &'a Foreseen>) -> Self {
        let mut counts: BTreeMap<String, Count> = BTreeMap::new();
        let mut automations: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut handovers: BTreeMap<ForeseenHandover, usize> = BTreeMap::new();
        for foreseen in tickets {
            let name = foreseen.municipality.clone().unwrap_or_else(|| "(none)".to_owned());
            for code in &foreseen.automations {
                *automations.entry((name.clone(), code.clone())).or_default() += 1;
            }
            if let Some(handover) = &foreseen.handover {
                *handovers.entry(handover.clone()).or_default() += 1;
            }
            counts.entry(name).or_default().add(foreseen);
        }
        Self { counts, automations, handovers }
    }

    /// The counts of all municipalities together.
    pub fn total(&self) -> Count {
        let sum = |one: Count, other: &Count| Count {
            open: one.open + other.open,
            moves: one.moves + other.moves,
            breaches: one.breaches + other.breaches,
            changes_hands: one.changes_hands + other.changes_hands,
        };
        self.counts.values().fold(Count::default(), sum)
    }

    /// Whether more of the open tickets would breach within the hour than a publication may cause.
    pub fn is_alarming(&self) -> bool {
        let Count { open, breaches, .. } = self.total();
        breaches * 100 > open * MOST_BREACHES_PERCENT
    }

    /// The counts for people, a line for each municipality.
    pub fn describe(&self) -> String {
        let mut text = String::from(
            "municipality: open tickets, deadline moves, breaches within the hour, changes hands\n",
        );
        let total = ("all".to_owned(), self.total());
        for (name, count) in self.counts.iter().map(|(name, count)| (name.clone(), *count)).chain([total]) {
            let Count { open, moves, breaches, changes_hands } = count;
            let _ = writeln!(text, "{name}: {open}, {moves}, {breaches}, {changes_hands}");
        }
        for ((name, code), count) in &self.automations {
            let open = self.counts.get(name).map_or(0, |count| count.open);
            if count * 100 > open * MANY_PERCENT {
                let _ = writeln!(
                    text,
                    "look at: automation {code} of {name} is for {count} of its {open} open tickets"
                );
            }
        }
        text + &self.handovers()
    }

    /// The open tickets of teams that are not there, a line for each team that gets some of them.
    pub fn handovers(&self) -> String {
        let line = |(handover, count): (&ForeseenHandover, &usize)| {
            let ForeseenHandover { team, to } = handover;
            let what = match to {
                Some(to) => format!("go to team {to}"),
                None => "stay with it and are flagged".to_owned(),
            };
            format!("team {team} is not there: {count} of its open tickets {what}\n")
        };
        self.handovers.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn tickets_are_counted_by_municipality_and_more_than_one_in_a_hundred_is_alarming() {
        let ticket = |municipality: &str, breaches| Foreseen {
            municipality: Some(municipality.to_owned()),
            moves: true,
            breaches,
            ..Foreseen::default()
        };
        let mut tickets: Vec<Foreseen> = (0..199).map(|n| ticket("ETH", n < 2)).collect();
        tickets.push(Foreseen { changes_hands: true, ..Foreseen::default() });
        let foresight = Foresight::of(&tickets);
        assert!(!foresight.is_alarming(), "one in a hundred is not more than that");
        expect![[r#"
            municipality: open tickets, deadline moves, breaches within the hour, changes hands
            (none): 1, 0, 0, 1
            ETH: 199, 199, 2, 0
            all: 200, 199, 2, 1
        "#]]
        .assert_eq(&foresight.describe());
        let with = |code: &str| Foreseen { automations: vec![code.to_owned()], ..ticket("ETH", false) };
        let many = std::iter::repeat_n(with("many"), 12).chain(std::iter::repeat_n(with("few"), 11));
        let more: Vec<Foreseen> = tickets.iter().cloned().chain(many).collect();
        let said = Foresight::of(&more).describe();
        assert!(
            said.ends_with("look at: automation many of ETH is for 12 of its 222 open tickets\n"),
            "{said}"
        );
        let handover = |to: Option<&str>| Foreseen {
            handover: Some(ForeseenHandover { team: "water".to_owned(), to: to.map(str::to_owned) }),
            ..ticket("ETH", false)
        };
        let handed_on = [handover(Some("roads")), handover(None), handover(Some("roads"))];
        expect![[r#"
            team water is not there: 1 of its open tickets stay with it and are flagged
            team water is not there: 2 of its open tickets go to team roads
        "#]]
        .assert_eq(&Foresight::of(&handed_on).handovers());
        tickets.push(ticket("CPT", true));
        assert!(Foresight::of(&tickets).is_alarming());
        assert!(!Foresight::of(&[]).is_alarming());
    }
}
