//! One call: what is sent to Twilio, and how each of its answers is read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use pipeline::engine::effect::{Call, CircuitOpened, Effect, FaultOf, GivenUp, TemplateRefused};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use topics::records::notifications::CallResult;
use topics::values::lane::Lane;

use super::test_server::{ACCOUNT, Plays, RESIDENT, SENDER, TestServer, call, settings, sid};
use crate::clock::present;
use crate::lines::listen;
use crate::token::StatusToken;

#[tokio::test]
async fn a_call_carries_the_message_and_a_token_and_its_outcome_goes_to_the_log_that_permitted_it() {
    let server = TestServer::new().await;
    assert_eq!(server.make(call(Lane::Municipal, 1)).await, CallResult::Accepted { sid: sid(1) });
    assert_eq!(server.make(call(Lane::Protected, 2)).await, CallResult::Accepted { sid: sid(2) });
    let outcomes = server.outcomes(2).await;
    assert_eq!(
        outcomes.iter().map(|(record, _)| record.topic).collect::<Vec<_>>(),
        ["notifications", "protected-notifications"]
    );
    for (record, outcome) in &outcomes {
        assert_eq!((record.partition, record.key.as_str(), outcome.attempt), (5, SENDER, 2));
    }
    let seen = server.twilio.seen.lock().unwrap();
    for (request, lane) in seen.iter().zip([Lane::Municipal, Lane::Protected]) {
        assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
        assert!(request.authorization.starts_with("Basic QUMw"));
        let (names, values): (Vec<&str>, Vec<&str>) =
            request.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip();
        assert_eq!(names, ["To", "From", "Body", "StatusCallback"]);
        assert_eq!(values[..3], [RESIDENT, SENDER, "Umbiko wakho & \"words\""]);
        let token = values[3].strip_prefix("https://example.org/hooks/twilio/status?t=").unwrap();
        let token = StatusToken::decode(&settings(server.address, true).tokens, token).unwrap();
        assert_eq!((token.lane, token.attempt), (lane, 2));
        assert!(outcomes.iter().any(|(_, outcome)| outcome.notification == token.notification));
    }
}

