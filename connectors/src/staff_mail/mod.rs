//! E-mail to staff: what so far only the view `staff_notices` and the history of a ticket say reaches a
//! person (docs/staff-mails.md).
//!
//! - `plan` finds events that should reach somebody and are in no mail yet, and enters a mail for each, or
//!   puts the event on a list that is sent later. The rules are in [`pipeline::rules::staff_mails`].
//! - `queue` permits an attempt, in a transaction of its own, before the call, and notes the outcome after.
//! - `smtp` makes the mail and the call, over a connection of `session`.
//! - `rule` sets how a person is told.
//!
//! A process that dies between the permit and the outcome leaves a mail whose outcome is unknown.
//! It is sent again under the same Message-ID, which comes from the event and the person.

mod error;
mod plan;
mod queue;
mod rule;
mod session;
mod settings;
mod smtp;

use std::future::Future;
use std::time::Duration;

use pipeline::rules::staff_mails::retry_at;
use topics::values::time::Time;

pub use error::StaffMailError;
pub use rule::{RuleChange, set_rule};
pub use settings::StaffMailSettings;

use crate::health::PartHealth;
use crate::metrics::{MailOutcome, StaffMailMetrics};
use queue::MailResult;
use smtp::{Mailer, Refusal};

/// How often it looks for something to tell.
const LOOK: Duration = Duration::from_secs(2);

/// How long it waits after the database or the mail server did not answer.
const AWAY: Duration = Duration::from_secs(10);

/// What one look did.
enum Looked {
    /// Everything that is due was sent, or is to be tried again.
    Done,
    /// The mail server takes nothing at present, for this reason.
    Away(String),
}

/// Tells staff by e-mail until `stop` is ready.
///
/// # Errors
/// The database refuses a statement or the login, or the server's address cannot be used. A database or a
/// mail server that does not answer is waited for.
pub async fn run(
    settings: StaffMailSettings,
    metrics: StaffMailMetrics,
    health: PartHealth,
    stop: impl Future<Output = ()>,
) -> Result<(), StaffMailError> {
    let mailer = Mailer::new(&settings)?;
    let mut stop = std::pin::pin!(stop);
    loop {
        let pause = match look(&settings, &mailer, &metrics).await {
            Ok(Looked::Done) => {
                health.ready();
                metrics.vitals().up();
                LOOK
            }
            Ok(Looked::Away(why)) => {
                metrics.vitals().down();
                health.not_ready(why.clone());
                tracing::warn!(why, "the mail server takes no mail to staff; they wait");
                AWAY
            }
            Err(error) if error.may_pass() => {
                metrics.vitals().down();
                health.not_ready(error.to_string());
                tracing::warn!(%error, "mails to staff wait");
                AWAY
            }
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut stop => return Ok(()),
        }
    }
}

/// Plans what is new, and sends what is due.
async fn look(
    settings: &StaffMailSettings,
    mailer: &Mailer,
    metrics: &StaffMailMetrics,
) -> Result<Looked, StaffMailError> {
    let pool = &settings.pool;
    let now = queue::present(pool).await?;
    plan::plan(pool, mailer.domain(), now).await?;
    let waits = queue::oldest_due(pool, now).await?;
    metrics.vitals().oldest_age(waits.unwrap_or_default());
    if waits.is_none() {
        return Ok(Looked::Done);
    }
    // A server that takes none of our mails must not use up the attempts of each.
    if let Err(why) = mailer.check().await {
        return Ok(Looked::Away(why));
    }
    while let Some(mail) = queue::permit(pool, queue::present(pool).await?).await? {
        let message = mailer.message(&mail, &settings.desk_url);
        let sent = match message {
            Ok(message) => mailer.send(message).await,
            Err(why) => Err(Refusal::ForGood(why)),
        };
        let away = match &sent {
            Err(Refusal::Ours(why)) => Some(format!("the mail server: {why}")),
            _ => None,
        };
        let outcome = outcome(sent, mail.attempts, queue::present(pool).await?);
        metrics.tried(match outcome {
            MailResult::Sent => MailOutcome::Sent,
            MailResult::Retry(..) => MailOutcome::Retried,
            MailResult::Failed(_) => MailOutcome::Failed,
        });
        if let MailResult::Failed(answer) = &outcome {
            let id = mail.message_id.as_str();
            tracing::warn!(id, answer, "a mail to staff has failed; see undelivered_staff_mails");
        }
        queue::note(pool, &mail, outcome).await?;
        if let Some(why) = away {
            return Ok(Looked::Away(why));
        }
    }
    Ok(Looked::Done)
}

/// What follows from the answer to attempt number `attempts`, which came at `now`.
fn outcome(sent: Result<(), Refusal>, attempts: u32, now: Time) -> MailResult {
    match sent {
        Ok(()) => MailResult::Sent,
        Err(Refusal::ForGood(answer)) => MailResult::Failed(answer),
        // However often: the mail is not to blame.
        Err(Refusal::Ours(answer)) => MailResult::Retry(now + AWAY, answer),
        Err(Refusal::ForNow(answer)) => match retry_at(attempts, now) {
            Some(at) => MailResult::Retry(at, answer),
            None => MailResult::Failed(answer),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_for_now_is_tried_again_until_the_attempts_are_used_up() {
        let busy = || Err(Refusal::ForNow("451".to_owned()));
        let now = Time::from_millis(1_772_352_000_000);
        let minute = Duration::from_secs(60);
        assert!(matches!(outcome(Ok(()), 3, now), MailResult::Sent));
        assert!(matches!(outcome(busy(), 1, now), MailResult::Retry(at, _) if at == now + minute));
        assert!(matches!(outcome(busy(), 30, now), MailResult::Failed(_)));
        let suspended = Err(Refusal::Ours("550".to_owned()));
        assert!(matches!(outcome(suspended, 1_000, now), MailResult::Retry(at, _) if at == now + AWAY));
        assert!(matches!(outcome(Err(Refusal::ForGood("550".to_owned())), 1, now), MailResult::Failed(_)));
    }
}
