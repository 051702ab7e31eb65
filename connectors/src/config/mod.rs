//! Configuration: every setting, read once from the environment and one TOML file into a value of its own
//! type.
//!
//! Nothing else in the program reads the environment. All wrong settings are reported at once. Whether a
//! setting is required depends on the subcommand: settings that some subcommands do not need are `Option`s
//! with a `require_...`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use topics::codec::sealing::KeyRing;

mod mail;
mod setting;
mod sources;
#[cfg(test)]
mod tests;
mod values;

pub use mail::{MailAddress, SmtpUrl};
pub use setting::{ConfigErrors, Setting, WrongSetting};
pub use sources::SettingSource;
use sources::{SettingReader, SettingRow};
pub use values::{
    AccountSid, AuthToken, AuthTokens, Brokers, ContentSid, DatabaseUrl, HostName, LogFilter, LogFormat,
    PepperKeys, SenderAddress, TopicPrefix, WebAddress,
};

const fn open(name: &'static str, about: &'static str) -> Setting {
    Setting { name, about, secret: false }
}

const fn secret(name: &'static str, about: &'static str) -> Setting {
    Setting { name, about, secret: true }
}

/// How many partitions logs and stores have unless `PARTITIONS` says otherwise.
pub const DEFAULT_PARTITIONS: u32 = 6;

/// Every setting that the program reads.
pub const SETTINGS: &[Setting] = &[
    open("KAFKA_BROKERS", "where Kafka answers: host:port, one or several with commas between"),
    open("TOPIC_PREFIX", "the prefix of the names of topics, groups and transactions; nothing by default"),
    open("PARTITIONS", "how many partitions logs and stores have; fixed when the topics are created"),
    open(
        "STATE_DIR",
        "a folder of this host's own, with the locks of the slots; all processes on the host share it",
    ),
    open("HOST_NAME", "this host's or pod's name, the same after a restart"),
    secret(
        "KEY_RING",
        "the keys that seal personal data: name-number:base64 of 32 bytes, with commas between",
    ),
    secret(
        "PEPPER",
        "the installation's secret behind citizen ids and tracking numbers: hex digits; never changed",
    ),
    secret("DATABASE_URL", "the database as its owner: migrate, import, publish"),
    secret("SINK_DATABASE_URL", "the database as the sink"),
    secret("PROTECTED_SINK_DATABASE_URL", "the database as the police lane's sink"),
    open("WHATSAPP_URL", "the address of the webhooks on this host or network"),
    open(
        "WHATSAPP_LISTEN",
        "the IP address and port where the webhooks listen; by default those of WHATSAPP_URL",
    ),
    open("PUBLIC_URL", "the address that Twilio knows the webhooks by, and signs; by default WHATSAPP_URL"),
    open("TWILIO_ACCOUNT_SID", "the Twilio account; without it nothing is sent and no webhook is believed"),
    secret(
        "TWILIO_AUTH_TOKEN",
        "its auth token; two with a comma between while it is changed, the one that logs in first",
    ),
    open("TWILIO_API_URL", "where messages are posted"),
    open(
        "TWILIO_TEMPLATES",
        "templates for messages outside of the 24 hours (docs/deliveries.md): name=ContentSid, \
         with commas between",
    ),
    open("DESK_URL", "the address of the desk as the browsers of its users reach it; https behind a proxy"),
    open(
        "DESK_LISTEN",
        "the IP address and port where the desk listens; by default those of DESK_URL, else nowhere",
    ),
    secret("DESK_ACCOUNTS_DATABASE_URL", "the database as the login of the desk's accounts and sessions"),
    secret(
        "DESK_DATABASE_URLS",
        "the database as the desk's login of each municipality, and of `national`: EKU=postgres://..., with \
         commas between",
    ),
    open(
        "DESK_CALLERS_SENDER",
        "the number of the installation that answers people whose report staff enter, such as \
         whatsapp:+27000000001; without it the desk takes no such reports",
    ),
    secret(
        "SMTP_URL",
        "the mail server that takes e-mail to staff, such as smtp://login:password@host:587; without it they \
         get none",
    ),
    open("STAFF_MAIL_FROM", "the sender of e-mail to staff, such as Service desk <desk@example.org>"),
    secret("STAFF_MAIL_DATABASE_URL", "the database as the login that tells staff by e-mail"),
    open("METRICS_URL", "the address of /metrics, /healthz and /readyz on this host or network"),
    open(
        "METRICS_LISTEN",
        "the IP address and port where they are served; by default those of METRICS_URL, else nowhere",
    ),
    open("RATE_MUNICIPAL", "messages a second and sender, municipal"),
    open("RATE_PROTECTED", "messages a second and sender, police lane"),
    open("LOG", "which log lines are written"),
    open("LOG_FORMAT", "how they look: text or json"),
];

