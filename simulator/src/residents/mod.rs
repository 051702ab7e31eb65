//! Residents who write as people do, and the staff who work on what they report. The same seed makes the
//! same day: who writes what, when after its start, and how they take the answers. No decision looks at a
//! clock.

pub mod answers;
pub mod habits;
pub mod places;
pub mod play;
pub mod staff;
pub mod texts;

use std::time::Duration;

use topics::values::vocabulary::Language;

use crate::twilio::inbound::Pin;
use chance::Chance;
use habits::{Habit, ScriptStep};
use places::{PLACES, Place};
use texts::ResidentTexts;

/// A resident and the resident's script.
#[derive(Clone, Debug)]
pub struct Resident {
    /// The number of the resident, from 0.
    pub number: u32,
    /// The resident's address, as Twilio's `From`. No South African number begins with 0 after +27.
    pub address: String,
    /// The resident's profile name on WhatsApp.
    pub name: &'static str,
    /// The language that they write in.
    pub language: Language,
    /// The place in which the resident lives.
    pub place: Place,
    /// The exact point of the resident's home.
    pub home: Pin,
    /// The way in which the resident reports.
    pub habit: Habit,
    /// The time from the start of the day to the first message.
    pub begins: Duration,
    /// The steps of the resident's script.
    pub script: Vec<ScriptStep>,
}

const NAMES: [&str; 12] = [
    "Thandi", "Sipho", "Nomsa", "Johan", "Ayesha", "Lerato", "Pieter", "Zanele", "Fatima", "Bongani",
    "Marlene", "Kagiso",
];

/// `count` residents whose first messages lie within `day`.
pub fn population(seed: u64, count: u32, day: Duration) -> Vec<Resident> {
    let texts = ResidentTexts::read();
    let mut chance = Chance::new(seed);
    (0..count).map(|number| resident(number, count, day, &texts, &mut chance)).collect()
}

fn resident(number: u32, count: u32, day: Duration, texts: &ResidentTexts, chance: &mut Chance) -> Resident {
    let habit = Habit::of(number);
    // The residents are divided evenly among the municipalities, with every seed.
    let municipality = ["CPT", "EKU", "ETH", "WC024"].get(number as usize % 4).copied().unwrap_or("CPT");
    let there: Vec<Place> = PLACES.into_iter().filter(|place| place.municipality == municipality).collect();
    let place = chance.one_of(&there).copied().unwrap_or(PLACES[0]);
    let language = chance.one_of(&place.languages()).copied().unwrap_or(Language::En);
    let script = habit.script(language, texts, chance);
    Resident {
        number,
        // One resident has no phone number. Twilio gives such senders an id of another form.
        address: if number == 7 {
            "whatsapp:ZA.7000000007".to_owned()
        } else {
            format!("whatsapp:+270000{:05}", 10_000 + number)
        },
        name: chance.one_of(&NAMES).copied().unwrap_or("Thandi"),
        language,
        place,
        home: place.home(chance),
        habit,
        begins: day * number / count.max(1),
        script,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const DAY: Duration = Duration::from_secs(60);

    #[test]
    fn the_same_seed_makes_the_same_day() {
        let day = |seed| format!("{:?}", population(seed, 100, DAY));
        assert_eq!(day(1), day(1));
        assert_ne!(day(1), day(2));
    }

    #[test]
    fn every_habit_language_and_municipality_is_there() {
        let residents = population(1, 100, DAY);
        let habits: BTreeSet<String> = residents.iter().map(|one| format!("{:?}", one.habit)).collect();
        assert_eq!(habits.len(), Habit::SHARES.len());
        assert_eq!(Habit::SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        let addresses: BTreeSet<&str> = residents.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(addresses.len(), 100);
        for municipality in ["CPT", "EKU", "ETH", "WC024"] {
            assert_eq!(residents.iter().filter(|one| one.place.municipality == municipality).count(), 25);
        }
        for language in [Language::En, Language::Zu, Language::Af] {
            assert!(residents.iter().filter(|one| one.language == language).count() > 10);
        }
    }

    #[test]
    fn no_resident_writes_an_empty_text() {
        for resident in population(3, 100, DAY) {
            assert!(
                resident.script.iter().all(|step| !matches!(step, ScriptStep::Say(text) if text.is_empty())),
                "{resident:?}"
            );
        }
    }
}
