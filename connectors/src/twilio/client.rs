//! The parts of Twilio's REST API that the program uses: creating a message, and listing messages.

use std::sync::Arc;
use std::time::Duration;

use pipeline::engine::effect::{CALL_TIMEOUT, Call};
use reqwest::header::{DATE, HeaderMap};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use topics::records::notifications::CallResult;
use topics::values::ids::MessageSid;
use topics::values::time::Time;

use super::TwilioSettings;
use crate::config::TwilioAccount;
use crate::token::{PARAMETER, StatusToken};

/// The time-out for opening a connection. If it is exceeded, nothing was sent, as if the connection was
/// refused. It is shorter than [`CALL_TIMEOUT`], after which it is unknown whether Twilio has accepted the
/// message.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an unused connection is kept.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// How long a page of the list may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a request to Twilio has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum TwilioError {
    /// The HTTP client cannot be made.
    #[error("the HTTP client for Twilio cannot be made: {0}")]
    Client(reqwest::Error),
    /// A request failed. The error does not contain its URL, which holds a resident's phone number.
    #[error("Twilio does not answer: {0}")]
    Away(reqwest::Error),
    /// Twilio answered with this status instead of a list.
    #[error("Twilio answers a request for the list of messages with {0}")]
    Status(StatusCode),
    /// No credentials are configured.
    #[error("there are no credentials for Twilio")]
    NoCredentials,
}

/// A client of Twilio's API for one account. Without an account it makes no requests.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    settings: Arc<TwilioSettings>,
}

#[derive(Deserialize)]
struct Created {
    sid: MessageSid,
}

/// The body of an answer that refuses a call.
#[derive(Deserialize)]
struct ErrorBody {
    code: u32,
}

/// One page of the list.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The messages of the page.
    pub messages: Vec<Listed>,
    /// Path and query of the next page, if there is one.
    pub next_page_uri: Option<String>,
    /// What Twilio's clock showed when it answered, if the answer says so.
    #[serde(skip)]
    pub answered_at: Option<Time>,
}

/// A message in the list.
#[derive(Debug, Deserialize)]
pub struct Listed {
    /// Twilio's id of the message.
    pub sid: String,
    /// The text of the message.
    #[serde(default)]
    pub body: Option<String>,
    /// Its delivery status, as Twilio spells it: `sent`, `delivered`, `failed` and others.
    #[serde(default)]
    pub status: Option<String>,
    /// Twilio's error code, if the message could not be delivered.
    #[serde(default)]
    pub error_code: Option<u32>,
    /// When Twilio accepted the message (RFC 2822).
    #[serde(default)]
    pub date_created: Option<String>,
    /// `outbound-api` and the like, or `inbound`.
    #[serde(default)]
    pub direction: Option<String>,
}

