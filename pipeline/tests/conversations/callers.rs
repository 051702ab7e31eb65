//! Reports that staff enter for people who call: WhatsApp's window belongs to those who write.

use pipeline::engine::effect::Call;

use super::script::Script;

const CALLED: &str = "
    caller > water pipe burst in our street
    caller pin -29.8587 31.0218
";

/// The calls that were made since the first `known`: the template of each, or its first word, and the last
/// digit of its sender.
fn made(script: &Script, known: usize) -> Vec<(String, String)> {
    let one = |call: &Call| {
        let template = call.letter.template.as_ref().filter(|_| call.as_template);
        let first = call.letter.body.split_whitespace().next().unwrap_or_default();
        let said = template.map_or_else(|| first.to_owned(), |template| template.name.clone());
        (said, call.letter.from.chars().last().unwrap().to_string())
    };
    script.calls(known).iter().map(one).collect()
}

fn names(script: &Script, known: usize) -> Vec<String> {
    made(script, known).into_iter().map(|(said, _)| said).collect()
}

#[test]
fn news_of_a_callers_ticket_go_as_templates_until_the_caller_writes() {
    let mut script = Script::new();
    script.play(CALLED);
    script.play("staff 1 in_progress\nstaff 1 reply We come at ten");
    assert_eq!(names(&script, 0), ["status_update_en", "status_update_en", "staff_reply_en"]);
    let known = script.calls(0).len();
    script.play("> thank you\nstaff 1 reply We come at nine");
    assert!(script.calls(known).iter().all(|call| !call.as_template), "{:?}", names(&script, known));
    assert!(!script.calls(known).is_empty());
}

#[test]
fn a_call_does_not_lengthen_the_window_of_what_was_written_before() {
    let mut script = Script::new();
    script.play("> water pipe burst in our street\npin -29.8587 31.0218\nwait 23h");
    let known = script.calls(0).len();
    script.play("caller > still burst, {1}\nstaff 1 reply We come at ten");
    assert!(script.calls(known).iter().all(|call| !call.as_template), "the window of the resident is open");
    script.play("wait 2h");
    let known = script.calls(0).len();
    script.play("staff 1 reply We come at nine");
    assert_eq!(names(&script, known), ["staff_reply_en"]);
}

#[test]
fn a_caller_is_answered_from_the_number_that_they_have_written_to() {
    let mut script = Script::new();
    script.play("at 2\n> hello\nat 7");
    let known = script.calls(0).len();
    script.play(CALLED);
    script.play("staff 1 reply We come at ten");
    let from: Vec<String> = made(&script, known).into_iter().map(|(_, from)| from).collect();
    assert!(from.len() > 1 && from.iter().all(|from| from == "2"), "{from:?}");
}

#[test]
fn a_call_keeps_a_conversation_that_was_about_to_be_deleted() {
    let mut script = Script::new();
    script.play("> hello\nwait 2159h\ncaller > water pipe burst in our street\nwait 2h");
    script.play("caller pin -29.8587 31.0218");
    assert_eq!(script.tickets(), 1, "the report still waited for its place");
}

#[test]
fn a_number_that_cannot_be_reached_is_not_written_to_because_its_owner_calls() {
    let mut script = Script::new();
    script.play("> hello\nunreachable");
    let known = script.calls(0).len();
    script.play(CALLED);
    script.play("staff 1 in_progress");
    assert_eq!(names(&script, known), [] as [&str; 0]);
    script.play("> hello again");
    assert!(script.calls(0).len() > known);
}

#[test]
fn a_private_call_begins_no_window_for_the_municipality_and_its_help_is_tried() {
    use std::cell::RefCell;
    use std::rc::Rc;

    use pipeline::engine::effect::Effect;
    use topics::values::lane::Lane;

    let seen: Rc<RefCell<Vec<(Lane, bool)>>> = Rc::default();
    let kept = seen.clone();
    let mut script = Script::whole(Box::new(move |_, effect| {
        if let Effect::Call(call) = effect {
            kept.borrow_mut().push((call.lane, call.as_template));
        }
        Vec::new()
    }));
    script.play(CALLED);
    script.play("caller > my husband beat me again, please help");
    let calls = seen.borrow();
    let protected: Vec<_> = calls.iter().filter(|(lane, _)| *lane == Lane::Protected).collect();
    assert_eq!(protected, [&(Lane::Protected, false)]);
    assert!(calls.iter().filter(|(lane, _)| *lane == Lane::Municipal).all(|(_, as_template)| *as_template));
}
