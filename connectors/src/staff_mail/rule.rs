//! How a person is told, as `trust-engine staff mail` sets it.

use pipeline::rules::staff_mails::QuietHours;
use sqlx::PgPool;
use topics::values::staff_mail::MailMode;
use topics::values::text::ActorName;
use topics::values::vocabulary::Language;

use super::error::StaffMailError;

/// What to change of a person's rule; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct RuleChange {
    /// The e-mail address. A person without a rule needs one.
    pub address: Option<String>,
    /// The language of the mails.
    pub language: Option<Language>,
    /// When the person is told of what is not critical.
    pub mode: Option<MailMode>,
    /// The quiet hours; `Some(None)` for none.
    pub quiet: Option<Option<QuietHours>>,
}

/// The police's people have no municipality, and get no mails.
const IS_STAFF: &str = "select exists (select from staff where login = $1 and municipality is not null)";

const ENTER: &str = "insert into staff_mail_rules (login, address) values ($1, $2) \
    on conflict (login) do update set address = excluded.address";

const CHANGE: &str = "update staff_mail_rules \
    set language = coalesce($2, language), mode = coalesce($3, mode), \
        quiet_from = case when $4 then $5::time else quiet_from end, \
        quiet_until = case when $4 then $6::time else quiet_until end \
    where login = $1 \
    returning format('%s, %s, %s, quiet %s', address, language, mode, \
        coalesce(to_char(quiet_from, 'HH24:MI') || '-' || to_char(quiet_until, 'HH24:MI'), 'never'))";

/// Changes the rule of a member of staff; the rule as it is then.
///
/// # Errors
/// There is no such member of staff, no address is known, or the database refuses a value.
pub async fn set_rule(
    owner: &PgPool,
    login: &ActorName,
    change: RuleChange,
) -> Result<String, StaffMailError> {
    let mut transaction = owner.begin().await?;
    let is_staff: bool =
        sqlx::query_scalar(IS_STAFF).bind(login.as_str()).fetch_one(&mut *transaction).await?;
    if !is_staff {
        return Err(StaffMailError::Rule(format!("no municipality has a member of staff {login}")));
    }
    if let Some(address) = &change.address {
        if address.parse::<lettre::Address>().is_err() {
            return Err(StaffMailError::Rule("that is no e-mail address".to_owned()));
        }
        sqlx::query(ENTER).bind(login.as_str()).bind(address).execute(&mut *transaction).await?;
    }
    let hours = change.quiet.flatten();
    let text = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    let rule: Option<String> = sqlx::query_scalar(CHANGE)
        .bind(login.as_str())
        .bind(change.language.map(|language| language.as_str()))
        .bind(change.mode.map(|mode| mode.as_str()))
        .bind(change.quiet.is_some())
        .bind(hours.map(|quiet| text(quiet.from)))
        .bind(hours.map(|quiet| text(quiet.until)))
        .fetch_optional(&mut *transaction)
        .await?;
    let rule = rule
        .ok_or_else(|| StaffMailError::Rule(format!("{login} has no address yet; give it with --address")))?;
    transaction.commit().await?;
    Ok(rule)
}