impl Client {
    /// A client for these settings.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(settings: Arc<TwilioSettings>) -> Result<Self, TwilioError> {
        // An error only means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirect would send the credentials to another address.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // Shorter than a server keeps unused connections: if the server closed one at the moment of a
            // call, the outcome of the call would be unknown.
            .pool_idle_timeout(POOL_IDLE)
            .no_proxy()
            .user_agent(concat!("trust-engine/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(TwilioError::Client)?;
        Ok(Self { http, settings })
    }

    /// Whether there are credentials.
    pub fn may_call(&self) -> bool {
        self.settings.account.is_some()
    }

    fn messages_path(account: &TwilioAccount) -> String {
        format!("/2010-04-01/Accounts/{}/Messages.json", account.sid.as_str())
    }

    fn authorised(request: RequestBuilder, account: &TwilioAccount) -> RequestBuilder {
        request.basic_auth(account.sid.as_str(), Some(account.tokens.current.expose()))
    }

    /// Asks Twilio to send the message, once.
    pub async fn create(&self, call: &Call) -> CallResult {
        let Some(account) = &self.settings.account else { return CallResult::NoCredentials {} };
        let Some(form) = self.form(call) else {
            // The text alone would be refused.
            return CallResult::NoTemplate {};
        };
        let url = format!("{}{}", self.settings.api_url.as_str(), Self::messages_path(account));
        let request = Self::authorised(self.http.post(url), account).timeout(CALL_TIMEOUT).form(&form);
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                // The body may be lost after the status has arrived. The outcome of a success is then
                // unknown, and a refusal has no code.
                let body = response.bytes().await.unwrap_or_default();
                read_answer(status, &body)
            }
            Err(error) if error.is_connect() => CallResult::Unreachable {},
            Err(_) => CallResult::Unknown {},
        }
    }

    /// The form of a call; `None` if its template is not configured.
    fn form(&self, call: &Call) -> Option<Vec<(&'static str, String)>> {
        let letter = &call.letter;
        let mut form = vec![("To", letter.to.clone()), ("From", letter.from.clone())];
        match letter.template.as_ref().filter(|_| call.as_template) {
            None => form.push(("Body", letter.body.clone())),
            Some(template) => {
                let content = self.settings.templates.get(&template.name)?;
                let numbered = (1..)
                    .zip(&template.variables)
                    .map(|(number, value): (u32, _)| (number.to_string(), value.as_str().into()));
                let variables: serde_json::Map<String, serde_json::Value> = numbered.collect();
                form.push(("ContentSid", content.as_str().to_owned()));
                form.push(("ContentVariables", serde_json::Value::from(variables).to_string()));
            }
        }
        form.extend(self.status_callback(call).map(|url| ("StatusCallback", url)));
        Some(form)
    }

    fn status_callback(&self, call: &Call) -> Option<String> {
        let public = self.settings.public_url.as_ref()?;
        let token =
            StatusToken { lane: call.lane, notification: call.notification.clone(), attempt: call.attempt };
        let token = token.encode(&self.settings.tokens).ok()?;
        Some(format!("{}/twilio/status?{PARAMETER}={token}", public.as_str()))
    }

    /// The first page of the list of messages with these filters.
    ///
    /// # Errors
    /// Twilio does not answer, or not with a list.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Page, TwilioError> {
        let account = self.settings.account.as_ref().ok_or(TwilioError::NoCredentials)?;
        let url = format!("{}{}", self.settings.api_url.as_str(), Self::messages_path(account));
        self.page(account, self.http.get(url).query(filters)).await
    }

    /// The page after `page`, if there is one.
    ///
    /// # Errors
    /// Twilio does not answer, or not with a list.
    pub async fn after(&self, page: &Page) -> Result<Option<Page>, TwilioError> {
        let account = self.settings.account.as_ref().ok_or(TwilioError::NoCredentials)?;
        // The credentials are sent to the address of the list only, even if the answer names another one.
        let Some(uri) =
            page.next_page_uri.as_ref().filter(|uri| uri.starts_with(&Self::messages_path(account)))
        else {
            return Ok(None);
        };
        let url = format!("{}{uri}", self.settings.api_url.as_str());
        self.page(account, self.http.get(url)).await.map(Some)
    }

    async fn page(&self, account: &TwilioAccount, request: RequestBuilder) -> Result<Page, TwilioError> {
        let away = |error: reqwest::Error| TwilioError::Away(error.without_url());
        let response = Self::authorised(request, account).timeout(LIST_TIMEOUT).send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(TwilioError::Status(response.status()));
        }
        let answered_at = date(response.headers());
        let page: Page = response.json().await.map_err(away)?;
        Ok(Page { answered_at, ..page })
    }
}

/// What the clock of the server showed that answered with these headers.
fn date(headers: &HeaderMap) -> Option<Time> {
    headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(read_date)
}

/// Reads a time as e-mail and HTTP write it (RFC 2822).
pub fn read_date(text: &str) -> Option<Time> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Time::from_millis(parsed.as_millisecond()))
}

/// Reads Twilio's answer to a call.
fn read_answer(status: StatusCode, body: &[u8]) -> CallResult {
    if status.is_success() {
        // Without its id a success is unknown: Twilio may have accepted the message.
        return serde_json::from_slice(body)
            .map_or(CallResult::Unknown {}, |Created { sid }| CallResult::Accepted { sid });
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return CallResult::Unknown {};
    }
    let code = serde_json::from_slice(body).map_or(0, |ErrorBody { code }| code);
    CallResult::Refused { code, http: status.as_u16() }
}