/// The Twilio account that sends and receives.
#[derive(Clone, Debug)]
pub struct TwilioAccount {
    /// The id of the account.
    pub sid: AccountSid,
    /// The auth tokens of the account: they are used to log in, and to verify Twilio's signatures.
    pub tokens: AuthTokens,
}

/// The whole configuration. [`SETTINGS`] says what each setting is.
#[derive(Clone, Debug)]
pub struct Config {
    /// `KAFKA_BROKERS`: the addresses of the Kafka brokers.
    pub kafka_brokers: Option<Brokers>,
    /// `TOPIC_PREFIX`: what the names of topics, groups and transactions start with; empty by default.
    pub topic_prefix: TopicPrefix,
    /// `PARTITIONS`: the number of partitions of each log; [`DEFAULT_PARTITIONS`] by default.
    pub partitions: NonZeroU32,
    /// `STATE_DIR`; /var/lib/trust-engine by default.
    pub state_dir: PathBuf,
    /// `HOST_NAME`: a part of transactional ids; the name of the host by default.
    pub host_name: HostName,
    /// `KEY_RING`. A process holds only the keys that it needs.
    pub key_ring: Option<Arc<KeyRing>>,
    /// `PEPPER`: the keys of citizen ids, tracking numbers and status tokens.
    pub pepper: Option<PepperKeys>,
    /// `DATABASE_URL`: the database, with the login that owns the tables.
    pub database_url: Option<DatabaseUrl>,
    /// `SINK_DATABASE_URL`: the database, with the login of the sink of the municipalities and the intake.
    pub sink_database_url: Option<DatabaseUrl>,
    /// `PROTECTED_SINK_DATABASE_URL`: the database, with the login of the police lane's sink.
    pub protected_sink_database_url: Option<DatabaseUrl>,
    /// `WHATSAPP_LISTEN`, else from `WHATSAPP_URL`.
    pub whatsapp_listen: Option<SocketAddr>,
    /// `PUBLIC_URL`, else `WHATSAPP_URL`: the address at which Twilio calls the webhooks.
    pub public_url: Option<WebAddress>,
    /// `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`: the account that sends and receives.
    pub twilio: Option<TwilioAccount>,
    /// `TWILIO_API_URL`; Twilio's own by default.
    pub twilio_api_url: WebAddress,
    /// `TWILIO_TEMPLATES`, by name; may be empty.
    pub templates: BTreeMap<String, ContentSid>,
    /// `DESK_LISTEN`, else from `DESK_URL`, else none is served.
    pub desk_listen: Option<SocketAddr>,
    /// `DESK_URL`: the address that the users of the desk know.
    pub desk_url: Option<WebAddress>,
    /// `DESK_ACCOUNTS_DATABASE_URL`: the database, with the login of the desk's accounts and sessions.
    pub desk_accounts_database_url: Option<DatabaseUrl>,
    /// `DESK_DATABASE_URLS`: the database with the desk's login of each municipality, by its code, and of
    /// `national`; may be empty.
    pub desk_database_urls: BTreeMap<String, DatabaseUrl>,
    /// `DESK_CALLERS_SENDER`: the number that answers people whose report staff enter.
    pub desk_callers_sender: Option<SenderAddress>,
    /// `SMTP_URL`: the mail server that takes e-mail to staff.
    pub smtp_url: Option<SmtpUrl>,
    /// `STAFF_MAIL_FROM`: the sender of e-mail to staff.
    pub staff_mail_from: Option<MailAddress>,
    /// `STAFF_MAIL_DATABASE_URL`: the database, with the login that tells staff by e-mail.
    pub staff_mail_database_url: Option<DatabaseUrl>,
    /// `METRICS_LISTEN`, else from `METRICS_URL`, else none is served.
    pub metrics_listen: Option<SocketAddr>,
    /// `RATE_MUNICIPAL`; 72 a second by default.
    pub rate_municipal: NonZeroU32,
    /// `RATE_PROTECTED`; 8 a second by default.
    pub rate_protected: NonZeroU32,
    /// `LOG`; `info` by default.
    pub log: LogFilter,
    /// `LOG_FORMAT`; text by default.
    pub log_format: LogFormat,
    rows: Vec<SettingRow>,
}

