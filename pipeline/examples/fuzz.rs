//! Reads random texts without a panic: `cargo run --release -p pipeline --example fuzz -- 10000000 1`, with
//! the number of texts and the seed.

#[path = "../tests/fuzz/texts.rs"]
mod texts;

use std::collections::BTreeMap;
use std::time::Instant;

use pipeline::understanding::{understand, understand_turn};
use topics::values::vocabulary::Language;

use texts::Texts;

/// A line is printed after each of this number of texts.
const STEP: u64 = 1_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().ok());
    let (Some(count), seed) = (arguments.next().flatten(), arguments.next().flatten().unwrap_or(1)) else {
        eprintln!("fuzz: name the number of texts, and a seed if you like: fuzz 10000000 1");
        std::process::exit(2);
    };
    let mut texts = Texts::new(seed);
    let mut bands: BTreeMap<String, u64> = BTreeMap::new();
    let began = Instant::now();
    let mut before = String::new();
    for number in 1..=count {
        let text = texts.text();
        let known = texts.one_of(Language::ALL).unwrap_or(Language::En);
        let band = match number % 8 {
            0 => understand(&text, &[&before], None).band,
            _ => understand_turn(&text, &[], known).band,
        };
        *bands.entry(format!("{band:?}")).or_default() += 1;
        before = text;
        if number % STEP == 0 || number == count {
            let seconds = began.elapsed().as_secs_f64();
            println!("{number} texts of seed {seed} in {seconds:.0} s without a panic: {bands:?}");
        }
    }
}
