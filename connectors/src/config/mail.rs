//! The settings of e-mail: the mail server and the sender.

use std::fmt;

use lettre::message::Mailbox;

use super::values::SettingValue;

/// The URL of a mail server, including the password, in the form that `lettre` reads.
#[derive(Clone)]
pub struct SmtpUrl {
    text: String,
    shown: String,
}

impl SmtpUrl {
    /// The URL with its password, for the client that needs it. It must never be logged.
    pub fn with_password(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl SettingValue for SmtpUrl {
    fn read(text: &str) -> Result<Self, String> {
        let expected = || {
            "must be smtps://login:password@host:465 or smtp://login:password@host:587, which requires \
             STARTTLS; smtp://host:25?tls=none, without encryption and login, is for a server on this host"
                .to_owned()
        };
        let mut url = reqwest::Url::parse(text).map_err(|_| expected())?;
        let is_bare = matches!(url.path(), "" | "/") && url.fragment().is_none() && url.host_str().is_some();
        if !is_bare {
            return Err(expected());
        }
        match (url.scheme(), url.query()) {
            ("smtps", None) => {}
            ("smtp", None | Some("tls=required")) => url.set_query(Some("tls=required")),
            // `lettre` encrypts nothing if the parameter is missing. A password is never sent like that.
            ("smtp", Some("tls=none")) if url.password().is_none() => url.set_query(None),
            _ => return Err(expected()),
        }
        let login =
            if url.username().is_empty() { String::new() } else { format!("{}:hidden@", url.username()) };
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        let query = if text.ends_with("?tls=none") { "?tls=none" } else { "" };
        let shown = format!("{}://{login}{}{port}{query}", url.scheme(), url.host_str().unwrap_or_default());
        Ok(Self { text: url.to_string(), shown })
    }

    fn show(&self) -> String {
        self.shown.clone()
    }
}

/// The sender of e-mail: an address, with or without a name before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(String);

impl MailAddress {
    /// The address as it was set.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for MailAddress {
    fn read(text: &str) -> Result<Self, String> {
        let is_address = text.is_ascii() && text.parse::<Mailbox>().is_ok();
        let expected = || "must be an address such as Service desk <desk@example.org>".to_owned();
        if is_address { Ok(Self(text.to_owned())) } else { Err(expected()) }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_over_the_network_in_plain_text_unless_it_is_said() {
        let read = |text| SmtpUrl::read(text).map(|url| (url.with_password().to_owned(), url.show()));
        let both = |text: &str, shown: &str| Ok((text.to_owned(), shown.to_owned()));
        assert_eq!(
            read("smtp://me:secret@mail.example.org:587"),
            both(
                "smtp://me:secret@mail.example.org:587?tls=required",
                "smtp://me:hidden@mail.example.org:587"
            )
        );
        assert_eq!(
            read("smtps://me:secret@mail.example.org"),
            both("smtps://me:secret@mail.example.org", "smtps://me:hidden@mail.example.org")
        );
        assert_eq!(
            read("smtp://127.0.0.1:25?tls=none"),
            both("smtp://127.0.0.1:25", "smtp://127.0.0.1:25?tls=none")
        );
        for wrong in [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://me:topsecret@mail.example.org?tls=none",
            "smtps://mail.example.org/inbox",
        ] {
            let said = read(wrong).unwrap_err();
            assert!(said.starts_with("must be smtps://") && !said.contains("topsecret"), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_sender_has_a_name_or_none() {
        assert!(MailAddress::read("Service desk <desk@example.org>").is_ok());
        assert!(MailAddress::read("desk@example.org").is_ok());
        assert!(MailAddress::read("desk").is_err());
        assert!(MailAddress::read("desk@example.org\r\nBcc: all@example.org").is_err());
    }
}