impl Config {
    /// Reads all settings: from `env`, else from `file` (or the file that `TRUST_ENGINE_CONFIG` names), else
    /// the default.
    ///
    /// # Errors
    /// All settings that are wrong, each with what it should be, none with a secret.
    pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut from = SettingReader::new(SETTINGS, file, env);
        let whatsapp_url: Option<WebAddress> = from.optional("WHATSAPP_URL");
        let desk_url: Option<WebAddress> = from.optional("DESK_URL");
        let metrics_url: Option<WebAddress> = from.optional("METRICS_URL");
        let mut config = Self {
            kafka_brokers: from.optional("KAFKA_BROKERS"),
            topic_prefix: from.or("TOPIC_PREFIX", SettingSource::Default, TopicPrefix::none),
            partitions: from.or("PARTITIONS", SettingSource::Default, || number(DEFAULT_PARTITIONS)),
            state_dir: from
                .or("STATE_DIR", SettingSource::Default, || PathBuf::from("/var/lib/trust-engine")),
            host_name: from.or("HOST_NAME", SettingSource::Default, HostName::of_this_host),
            key_ring: from.optional("KEY_RING"),
            pepper: from.optional("PEPPER"),
            database_url: from.optional("DATABASE_URL"),
            sink_database_url: from.optional("SINK_DATABASE_URL"),
            protected_sink_database_url: from.optional("PROTECTED_SINK_DATABASE_URL"),
            whatsapp_listen: from.or_from(
                "WHATSAPP_LISTEN",
                "WHATSAPP_URL",
                whatsapp_url.as_ref().and_then(WebAddress::listen),
            ),
            public_url: from.or_from("PUBLIC_URL", "WHATSAPP_URL", whatsapp_url),
            twilio: twilio_account(&mut from),
            twilio_api_url: from.or("TWILIO_API_URL", SettingSource::Default, WebAddress::of_twilio),
            templates: from.optional("TWILIO_TEMPLATES").unwrap_or_default(),
            desk_listen: from.or_from(
                "DESK_LISTEN",
                "DESK_URL",
                desk_url.as_ref().and_then(WebAddress::listen),
            ),
            desk_url,
            desk_accounts_database_url: from.optional("DESK_ACCOUNTS_DATABASE_URL"),
            desk_database_urls: from.optional("DESK_DATABASE_URLS").unwrap_or_default(),
            desk_callers_sender: from.optional("DESK_CALLERS_SENDER"),
            smtp_url: from.optional("SMTP_URL"),
            staff_mail_from: from.optional("STAFF_MAIL_FROM"),
            staff_mail_database_url: from.optional("STAFF_MAIL_DATABASE_URL"),
            metrics_listen: from.or_from(
                "METRICS_LISTEN",
                "METRICS_URL",
                metrics_url.as_ref().and_then(WebAddress::listen),
            ),
            rate_municipal: from.or("RATE_MUNICIPAL", SettingSource::Default, || number(72)),
            rate_protected: from.or("RATE_PROTECTED", SettingSource::Default, || number(8)),
            log: from.or("LOG", SettingSource::Default, LogFilter::info),
            log_format: from.or("LOG_FORMAT", SettingSource::Default, || LogFormat::Text),
            rows: Vec::new(),
        };
        config.rows = from.finish()?;
        Ok(config)
    }
}

