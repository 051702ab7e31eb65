//! Twilio's list: which message in it belongs to an attempt of unknown outcome, and which does not.

use std::time::Duration;

use axum::http::StatusCode;
use pipeline::engine::effect::Lookup;
use serde_json::{Value, json};
use topics::records::notifications::CallResult;
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::test_server::{ACCOUNT, RESIDENT, SENDER, TestServer, lookup, sid};

/// The start of the attempt that is looked up: 2026-03-01T08:00:07.500Z.
const SINCE: Time = Time::from_millis(1_772_352_007_500);
const BODY: &str = "Umbiko wakho & \"words\"";

fn message(number: usize, second: u32, body: &str) -> Value {
    let created = format!("Sun, 01 Mar 2026 08:00:{second:02} +0000");
    json!({
        "sid": sid(number).as_str(),
        "body": body,
        "date_created": created,
        "date_sent": null,
        "direction": "outbound-api"
    })
}

fn page(messages: Vec<Value>, next: Option<&str>) -> (StatusCode, Value) {
    (StatusCode::OK, json!({ "messages": messages, "next_page_uri": next }))
}

async fn answer(pages: Vec<(StatusCode, Value)>, question: Lookup) -> (CallResult, Vec<String>) {
    answer_by(Some(0), pages, question).await
}

/// The answer where the clock of the log is ahead of Twilio's by this many milliseconds.
async fn answer_by(
    ahead: Option<i64>,
    pages: Vec<(StatusCode, Value)>,
    question: Lookup,
) -> (CallResult, Vec<String>) {
    let server = TestServer::new().await;
    *server.log.clock_ahead.lock().unwrap() = ahead;
    server.twilio.pages.lock().unwrap().extend(pages);
    let result = server.look_up(question).await;
    let seen = server.twilio.seen.lock().unwrap();
    let asked = seen.iter().map(|request| {
        assert!(request.authorization.starts_with("Basic "));
        format!("{}?{}", request.path, serde_urlencoded::to_string(&request.query).unwrap())
    });
    (result, asked.collect())
}

