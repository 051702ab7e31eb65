//! A server that plays Twilio, a log that keeps what is appended, and a caller between them.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use pipeline::engine::effect::{Call, Effect, Lookup};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;
use topics::catalogue::{Notifications, ProtectedNotifications, Topic};
use topics::codec::record::Outgoing;
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::notifications::{AttemptOutcome, CallResult, Notification, OutgoingContent, Template};
use topics::values::ids::{CitizenId, EventId, MessageSid, NotificationId, Pepper};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::append::{Append, AppendError};
use crate::clock::present;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::twilio::{Caller, TwilioSettings};

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const SENDER: &str = "whatsapp:+27600000001";
pub const RESIDENT: &str = "whatsapp:+27820000002";

/// The longest time that a test waits for what must come.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What the server does with the next message.
pub enum Plays {
    Answers(StatusCode, Value),
    Takes,
    TakesItAndFails,
    /// Waits for the first duration before the request arrives, and for the second before the answer.
    TakesTime(Duration, Duration),
    Redirects,
    IsSilent,
}

/// A request as the server saw it.
pub struct Seen {
    pub at: Instant,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub form: Vec<(String, String)>,
    pub authorization: String,
}

#[derive(Default)]
pub struct TwilioServer {
    pub seen: Mutex<Vec<Seen>>,
    /// How many requests the server has seen.
    seen_count: watch::Sender<usize>,
    /// What the server does with the next messages; it accepts those after them.
    pub plays: Mutex<VecDeque<Plays>>,
    /// The pages of the list in the order in which they are requested. After them, the list has the accepted
    /// messages.
    pub pages: Mutex<VecDeque<(StatusCode, Value)>>,
    /// The accepted messages: the recipient, and the message as Twilio's API shows it.
    pub taken: Mutex<Vec<(String, Value)>>,
}

impl TwilioServer {
    /// Waits until the server has seen this number of requests.
    pub async fn until_seen(&self, count: usize) {
        wait_until(&self.seen_count, count, "requests at the server").await;
    }

    fn take(&self, number: usize, form: &[(String, String)]) -> Value {
        let field = |name: &str| {
            form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let created = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_string(&jiff::Timestamp::from_millisecond(present().millis()).unwrap())
            .unwrap();
        let resource = json!({
            "sid": sid(number).as_str(),
            "body": field("Body"),
            "date_created": created,
            "status": "queued"
        });
        self.taken.lock().unwrap().push((field("To"), resource.clone()));
        resource
    }

    fn page(&self, query: &[(String, String)]) -> (StatusCode, Value) {
        let to =
            query.iter().find(|(name, _)| name == "To").map(|(_, value)| value.as_str()).unwrap_or_default();
        let taken = self.taken.lock().unwrap();
        let messages: Vec<&Value> =
            taken.iter().filter(|(known, _)| known == to).map(|(_, resource)| resource).collect();
        let taken = (StatusCode::OK, json!({ "messages": messages }));
        self.pages.lock().unwrap().pop_front().unwrap_or(taken)
    }
}

async fn serve(State(twilio): State<Arc<TwilioServer>>, request: Request) -> Response {
    let is_get = request.method() == "GET";
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let authorization = authorization(request.headers());
    let body: Bytes = axum::body::to_bytes(request.into_body(), 100_000).await.unwrap();
    let query: Vec<(String, String)> = serde_urlencoded::from_str(&query).unwrap();
    let form: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).unwrap();
    let plays = if is_get { None } else { twilio.plays.lock().unwrap().pop_front() };
    if let Some(Plays::TakesTime(there, _)) = plays {
        tokio::time::sleep(there).await;
    }
    let number = {
        let mut seen = twilio.seen.lock().unwrap();
        seen.push(Seen { at: Instant::now(), path, query: query.clone(), form: form.clone(), authorization });
        twilio.seen_count.send_replace(seen.len());
        seen.len()
    };
    if is_get {
        let (status, page) = twilio.page(&query);
        return (status, Json(page)).into_response();
    }
    match plays {
        None | Some(Plays::Takes) => (StatusCode::CREATED, Json(twilio.take(number, &form))).into_response(),
        Some(Plays::TakesTime(_, back)) => {
            let resource = twilio.take(number, &form);
            tokio::time::sleep(back).await;
            (StatusCode::CREATED, Json(resource)).into_response()
        }
        Some(Plays::TakesItAndFails) => {
            twilio.take(number, &form);
            StatusCode::BAD_GATEWAY.into_response()
        }
        Some(Plays::Answers(status, body)) => (status, Json(body)).into_response(),
        Some(Plays::Redirects) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response()
        }
        Some(Plays::IsSilent) => std::future::pending().await,
    }
}

