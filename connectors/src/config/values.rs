//! The types of settings: each reads its text, says what is wrong with it, and shows itself without secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use topics::codec::sealing::KeyRing;
use topics::values::ids::Pepper;

use crate::token::TokenKey;

/// A value that a setting holds.
pub(super) trait SettingValue: Sized {
    /// Reads the value from a text.
    ///
    /// # Errors
    /// Says what the text should be. The error never repeats the text, which may be a secret.
    fn read(text: &str) -> Result<Self, String>;
    /// Shows the value without the secrets in it.
    fn show(&self) -> String;
}

/// Declares a text of a certain form that is not secret.
macro_rules! plain_text {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $form:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The value as text, in the form that was read.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let form: fn(&str) -> bool = $form;
                if form(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(concat!("must be ", $expected).to_owned())
                }
            }
        }

        impl SettingValue for $name {
            fn read(text: &str) -> Result<Self, String> {
                text.parse()
            }
            fn show(&self) -> String {
                self.0.clone()
            }
        }
    };
}

fn all(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn hex_after(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

plain_text!(
    /// A WhatsApp number of the installation, as Twilio writes it.
    SenderAddress,
    "whatsapp:+ and the digits of one of our numbers",
    |text| {
        let digits = text.strip_prefix("whatsapp:+");
        digits.is_some_and(|digits| {
            (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        })
    }
);

plain_text!(
    /// The addresses of Kafka brokers: one or several `host:port`.
    Brokers,
    "host:port, one or several with commas between",
    |text| text.split(',').all(|one| {
        let (host, port) = one.trim().rsplit_once(':').unwrap_or_default();
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
);

plain_text!(
    /// The prefix of the names of an installation's topics, groups and transactions; may be empty.
    TopicPrefix,
    "at most 100 letters, digits, dots, dashes and underscores (Kafka's rule for topic names)",
    |text| text.len() <= 100 && all(text, "._-")
);

plain_text!(
    /// The name of the host, or of the pod: part of transactional ids.
    HostName,
    "1 to 100 letters, digits, dots, dashes and underscores",
    |text| (1..=100).contains(&text.len()) && all(text, "._-")
);

plain_text!(
    /// The id of a Twilio account: `AC` and 32 hex digits.
    AccountSid,
    "AC and 32 hex digits, as Twilio's console shows it",
    |text| hex_after(text, "AC")
);

plain_text!(
    /// A template approved by WhatsApp.
    ContentSid,
    "HX and 32 hex digits",
    |text| hex_after(text, "HX")
);

plain_text!(
    /// Which log lines are written, in the syntax of `tracing`'s filter: `info`, or
    /// `info,connectors::kafka=debug`.
    LogFilter,
    "a filter such as info or info,connectors=debug",
    |text| tracing_subscriber::EnvFilter::try_new(text).is_ok()
);

impl TopicPrefix {
    pub(super) fn none() -> Self {
        Self(String::new())
    }
}

impl LogFilter {
    pub(super) fn info() -> Self {
        Self("info".to_owned())
    }
}

impl HostName {
    /// The name of this host, as Linux reports it.
    pub(super) fn of_this_host() -> Self {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        name.trim().parse().unwrap_or_else(|_| Self("localhost".to_owned()))
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines of text for people to read.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl SettingValue for LogFormat {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }
    fn show(&self) -> String {
        if *self == Self::Text { "text".to_owned() } else { "json".to_owned() }
    }
}

impl SettingValue for NonZeroU32 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|number: &Self| number.get() <= 10_000)
            .ok_or_else(|| "must be a whole number from 1 to 10000".to_owned())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl SettingValue for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be an IP address and a port, such as 0.0.0.0:8080".to_owned())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// The address of a web server, without a slash at its end. It is kept exactly as it is written, because
/// Twilio signs it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// The address; it may hold a password.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach the address by TLS, which a proxy in front of this program ends.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    pub(super) fn of_twilio() -> Self {
        Self("https://api.twilio.com".to_owned())
    }

    /// Where a server of this address listens on this host, if its host is an IP address or `localhost`.
    pub(super) fn listen(&self) -> Option<SocketAddr> {
        let url = reqwest::Url::parse(&self.0).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']);
        let ip = if host == "localhost" { IpAddr::from([127, 0, 0, 1]) } else { host.parse().ok()? };
        Some(SocketAddr::new(ip, url.port_or_known_default()?))
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

impl SettingValue for WebAddress {
    fn read(text: &str) -> Result<Self, String> {
        let expected = "must be an address such as https://example.org, without ? and #";
        let url = reqwest::Url::parse(text).map_err(|_| expected.to_owned())?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(expected.to_owned()) }
    }
    fn show(&self) -> String {
        match (self.0.split_once("://"), self.0.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://hidden@{host}"),
            _ => self.0.clone(),
        }
    }
}

/// The URL of a database, including the password.
#[derive(Clone)]
pub struct DatabaseUrl {
    text: String,
    options: PgConnectOptions,
}

impl DatabaseUrl {
    /// The URL with its password, for clients that need it. It must never be logged.
    pub fn with_password(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

impl SettingValue for DatabaseUrl {
    fn read(text: &str) -> Result<Self, String> {
        let expected = || "must be an address such as postgres://user:password@host:5432/database".to_owned();
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(expected());
        }
        let options = text.parse().map_err(|_| expected())?;
        Ok(Self { text: text.to_owned(), options })
    }
    fn show(&self) -> String {
        let options = &self.options;
        let user = options.get_username();
        let host = options.get_host();
        let port = options.get_port();
        format!("postgres://{user}:hidden@{host}:{port}/{}", options.get_database().unwrap_or(user))
    }
}

impl SettingValue for BTreeMap<String, DatabaseUrl> {
    fn read(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, url) =
                    pair.split_once('=').ok_or("must be EKU=postgres://..., with commas between")?;
                Ok((name.trim().to_owned(), DatabaseUrl::read(url.trim())?))
            })
            .collect()
    }
    fn show(&self) -> String {
        self.iter().map(|(name, url)| format!("{name}={}", url.show())).collect::<Vec<_>>().join(",")
    }
}

/// The secret with which Twilio signs requests and with which the program logs in.
#[derive(Clone)]
pub struct AuthToken(String);

impl AuthToken {
    /// The secret, for a signature or a login. It must never be logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(..)")
    }
}

impl FromStr for AuthToken {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let visible = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if visible {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a token as Twilio's console shows it".to_owned())
        }
    }
}

