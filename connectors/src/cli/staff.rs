//! `staff`: who may use the desk.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use connectors::config::Config;
use connectors::desk::{self, ApiScope, Invitee};
use connectors::staff_mail::{self, RuleChange};
use pipeline::rules::staff_mails::QuietHours;
use topics::values::staff_mail::MailMode;
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::Language;

/// Looks after the accounts of the desk.
#[derive(Subcommand)]
pub enum StaffCommand {
    /// Invites a person to the desk, or again after a password was forgotten: prints a link with which the
    /// person sets a password, once, within three days.
    Invite(InviteArguments),
    /// Makes a token with which a program of a municipality asks the desk (docs/desk.md): prints it, once.
    Token(TokenArguments),
    /// Sets how a member of staff is told by e-mail (docs/staff-mails.md), and prints it. What is not
    /// given stays.
    Mail(MailArguments),
    /// Closes the account of a person and signs all of the person's browsers out; of a program, revokes its
    /// tokens.
    Revoke {
        /// The login of the person.
        login: ActorName,
    },
}

/// How a member of staff is told by e-mail.
#[derive(Args)]
pub struct MailArguments {
    /// The login of the member of staff.
    login: ActorName,
    /// The e-mail address; without one a person gets no mails.
    #[arg(long)]
    address: Option<String>,
    /// The language of the mails: en, zu or af.
    #[arg(long, value_parser = mail_language)]
    language: Option<Language>,
    /// at_once, digest (one mail at 07:30) or off; what is critical is always sent at once.
    #[arg(long)]
    mode: Option<MailMode>,
    /// The hours in which nothing is sent that is not critical, in South African time.
    #[arg(long, value_name = "FROM-UNTIL", conflicts_with = "no_quiet")]
    quiet: Option<QuietHours>,
    /// There are no quiet hours.
    #[arg(long)]
    no_quiet: bool,
}

impl MailArguments {
    fn change(self) -> RuleChange {
        let quiet = if self.no_quiet { Some(None) } else { self.quiet.map(Some) };
        RuleChange { address: self.address, language: self.language, mode: self.mode, quiet }
    }
}

/// A language that staff are written to in.
fn mail_language(text: &str) -> Result<Language, String> {
    let language = text.parse().ok().filter(|language: &Language| language.answered_in() == *language);
    language.ok_or_else(|| "must be en, zu or af".to_owned())
}

/// What a token is for.
#[derive(Args)]
pub struct TokenArguments {
    /// The login of the program, under which its commands stand in the history of tickets.
    login: ActorName,
    /// The municipality whose tickets it reads.
    #[arg(long)]
    municipality: Code,
    /// What it may do: tickets, words, commands, staff, figures; with commas between.
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<ApiScope>,
    /// The number of days after which it stops working.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=1095))]
    days: u16,
}

/// The person whom the invitation is for.
#[derive(Args)]
pub struct InviteArguments {
    /// The login: that of a member of staff, or a new one for an auditor or a national reader.
    login: ActorName,
    /// The person reads the tickets of this municipality and changes nothing.
    #[arg(long, value_name = "MUNICIPALITY")]
    auditor_of: Option<Code>,
    /// The person reads the lists of all municipalities, without words, places and staff.
    #[arg(long, conflicts_with = "auditor_of")]
    national: bool,
}

impl InviteArguments {
    fn invitee(self) -> Invitee {
        match (self.auditor_of, self.national) {
            (Some(municipality), _) => Invitee::Auditor(self.login, municipality),
            (None, true) => Invitee::National(self.login),
            (None, false) => Invitee::Staff(self.login),
        }
    }
}

pub async fn run(config: &Config, command: StaffCommand) -> anyhow::Result<ExitCode> {
    let owner = connectors::postgis::connect(config.require_database_url()?.with_password(), 1)?;
    match command {
        StaffCommand::Invite(arguments) => {
            let url = config.require_desk_url()?.as_str();
            let token = desk::invite(&owner, &arguments.invitee()).await.context("inviting")?;
            super::print(format_args!("{url}/invitations/{}", token.expose()))
        }
        StaffCommand::Token(TokenArguments { login, municipality, scopes, days }) => {
            let token =
                desk::issue(&owner, &login, &municipality, &scopes, days).await.context("making a token")?;
            super::print(format_args!("{}", token.expose()))
        }
        StaffCommand::Mail(arguments) => {
            let login = arguments.login.clone();
            let rule = staff_mail::set_rule(&owner, &login, arguments.change()).await?;
            super::print(format_args!("{login}: {rule}"))
        }
        StaffCommand::Revoke { login } => {
            desk::revoke_tokens(&owner, &login).await?;
            ensure!(desk::revoke(&owner, &login).await?, "there is no account with the login {login}");
            super::print(format_args!("{login} is signed out and can no longer sign in"))
        }
    }
}