#[tokio::test]
async fn a_message_of_the_same_words_to_the_same_resident_since_the_attempt_is_ours() {
    let earlier = message(1, 7 - 7, "other words");
    let pages = vec![page(vec![message(3, 20, "other words"), message(2, 8, BODY), earlier], None)];
    let (result, asked) = answer(pages, lookup(SINCE)).await;
    assert_eq!(result, CallResult::Found { sid: sid(2) });
    let who = serde_urlencoded::to_string([
        ("To", RESIDENT),
        ("From", SENDER),
        ("PageSize", "200"),
        ("DateSent>", "2026-03-01"),
    ]);
    assert_eq!(asked, [format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{}", who.unwrap())]);
}

#[tokio::test]
async fn a_message_that_twilio_still_queues_has_no_date_and_is_found_nevertheless() {
    let (result, asked) =
        answer(vec![page(vec![], None), page(vec![message(2, 8, BODY)], None)], lookup(SINCE)).await;
    assert_eq!(result, CallResult::Found { sid: sid(2) });
    assert!(asked.len() == 2 && !asked[1].contains("DateSent"), "{asked:?}");
}

#[tokio::test]
async fn older_other_taken_and_inbound_messages_are_not_ours() {
    let mut inbound = message(5, 9, BODY);
    inbound["direction"] = json!("inbound");
    let older =
        json!({ "sid": sid(6).as_str(), "body": BODY, "date_created": "Sun, 01 Mar 2026 07:59:00 +0000" });
    let messages = vec![message(2, 8, BODY), message(3, 9, "other words"), inbound, older];
    let question = Lookup { taken: vec![sid(2)], ..lookup(SINCE) };
    let (result, _) = answer(vec![page(messages.clone(), None), page(messages, None)], question).await;
    assert_eq!(result, CallResult::NotFound {});
}

#[tokio::test]
async fn a_message_is_found_however_far_the_clocks_of_twilio_and_the_log_differ() {
    const HOUR: i64 = 3_600_000;
    // An hour that a clock is behind counts, and a minute more by which the clocks cannot be compared.
    for (ahead, since, is_found) in [
        (Some(0), 50_000, true),
        (Some(0), 70_000, false),
        (Some(HOUR), HOUR, true),
        (Some(HOUR), HOUR + 50_000, true),
        (Some(HOUR), HOUR + 70_000, false),
        (Some(-HOUR), -HOUR, true),
        (Some(-HOUR), 0, false),
        (None, 50_000, true),
        (None, 70_000, false),
    ] {
        let created = Time::from_millis(1_772_352_008_000);
        let question = lookup(Time::from_millis(created.millis() + since));
        let list = || page(vec![message(2, 8, BODY)], None);
        let (result, _) = answer_by(ahead, vec![list(), list()], question).await;
        let expected = if is_found { CallResult::Found { sid: sid(2) } } else { CallResult::NotFound {} };
        assert_eq!(result, expected, "{ahead:?} {since}");
    }
}

#[tokio::test]
async fn a_message_that_the_list_shows_as_failed_has_failed() {
    for (status, code, expected) in
        [("failed", json!(63016), 63016), ("undelivered", json!(63024), 63024), ("failed", json!(null), 0)]
    {
        let mut ours = message(2, 8, BODY);
        (ours["status"], ours["error_code"]) = (json!(status), code);
        let (result, _) = answer(vec![page(vec![ours], None)], lookup(SINCE)).await;
        assert_eq!(result, CallResult::Refused { code: expected, http: 0 });
    }
}

#[tokio::test]
async fn of_several_matching_messages_the_earliest_is_found() {
    let (result, _) =
        answer(vec![page(vec![message(4, 30, BODY), message(3, 9, BODY)], None)], lookup(SINCE)).await;
    assert_eq!(result, CallResult::Found { sid: sid(3) });
}

#[tokio::test]
async fn a_template_is_found_by_its_variables() {
    let question = Lookup { as_template: true, ..lookup(SINCE) };
    let messages = vec![message(2, 8, BODY), message(3, 9, "Report BCDF-GHJK is now open.")];
    let (result, _) = answer(vec![page(messages, None)], question).await;
    assert_eq!(result, CallResult::Found { sid: sid(3) });
}

#[tokio::test]
async fn all_pages_are_read_but_the_credentials_go_to_the_list_alone() {
    let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageToken=x");
    let (result, asked) =
        answer(vec![page(vec![], Some(&next)), page(vec![message(2, 8, BODY)], None)], lookup(SINCE)).await;
    assert_eq!(result, CallResult::Found { sid: sid(2) });
    assert!(asked.len() == 2 && asked[1].ends_with("PageToken=x"), "{asked:?}");
    let (result, asked) =
        answer(vec![page(vec![], Some("@evil.example/x")), page(vec![], Some("/elsewhere"))], lookup(SINCE))
            .await;
    assert_eq!((result, asked.len()), (CallResult::NotFound {}, 2));
}

#[tokio::test]
async fn what_fails_in_the_protected_lane_is_not_logged() {
    let (lines, _guard) = crate::lines::listen();
    for lane in [Lane::Protected, Lane::Municipal] {
        let server = TestServer::new().await;
        *server.log.failing.lock().unwrap() = 1;
        let page = (StatusCode::INTERNAL_SERVER_ERROR, json!(null));
        server.twilio.pages.lock().unwrap().push_back(page);
        assert_eq!(server.look_up(Lookup { lane, ..lookup(SINCE) }).await, CallResult::ListFailed {});
        let text = lines.text();
        let expected = usize::from(lane == Lane::Municipal);
        assert_eq!(text.matches("could not be looked up").count(), expected, "{text}");
        assert_eq!(text.matches("is not in the log yet").count(), expected, "{text}");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_says_so() {
    for page in [
        (StatusCode::INTERNAL_SERVER_ERROR, json!(null)),
        (StatusCode::OK, json!("no list")),
        (StatusCode::UNAUTHORIZED, json!({})),
    ] {
        assert_eq!(answer(vec![page], lookup(SINCE)).await.0, CallResult::ListFailed {});
    }
    let without = TestServer::new().await;
    let without = TestServer::around(without.twilio, without.address, false);
    assert_eq!(without.look_up(lookup(SINCE + Duration::ZERO)).await, CallResult::ListFailed {});
}
