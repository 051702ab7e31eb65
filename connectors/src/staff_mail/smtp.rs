//! The mail as it is sent, and the call to the mail server.

use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use pipeline::rules::staff_mails::{LEASE, Notice, list, single};
use topics::values::staff_mail::MailKind;

use super::error::StaffMailError;
use super::plan::read;
use super::queue::{Item, Permitted};
use super::settings::StaffMailSettings;
use crate::config::WebAddress;

/// How long the server may take for one command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an attempt may take: its outcome is noted before its lease ends.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(LEASE.as_secs() / 2);

/// The codes that say that the server does not accept our login (RFC 4954): no mail's fault.
const LOGIN_REFUSED: [u16; 4] = [530, 534, 535, 538];

/// Why the server has not taken a mail, in its words, without addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
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
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    pub(super) fn new(settings: &StaffMailSettings) -> Result<Self, StaffMailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.server.with_password())
            .map_err(|error| StaffMailError::Server(error.to_string()))?;
        let from = settings.from.as_str();
        let from = from.parse().map_err(|_| StaffMailError::Server("the sender is no address".to_owned()))?;
        Ok(Self { transport: builder.timeout(Some(COMMAND_TIMEOUT)).build(), from })
    }

    /// The domain of the sender, which is that of the Message-IDs.
    pub(super) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Whether the server accepts a connection and our login; the reason if it does not.
    pub(super) async fn check(&self) -> Result<(), String> {
        let answer = tokio::time::timeout(ATTEMPT_TIMEOUT, self.transport.test_connection()).await;
        match answer {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server ends the connection".to_owned()),
            Ok(Err(error)) => Err(format!("the mail server: {error}")),
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
        match tokio::time::timeout(ATTEMPT_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Refusal::ForNow("no answer in time".to_owned())),
        }
    }
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
    let code = error.status().map(|code| code.to_string().parse().unwrap_or(0));
    let answer = without_addresses(&error.to_string());
    let is_ours = code.is_some_and(|code: u16| LOGIN_REFUSED.contains(&code));
    if error.is_permanent() && !is_ours { Refusal::ForGood(answer) } else { Refusal::ForNow(answer) }
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
