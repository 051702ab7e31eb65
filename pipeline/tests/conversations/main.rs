//! Golden conversations on virtual time, a file for each theme: what residents write, and all that follows.
//! See `script` for how to read them. `UPDATE_EXPECT=1` rewrites what follows.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod bursts;
mod callers;
mod pages;
#[path = "../script/mod.rs"]
mod script;
mod silences;
mod staff_replies;
mod texts;

use std::fmt::Write;
use std::path::Path;

use expect_test::expect_file;
use script::Script;

/// A conversation of a theme's file: a title, and the lines of its script.
struct Conversation {
    title: String,
    script: String,
}

/// The conversations of a file: each begins with `# ` and its title; what is indented follows from the lines
/// before it.
fn conversations(file: &str) -> Vec<Conversation> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations").join(file))
            .unwrap();
    let mut all: Vec<Conversation> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with(' ')) {
        match (line.strip_prefix("# "), all.last_mut()) {
            (Some(title), _) => all.push(Conversation { title: title.to_owned(), script: String::new() }),
            (None, Some(last)) => writeln!(last.script, "{line}").unwrap(),
            (None, None) => panic!("{file}: a line before the first title: {line}"),
        }
    }
    all
}

/// The file as it should be.
fn replayed(file: &str) -> String {
    let play = |conversation: Conversation| {
        format!("# {}\n{}", conversation.title, Script::new().play(&conversation.script))
    };
    conversations(file).into_iter().map(play).collect::<Vec<_>>().join("\n")
}

macro_rules! themes {
    ($($theme:ident)+) => {
        /// The files of the themes.
        const FILES: &[&str] = &[$(concat!(stringify!($theme), ".txt")),+];

        $(
            #[test]
            fn $theme() {
                let file = concat!(stringify!($theme), ".txt");
                expect_file![file].assert_eq(&replayed(file));
            }
        )+
    };
}

themes! {
    addenda answers bursts coordinates corrections critical disclosures floods holds kinds manners names numbers
    odd phases places replies reports requests same several status stops transcripts unread
}