/// The account, if both of its settings are there; one alone is a mistake.
fn twilio_account<E: Fn(&str) -> Option<String>>(from: &mut SettingReader<E>) -> Option<TwilioAccount> {
    let errors = from.errors.len();
    let sid = from.optional("TWILIO_ACCOUNT_SID");
    let tokens = from.optional("TWILIO_AUTH_TOKEN");
    match (sid, tokens) {
        (Some(sid), Some(tokens)) => return Some(TwilioAccount { sid, tokens }),
        (Some(_), None) if from.errors.len() == errors => {
            from.wrong("TWILIO_AUTH_TOKEN", "is missing, but TWILIO_ACCOUNT_SID is set; set both or neither")
        }
        (None, Some(_)) if from.errors.len() == errors => {
            from.wrong("TWILIO_ACCOUNT_SID", "is missing, but TWILIO_AUTH_TOKEN is set; set both or neither")
        }
        _ => {}
    }
    None
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

impl Config {
    /// All settings, one a line: name, value without secrets, source.
    pub fn describe(&self) -> String {
        let width = self.rows.iter().map(|row| row.value.chars().count()).max().unwrap_or_default().min(60);
        self.rows.iter().fold(String::new(), |mut text, row| {
            let _ = writeln!(text, "{:<28} {:<width$}  {}", row.name, shown_value(row), row.source);
            text
        })
    }

    /// Checks that all of these settings are set, so that a subcommand reports all missing ones together.
    ///
    /// # Errors
    /// The missing settings, each with a description.
    pub fn require(&self, names: &[&'static str]) -> Result<(), ConfigErrors> {
        let absent = |name: &&&'static str| {
            !self.rows.iter().any(|row| row.name == **name && row.source != SettingSource::NotSet)
        };
        let missing: Vec<WrongSetting> = names.iter().filter(absent).map(|name| missing(name)).collect();
        if missing.is_empty() { Ok(()) } else { Err(ConfigErrors(missing)) }
    }
}

/// The value of a setting as `describe` shows it: `-` if it is not set, two quotes if it is empty.
fn shown_value(row: &SettingRow) -> &str {
    if row.source == SettingSource::NotSet {
        "-"
    } else if row.value.is_empty() {
        "\"\""
    } else {
        &row.value
    }
}

fn missing(name: &str) -> WrongSetting {
    let about = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.about);
    WrongSetting { setting: name.to_owned(), problem: format!("is not set; it is {about}") }
}

/// Declares accessors of settings that a part cannot do without.
macro_rules! require {
    ($($(#[$doc:meta])* $function:ident: $field:ident, $type:ty, $name:literal;)+) => {
        impl Config {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// It is not set.
                pub fn $function(&self) -> Result<&$type, ConfigErrors> {
                    self.$field.as_ref().ok_or_else(|| ConfigErrors(vec![missing($name)]))
                }
            )+
        }
    };
}

require! {
    /// The addresses of the Kafka brokers.
    require_kafka_brokers: kafka_brokers, Brokers, "KAFKA_BROKERS";
    /// The keys that seal personal data.
    require_key_ring: key_ring, Arc<KeyRing>, "KEY_RING";
    /// The keys of citizen ids, tracking numbers and status tokens.
    require_pepper: pepper, PepperKeys, "PEPPER";
    /// The database, with the login that owns the tables.
    require_database_url: database_url, DatabaseUrl, "DATABASE_URL";
    /// The database, with the login of the sink of the municipalities and the intake.
    require_sink_database_url: sink_database_url, DatabaseUrl, "SINK_DATABASE_URL";
    /// The database, with the login of the police lane's sink.
    require_protected_sink_database_url:
        protected_sink_database_url, DatabaseUrl, "PROTECTED_SINK_DATABASE_URL";
    /// The IP address and port at which the webhooks listen.
    require_whatsapp_listen: whatsapp_listen, SocketAddr, "WHATSAPP_LISTEN";
    /// The IP address and port at which the desk listens.
    require_desk_listen: desk_listen, SocketAddr, "DESK_LISTEN";
    /// The address that the users of the desk know.
    require_desk_url: desk_url, WebAddress, "DESK_URL";
    /// The database, with the login of the desk's accounts and sessions.
    require_desk_accounts_database_url:
        desk_accounts_database_url, DatabaseUrl, "DESK_ACCOUNTS_DATABASE_URL";
    /// The mail server that takes e-mail to staff.
    require_smtp_url: smtp_url, SmtpUrl, "SMTP_URL";
    /// The sender of e-mail to staff.
    require_staff_mail_from: staff_mail_from, MailAddress, "STAFF_MAIL_FROM";
    /// The database, with the login that tells staff by e-mail.
    require_staff_mail_database_url: staff_mail_database_url, DatabaseUrl, "STAFF_MAIL_DATABASE_URL";
    /// The address at which Twilio calls the webhooks, which its signatures cover.
    require_public_url: public_url, WebAddress, "PUBLIC_URL";
}
