//! The simulated Twilio behaves like Twilio. Otherwise tests with it would prove nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly, its helpers too")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use simulator::clock::{Checked, wait_until};
use simulator::harness::process::free_port;
use simulator::twilio::faults::Orders;
use simulator::twilio::inbound::Inbound;
use simulator::twilio::signature::sign;
use simulator::twilio::{SimulatedTwilio, SimulatorSettings};

const PUBLIC: &str = "https://engine.example";
const SENDER: &str = "whatsapp:+27000000001";
const RESIDENT: &str = "whatsapp:+27000000102";
const SOON: Duration = Duration::from_secs(10);

type Form = Vec<(String, String)>;

/// The receiver of the webhooks: checks signatures, and can refuse the first requests.
#[derive(Clone, Default)]
struct WebhookReceiver {
    forms: Arc<Mutex<Vec<Form>>>,
    signatures: Arc<Mutex<Vec<String>>>,
    refuse: Arc<Mutex<u32>>,
}

impl WebhookReceiver {
    async fn hear(State(engine): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let mut refuse = engine.refuse.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let signature =
            headers.get("x-twilio-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
        engine.signatures.lock().unwrap().push(signature.to_owned());
        engine.forms.lock().unwrap().push(serde_urlencoded::from_bytes(&body).unwrap_or_default());
        StatusCode::OK
    }

    fn values(&self, name: &str) -> Vec<String> {
        let forms = self.forms.lock().unwrap();
        forms.iter().flatten().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }
}

/// A simulated Twilio that posts to a [`WebhookReceiver`] whose address differs from the public one.
async fn pair() -> Result<(SimulatedTwilio, WebhookReceiver)> {
    let engine = WebhookReceiver::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/twilio/messages", post(WebhookReceiver::hear))
        .route("/twilio/status/{token}", post(WebhookReceiver::hear))
        .with_state(engine.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = SimulatorSettings {
        webhooks: vec![format!("http://{address}")],
        // No other test gets the port while connections to it are refused.
        listen: ([127, 0, 0, 1], free_port()?).into(),
        ..SimulatorSettings::new("test", PUBLIC)
    };
    Ok((simulator::twilio::start(settings).await?, engine))
}

thread_local! {
    /// One client for each test, because making one reads all certificates of the system.
    static CLIENT: reqwest::Client = reqwest::Client::builder().timeout(SOON).build().unwrap();
}

async fn create(twilio: &SimulatedTwilio, form: &[(&str, &str)]) -> Result<(u16, Value)> {
    let settings = twilio.settings();
    let answer = CLIENT
        .with(Clone::clone)
        .post(format!("{}/2010-04-01/Accounts/{}/Messages.json", twilio.url(), settings.account_sid))
        .basic_auth(&settings.account_sid, Some(&settings.auth_token))
        .form(form)
        .send()
        .await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

async fn text(twilio: &SimulatedTwilio, body: &str) -> Result<(u16, Value)> {
    let callback = format!("{PUBLIC}/twilio/status/token?x=1");
    create(twilio, &[("From", SENDER), ("To", RESIDENT), ("Body", body), ("StatusCallback", &callback)]).await
}

async fn list(twilio: &SimulatedTwilio, query: &str) -> Result<Value> {
    let settings = twilio.settings();
    let url = format!("{}/2010-04-01/Accounts/{}/Messages.json?{query}", twilio.url(), settings.account_sid);
    Ok(reqwest::Client::new()
        .get(url)
        .basic_auth(&settings.account_sid, Some(&settings.auth_token))
        .send()
        .await?
        .json()
        .await?)
}

fn orders(value: Value) -> Orders {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn a_message_taken_looks_like_twilios_and_is_not_idempotent() -> Result<()> {
    let (twilio, _) = pair().await?;
    let (http, first) = text(&twilio, "Hello").await?;
    let (_, second) = text(&twilio, "Hello").await?;
    assert_eq!(
        (http, first["status"].as_str(), first["direction"].as_str()),
        (201, Some("queued"), Some("outbound-api"))
    );
    let sid = first["sid"].as_str().context("no sid")?;
    assert!(
        sid.starts_with("SM") && sid.len() == 34 && sid[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
    );
    assert!(first["date_created"].as_str().is_some_and(|date| date.ends_with(" +0000")));
    assert_eq!(first["date_sent"], Value::Null);
    assert_ne!(first["sid"], second["sid"]);
    assert_eq!(twilio.taken().len(), 2);
    Ok(())
}

#[tokio::test]
async fn bad_credentials_long_texts_and_empty_variables_are_refused() -> Result<()> {
    let (twilio, _) = pair().await?;
    let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", twilio.url(), twilio.settings().account_sid);
    let answer = reqwest::Client::new()
        .post(url)
        .basic_auth("AC1", Some("wrong"))
        .form(&[("To", RESIDENT)])
        .send()
        .await?;
    assert_eq!(
        (answer.status().as_u16(), answer.json::<Value>().await?["code"].as_u64()),
        (401, Some(20003))
    );
    let (http, refusal) = text(&twilio, &"é".repeat(1601)).await?;
    assert_eq!((http, refusal["code"].as_u64()), (400, Some(21617)));
    assert_eq!(text(&twilio, &"é".repeat(1600)).await?.0, 201);
    let template = |variables| {
        [("From", SENDER), ("To", RESIDENT), ("ContentSid", "HX1"), ("ContentVariables", variables)]
    };
    assert_eq!(create(&twilio, &template(r#"{"1":""}"#)).await?.1["code"].as_u64(), Some(21656));
    assert_eq!(create(&twilio, &template(r#"{"2":"b","1":"a"}"#)).await?.1["body"].as_str(), Some("a b"));
    assert_eq!(twilio.taken().len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_list_is_filtered_and_paged_newest_first() -> Result<()> {
    let (twilio, _) = pair().await?;
    for number in 0..5 {
        text(&twilio, &format!("text {number}")).await?;
    }
    create(&twilio, &[("From", SENDER), ("To", "whatsapp:+27000000105"), ("Body", "other")]).await?;
    let to = "To=whatsapp%3A%2B27000000102";
    let first = list(&twilio, &format!("{to}&PageSize=3")).await?;
    let next = first["next_page_uri"].as_str().and_then(|uri| uri.split_once('?')).context("no next page")?.1;
    let second = list(&twilio, next).await?;
    let bodies = |page: &Value| -> Vec<String> {
        page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["body"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut all = bodies(&first);
    all.extend(bodies(&second));
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|body| body.starts_with("text")));
    assert_eq!(second["next_page_uri"], Value::Null);
    wait_until("all were sent on", SOON, async || {
        Ok(Checked::when(twilio.taken().iter().all(|message| message.sent_at_ms.is_some()), || {
            "some are still queued".into()
        }))
    })
    .await?;
    let today = twilio
        .taken()
        .first()
        .and_then(|message| simulator::twilio::ledger::date(message.taken_at_ms))
        .context("no date")?;
    assert_eq!(bodies(&list(&twilio, &format!("{to}&DateSent={today}")).await?).len(), 5);
    assert_eq!(bodies(&list(&twilio, "DateSent=2001-01-01").await?).len(), 0);
    Ok(())
}

#[tokio::test]
async fn callbacks_are_signed_over_the_url_as_it_was_given() -> Result<()> {
    let (twilio, engine) = pair().await?;
    text(&twilio, "Hello").await?;
    let posted = wait_until("the message was read", SOON, async || {
        let statuses = engine.values("MessageStatus");
        Ok(if statuses.iter().any(|status| status == "read") {
            Checked::Yes(statuses)
        } else {
            Checked::NotYet(format!("{statuses:?}"))
        })
    })
    .await?;
    assert_eq!(posted, ["queued", "sent", "delivered", "read"]);
    let forms = engine.forms.lock().unwrap().clone();
    let expected: Vec<String> = forms
        .iter()
        .map(|form| sign(&twilio.settings().auth_token, &format!("{PUBLIC}/twilio/status/token?x=1"), form))
        .collect();
    assert_eq!(*engine.signatures.lock().unwrap(), expected);
    Ok(())
}

#[tokio::test]
async fn callbacks_can_be_missing_doubled_or_the_wrong_way_round() -> Result<()> {
    let (twilio, engine) = pair().await?;
    twilio.order(orders(
        json!({ "receipts": { "missing_every": 2, "doubled_every": 3, "reversed_every": 3 } }),
    ));
    for number in 1..=3 {
        text(&twilio, &format!("text {number}")).await?;
    }
    let of = |sid: String| {
        let forms = engine.forms.lock().unwrap();
        let mine =
            forms.iter().filter(|form| form.iter().any(|(key, value)| key == "MessageSid" && *value == sid));
        mine.flatten()
            .filter(|(key, _)| key == "MessageStatus")
            .map(|(_, value)| value.clone())
            .collect::<Vec<_>>()
    };
    let sids: Vec<String> = twilio.taken().into_iter().map(|message| message.sid).collect();
    wait_until("all callbacks came", SOON, async || {
        let first = of(sids[0].clone()).len();
        let third = of(sids[2].clone()).len();
        Ok(Checked::when((first, third) == (4, 8), || format!("{first} and {third}")))
    })
    .await?;
    assert_eq!(of(sids[1].clone()), Vec::<String>::new());
    assert_eq!(
        of(sids[2].clone()),
        ["read", "read", "delivered", "delivered", "sent", "sent", "queued", "queued"]
    );
    Ok(())
}

#[tokio::test]
async fn faults_happen_in_the_order_in_which_they_were_ordered() -> Result<()> {
    let (twilio, _) = pair().await?;
    twilio.order(orders(json!({ "creates": [
        { "fault": "server_error", "times": 2 },
        { "fault": "too_many" },
        { "fault": { "code": 20500 } },
        { "fault": "silent_taken" }
    ] })));
    let mut answers = Vec::new();
    for number in 0..6 {
        answers.push(text(&twilio, &format!("text {number}")).await.map_or(0, |(http, _)| http));
    }
    assert_eq!(answers, [500, 500, 429, 500, 0, 201]);
    assert_eq!(
        twilio.taken().into_iter().map(|message| message.body).collect::<Vec<_>>(),
        ["text 4", "text 5"]
    );
    Ok(())
}

#[tokio::test]
async fn the_limits_of_twilio_hold_when_they_are_switched_on() -> Result<()> {
    let (twilio, _) = pair().await?;
    twilio.order(orders(json!({
        "limits": { "per_second": 3, "window_s": 3600, "window_shows": "at_once" },
        "recipients": { "whatsapp:+27000000103": { "code": 21610 } },
    })));
    assert_eq!(text(&twilio, "never heard").await?.1["code"].as_u64(), Some(63016));
    twilio.send_message(Inbound::text(RESIDENT, SENDER, "Hi")).await;
    // All at once: in any order, but within one second.
    let say = |body| text(&twilio, body);
    let answers = tokio::try_join!(say("one"), say("two"), say("three"), say("four"), say("five"))?;
    let mut codes =
        <[(u16, Value); 5]>::from(answers).map(|(_, answer)| answer["code"].as_u64().unwrap_or(0));
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 0, 63018, 63018]);
    let stopped =
        create(&twilio, &[("From", SENDER), ("To", "whatsapp:+27000000103"), ("Body", "Hi")]).await?;
    assert_eq!(stopped.1["code"].as_u64(), Some(21610));
    Ok(())
}

#[tokio::test]
async fn a_refused_connection_is_really_refused_and_then_no_longer() -> Result<()> {
    let (twilio, _) = pair().await?;
    CLIENT.with(|_| ());
    twilio.order(orders(json!({ "refuse_connections_ms": 3000 })));
    let error = wait_until("connections are refused", SOON, async || {
        Ok(match text(&twilio, "Hello").await {
            Err(error) => Checked::Yes(error),
            Ok((http, _)) => Checked::NotYet(http.to_string()),
        })
    })
    .await?;
    assert!(error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect), "{error:?}");
    wait_until("connections are taken again", SOON, async || {
        Ok(match text(&twilio, "Hello").await {
            Ok((201, _)) => Checked::Yes(()),
            other => Checked::NotYet(format!("{:?}", other.map(|(http, _)| http))),
        })
    })
    .await
}

#[tokio::test]
async fn a_residents_message_comes_again_under_the_same_sid_until_it_is_acknowledged() -> Result<()> {
    let (twilio, engine) = pair().await?;
    *engine.refuse.lock().unwrap() = 2;
    let mut message = Inbound::pin(RESIDENT, SENDER, -29.85, 31.02);
    message.times = 2;
    let heard = twilio.send_message(message).await;
    assert_eq!((heard.tries, heard.acknowledged, heard.http), (4, 2, 200));
    assert_eq!(engine.values("MessageSid"), [heard.sid.clone(), heard.sid]);
    assert_eq!(engine.values("Latitude"), ["-29.85", "-29.85"]);
    let forms = engine.forms.lock().unwrap().clone();
    let signature = sign(&twilio.settings().auth_token, &format!("{PUBLIC}/twilio/messages"), &forms[0]);
    assert_eq!(engine.signatures.lock().unwrap()[0], signature);
    Ok(())
}

#[tokio::test]
async fn the_control_door_takes_orders_and_shows_the_books() -> Result<()> {
    let (twilio, _) = pair().await?;
    let client = reqwest::Client::new();
    let ordered = client
        .post(format!("{}/control/faults", twilio.url()))
        .json(&json!({ "creates": [{ "fault": "too_many" }] }))
        .send()
        .await?;
    assert_eq!(ordered.status().as_u16(), 200);
    assert_eq!(text(&twilio, "Hello").await?.0, 429);
    assert_eq!(text(&twilio, "Hello").await?.0, 201);
    let message = json!({ "from": RESIDENT, "to": SENDER, "body": "There is no water" });
    let heard: Value =
        client.post(format!("{}/control/send", twilio.url())).json(&message).send().await?.json().await?;
    assert_eq!(heard["acknowledged"].as_u64(), Some(1));
    let report: Value = client.get(format!("{}/control/report", twilio.url())).send().await?.json().await?;
    assert_eq!(report["taken"]["messages"].as_u64(), Some(1));
    assert_eq!(report["taken"]["calls_by_http"], json!({ "201": 1, "429": 1 }));
    assert_eq!(report["heard"]["acknowledged"].as_u64(), Some(1));
    Ok(())
}
