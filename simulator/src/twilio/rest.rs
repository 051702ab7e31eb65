//! Twilio's REST API for messages: create, list and fetch, as in its documentation of version 2010-04-01.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::faults::{CreateFault, Shows};
use super::ledger::{AcceptedCall, Ledger, MessageStatus, OUTSIDE_WINDOW, RestCall, date};
use super::receipts;
use super::simulated::SimulatedTwilio;
use crate::clock::now_ms;

/// A time that is longer than any client waits.
const FOREVER: Duration = Duration::from_secs(120);

pub(super) fn router(twilio: &SimulatedTwilio) -> Router {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Messages.json", get(list).post(create))
        .route("/2010-04-01/Accounts/{account}/Messages/{message}", get(fetch))
        .with_state(twilio.clone())
}

/// The answer to a call that is refused.
struct TwilioRefusal {
    http: StatusCode,
    code: u32,
    message: &'static str,
}

impl TwilioRefusal {
    const fn new(http: StatusCode, code: u32, message: &'static str) -> Self {
        Self { http, code, message }
    }

    /// A refusal with one of Twilio's codes and, if readers depend on it, Twilio's message.
    const fn of(code: u32) -> Self {
        let (http, message) = match code {
            20003 => (StatusCode::UNAUTHORIZED, "Authenticate"),
            20404 => (StatusCode::NOT_FOUND, "The requested resource was not found"),
            20500 => (StatusCode::INTERNAL_SERVER_ERROR, "An internal server error has occurred"),
            20429 | 63018 => (StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded for Channel"),
            21211 => (StatusCode::BAD_REQUEST, "Invalid 'To' Phone Number"),
            21603 => (StatusCode::BAD_REQUEST, "A 'From' phone number is required"),
            21604 => (StatusCode::BAD_REQUEST, "A 'To' phone number is required"),
            21610 => (StatusCode::BAD_REQUEST, "Attempt to send to unsubscribed recipient"),
            21617 => {
                (StatusCode::BAD_REQUEST, "The concatenated message body exceeds the 1600 character limit")
            }
            21619 => (StatusCode::BAD_REQUEST, "A text message body or media urls must be specified"),
            21656 => (StatusCode::BAD_REQUEST, "The ContentVariables parameter is invalid"),
            OUTSIDE_WINDOW => (
                StatusCode::BAD_REQUEST,
                "Failed to send freeform message because you are outside the allowed window",
            ),
            _ => (StatusCode::BAD_REQUEST, "The message could not be sent"),
        };
        Self::new(http, code, message)
    }
}

impl IntoResponse for TwilioRefusal {
    fn into_response(self) -> Response {
        let more = format!("https://www.twilio.com/docs/errors/{}", self.code);
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": more,
            "status": self.http.as_u16()
        });
        (self.http, Json(body)).into_response()
    }
}

/// Whether the caller knows the account's secret.
fn authenticated(twilio: &SimulatedTwilio, account: &str, headers: &HeaderMap) -> Result<(), TwilioRefusal> {
    let settings = twilio.settings();
    let expected =
        format!("Basic {}", STANDARD.encode(format!("{}:{}", settings.account_sid, settings.auth_token)));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let refused = twilio.look(|ledger| ledger.faults.account_refused);
    if refused || given != Some(&expected) {
        return Err(TwilioRefusal::of(20003));
    }
    if account == settings.account_sid { Ok(()) } else { Err(TwilioRefusal::of(20404)) }
}

/// A message as the request names it.
struct WantedMessage {
    from: String,
    to: String,
    body: String,
    content_sid: Option<String>,
    callback: Option<String>,
}

impl WantedMessage {
    fn read(form: &[(String, String)]) -> Result<Self, TwilioRefusal> {
        let field = |name: &str| {
            form.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.clone())
        };
        let content_sid = field("ContentSid");
        let body = match &content_sid {
            Some(_) => rendered(field("ContentVariables").as_deref())?,
            None => field("Body").ok_or(TwilioRefusal::of(21619))?,
        };
        if body.chars().count() > 1600 {
            return Err(TwilioRefusal::of(21617));
        }
        let to = field("To").ok_or(TwilioRefusal::of(21604))?;
        if !to.starts_with("whatsapp:") {
            return Err(TwilioRefusal::of(21211));
        }
        Ok(Self {
            from: field("From").ok_or(TwilioRefusal::of(21603))?,
            to,
            body,
            content_sid,
            callback: field("StatusCallback"),
        })
    }
}

