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
    /// The codes of the automations that the ticket, as it is now, meets the conditions of.
    pub automations: Vec<String>,
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
}

impl Foresight {
    /// Counts the open tickets.
    pub fn of<'a>(tickets: impl IntoIterator<Item = &'a Foreseen>) -> Self {
        let mut counts: BTreeMap<String, Count> = BTreeMap::new();
        let mut automations: BTreeMap<(String, String), usize> = BTreeMap::new();
        for foreseen in tickets {
            let name = foreseen.municipality.clone().unwrap_or_else(|| "(none)".to_owned());
            for code in &foreseen.automations {
                *automations.entry((name.clone(), code.clone())).or_default() += 1;
            }
            counts.entry(name).or_default().add(foreseen);
        }
        Self { counts, automations }
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
        text
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
        tickets.push(ticket("CPT", true));
        assert!(Foresight::of(&tickets).is_alarming());
        assert!(!Foresight::of(&[]).is_alarming());
    }
}
