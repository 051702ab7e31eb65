//! Golden conversations on virtual time: what a resident writes, and all that follows. See `script` for how to read them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod answers;
mod disclosures;
mod manners;
mod places;
mod replies;
mod reports;
#[path = "../script/mod.rs"]
mod script;

use expect_test::Expect;
use script::Script;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&Script::new().play(script));
}
