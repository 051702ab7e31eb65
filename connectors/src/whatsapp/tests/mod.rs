//! The webhooks over real HTTP, with a log in memory. The end-to-end tests run them with a real broker.

use topics::catalogue::{IntakeDeadLetters, Messages, Notifications, ProtectedNotifications};
use topics::codec::partition::partition_of;
use topics::records::dead_letters::DeadClass;
use topics::records::messages::Message;
use topics::records::notifications::{Notification, ReceiptStatus};
use topics::values::ids::{CitizenId, EventId, NotificationId};
use topics::values::lane::Lane;

use self::test_server::{
    ACCOUNT, CITIZEN, Fields, NEW_TOKEN, OLD_TOKEN, PARTITIONS, SENDER, SID, TestServer, message, pepper,
    sign,
};
use super::*;
use crate::token::StatusToken;

mod odd_bytes;
mod test_server;

#[tokio::test]
async fn a_signed_message_is_in_the_log_before_it_is_answered() {
    let server = TestServer::new().await;
    let form = message();
    let (status, kind, body) = server.post("/twilio/messages", &form).await;
    assert_eq!((status, kind.as_str(), body.as_str()), (200, "text/xml; charset=utf-8", "<Response/>"));

    let (record, envelope, read) = server.only::<Messages>();
    let citizen = CitizenId::of(&pepper().pepper, CITIZEN);
    assert_eq!((record.key.as_str(), envelope.id.as_str()), (citizen.as_str(), SID));
    assert_eq!(record.partition, partition_of(citizen.as_str().as_bytes(), PARTITIONS));
    let Message::FromResident(read) = read else { panic!("{read:?}") };
    assert_eq!((read.sid.as_str(), read.received_at), (SID, envelope.time));
    assert_eq!(read.form.0, form, "every field, in Twilio's order");
    let wire = String::from_utf8(record.value.unwrap()).unwrap();
    assert!(!wire.contains("Amanzi") && !wire.contains("27000000002"), "sealed: {wire}");
}

#[tokio::test]
async fn a_retry_is_taken_again_under_the_same_id() {
    let server = TestServer::new().await;
    for _ in 0..2 {
        assert_eq!(server.post("/twilio/messages", &message()).await.0, 200);
    }
    let records = server.records();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0].key, records[0].headers[1].clone()), (&records[1].key, ("ce_id", SID.into())));
}

#[tokio::test]
async fn a_sender_without_a_phone_number_is_a_citizen_too() {
    let server = TestServer::new().await;
    let mut form = message();
    form[1].1 = "whatsapp:US.1234".to_owned();
    assert_eq!(server.post("/twilio/messages", &form).await.0, 200);
    assert_eq!(server.records()[0].key, CitizenId::of(&pepper().pepper, "whatsapp:US.1234").to_string());
}

#[tokio::test]
async fn both_tokens_count_while_one_is_being_changed_and_no_other() {
    let server = TestServer::new().await;
    let url = server.public("/twilio/messages");
    for (token, expected) in [(NEW_TOKEN, 200), (OLD_TOKEN, 200), ("another", 403)] {
        let signature = sign(&url, &message(), token);
        assert_eq!(server.post_with("/twilio/messages", &message(), Some(&signature)).await.0, expected);
    }
}

#[tokio::test]
async fn what_is_not_signed_is_refused_with_the_reason() {
    let server = TestServer::new().await;
    let (status, kind, body) = server.post_with("/twilio/messages", &message(), None).await;
    assert_eq!((status, kind.as_str()), (403, "text/plain; charset=utf-8"));
    assert!(body.contains("X-Twilio-Signature is missing"), "{body}");

    let signature = sign(&server.public("/twilio/messages"), &message(), NEW_TOKEN);
    let mut changed = message();
    changed[3].1 = "Something else".to_owned();
    let (status, _, body) = server.post_with("/twilio/messages", &changed, Some(&signature)).await;
    assert_eq!(status, 403);
    assert!(body.contains("does not match") && !body.contains(NEW_TOKEN), "{body}");
    // The same signature for the other webhook, and for one more parameter.
    assert_eq!(server.post_with("/twilio/status", &message(), Some(&signature)).await.0, 403);
    assert_eq!(server.post_with("/twilio/messages?x=1", &message(), Some(&signature)).await.0, 403);
    // Signed for the address that the request really went to: only the public one counts.
    let signature = sign(&format!("http://{}/twilio/messages", server.address), &message(), NEW_TOKEN);
    assert_eq!(server.post_with("/twilio/messages", &message(), Some(&signature)).await.0, 403);
    assert!(server.records().is_empty());
}

