//! A connection to the mail server. Each step of a mail is a call of its own: what the server says of the
//! login or of the sender is no mail's fault.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Mail, Rset};
use lettre::transport::smtp::extension::{ClientId, MailParameter};

use super::error::StaffMailError;
use crate::config::SmtpUrl;

/// When a connection is encrypted.
enum Encryption {
    /// Never.
    None,
    /// From its beginning (`smtps`).
    FromTheBeginning(TlsParameters),
    /// By STARTTLS, which is required.
    StartTls(TlsParameters),
}

/// Where the mail server is, and how we log in.
pub(super) struct MailServer {
    host: String,
    port: u16,
    encryption: Encryption,
    login: Option<Credentials>,
}

impl MailServer {
    pub(super) fn new(url: &SmtpUrl) -> Result<Self, StaffMailError> {
        let wrong = StaffMailError::Server;
        let url = reqwest::Url::parse(url.with_password()).map_err(|error| wrong(error.to_string()))?;
        let host = url.host_str().ok_or_else(|| wrong("the address names no host".to_owned()))?;
        // An IPv6 address is in brackets in a URL, and in nothing else.
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = || TlsParameters::new(host.clone()).map_err(|error| wrong(error.to_string()));
        let (usual_port, encryption) = match (url.scheme(), url.query()) {
            ("smtps", _) => (465, Encryption::FromTheBeginning(tls()?)),
            (_, Some(_)) => (587, Encryption::StartTls(tls()?)),
            (_, None) => (25, Encryption::None),
        };
        let login =
            url.password().map(|password| Credentials::new(decoded(url.username()), decoded(password)));
        Ok(Self { host, port: url.port().unwrap_or(usual_port), encryption, login })
    }

    /// Connects and logs in.
    pub(super) async fn connect(&self, timeout: Duration) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let place = (self.host.as_str(), self.port);
        let from_the_beginning = match &self.encryption {
            Encryption::FromTheBeginning(tls) => Some(tls.clone()),
            Encryption::None | Encryption::StartTls(_) => None,
        };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(timeout), &name, from_the_beginning, None)
                .await?;
        if let Encryption::StartTls(tls) = &self.encryption {
            connection.starttls(tls.clone(), &name).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }

    /// Asks whether the server takes mails from this sender at all, and sends none.
    pub(super) async fn ask(&self, from: &Address, timeout: Duration) -> Result<(), Error> {
        let mut connection = self.connect(timeout).await?;
        let answer = begin(&mut connection, from, Vec::new()).await;
        if answer.is_ok() {
            // Its answer changes nothing: the connection ends anyway.
            let _ = connection.command(Rset).await;
        }
        connection.abort().await;
        answer
    }
}

/// The first step of a mail, in which the server is told its sender and nothing else.
pub(super) async fn begin(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    parameters: Vec<MailParameter>,
) -> Result<(), Error> {
    connection.command(Mail::new(Some(from.clone()), parameters)).await.map(drop)
}

/// The text with each `%` and two digits as their byte.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        let digits = if byte.is_some() { 2 } else { 0 };
        rest = after.get(digits..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn server(url: &str) -> MailServer {
        let environment = |name: &str| (name == "SMTP_URL").then(|| url.to_owned());
        MailServer::new(&Config::load(None, environment).unwrap().smtp_url.unwrap()).unwrap()
    }

    #[test]
    fn an_address_says_where_the_server_is_and_how_we_log_in() {
        let one = server("smtp://desk%40example.org:p%25%C3%AB%20s@mail.example.org");
        assert_eq!((one.host.as_str(), one.port), ("mail.example.org", 587));
        assert!(matches!(one.encryption, Encryption::StartTls(_)));
        let expected = Credentials::new("desk@example.org".to_owned(), "p%ë s".to_owned());
        assert_eq!(one.login, Some(expected));
        assert!(matches!(server("smtps://a:b@mail.example.org").encryption, Encryption::FromTheBeginning(_)));
        assert_eq!(server("smtps://a:b@mail.example.org").port, 465);
        let plain = server("smtp://[::1]:2525?tls=none");
        assert_eq!((plain.host.as_str(), plain.port, plain.login.is_none()), ("::1", 2525, true));
        assert!(matches!(plain.encryption, Encryption::None));
        assert_eq!(decoded("100%"), "100%");
    }
}
