//! What the staff write when the resident has been silent for more than a day: the whole path to the call on
//! virtual time.

use pipeline::engine::effect::Call;
use topics::catalogue::{Deliveries, TicketEvents, Topic};
use topics::records::deliveries::{Delivery, DeliveryStatus};
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_events::Event;
use topics::values::vocabulary::Language;

use super::script::{Script, ring};

const REPORTED: &str = "
    > water pipe burst in our street
    pin -29.8587 31.0218
";

/// The calls that were made since the first `known`: what each said.
fn said(script: &Script, known: usize) -> Vec<String> {
    let words = |call: &Call| match call.letter.template.as_ref().filter(|_| call.as_template) {
        Some(template) => format!("{}: {}", template.name, template.variables[1]),
        None => call.letter.body.clone(),
    };
    script.calls(known).iter().map(words).collect()
}

#[test]
fn a_reply_after_a_day_of_silence_goes_as_a_template_in_the_residents_language() {
    for (greeting, language) in [
        ("water pipe burst in our street", "en"),
        ("amanzi ayaphuma epayipini emgwaqweni wethu", "zu"),
        ("daar is 'n waterpyp gebars in ons straat", "af"),
    ] {
        let mut script = Script::new();
        script.play(&format!("> {greeting}\npin -29.8587 31.0218\nwait 25h"));
        let known = script.calls(0).len();
        script.play("staff 1 reply We  come at ten:\tplease keep the gate open");
        assert_eq!(
            said(&script, known),
            [format!("staff_reply_{language}: We come at ten: please keep the gate open")]
        );
        // Once they have written again, words go as words.
        script.play("> thanks\nstaff 1 reply Good");
        assert!(!script.calls(0).last().unwrap().as_template);
    }
}

#[test]
fn a_reply_whose_window_closes_on_its_way_goes_as_a_template_after_all() {
    let mut script =
        Script::refused(|call| (!call.as_template && call.letter.body.contains("at ten")).then_some(63016));
    script.play(REPORTED);
    let known = script.calls(0).len();
    script.play("staff 1 reply We come at ten");
    let told = said(&script, known);
    assert!(
        told.len() == 2 && told[0].ends_with("We come at ten") && told[1] == "staff_reply_en: We come at ten",
        "{told:?}"
    );
}

#[test]
fn staff_see_in_the_tickets_deliveries_that_a_reply_did_not_arrive() {
    // WhatsApp has not approved the template.
    let mut script = Script::refused(|call| call.as_template.then_some(63016));
    script.play(REPORTED);
    script.play("wait 25h\nstaff 1 reply We come at ten");
    let ticket = script.calls(0).last().unwrap().notification.clone();
    let last_row = |script: &Script| {
        let all = script.driver.all(Deliveries::SPEC.name);
        let rows = all.filter(|record| record.key_text() == Some(ticket.as_str()));
        match rows.last().unwrap().decode::<Deliveries>(&ring()).unwrap().1 {
            Delivery::Delivery(row) => row,
            other => panic!("{other:?}"),
        }
    };
    let row = last_row(&script);
    assert_eq!((row.status, row.code), (DeliveryStatus::Queued, Some(63016)), "it may be approved yet");
    script.play("wait 8d");
    let row = last_row(&script);
    assert_eq!((row.status, row.code, row.ticket.is_some()), (DeliveryStatus::Failed, Some(63016), true));
    assert_eq!(
        (row.letter.body.as_str(), &row.letter.template),
        ("", &None),
        "the words of a delivery that has ended are dropped"
    );
}

#[test]
fn a_reply_that_is_too_long_for_a_template_is_refused_and_nothing_of_it_is_cut() {
    let mut script = Script::new();
    script.play(REPORTED);
    let known = script.calls(0).len();
    let longest = "é".repeat(800);
    script.play(&format!("staff 1 reply {longest}!"));
    assert_eq!(script.calls(0).len(), known);
    let events = script
        .driver
        .all(TicketEvents::SPEC.name)
        .map(|record| record.decode::<TicketEvents>(&ring()).unwrap().1.event);
    assert!(matches!(events.last().unwrap(), Event::Refused { refusal: Refusal::ReplyTooLong, .. }));
    script.play(&format!("staff 1 reply {longest}"));
    assert!(said(&script, known)[0].ends_with(&longest));
}

/// What is to be approved by WhatsApp stands in the docs; it is held against the rules of templates and
/// against the names that are used.
#[test]
fn the_templates_in_the_docs_may_be_approved_and_hold_the_longest_reply() {
    let docs = include_str!("../../../docs/deliveries.md");
    for name in [pipeline::stages::announce::STATUS_TEMPLATE, pipeline::stages::announce::REPLY_TEMPLATE] {
        for language in Language::ALL.iter().filter(|language| language.answered_in() == **language) {
            let row = docs.lines().find_map(|line| line.strip_prefix(&format!("| `{name}_{language}` | ")));
            let text = row
                .unwrap_or_else(|| panic!("docs/deliveries.md has no {name}_{language}"))
                .trim_end_matches(" |");
            let first = text.find("{{1}}").unwrap();
            let second = text.find("{{2}}").unwrap();
            let longest = text.chars().count() + "BCDFGHJK2".len() + pipeline::rules::texts::LONGEST_REPLY;
            assert!(
                first > 0 && second > first + 6 && !text.ends_with("{{2}}") && longest <= 1_024,
                "{text}"
            );
        }
    }
}