#[tokio::test]
async fn a_body_over_64_kib_is_refused_and_one_of_64_kib_is_taken() {
    let server = TestServer::new().await;
    let mut form = message();
    let others = test_server::encoded(&form).len() - test_server::encoded(&form[3..4].to_vec()).len();
    form[3].1 = "x".repeat(LARGEST_BODY - others - "Body=".len());
    assert_eq!(test_server::encoded(&form).len(), LARGEST_BODY);
    assert_eq!(server.post("/twilio/messages", &form).await.0, 200);
    form[3].1.push('x');
    assert_eq!(server.post("/twilio/messages", &form).await.0, 413);
    form[3].1 = "x".repeat(5_000_000);
    assert_eq!(server.try_post("/twilio/messages", &form).await.unwrap_or(413), 413);
    assert_eq!(server.records().len(), 1);
}

#[tokio::test]
async fn a_silent_broker_is_waited_for_and_then_it_is_503() {
    let server = TestServer::with(|settings| settings.hold = Duration::from_millis(300)).await;
    server.log.silence();
    let began = std::time::Instant::now();
    assert_eq!(server.post("/twilio/messages", &message()).await.0, 503);
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    assert!(server.records().is_empty());
}

#[tokio::test]
async fn a_broker_that_refuses_is_asked_again_while_the_request_is_held() {
    let server = TestServer::new().await;
    server.log.refuse(2);
    assert_eq!(server.post("/twilio/messages", &message()).await.0, 200);
    assert_eq!(server.records().len(), 1);
}

#[tokio::test]
async fn every_signed_message_that_cannot_be_read_is_a_dead_letter_and_200() {
    let without = |name: &str| {
        test_server::encoded(&message().into_iter().filter(|(known, _)| known != name).collect())
    };
    let with = |name: &str, value: &str| {
        let fields: Fields = message()
            .into_iter()
            .map(|(known, old)| if known == name { (known, value.to_owned()) } else { (known, old) })
            .collect();
        test_server::encoded(&fields)
    };
    let cases: [(&str, Vec<u8>, DeadClass); 8] = [
        ("no MessageSid", without("MessageSid"), DeadClass::Rejected),
        ("an odd MessageSid", with("MessageSid", "SM-not-hex"), DeadClass::Rejected),
        ("no From", without("From"), DeadClass::Rejected),
        ("an empty From", with("From", ""), DeadClass::Rejected),
        ("another account", with("AccountSid", "ACffffffffffffffffffffffffffffffff"), DeadClass::Rejected),
        (
            "a From that is not UTF-8",
            [without("From"), b"&From=whatsapp:%ff%fe".to_vec()].concat(),
            DeadClass::Rejected,
        ),
        ("raw bytes", vec![b'a', b'=', 0xff], DeadClass::Rejected),
        ("nothing", Vec::new(), DeadClass::Rejected),
    ];
    for (name, body, class) in cases {
        let server = TestServer::new().await;
        let signature = test_server::sign_body(&server.public("/twilio/messages"), &body, NEW_TOKEN);
        let (status, _, text) = server
            .send("/twilio/messages", "application/x-www-form-urlencoded", body.clone(), Some(&signature))
            .await;
        assert_eq!((status, text.as_str()), (200, "<Response/>"), "{name}");
        let (record, _, letter) = server.only::<IntakeDeadLetters>();
        assert_eq!(
            (letter.class, letter.stage.as_str(), letter.source.topic.as_str()),
            (class, "whatsapp", "twilio-messages"),
            "{name}"
        );
        assert_eq!(test_server::decoded(letter.record.0.value.as_ref().unwrap()), body, "{name}");
        assert_eq!(record.partition, partition_of(record.key.as_bytes(), PARTITIONS));
    }
}

#[tokio::test]
async fn any_text_that_a_person_can_type_is_kept_as_it_was_typed() {
    let texts = [
        "".to_owned(),
        " \u{a0}\n".to_owned(),
        "\u{1f4a7}\u{1f4a7}\u{1f6b0}".to_owned(),
        "\u{202e}retaw\u{202c} \u{200f}\u{200b}\u{2060}\u{feff}amanzi\u{200d}".to_owned(),
        "a\u{1}b & c=d%00+".to_owned(),
        "\u{1f6b0}".repeat(1_600),
        "amanzi ayaphuma ".repeat(100),
    ];
    for text in texts {
        let server = TestServer::new().await;
        let mut form = message();
        form[3].1.clone_from(&text);
        assert_eq!(server.post("/twilio/messages", &form).await.0, 200, "{text:?}");
        let (_, _, read) = server.only::<Messages>();
        let Message::FromResident(read) = read else { panic!("{read:?}") };
        assert_eq!(read.form.0[3], ("Body".to_owned(), text));
    }
}

