//! A real mail server (aiosmtpd, from apt) that a test starts, with its mails in a folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::process::free_port;

/// The program of the server, in Python.
const PROGRAM: &str = include_str!("mail_server.py");

/// What the server does instead of taking mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers each mail with 451.
    Busy,
    /// It takes a mail and never says so.
    Silent,
    /// It refuses the sender of each mail with 550.
    Suspended,
    /// It refuses each recipient with 554, since it passes nothing on.
    Closed,
}

impl Mood {
    const fn file(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Silent => "silent",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

/// Whether the server takes mails by STARTTLS alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It takes mails without encryption and offers none.
    None,
    /// It takes mails by STARTTLS alone, with a certificate of its own.
    StartTls,
}

/// A mail server that runs. It ends with this value.
pub struct MailServer {
    child: Child,
    /// The server ends when this is closed.
    _stdin: Option<ChildStdin>,
    port: u16,
    folder: PathBuf,
    encryption: Encryption,
}

impl MailServer {
    /// Starts a server below `folder`. Returns `None` and prints a line if aiosmtpd is not installed.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start(folder: &Path, encryption: Encryption) -> Result<Option<Self>> {
        Self::start_with(folder, encryption, None)
    }

    /// Starts a server that takes mails from those alone who log in with this password, as `desk`, by
    /// STARTTLS.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start_with_login(folder: &Path, password: &str) -> Result<Option<Self>> {
        Self::start_with(folder, Encryption::StartTls, Some(password))
    }

    fn start_with(folder: &Path, encryption: Encryption, password: Option<&str>) -> Result<Option<Self>> {
        let Some(python) = python() else {
            eprintln!("SKIPPED: there is no aiosmtpd (compose/setup.sh installs python3-aiosmtpd)");
            return Ok(None);
        };
        let folder = folder.join(format!("mail-{}", free_port()?));
        std::fs::create_dir_all(&folder)?;
        let program = folder.join("mail_server.py");
        std::fs::write(&program, PROGRAM)?;
        if let Some(password) = password {
            std::fs::write(folder.join("login"), format!("desk:{password}"))?;
        }
        let port = free_port()?;
        let mut command = Command::new(python);
        command.arg(&program).arg(port.to_string()).arg(&folder);
        if encryption == Encryption::StartTls {
            certify(&folder)?;
            command.arg(folder.join("certificate.pem")).arg(folder.join("key.pem"));
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        let output = child.stdout.take().context("the mail server has no output")?;
        BufReader::new(output).read_line(&mut said)?;
        ensure!(said.starts_with("takes mails"), "the mail server did not start");
        let stdin = child.stdin.take();
        Ok(Some(Self { child, _stdin: stdin, port, folder, encryption }))
    }

    /// The settings with which the program reaches this server.
    pub fn settings(&self) -> Vec<(String, String)> {
        self.settings_as("")
    }

    /// The same with a login as it is written in an address: `desk:PASSWORD@`.
    pub fn settings_as(&self, login: &str) -> Vec<(String, String)> {
        let query = if self.encryption == Encryption::None { "?tls=none" } else { "" };
        let mut settings = vec![
            ("SMTP_URL".to_owned(), format!("smtp://{login}127.0.0.1:{}{query}", self.port)),
            ("STAFF_MAIL_FROM".to_owned(), "Service desk <desk@example.org>".to_owned()),
            ("DESK_URL".to_owned(), "https://desk.example.org".to_owned()),
        ];
        if self.encryption == Encryption::StartTls {
            let certificate = self.folder.join("certificate.pem").display().to_string();
            settings.push(("SSL_CERT_FILE".to_owned(), certificate));
        }
        settings
    }

    /// The mails that it has taken, as they came, in the order in which they came.
    ///
    /// # Errors
    /// Its folder cannot be read.
    pub fn mails(&self) -> Result<Vec<String>> {
        let folder = self.folder.join("mails").join("new");
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort();
        files.iter().map(|(_, path)| Ok(std::fs::read_to_string(path)?)).collect()
    }

    /// Puts the server into a mood.
    ///
    /// # Errors
    /// Its folder cannot be written.
    pub fn be(&self, mood: Mood) -> Result<()> {
        Ok(std::fs::write(self.folder.join(mood.file()), "")?)
    }

    /// Ends a mood.
    ///
    /// # Errors
    /// The server is not in it.
    pub fn end(&self, mood: Mood) -> Result<()> {
        Ok(std::fs::remove_file(self.folder.join(mood.file()))?)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A header of a mail; empty if the mail has none.
pub fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let lines = mail.lines().take_while(|line| !line.is_empty());
    let mut found = lines.filter_map(|line| line.split_once(": ").filter(|(known, _)| *known == name));
    found.next().map_or("", |(_, value)| value)
}

/// A Python that has aiosmtpd: apt's, or the one of the path.
fn python() -> Option<&'static str> {
    ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let has_it = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        has_it.is_ok_and(|status| status.success())
    })
}

/// Makes a certificate for 127.0.0.1 that is its own authority.
fn certify(folder: &Path) -> Result<()> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"))
        .stderr(Stdio::null())
        .status()
        .context("openssl makes the certificate of the mail server")?;
    ensure!(made.success(), "openssl has not made a certificate");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_before_the_body() {
        let mail = "Subject: Overdue\nTo: a@example.org\n\nFrom: the body\n";
        assert_eq!(header(mail, "Subject"), "Overdue");
        assert_eq!(header(mail, "From"), "");
    }
}
