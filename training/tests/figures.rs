//! What the pipeline understands may not become worse unnoticed.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use training::figures::{Better, table};
use training::gold::{Gold, of_message};
use training::messages::{self, MessageSet};
use training::{evaluate, record};

#[test]
fn no_figure_is_worse_than_the_recorded_one_by_more_than_its_interval() {
    let messages = messages::read(&messages::folder()).unwrap();
    let of_test = messages.iter().filter(|message| message.part == MessageSet::Test);
    let gold: Vec<Gold> = of_test.enumerate().map(of_message).collect();
    let recorded = record::read().unwrap();
    let mut worse = Vec::new();
    let mut compared = 0;
    for figure in table(&evaluate::answers(&gold)).figures {
        let Some(known) = recorded.get(&figure.name) else { continue };
        compared += 1;
        let (low, high) = known.interval;
        let is_worse = match figure.better {
            Better::High => figure.value < low - 0.1,
            Better::Low => figure.value > high + 0.1,
        };
        if is_worse {
            worse.push(format!("{}: {:.1}, recorded {:.1}", figure.name, figure.value, known.value));
        }
    }
    assert!(compared > 20, "docs/understanding.md records {compared} figures; run `make evaluate`");
    assert_eq!(worse, Vec::<String>::new());
}

#[test]
fn no_writer_is_in_two_parts_and_each_part_has_the_three_languages() {
    let messages = messages::read(&messages::folder()).unwrap();
    for part in [MessageSet::Train, MessageSet::Development, MessageSet::Test] {
        for language in ["en", "zu", "af"] {
            let is_here = |message: &&messages::LabelledMessage| {
                message.part == part && message.language().as_str() == language
            };
            assert!(messages.iter().filter(is_here).count() > 100, "{part:?} has few messages in {language}");
        }
    }
}