#[tokio::test]
async fn a_json_body_is_signed_by_its_hash_and_read_where_it_is_flat() {
    let server = TestServer::new().await;
    let flat = format!(r#"{{"MessageSid":"{SID}","From":"{CITIZEN}","Body":"Amanzi","NumMedia":0}}"#);
    assert_eq!(server.post_json("/twilio/messages", &flat).await, 200);
    assert!(matches!(server.only::<Messages>().2, Message::FromResident(_)));

    let server = TestServer::new().await;
    assert_eq!(server.post_json("/twilio/messages", r#"[{"Body":"Amanzi"}]"#).await, 200);
    assert_eq!(server.only::<IntakeDeadLetters>().2.class, DeadClass::Undecodable);

    // A signature of the address without a hash covers no body.
    let signature = sign(&server.public("/twilio/messages"), &Vec::new(), NEW_TOKEN);
    assert_eq!(
        server.send("/twilio/messages", "application/json", flat.into_bytes(), Some(&signature)).await.0,
        403
    );
}

#[tokio::test]
async fn a_flood_of_unsigned_requests_is_slowed_and_signed_ones_from_there_are_not() {
    let server =
        TestServer::with(|settings| settings.unsigned_per_minute = NonZeroU32::new(5).unwrap()).await;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(server.post_with("/twilio/messages", &message(), Some("bm90IGl0")).await.0);
    }
    assert_eq!(seen, [403, 403, 403, 403, 403, 429, 429, 429]);
    assert_eq!(server.post("/twilio/messages", &message()).await.0, 200);
}

fn token(lane: Lane) -> String {
    let notification = NotificationId::of(&EventId::of(&[b"cause"]), 0);
    StatusToken { lane, notification, attempt: 2 }.encode(&pepper().tokens).unwrap()
}

fn receipt(status: &str, code: &str) -> Fields {
    let fields = [
        ("AccountSid", ACCOUNT),
        ("MessageSid", SID),
        ("MessageStatus", status),
        ("From", SENDER),
        ("To", CITIZEN),
        ("ErrorCode", code),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

#[tokio::test]
async fn a_receipt_goes_to_the_log_of_its_lane_in_the_partition_of_its_sender() {
    let server = TestServer::new().await;
    let target = format!("/twilio/status?t={}", token(Lane::Municipal));
    assert_eq!(server.post(&target, &receipt("undelivered", "63024")).await.0, 200);
    let (record, _, read) = server.only::<Notifications>();
    assert_eq!(
        (record.key.as_str(), record.partition),
        (SENDER, partition_of(SENDER.as_bytes(), PARTITIONS))
    );
    let Notification::Receipt(read) = read else { panic!("{read:?}") };
    assert_eq!(read.notification, NotificationId::of(&EventId::of(&[b"cause"]), 0));
    assert_eq!(
        (read.attempt, read.sid.as_str(), read.status, read.code),
        (2, SID, ReceiptStatus::Undelivered, Some(63024))
    );

    let server = TestServer::new().await;
    let target = format!("/twilio/status?t={}", token(Lane::Protected));
    for _ in 0..2 {
        assert_eq!(server.post(&target, &receipt("delivered", "")).await.0, 200);
    }
    let records = server.records();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].headers[1], records[1].headers[1], "the same receipt has the same id");
    let (_, _, read) = server.read::<ProtectedNotifications>(&records[0]);
    assert!(matches!(read, Notification::Receipt(receipt) if receipt.code.is_none()));
    let shown = server.metrics.render().unwrap();
    assert_eq!(counted_receipts(&shown), 0, "the police lane is not counted: {shown}");
    assert!(shown.contains("trust_engine_whatsapp_ack_seconds_count 0"), "{shown}");
}

#[tokio::test]
async fn a_receipt_that_belongs_to_nothing_is_a_dead_letter() {
    let lost = token(Lane::Municipal).replace(|c: char| c.is_ascii_digit(), "_");
    let good = token(Lane::Municipal);
    let cases = [
        ("/twilio/status".to_owned(), receipt("sent", ""), DeadClass::Rejected),
        (format!("/twilio/status?t={lost}x"), receipt("sent", ""), DeadClass::Rejected),
        (format!("/twilio/status?t={good}"), receipt("teleported", ""), DeadClass::UnknownKind),
        (
            format!("/twilio/status?t={good}"),
            receipt("sent", "").into_iter().filter(|(name, _)| name != "From").collect(),
            DeadClass::Rejected,
        ),
    ];
    for (target, form, class) in cases {
        let server = TestServer::new().await;
        assert_eq!(server.post(&target, &form).await.0, 200);
        let letter = server.only::<IntakeDeadLetters>().2;
        assert_eq!((letter.class, letter.source.topic.as_str()), (class, "twilio-status"));
        assert!(letter.record.0.headers.contains(&("target".to_owned(), target)));
    }
}

#[tokio::test]
async fn a_planned_stop_lets_held_requests_finish_and_takes_no_more() {
    let mut server = TestServer::new().await;
    server.log.silence();
    let held = server.start_post("/twilio/messages", &message());
    server.log.asked().await;
    server.begin_stop();
    while !server.health.not_ready().iter().any(|(_, why)| why == "is stopping") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "no new connections");
    server.log.speak();
    assert_eq!(held.await.unwrap(), 200);
    assert_eq!(server.records().len(), 1);
    server.ended().await.unwrap();
    assert_eq!(server.health.not_ready(), [("whatsapp".to_owned(), "has stopped".to_owned())]);
}

#[tokio::test]
async fn a_clock_that_differs_from_the_brokers_is_shown_and_told_once() {
    let (lines, _guard) = crate::lines::listen();
    let server = TestServer::new().await;
    for ahead in [1_500, -172_800_000, -172_800_000, 29_000] {
        server.log.set_clock_ahead(ahead);
        assert_eq!(server.post("/twilio/messages", &message()).await.0, 200);
        let shown = server.metrics.render().unwrap();
        let expected = format!("trust_engine_whatsapp_clock_ahead_seconds {}", ahead as f64 / 1_000.0);
        assert!(shown.contains(&expected), "{expected} in {shown}");
    }
    let told = lines.text();
    assert_eq!(told.matches("differs from the broker's by more than 30 s").count(), 1, "{told}");
    assert_eq!(told.matches("agrees with the broker's again").count(), 1, "{told}");
}

#[tokio::test]
async fn without_an_account_it_listens_and_believes_nothing() {
    let server = TestServer::with(|settings| settings.account = None).await;
    assert!(server.health.not_ready().is_empty());
    let (status, _, body) = server.post("/twilio/messages", &message()).await;
    assert_eq!(status, 403);
    assert!(body.contains("TWILIO_AUTH_TOKEN are not set"), "{body}");
}

#[tokio::test]
async fn other_methods_and_paths_are_not_there() {
    let server = TestServer::new().await;
    assert_eq!(server.get("/twilio/messages").await, 405);
    assert_eq!(server.post("/twilio/other", &message()).await.0, 404);
}

/// How many lines of the metrics count a receipt.
fn counted_receipts(metrics: &str) -> usize {
    metrics.lines().filter(|line| line.contains("endpoint=\"status\"") && !line.ends_with(" 0")).count()
}

#[tokio::test]
async fn a_receipt_of_the_police_lane_that_the_broker_does_not_take_leaves_no_line_and_no_count() {
    let (lines, _guard) = crate::lines::listen();
    let server = TestServer::with(|settings| settings.hold = Duration::from_millis(400)).await;
    let post =
        async |lane| server.post(&format!("/twilio/status?t={}", token(lane)), &receipt("sent", "")).await.0;
    server.log.refuse(1);
    assert_eq!(post(Lane::Protected).await, 200);
    server.log.silence();
    let before = lines.text();
    assert_eq!(post(Lane::Protected).await, 503);
    assert!(!before.contains("acknowledged") && !lines.text().contains("acknowledged"), "{}", lines.text());
    assert_eq!(counted_receipts(&server.metrics.render().unwrap()), 0);
    assert_eq!(post(Lane::Municipal).await, 503);
    assert_eq!(lines.text().matches("answered 503").count(), 1);
}

#[tokio::test]
async fn no_number_word_or_citizen_reaches_a_log_line_or_a_metric() {
    let (lines, _guard) = crate::lines::listen();
    let server = TestServer::with(|settings| settings.hold = Duration::from_millis(300)).await;
    let mut unreadable = message();
    unreadable.retain(|(name, _)| name != "MessageSid");
    server.post("/twilio/messages", &message()).await;
    server.post("/twilio/messages", &unreadable).await;
    server.post(&format!("/twilio/status?t={}", token(Lane::Protected)), &receipt("sent", "")).await;
    server.post_with("/twilio/messages", &message(), None).await;
    server.log.refuse(1);
    server.post("/twilio/messages", &message()).await;
    server.log.silence();
    server.post("/twilio/messages", &message()).await;

    let told = format!("{}{}", lines.text(), server.metrics.render().unwrap());
    for expected in
        ["webhook refused", "is a dead letter: it has no MessageSid", "answered 503", "status=\"503\"} 1"]
    {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let citizen = CitizenId::of(&pepper().pepper, CITIZEN);
    for hidden in ["2700000000", "Amanzi", "Thandi", citizen.as_str(), NEW_TOKEN, OLD_TOKEN, SID] {
        assert!(!told.contains(hidden), "{hidden} in {told}");
    }
}
