//! Events that should reach somebody and are in no mail yet become mails, or entries of a list.

use std::str::FromStr;

use jiff::civil::Time as TimeOfDay;
use pipeline::rules::staff_mails::{MailRule, NEWS_FOR, QuietHours, Telling, digest_id, message_id, telling};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use topics::values::staff_mail::MailKind;
use topics::values::time::Time;
use topics::values::vocabulary::Severity;

use super::error::StaffMailError;

/// The events of the last day, with the rules of the people. Those who want no mails are left out here, so
/// that their events are not read again and again. An event whose ticket the sink has not written yet comes
/// with a later look.
const NEW: &str = "select e.ce_id, e.login, e.ticket, e.municipality, e.reason, e.clock, \
        (extract(epoch from e.at) * 1000)::bigint as at, t.severity, r.mode, \
        to_char(r.quiet_from, 'HH24:MI') as quiet_from, to_char(r.quiet_until, 'HH24:MI') as quiet_until \
    from staff_mail_events e \
    join staff s on s.login = e.login and s.municipality = e.municipality and s.is_active \
    join staff_mail_rules r on r.login = e.login and r.since <= e.at \
    join tickets t on t.id = e.ticket \
    where e.at > to_timestamp($1::double precision / 1000) and (r.mode <> 'off' or t.severity = 'critical') \
        and not exists (select from staff_mail_items i where i.ce_id = e.ce_id and i.login = e.login) \
    order by e.at, e.ce_id, e.login limit 500";

const ENTER_MAIL: &str = "insert into staff_mails (message_id, login, municipality, kind, next_try_at) \
    values ($1, $2, $3, $4, to_timestamp($5::double precision / 1000)) on conflict do nothing";

/// The lock of the list keeps it from being sent before the entry is in.
const LOCK_LIST: &str = "select attempts from staff_mails where message_id = $1 for update";

const ENTER_ITEM: &str = "insert into staff_mail_items (ce_id, login, message_id, ticket, reason, clock, at) \
    values ($1, $2, $3, $4, $5, $6, to_timestamp($7::double precision / 1000)) on conflict do nothing";

/// An event and a person whom it should reach.
struct Found {
    event: String,
    login: String,
    ticket: String,
    municipality: String,
    reason: String,
    clock: Option<String>,
    at: i64,
    severity: Severity,
    rule: MailRule,
}

impl Found {
    fn of(row: &PgRow) -> Result<Self, StaffMailError> {
        let time = |name: &str| -> Result<Option<TimeOfDay>, StaffMailError> {
            let text: Option<String> = row.try_get(name)?;
            text.map(|text| read(&text)).transpose()
        };
        let quiet = time("quiet_from")?.zip(time("quiet_until")?);
        Ok(Self {
            event: row.try_get("ce_id")?,
            login: row.try_get("login")?,
            ticket: row.try_get("ticket")?,
            municipality: row.try_get("municipality")?,
            reason: row.try_get("reason")?,
            clock: row.try_get("clock")?,
            at: row.try_get("at")?,
            severity: read(row.try_get("severity")?)?,
            rule: MailRule {
                mode: read(row.try_get("mode")?)?,
                quiet: quiet.map(|(from, until)| QuietHours { from, until }),
            },
        })
    }
}

/// A value that a column holds as text.
pub(super) fn read<T: FromStr>(text: &str) -> Result<T, StaffMailError> {
    text.parse().map_err(|_| StaffMailError::Row(text.to_owned()))
}

/// Enters mails for what is new, all in one transaction.
pub(super) async fn plan(pool: &PgPool, domain: &str, now: Time) -> Result<(), StaffMailError> {
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query(NEW).bind((now - NEWS_FOR).millis()).fetch_all(&mut *transaction).await?;
    for row in &rows {
        let found = Found::of(row)?;
        if let Some(message_id) = mail_of(&mut transaction, &found, domain, now).await? {
            sqlx::query(ENTER_ITEM)
                .bind(&found.event)
                .bind(&found.login)
                .bind(message_id)
                .bind(&found.ticket)
                .bind(&found.reason)
                .bind(&found.clock)
                .bind(found.at)
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// The mail that tells the person of the event, entered if it is not there yet.
async fn mail_of(
    connection: &mut PgConnection,
    found: &Found,
    domain: &str,
    now: Time,
) -> Result<Option<String>, StaffMailError> {
    let mut from = now;
    // A list that was tried already stays as it is, since it may have arrived: the event is in the next one.
    loop {
        let (id, kind, at) = match telling(found.rule, found.severity, from) {
            Telling::Never => return Ok(None),
            Telling::AtOnce => (message_id(&found.event, &found.login, domain), MailKind::Single, now),
            Telling::Together(at) => (digest_id(at, &found.login, domain), MailKind::Digest, at),
        };
        sqlx::query(ENTER_MAIL)
            .bind(&id)
            .bind(&found.login)
            .bind(&found.municipality)
            .bind(kind.as_str())
            .bind(at.millis())
            .execute(&mut *connection)
            .await?;
        let attempts: i32 = sqlx::query_scalar(LOCK_LIST).bind(&id).fetch_one(&mut *connection).await?;
        if attempts == 0 || kind == MailKind::Single {
            return Ok(Some(id));
        }
        from = at;
    }
}
