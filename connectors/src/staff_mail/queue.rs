//! The mails that wait: an attempt is permitted by a transaction before it is made, and its outcome noted
//! after. A permitted attempt without outcome counts as unknown when its lease ends, and is made again.

use std::time::Duration;

use pipeline::rules::staff_mails::LEASE;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use topics::values::staff_mail::MailKind;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Language};

use super::error::StaffMailError;
use super::plan::read;

/// The mail that is due first. Another process takes the next one.
const NEXT: &str = "select m.message_id, m.kind, m.attempts, r.address, r.language \
    from staff_mails m \
    left join (staff_mail_rules r join staff s on s.login = r.login and s.is_active) on r.login = m.login \
    where m.next_try_at <= to_timestamp($1::double precision / 1000) \
    order by m.next_try_at limit 1 for update of m skip locked";

const PERMIT: &str = "update staff_mails set state = 'sending', attempts = attempts + 1, \
        tried_at = to_timestamp($2::double precision / 1000), \
        next_try_at = to_timestamp($3::double precision / 1000) \
    where message_id = $1";

const GIVE_UP: &str =
    "update staff_mails set state = 'failed', next_try_at = null, answer = $2 where message_id = $1";

const ITEMS: &str = "select i.reason, i.clock, i.ticket, t.tracking_number, t.category, t.ward, \
        (extract(epoch from t.response_due_at) * 1000)::bigint as response_due, \
        (extract(epoch from t.resolution_due_at) * 1000)::bigint as resolution_due \
    from staff_mail_items i join tickets t on t.id = i.ticket \
    where i.message_id = $1 order by i.at, i.ce_id";

/// Nothing, if another process has permitted another attempt meanwhile.
const NOTE: &str = "update staff_mails set state = $3, answer = $4, \
        next_try_at = to_timestamp($5::double precision / 1000) \
    where message_id = $1 and attempts = $2 and state = 'sending'";

const OLDEST: &str = "select (extract(epoch from min(next_try_at)) * 1000)::bigint from staff_mails \
    where next_try_at <= to_timestamp($1::double precision / 1000)";

const PRESENT: &str = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";

/// A mail whose attempt is permitted.
pub(super) struct Permitted {
    pub(super) message_id: String,
    pub(super) kind: MailKind,
    /// The number of this attempt, from 1.
    pub(super) attempts: u32,
    pub(super) address: String,
    pub(super) language: Language,
    pub(super) items: Vec<Item>,
}

/// An entry of a mail.
pub(super) struct Item {
    pub(super) reason: String,
    pub(super) clock: Clock,
    pub(super) ticket: String,
    pub(super) tracking_number: String,
    pub(super) category: String,
    pub(super) ward: Option<String>,
    pub(super) due_at: Time,
}

impl Item {
    fn of(row: &PgRow) -> Result<Self, StaffMailError> {
        let clock: Option<String> = row.try_get("clock")?;
        let clock = clock.map_or(Ok(Clock::Resolution), |clock| read(&clock))?;
        let due = match clock {
            Clock::Response => "response_due",
            Clock::Resolution => "resolution_due",
        };
        Ok(Self {
            reason: row.try_get("reason")?,
            clock,
            ticket: row.try_get("ticket")?,
            tracking_number: row.try_get("tracking_number")?,
            category: row.try_get("category")?,
            ward: row.try_get("ward")?,
            due_at: Time::from_millis(row.try_get(due)?),
        })
    }
}

/// What became of an attempt.
pub(super) enum MailResult {
    /// The mail server has taken the mail.
    Sent,
    /// It is tried again at this time; what the server answered.
    Retry(Time, String),
    /// It is not tried again; what the server answered.
    Failed(String),
}

/// The present by the clock of the database. It is the same for all processes that mail staff; the clock of a
/// host that was wrong for a minute would leave mails that wait for hours.
pub(super) async fn present(pool: &PgPool) -> Result<Time, StaffMailError> {
    let millis: i64 = sqlx::query_scalar(PRESENT).fetch_one(pool).await?;
    Ok(Time::from_millis(millis))
}

/// How long the mail that is due first has waited; `None` if none is due.
pub(super) async fn oldest_due(pool: &PgPool, now: Time) -> Result<Option<Duration>, StaffMailError> {
    let oldest: Option<i64> = sqlx::query_scalar(OLDEST).bind(now.millis()).fetch_one(pool).await?;
    Ok(oldest.map(|at| now.since(Time::from_millis(at))))
}

/// Permits an attempt of the mail that is due first, if one is.
pub(super) async fn permit(pool: &PgPool, now: Time) -> Result<Option<Permitted>, StaffMailError> {
    loop {
        let mut transaction = pool.begin().await?;
        let Some(row) = sqlx::query(NEXT).bind(now.millis()).fetch_optional(&mut *transaction).await? else {
            return Ok(None);
        };
        let permitted = permit_row(&mut transaction, &row, now).await?;
        transaction.commit().await?;
        if permitted.is_some() {
            return Ok(permitted);
        }
    }
}

/// Permits an attempt of this mail, or gives it up if there is no one left to tell.
async fn permit_row(
    connection: &mut PgConnection,
    row: &PgRow,
    now: Time,
) -> Result<Option<Permitted>, StaffMailError> {
    let message_id: String = row.try_get("message_id")?;
    let items = sqlx::query(ITEMS).bind(&message_id).fetch_all(&mut *connection).await?;
    let address: Option<String> = row.try_get("address")?;
    let Some(address) = address.filter(|_| !items.is_empty()) else {
        let why = "not sent: the person takes no mails any more, or there is nothing to tell";
        sqlx::query(GIVE_UP).bind(&message_id).bind(why).execute(connection).await?;
        return Ok(None);
    };
    sqlx::query(PERMIT)
        .bind(&message_id)
        .bind(now.millis())
        .bind((now + LEASE).millis())
        .execute(connection)
        .await?;
    let before: i32 = row.try_get("attempts")?;
    Ok(Some(Permitted {
        message_id,
        kind: read(row.try_get("kind")?)?,
        attempts: u32::try_from(before).unwrap_or(0) + 1,
        address,
        language: read(row.try_get("language")?)?,
        items: items.iter().map(Item::of).collect::<Result<_, _>>()?,
    }))
}

/// Notes the outcome of an attempt.
pub(super) async fn note(pool: &PgPool, mail: &Permitted, outcome: MailResult) -> Result<(), StaffMailError> {
    let (state, answer, next) = match outcome {
        MailResult::Sent => ("sent", None, None),
        MailResult::Retry(at, answer) => ("waiting", Some(answer), Some(at.millis())),
        MailResult::Failed(answer) => ("failed", Some(answer), None),
    };
    sqlx::query(NOTE)
        .bind(&mail.message_id)
        .bind(i32::try_from(mail.attempts).unwrap_or(i32::MAX))
        .bind(state)
        .bind(answer)
        .bind(next)
        .execute(pool)
        .await?;
    Ok(())
}