/// The token of an account, or two tokens while it is being changed.
#[derive(Clone, Debug)]
pub struct AuthTokens {
    /// The token for logins; Twilio may also sign with it.
    pub current: AuthToken,
    /// Another token that Twilio may sign with.
    pub other: Option<AuthToken>,
}

impl SettingValue for AuthTokens {
    fn read(text: &str) -> Result<Self, String> {
        let mut tokens = text.split(',').map(|one| one.trim().parse());
        let current = tokens.next().ok_or("must be a token")??;
        let other = tokens.next().transpose()?;
        if tokens.next().is_some() {
            return Err("holds more than two tokens; while a token is changed, set the new and the old one"
                .to_owned());
        }
        Ok(Self { current, other })
    }
    fn show(&self) -> String {
        if self.other.is_some() { "two, hidden".to_owned() } else { "hidden".to_owned() }
    }
}

/// The secret of the installation from which citizen ids, tracking numbers and status tokens are derived.
#[derive(Clone, Debug)]
pub struct PepperKeys {
    /// The pepper of citizen ids and tracking numbers.
    pub pepper: Pepper,
    /// The key that encrypts and authenticates status tokens.
    pub tokens: TokenKey,
}

impl SettingValue for PepperKeys {
    fn read(text: &str) -> Result<Self, String> {
        let expected = || {
            "must be 16 or more bytes as hex digits; `openssl rand -hex 32` makes one, \
             and it can never be changed"
                .to_owned()
        };
        let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or_else(expected)?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | *digit as u8))
            .collect();
        let pepper = Pepper::new(&bytes).map_err(|_| expected())?;
        Ok(Self { pepper, tokens: TokenKey::derive(&bytes) })
    }
    fn show(&self) -> String {
        "hidden".to_owned()
    }
}

impl SettingValue for Arc<KeyRing> {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Self::new).map_err(|error: topics::codec::sealing::BadKeyRing| error.to_string())
    }
    fn show(&self) -> String {
        format!("keys {self:?}, hidden").replace(['{', '}', '"'], "")
    }
}

impl SettingValue for BTreeMap<String, ContentSid> {
    fn read(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, sid) = pair.split_once('=').ok_or("must be name=HX..., with commas between")?;
                Ok((name.trim().to_owned(), sid.trim().parse()?))
            })
            .collect()
    }
    fn show(&self) -> String {
        self.iter().map(|(name, sid)| format!("{name}={}", sid.as_str())).collect::<Vec<_>>().join(",")
    }
}