/// The text of a template that its recipient sees. WhatsApp has the texts of templates, so this is the list
/// of its variables.
fn rendered(variables: Option<&str>) -> Result<String, TwilioRefusal> {
    let bad = || TwilioRefusal::of(21656);
    let variables: Map<String, Value> = serde_json::from_str(variables.unwrap_or("{}")).map_err(|_| bad())?;
    let mut numbered: Vec<(u32, &str)> = Vec::new();
    for (name, value) in &variables {
        let value = value
            .as_str()
            .filter(|value| !value.is_empty() && !value.contains(['\n', '\t', '\r']))
            .ok_or_else(bad)?;
        numbered.push((name.parse().map_err(|_| bad())?, value));
    }
    numbered.sort_unstable();
    Ok(numbered.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" "))
}

async fn create(
    State(twilio): State<SimulatedTwilio>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let at_ms = now_ms();
    let answer = match authenticated(&twilio, &account, &headers).and_then(|()| wanted(&body)) {
        Ok(wanted) => decide(&twilio, wanted, at_ms),
        Err(refusal) => CreateAnswer::Refused(refusal),
    };
    let (http, code) = answer.told();
    twilio.with(|ledger| ledger.calls.push(RestCall { at_ms, http, code }));
    match answer {
        CreateAnswer::Created(message) => {
            (StatusCode::CREATED, Json(message.resource(&account))).into_response()
        }
        CreateAnswer::Refused(refusal) => refusal.into_response(),
        CreateAnswer::Silence => {
            tokio::time::sleep(FOREVER).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

fn wanted(body: &[u8]) -> Result<WantedMessage, TwilioRefusal> {
    let form: Vec<(String, String)> =
        serde_urlencoded::from_bytes(body).map_err(|_| TwilioRefusal::of(21619))?;
    WantedMessage::read(&form)
}

enum CreateAnswer {
    Created(Box<AcceptedCall>),
    Refused(TwilioRefusal),
    Silence,
}

impl CreateAnswer {
    fn told(&self) -> (u16, u32) {
        match self {
            Self::Created(_) => (201, 0),
            Self::Refused(refusal) => (refusal.http.as_u16(), refusal.code),
            Self::Silence => (0, 0),
        }
    }
}

/// Accepts or refuses the message, according to the present faults and limits.
fn decide(twilio: &SimulatedTwilio, wanted: WantedMessage, now: i64) -> CreateAnswer {
    let sid = twilio.next_sid("SM");
    let fault = twilio.with(|ledger| ledger.faults.creates.pop_front());
    let untaken = match fault {
        Some(CreateFault::ServerError) => Some(CreateAnswer::Refused(TwilioRefusal::of(20500))),
        Some(CreateFault::TooMany) => Some(CreateAnswer::Refused(TwilioRefusal::of(63018))),
        Some(CreateFault::Code(code)) => Some(CreateAnswer::Refused(TwilioRefusal::of(code))),
        Some(CreateFault::Silent) => Some(CreateAnswer::Silence),
        Some(CreateFault::ServerErrorTaken | CreateFault::SilentTaken) | None => None,
    };
    if let Some(answer) = untaken {
        return answer;
    }
    let accepted = twilio.with(|ledger| accept(ledger, sid, wanted, now));
    let (message, fails) = match accepted {
        Ok(accepted) => accepted,
        Err(code) => return CreateAnswer::Refused(TwilioRefusal::of(code)),
    };
    twilio.shared.arrivals.send_modify(|count| *count += 1);
    receipts::follow(twilio, &message, fails);
    match fault {
        Some(CreateFault::SilentTaken) => CreateAnswer::Silence,
        Some(_) => CreateAnswer::Refused(TwilioRefusal::of(20500)),
        None => CreateAnswer::Created(Box::new(message)),
    }
}

/// Enters an accepted message, and returns it with the code with which it will fail later, if it will. The
/// error is the code with which the call is refused.
fn accept(
    ledger: &mut Ledger,
    sid: String,
    wanted: WantedMessage,
    now: i64,
) -> Result<(AcceptedCall, Option<u32>), u32> {
    let fails = failure(ledger, &wanted, now);
    if let Some((code, Shows::AtOnce)) = fails {
        return Err(code);
    }
    let message = ledger.take(AcceptedCall {
        ordinal: 0,
        sid,
        taken_at_ms: now,
        from: wanted.from,
        to: wanted.to,
        body: wanted.body,
        content_sid: wanted.content_sid,
        callback: wanted.callback,
        status: MessageStatus::Queued,
        code: None,
        sent_at_ms: None,
    });
    Ok((message, fails.map(|(code, _)| code)))
}

/// Why the message will not reach its recipient, and when that is reported.
fn failure(ledger: &Ledger, wanted: &WantedMessage, now: i64) -> Option<(u32, Shows)> {
    if let Some(dead) = ledger.faults.recipients.get(&wanted.to) {
        return Some((dead.code, dead.shows));
    }
    let code = ledger.limit(&wanted.from, &wanted.to, wanted.content_sid.is_none(), now)?;
    Some((code, if code == OUTSIDE_WINDOW { ledger.faults.limits.window_shows } else { Shows::AtOnce }))
}

async fn fetch(
    State(twilio): State<SimulatedTwilio>,
    Path((account, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = authenticated(&twilio, &account, &headers) {
        return refusal.into_response();
    }
    if twilio.with(|ledger| ledger.faults.list_fails()) {
        return TwilioRefusal::of(20500).into_response();
    }
    let sid = message.trim_end_matches(".json");
    let found = twilio.look(|ledger| {
        let heard =
            || ledger.heard.iter().find(|heard| heard.sid == sid).map(|heard| heard.resource(&account));
        ledger.find(sid).map(|taken| taken.resource(&account)).or_else(heard)
    });
    found.map_or_else(|| TwilioRefusal::of(20404).into_response(), |resource| Json(resource).into_response())
}

async fn list(
    State(twilio): State<SimulatedTwilio>,
    Path(account): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if let Err(refusal) = authenticated(&twilio, &account, &headers) {
        return refusal.into_response();
    }
    if twilio.with(|ledger| ledger.faults.list_fails()) {
        return TwilioRefusal::of(20500).into_response();
    }
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    Json(twilio.look(|ledger| page(ledger, &account, &query))).into_response()
}

/// The value of a parameter of the list, unless it is empty.
fn field<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = query.iter().find(|(key, value)| key == name && !value.is_empty());
    found.map(|(_, value)| value.as_str())
}

/// Whether a message passes the filters of the list. One that was not sent yet has no date, so no filter by
/// date passes it.
fn fits(query: &[(String, String)], from: &str, to: &str, sent: Option<i64>) -> bool {
    let sent = sent.and_then(date);
    let by_date = |name: &str, holds: fn(&str, &str) -> bool| {
        field(query, name).is_none_or(|wanted| {
            sent.as_deref().is_some_and(|sent| holds(sent, wanted.get(..10).unwrap_or(wanted)))
        })
    };
    field(query, "From").is_none_or(|wanted| wanted == from)
        && field(query, "To").is_none_or(|wanted| wanted == to)
        && by_date("DateSent", |sent, wanted| sent == wanted)
        && by_date("DateSent>", |sent, wanted| sent >= wanted)
        && by_date("DateSent<", |sent, wanted| sent <= wanted)
}

/// The path and query of a page of the same list.
fn page_uri(account: &str, query: &[(String, String)], size: usize, page: usize) -> String {
    let filters = query.iter().filter(|(key, _)| !matches!(key.as_str(), "Page" | "PageToken" | "PageSize"));
    let mut next: Vec<(String, String)> = filters.cloned().collect();
    next.extend([("PageSize".to_owned(), size.to_string()), ("Page".to_owned(), page.to_string())]);
    let text = serde_urlencoded::to_string(&next).unwrap_or_default();
    format!("/2010-04-01/Accounts/{account}/Messages.json?{text}")
}

/// One page of all messages, to and from residents, newest first.
fn page(ledger: &Ledger, account: &str, query: &[(String, String)]) -> Value {
    let number = |name: &str, otherwise: usize| {
        field(query, name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let taken = ledger.taken.iter();
    let out = taken.filter(|message| fits(query, &message.from, &message.to, message.sent_at_ms));
    let heard = ledger.heard.iter();
    let heard = heard.filter(|message| fits(query, &message.from, &message.to, Some(message.posted_at_ms)));
    let mut all: Vec<(i64, Value)> =
        out.map(|message| (message.taken_at_ms, message.resource(account))).collect();
    all.extend(heard.map(|message| (message.posted_at_ms, message.resource(account))));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));

    let size = number("PageSize", 50).clamp(1, 1000);
    let page = number("Page", 0);
    let start = page.saturating_mul(size);
    let uri = |page: usize| page_uri(account, query, size, page);
    let more = all.len() > start.saturating_add(size);
    let messages: Vec<Value> = all.into_iter().skip(start).take(size).map(|(_, resource)| resource).collect();
    json!({
        "end": start + messages.len().saturating_sub(1),
        "first_page_uri": uri(0),
        "next_page_uri": more.then(|| uri(page + 1)),
        "page": page,
        "page_size": size,
        "previous_page_uri": page.checked_sub(1).map(uri),
        "start": start,
        "uri": uri(page),
        "messages": messages,
    })
}
