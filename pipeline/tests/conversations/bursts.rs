//! What is sent together is one report with one answer, in whatever order it arrives.

use super::script::Script;

/// Three photos, a pin and words, which the language decides.
const BURST: [&str; 5] =
    ["photo image/jpeg", "photo image/jpeg", "photo application/pdf", "pin -29.8587 31.0218", "> WORDS"];

/// All orders of the messages.
fn orders(messages: &[&str]) -> Vec<Vec<String>> {
    if messages.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..messages.len() {
        let rest = [&messages[..first], &messages[first + 1..]].concat();
        for mut order in orders(&rest) {
            order.insert(0, messages[first].to_owned());
            all.push(order);
        }
    }
    all
}

/// Plays the messages with these lines between two of them, and returns what follows until an hour later.
fn played(order: &[String], words: &str, between: &str) -> Vec<String> {
    let messages: Vec<String> = order.iter().map(|message| message.replace("WORDS", words)).collect();
    let mut script = Script::new();
    let text = format!("pause 2s\n{}\nwait 30s\nwait 1h", messages.join(between));
    script.turns(&text).into_iter().flat_map(|turn| turn.heard).collect()
}

#[test]
fn three_photos_words_and_a_pin_are_one_report_with_one_answer_in_every_order() {
    let orders = orders(&BURST);
    assert_eq!(orders.len(), 120);
    let words = ["no water in our street", "akukho manzi emgwaqweni wethu", "geen water in ons straat nie"];
    for (place, order) in orders.iter().enumerate() {
        // All at the same moment, and within the second.
        for between in ["\n& ", "\n", "\nwait 1s\n"] {
            let heard = played(order, words[place % words.len()], between);
            let count = |what: &str| heard.iter().filter(|line| line.starts_with(what)).count();
            let said = format!("{order:?} {between:?}: {heard:#?}");
            assert_eq!((count("report "), count("< "), count("unscreened")), (1, 1, 0), "{said}");
            let files = heard.iter().filter_map(|line| line.split_once(" file(s)")?.0.rsplit(' ').next());
            assert_eq!(files.map(|number| number.parse::<u32>().unwrap()).sum::<u32>(), 3, "{said}");
            assert!(
                heard.iter().any(|line| line.starts_with("report ") && line.contains("at -29.8587")),
                "{said}"
            );
        }
    }
}
