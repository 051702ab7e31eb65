//! The mail as it is sent, and the call to the mail server.

use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use pipeline::rules::staff_mails::{LEASE, Notice, list, single};
use topics::values::staff_mail::MailKind;

use super::error::StaffMailError;
use super::plan::read;
use super::queue::{Item, Permitted};
use super::session::{self, MailServer};
use super::settings::StaffMailSettings;
use crate::config::WebAddress;

/// How long the server may take for one command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the server may take to end the connection.
const PARTING: Duration = Duration::from_secs(1);

/// How long an attempt may take: its outcome is noted before its lease ends.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(LEASE.as_secs() / 2);

/// The codes that say that the server does not accept our login (RFC 4954): no mail's fault.
const LOGIN_REFUSED: [u16; 4] = [530, 534, 535, 538];

/// What servers say of a recipient whom they pass nothing on to, for us ("relay access denied", "unable to
/// relay").
const NOT_PASSED_ON: &str = "relay";

/// Why the server has not taken a mail, in its words, without addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It takes nothing from our account at present, whatever the mail is: it is away, refuses the login, or
    /// refuses the sender.
    Ours(String),
    /// It may take it later.
    ForNow(String),
    /// It will not take it.
    ForGood(String),
}

/// Declares a header of the mails.
macro_rules! header {
    ($(#[$doc:meta])* $name:ident = $header:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $name(String);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($header)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(
    /// Where a person asks for no more mails (RFC 2369).
    ListUnsubscribe = "List-Unsubscribe"
);
header!(
    /// Keeps programs that answer mails from answering these (RFC 3834).
    AutoSubmitted = "Auto-Submitted"
);

/// Makes mails and hands them to the mail server.
pub(super) struct Mailer {
    server: MailServer,
    from: Mailbox,
}

impl Mailer {
    pub(super) fn new(settings: &StaffMailSettings) -> Result<Self, StaffMailError> {
        let server = MailServer::new(&settings.server)?;
        let from = settings.from.as_str();
        let from = from.parse().map_err(|_| StaffMailError::Server("the sender is no address".to_owned()))?;
        Ok(Self { server, from })
    }

    /// The domain of the sender, which is that of the Message-IDs.
    pub(super) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Whether the server accepts a connection, our login and our sender; the reason if it does not.
    pub(super) async fn check(&self) -> Result<(), String> {
        let answer = self.server.ask(&self.from.email, COMMAND_TIMEOUT);
        match tokio::time::timeout(ATTEMPT_TIMEOUT, answer).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the mail server: {}", words(&error))),
            Err(_) => Err("the mail server does not answer in time".to_owned()),
        }
    }

    /// The mail; the reason if there can be none.
    pub(super) fn message(&self, mail: &Permitted, desk: &WebAddress) -> Result<Message, String> {
        let notices: Vec<Notice> = mail
            .items
            .iter()
            .map(|item| notice(item, desk))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let text = match (mail.kind, notices.as_slice()) {
            (MailKind::Single, [one, ..]) => single(mail.language, one),
            (_, all) => list(mail.language, all),
        };
        let to =
            mail.address.parse().map_err(|_| "not sent: the person's address is no address".to_owned())?;
        let unsubscribe = format!("<mailto:{}?subject=unsubscribe>", self.from.email);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(text.subject)
            .message_id(Some(format!("<{}>", mail.message_id)))
            .header(ListUnsubscribe(unsubscribe))
            .header(AutoSubmitted("auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(text.body)
            .map_err(|error| format!("not sent: {error}"))
    }

    /// Hands the mail to the server.
    pub(super) async fn send(&self, message: Message) -> Result<(), Refusal> {
        match tokio::time::timeout(ATTEMPT_TIMEOUT, self.hand_over(&message)).await {
            Ok(answer) => answer,
            Err(_) => Err(Refusal::ForNow("no answer in time".to_owned())),
        }
    }

    async fn hand_over(&self, message: &Message) -> Result<(), Refusal> {
        let connection = self.server.connect(COMMAND_TIMEOUT).await;
        let mut connection = connection.map_err(|error| Refusal::Ours(words(&error)))?;
        let answer = self.steps(&mut connection, message).await;
        // A server that takes long to part must not make an outcome that is known unknown.
        let _ = tokio::time::timeout(PARTING, connection.abort()).await;
        answer
    }

    /// The steps of a mail: its sender, its recipient, its text.
    async fn steps(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Refusal> {
        let text = message.formatted();
        let parameters = parameters(connection, message, &text)?;
        let is_plain = parameters.is_empty();
        let begun = session::begin(connection, &self.from.email, parameters).await;
        begun.map_err(|error| if is_plain { Refusal::Ours(words(&error)) } else { refusal(&error) })?;
        for to in message.envelope().to() {
            let answer = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
            answer.map_err(|error| refusal_of_recipient(&error))?;
        }
        connection.command(Data).await.map_err(|error| refusal(&error))?;
        connection.message(&text).await.map_err(|error| refusal(&error))?;
        Ok(())
    }
}

/// What the server has to know of a mail that is not all ASCII.
fn parameters(
    connection: &AsyncSmtpConnection,
    message: &Message,
    text: &[u8],
) -> Result<Vec<MailParameter>, Refusal> {
    let mut parameters = Vec::new();
    if message.envelope().to().iter().any(|to| !to.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let why = "not sent: the server takes no address with letters that are not ASCII";
            return Err(Refusal::ForGood(why.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

fn notice(item: &Item, desk: &WebAddress) -> Result<Notice, StaffMailError> {
    Ok(Notice {
        reason: read(&item.reason)?,
        tracking_number: item.tracking_number.clone(),
        category: read(&item.category)?,
        ward: item.ward.clone(),
        clock: item.clock,
        due_at: item.due_at,
        link: format!("{}/tickets/{}", desk.as_str(), item.ticket),
    })
}

/// What an error means for the mail that was sent.
fn refusal(error: &Error) -> Refusal {
    let is_ours = code(error).is_some_and(|code| LOGIN_REFUSED.contains(&code));
    if error.is_permanent() && !is_ours {
        Refusal::ForGood(words(error))
    } else {
        Refusal::ForNow(words(error))
    }
}

/// What an error means that is about the recipient. A server that passes nothing on for us refuses each
/// recipient of another domain: that is not the mail's fault, and may not be so for the next mail either.
fn refusal_of_recipient(error: &Error) -> Refusal {
    match refusal(error) {
        Refusal::ForGood(answer) if answer.to_ascii_lowercase().contains(NOT_PASSED_ON) => {
            Refusal::ForNow(answer)
        }
        other => other,
    }
}

fn code(error: &Error) -> Option<u16> {
    error.status().and_then(|code| code.to_string().parse().ok())
}

/// The answer of the server.
fn words(error: &Error) -> String {
    without_addresses(&error.to_string())
}

/// The words without those that hold an address.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "..." } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use pipeline::rules::staff_mails::message_id;
    use sqlx::postgres::PgPoolOptions;
    use topics::values::vocabulary::{Clock, Language};

    use super::*;
    use crate::config::Config;

    fn settings() -> StaffMailSettings {
        let pool = PgPoolOptions::new().connect_lazy("postgres://nobody@127.0.0.1:1/none").unwrap();
        let environment = |name: &str| match name {
            "SMTP_URL" => Some("smtp://127.0.0.1:2525?tls=none".to_owned()),
            "STAFF_MAIL_FROM" => Some("Service desk <desk@example.org>".to_owned()),
            "DESK_URL" => Some("https://desk.example.org".to_owned()),
            _ => None,
        };
        let config = Config::load(None, environment).unwrap();
        StaffMailSettings {
            pool,
            server: config.smtp_url.unwrap(),
            from: config.staff_mail_from.unwrap(),
            desk_url: config.desk_url.unwrap(),
        }
    }

    #[tokio::test]
    async fn a_mail_has_its_headers_and_says_nothing_of_the_resident() {
        let settings = settings();
        let mailer = Mailer::new(&settings).unwrap();
        let mail = Permitted {
            message_id: message_id("0a1b", "thandi.m", mailer.domain()),
            kind: MailKind::Single,
            attempts: 1,
            address: "thandi@example.org".to_owned(),
            language: Language::Zu,
            items: vec![Item {
                reason: "breach".to_owned(),
                clock: Clock::Resolution,
                ticket: "0f".repeat(16),
                tracking_number: "7K2M4P9QX".to_owned(),
                category: "water".to_owned(),
                ward: Some("EKU-12".to_owned()),
                due_at: "2026-03-01T22:30:00.000Z".parse().unwrap(),
            }],
        };
        let message = mailer.message(&mail, &settings.desk_url).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        for header in [
            "From: \"Service desk\" <desk@example.org>",
            "To: thandi@example.org",
            "Message-ID: <0a1b.thandi.m@example.org>",
            "List-Unsubscribe: <mailto:desk@example.org?subject=unsubscribe>",
            "Auto-Submitted: auto-generated",
            "Subject: Umnqamulajuqu udlulile: 7K2M4P9QX (amanzi)",
        ] {
            assert!(text.contains(header), "{header}: {text}");
        }
    }

    #[test]
    fn an_answer_is_kept_without_addresses() {
        let said = "permanent error (550): 5.1.1 <thandi@example.org>: no such user";
        assert_eq!(without_addresses(said), "permanent error (550): 5.1.1 ... no such user");
    }
}
