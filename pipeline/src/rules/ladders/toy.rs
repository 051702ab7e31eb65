//! Steps of ladders for tests, written as words.

use topics::records::editions::LadderStep;

/// A step of the municipality's ladder for all its tickets, from words: number, clock, offset, action, and
/// whom.
pub fn step(municipality: &str, words: &str) -> LadderStep {
    let words: Vec<&str> = words.split(' ').collect();
    LadderStep {
        municipality: municipality.parse().unwrap(),
        category: None,
        severity: None,
        step: words[0].parse().unwrap(),
        clock: words[1].parse().unwrap(),
        at: words[2].parse().unwrap(),
        action: words[3].parse().unwrap(),
        whom: words.get(4).map(|whom| whom.parse().unwrap()),
    }
}