fn authorization(headers: &HeaderMap) -> String {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

pub fn sid(number: usize) -> MessageSid {
    format!("SM{number:032x}").parse().unwrap()
}

/// Starts a server; it stops with the test's runtime.
pub async fn start_twilio() -> (Arc<TwilioServer>, SocketAddr) {
    let twilio = Arc::new(TwilioServer::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(any(serve)).with_state(twilio.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (twilio, address)
}

/// Waits until a count is reached.
async fn wait_until(count: &watch::Sender<usize>, wanted: usize, what: &str) {
    let mut reached = count.subscribe();
    let wait = timeout(LONGEST_WAIT, reached.wait_for(|count| *count >= wanted)).await;
    assert!(wait.is_ok(), "{wanted} {what} are awaited, and there are {}", *count.borrow());
}

/// A log in memory; the first appends may fail.
#[derive(Default)]
pub struct Log {
    pub records: Mutex<Vec<Outgoing>>,
    /// How many records the log has.
    pub count: watch::Sender<usize>,
    pub failing: Mutex<usize>,
    /// By how many milliseconds the clock of the log is ahead of this host's; `None` if it is not known.
    pub clock_ahead: Mutex<Option<i64>>,
}

impl Log {
    /// The present by the clock of the log, if that is known.
    pub fn time(&self) -> Option<Time> {
        let ahead = (*self.clock_ahead.lock().unwrap())?;
        Some(Time::from_millis(present().millis() + ahead))
    }
}

impl Append for Log {
    fn append(&self, record: Outgoing) -> Pin<Box<dyn Future<Output = Result<(), AppendError>> + Send + '_>> {
        Box::pin(async move {
            let mut failing = self.failing.lock().unwrap();
            if *failing > 0 {
                *failing -= 1;
                return Err(AppendError { topic: record.topic, why: "the test makes it fail".to_owned() });
            }
            let mut records = self.records.lock().unwrap();
            records.push(record);
            self.count.send_replace(records.len());
            Ok(())
        })
    }

    fn log_time(&self, _: &'static str, _: u32) -> Option<Time> {
        self.time()
    }
}

pub fn ring() -> Arc<KeyRing> {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    Arc::new(format!("intake-1:{key},protected-1:{key}").parse().unwrap())
}

pub fn settings(address: SocketAddr, credentials: bool) -> TwilioSettings {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let config = Config::load(None, |name| {
        Some(match name {
            "TWILIO_API_URL" => format!("http://{address}"),
            "TWILIO_ACCOUNT_SID" if credentials => ACCOUNT.to_owned(),
            "TWILIO_AUTH_TOKEN" if credentials => "secret".to_owned(),
            "TWILIO_TEMPLATES" => "update=HX00000000000000000000000000000009".to_owned(),
            "PUBLIC_URL" => "https://example.org/hooks".to_owned(),
            "PEPPER" => "00112233445566778899aabbccddeeff".to_owned(),
            "KEY_RING" => format!("intake-1:{key},protected-1:{key}"),
            _ => return None,
        })
    });
    TwilioSettings::of(&config.unwrap()).unwrap()
}

pub struct TestServer {
    pub twilio: Arc<TwilioServer>,
    pub address: SocketAddr,
    pub log: Arc<Log>,
    pub caller: Caller,
    pub metrics: Metrics,
}

impl TestServer {
    pub async fn new() -> Self {
        let (twilio, address) = start_twilio().await;
        Self::around(twilio, address, true)
    }

    pub fn around(twilio: Arc<TwilioServer>, address: SocketAddr, credentials: bool) -> Self {
        let log = Arc::new(Log { clock_ahead: Mutex::new(Some(0)), ..Log::default() });
        let metrics = Metrics::new().unwrap();
        let caller = Caller::start(settings(address, credentials), log.clone(), &metrics).unwrap();
        Self { twilio, address, log, caller, metrics }
    }

    pub fn plays(&self, plays: Plays) {
        self.twilio.plays.lock().unwrap().push_back(plays);
    }

    /// Waits until `number` records are in the log and returns all of them.
    pub async fn outcomes(&self, number: usize) -> Vec<(Outgoing, AttemptOutcome)> {
        wait_until(&self.log.count, number, "outcomes in the log").await;
        let records = self.log.records.lock().unwrap();
        assert_eq!(records.len(), number, "outcomes in the log");
        records.iter().map(|record| (record.clone(), read(record))).collect()
    }

    /// Makes one call and returns its result.
    pub async fn make(&self, call: Call) -> CallResult {
        let before = self.log.records.lock().unwrap().len();
        self.caller.carry_out(Effect::Call(call));
        self.outcomes(before + 1).await.pop().unwrap().1.result
    }

    pub async fn look_up(&self, lookup: Lookup) -> CallResult {
        let before = self.log.records.lock().unwrap().len();
        self.caller.carry_out(Effect::Lookup(lookup));
        self.outcomes(before + 1).await.pop().unwrap().1.result
    }
}

/// Reads an outcome as the task of its log does.
fn read(record: &Outgoing) -> AttemptOutcome {
    let incoming = record.clone().appended(0, Time::default());
    let read = if record.topic == Notifications::SPEC.name {
        incoming.decode::<Notifications>(&ring())
    } else {
        incoming.decode::<ProtectedNotifications>(&ring())
    };
    match read.unwrap().1 {
        Notification::Outcome(outcome) => outcome,
        other => panic!("not an outcome: {other:?}"),
    }
}

fn letter() -> Sealed<OutgoingContent> {
    let citizen = CitizenId::of(&Pepper::new(&[7; 16]).unwrap(), RESIDENT);
    let template = Some(Template {
        name: "update".to_owned(),
        variables: vec!["BCDF-GHJK".to_owned(), "open".to_owned()],
    });
    Sealed(OutgoingContent {
        citizen,
        to: RESIDENT.to_owned(),
        from: SENDER.to_owned(),
        body: "Umbiko wakho & \"words\"".to_owned(),
        template,
    })
}

pub fn call(lane: Lane, number: usize) -> Call {
    Call {
        lane,
        partition: 5,
        notification: NotificationId::of(&EventId::of(&[&number.to_be_bytes()]), 0),
        attempt: 2,
        deadline: present() + Duration::from_secs(60),
        letter: letter(),
        as_template: false,
    }
}

pub fn lookup(since: Time) -> Lookup {
    let Call { lane, partition, notification, attempt, letter, as_template, .. } = call(Lane::Municipal, 1);
    Lookup { lane, partition, notification, attempt, since, letter, as_template, taken: Vec::new() }
}