#[tokio::test]
async fn a_template_goes_instead_of_the_text() {
    let server = TestServer::new().await;
    let as_template = Call { as_template: true, ..call(Lane::Municipal, 1) };
    assert!(matches!(server.make(as_template.clone()).await, CallResult::Accepted { .. }));
    {
        let seen = server.twilio.seen.lock().unwrap();
        let field = |name: &str| {
            seen[0].form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        assert_eq!(field("Body"), None);
        assert_eq!(field("ContentSid"), Some("HX00000000000000000000000000000009"));
        let variables: Value = serde_json::from_str(field("ContentVariables").unwrap()).unwrap();
        assert_eq!(variables, json!({ "1": "BCDF-GHJK", "2": "open" }));
    }
    let mut unknown = as_template;
    unknown.letter.template.as_mut().unwrap().name = "other".to_owned();
    assert_eq!(server.make(unknown).await, CallResult::NoTemplate {});
    assert_eq!(server.twilio.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn each_answer_means_one_thing() {
    let server = TestServer::new().await;
    let refused = |code, http| CallResult::Refused { code, http };
    let error = |code: u32| json!({ "code": code, "message": "no" });
    for (status, body, expected) in [
        (StatusCode::INTERNAL_SERVER_ERROR, error(20500), CallResult::Unknown {}),
        (StatusCode::SERVICE_UNAVAILABLE, json!("busy"), CallResult::Unknown {}),
        (StatusCode::CREATED, json!({ "what": "no sid" }), CallResult::Unknown {}),
        (StatusCode::TOO_MANY_REQUESTS, error(63018), refused(63018, 429)),
        (StatusCode::TOO_MANY_REQUESTS, json!("slow down"), refused(0, 429)),
        (StatusCode::UNAUTHORIZED, error(20003), refused(20003, 401)),
        (StatusCode::BAD_REQUEST, error(21610), refused(21610, 400)),
        (StatusCode::BAD_REQUEST, json!(null), refused(0, 400)),
    ] {
        server.plays(Plays::Answers(status, body));
        assert_eq!(server.make(call(Lane::Municipal, 1)).await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = TestServer::new().await;
    server.plays(Plays::Redirects);
    assert_eq!(server.make(call(Lane::Municipal, 1)).await, CallResult::Refused { code: 0, http: 307 });
    assert_eq!(server.twilio.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn no_answer_within_five_seconds_is_unknown_and_delays_no_other_call() {
    let server = TestServer::new().await;
    server.plays(Plays::IsSilent);
    let began = std::time::Instant::now();
    server.caller.carry_out(Effect::Call(call(Lane::Municipal, 1)));
    server.twilio.until_seen(1).await;
    assert!(matches!(server.make(call(Lane::Municipal, 2)).await, CallResult::Accepted { .. }));
    assert!(began.elapsed() < Duration::from_secs(5), "the second waited for the first");
    assert_eq!(server.outcomes(2).await[1].1.result, CallResult::Unknown {});
    assert!(began.elapsed() >= Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_refused_connection_says_that_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = TestServer::around(Arc::default(), address, true);
    assert_eq!(server.make(call(Lane::Municipal, 1)).await, CallResult::Unreachable {});
}

#[tokio::test]
async fn a_connection_that_is_cut_after_the_request_is_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(Mutex::new(0));
    let counted = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                *counted.lock().unwrap() += 1;
            }
        }
    });
    let server = TestServer::around(Arc::default(), address, true);
    assert_eq!(server.make(call(Lane::Municipal, 1)).await, CallResult::Unknown {});
    assert_eq!(*requests.lock().unwrap(), 1, "a call is made once");
}

#[tokio::test]
async fn after_its_deadline_a_call_is_not_started() {
    let server = TestServer::new().await;
    let late = Call { deadline: present(), ..call(Lane::Municipal, 1) };
    assert_eq!(server.make(late).await, CallResult::NotStarted {});
    assert!(server.twilio.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_clock_of_the_log_decides_whether_a_call_is_late_and_not_the_one_of_the_host() {
    let server = TestServer::new().await;
    for hours in [-30, 30] {
        *server.log.clock_ahead.lock().unwrap() = Some(hours * 3_600_000);
        let now = server.log.time().unwrap();
        let permitted = Call { deadline: now + Duration::from_secs(3), ..call(Lane::Protected, 1) };
        assert!(matches!(server.make(permitted).await, CallResult::Accepted { .. }), "{hours} h");
        let late = Call { deadline: now, ..call(Lane::Protected, 2) };
        assert_eq!(server.make(late).await, CallResult::NotStarted {}, "{hours} h");
    }
    // The outcome is the first record that shows the clock of the broker.
    *server.log.clock_ahead.lock().unwrap() = None;
    let unknown = Call { deadline: present() - Duration::from_secs(3600), ..call(Lane::Municipal, 3) };
    assert_eq!(server.make(unknown).await, CallResult::NotStarted {});
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = TestServer::new().await;
    let server = TestServer::around(server.twilio, server.address, false);
    assert_eq!(server.make(call(Lane::Municipal, 1)).await, CallResult::NoCredentials {});
    assert!(server.twilio.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_outcome_is_appended_until_the_log_has_it_once() {
    let server = TestServer::new().await;
    *server.log.failing.lock().unwrap() = 3;
    assert!(matches!(server.make(call(Lane::Municipal, 1)).await, CallResult::Accepted { .. }));
    assert_eq!(server.twilio.seen.lock().unwrap().len(), 1);
    assert!(server.caller.finish(Duration::from_secs(1)).await);
    assert_eq!(server.log.records.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn no_log_line_says_who_or_what() {
    let (lines, _guard) = listen();
    let server = TestServer::new().await;
    *server.log.failing.lock().unwrap() = 1;
    server.plays(Plays::Answers(
        StatusCode::BAD_REQUEST,
        json!({ "code": 21211, "message": format!("{RESIDENT} is not valid") }),
    ));
    server.make(call(Lane::Municipal, 1)).await;
    let mut unknown = Call { as_template: true, ..call(Lane::Municipal, 2) };
    unknown.letter.template.as_mut().unwrap().name = "other".to_owned();
    assert_eq!(server.make(unknown).await, CallResult::NoTemplate {});
    let refused = TemplateRefused { lane: Lane::Municipal, template: "other".to_owned(), code: 63016 };
    server.caller.carry_out(Effect::TemplateRefused(refused.clone()));
    let silent = TemplateRefused { lane: Lane::Protected, template: "silent".to_owned(), ..refused };
    server.caller.carry_out(Effect::TemplateRefused(silent));
    server.twilio.pages.lock().unwrap().push_back((StatusCode::OK, json!("no list")));
    server.look_up(super::test_server::lookup(present())).await;
    let dead = TestServer::around(Arc::default(), "127.0.0.1:1".parse().unwrap(), true);
    dead.look_up(super::test_server::lookup(present())).await;
    let text = lines.text();
    assert!(
        text.contains("looked up")
            && text.contains("TWILIO_TEMPLATES")
            && !text.contains("silent")
            && text.contains("not in the log yet"),
        "{text}"
    );
    for private in ["27820000002", "%2B27", "Umbiko", "BCDF-GHJK"] {
        assert!(!text.contains(private), "{text}");
    }
}

#[tokio::test]
async fn an_opened_circuit_is_logged_and_counted_once_and_not_in_the_police_lane() {
    let server = TestServer::new().await;
    let (lines, _guard) = listen();
    let opened = |lane| Effect::CircuitOpened(CircuitOpened { lane, fault: FaultOf::Account, code: 30002 });
    server.caller.carry_out(opened(Lane::Protected));
    assert_eq!(lines.text(), "");
    let counter = "trust_engine_twilio_circuit_openings_total";
    assert!(server.metrics.render().unwrap().contains(&format!("{counter}{{fault=\"account\"}} 0")));
    server.caller.carry_out(opened(Lane::Municipal));
    let text = lines.text();
    assert_eq!(text.matches("ERROR").count(), 1, "{text}");
    assert!(text.contains("code=30002") && text.contains("fault=\"account\""), "{text}");
    let metrics = server.metrics.render().unwrap();
    assert!(metrics.contains(&format!("{counter}{{fault=\"account\"}} 1")), "{metrics}");
}

#[tokio::test]
async fn a_message_that_is_given_up_is_logged_and_counted_and_not_in_the_police_lane() {
    let server = TestServer::new().await;
    let (lines, _guard) = listen();
    server.caller.carry_out(Effect::GivenUp(GivenUp { lane: Lane::Protected, code: 20005 }));
    assert_eq!(lines.text(), "");
    server.caller.carry_out(Effect::GivenUp(GivenUp { lane: Lane::Municipal, code: 20003 }));
    let text = lines.text();
    assert!(text.matches("ERROR").count() == 1 && text.contains("code=20003"), "{text}");
    let metrics = server.metrics.render().unwrap();
    assert!(metrics.contains("trust_engine_twilio_messages_given_up_total 1"), "{metrics}");
}
