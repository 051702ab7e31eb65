//! The queries of the desk. Each asks as the login of the person's municipality.

use std::time::Duration;

use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};
use topics::values::ids::TicketId;
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;

use super::DeskError;
use super::databases::View;
use super::feed::{Positions, TOPICS};
use super::queue_filter::QueueFilter;
use super::roles::Content;
use super::ticket_row::TicketRow;

/// The count of a list stops here, so that it never takes long.
pub const COUNTED: i64 = 10_000;
/// How long a page waits until the tables have what was just done.
const TABLES: Duration = Duration::from_secs(5);

/// One page of the queue.
pub struct QueuePage {
    pub rows: Vec<TicketRow>,
    /// How many tickets there are in all, up to [`COUNTED`].
    pub count: i64,
    pub overdue: i64,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What the desk shows of a ticket beside its row.
pub struct TicketFacts {
    pub row: TicketRow,
    pub language: String,
    pub revision: i32,
    pub created_at: Time,
    pub response: Promise,
    pub resolution: Promise,
    pub tier: i32,
    pub outcome: Option<String>,
    pub policy: String,
    pub place_source: String,
    pub team_rule: String,
    pub hold_reason: Option<String>,
    pub held_until: Option<Time>,
    /// Whether something found nobody whom it could reach.
    pub manager_missing: bool,
    /// Whether it lies with people who are not there.
    pub is_unattended: bool,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
}

impl TicketFacts {
    /// The exact place, if the person sees it.
    pub fn point(&self) -> Option<Point> {
        self.place.map(|(latitude, longitude)| Point { latitude, longitude })
    }
}

/// One deadline of a ticket.
pub struct Promise {
    pub due: Time,
    pub met: Option<Time>,
    pub breached: Option<Time>,
}

/// What a resident said in one go.
pub struct Said {
    pub kind: String,
    pub at: Time,
    pub words: Vec<String>,
    pub files: i64,
    pub place_name: Option<String>,
    /// The place that was pinned or written, in degrees north and east.
    pub place: Option<(f64, f64)>,
}

/// One thing that happened to a ticket.
pub struct Happened {
    pub at: Time,
    pub action: String,
    pub details: Map<String, Value>,
    pub changes: Map<String, Value>,
    pub actor: String,
    pub role: String,
    pub note: Option<String>,
    pub revision: i32,
}

/// One message to the resident.
pub struct Sent {
    pub queued_at: Time,
    pub status: String,
    pub class: String,
    pub language: String,
    pub as_template: bool,
    pub code: Option<i64>,
}

fn failed(error: sqlx::Error) -> DeskError {
    DeskError::Database { login: "desk", error }
}

fn millis(row: &PgRow, column: &str) -> Result<Option<Time>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Time::from_millis))
}

fn at(row: &PgRow, column: &str) -> Result<Time, sqlx::Error> {
    row.try_get(column).map(Time::from_millis)
}

impl View {
    /// One page of the queue: overdue tickets first, and last those that wait for their resident.
    pub async fn queue(&self, filter: &QueueFilter) -> Result<QueuePage, DeskError> {
        let columns = TicketRow::columns(self.content);
        let place = filter.sort().column();
        let mut query = QueryBuilder::<Postgres>::new(format!("select {columns}, {place} from tickets"));
        filter.conditions(&mut query, self);
        filter.go_on(&mut query);
        filter.order(&mut query);
        let found = query.build().fetch_all(&self.pool).await.map_err(failed)?;
        let mut rows: Vec<TicketRow> =
            found.iter().map(TicketRow::of_table).collect::<Result<_, _>>().map_err(failed)?;
        let length = filter.page();
        let more = rows.len() > length;
        rows.truncate(length);
        let last = found.get(length.saturating_sub(1)).zip(rows.last()).filter(|_| more);
        let next = last.map(|(row, last)| after(row, last)).transpose().map_err(failed)?;
        let (count, overdue) = self.counts(filter).await?;
        Ok(QueuePage { rows, count, overdue, next })
    }

    /// How many tickets the filter finds, and how many of them are overdue.
    pub async fn counts(&self, filter: &QueueFilter) -> Result<(i64, i64), DeskError> {
        let mut query = QueryBuilder::<Postgres>::new(
            "select count(*), count(*) filter (where next_due_at <= now()) from (select next_due_at from tickets",
        );
        filter.conditions(&mut query, self);
        query.push(format!(" order by next_due_at limit {COUNTED}) found"));
        query.build_query_as().fetch_one(&self.pool).await.map_err(failed)
    }

    /// The same without a limit, for the board.
    pub async fn whole_count(&self, filter: &QueueFilter) -> Result<(i64, i64), DeskError> {
        let mut query = QueryBuilder::<Postgres>::new(
            "select count(*), count(*) filter (where next_due_at <= now()) from tickets",
        );
        filter.conditions(&mut query, self);
        query.build_query_as().fetch_one(&self.pool).await.map_err(failed)
    }

    /// The ticket with this id or tracking number, if the person may see it.
    pub async fn ticket(&self, name: &str) -> Result<Option<TicketFacts>, DeskError> {
        let (column, value) = match (name.parse::<TicketId>(), TrackingNumber::read(name)) {
            (Ok(id), _) => ("id", id.to_string()),
            (_, Ok(number)) => ("tracking_number", number.to_string()),
            _ => return Ok(None),
        };
        let place = match self.content {
            Content::Whole => "latitude, longitude",
            Content::Facts => "null::float8 as latitude, null::float8 as longitude",
        };
        let ms = |column: &str| format!("(extract(epoch from {column}) * 1000)::bigint as {column}");
        let times = [
            "created_at",
            "response_due_at",
            "response_met_at",
            "response_breached_at",
            "resolution_due_at",
            "resolution_met_at",
            "resolution_breached_at",
            "held_until",
        ];
        let query = format!(
            "select {}, language, revision, tier, outcome, policy, place_source, team_rule, hold_reason,
                    manager_missing, unattended_since is not null as is_unattended, {place}, {} from tickets
              where {column} = $1 and ($2::text is null or municipality = $2)
                and ($3::text is null or assigned_team = $3)",
            TicketRow::columns(self.content),
            times.map(ms).join(", ")
        );
        let found = sqlx::query(AssertSqlSafe(query))
            .bind(value)
            .bind(&self.municipality)
            .bind(&self.team)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        found.map(|row| facts(&row)).transpose().map_err(failed)
    }

    /// Waits until the tables have this version of the ticket, for a few seconds at most.
    pub async fn wait_for(&self, ticket: &str, version: i64) -> Result<(), DeskError> {
        let until = tokio::time::Instant::now() + TABLES;
        while tokio::time::Instant::now() < until {
            // A ticket that left the person's municipality or team does not come.
            let there: Option<i64> = sqlx::query_scalar("select version from tickets where id = $1")
                .bind(ticket)
                .fetch_optional(&self.pool)
                .await
                .map_err(failed)?;
            let events: Option<i64> =
                sqlx::query_scalar("select max(version) from audit_logs where entity_id = $1")
                    .bind(ticket)
                    .fetch_one(&self.pool)
                    .await
                    .map_err(failed)?;
            if there.is_none_or(|there| there >= version) && events.is_none_or(|events| events >= version) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Ok(())
    }

    /// What the resident said, in order.
    pub async fn said(&self, ticket: &str) -> Result<Vec<Said>, DeskError> {
        let query = "select kind, (extract(epoch from at) * 1000)::bigint as at, words,
                            jsonb_array_length(media)::bigint as files, place_name,
                            st_y(location) as latitude, st_x(location) as longitude
                       from ticket_words where ticket = $1 order by ticket_words.at";
        let found = sqlx::query(query).bind(ticket).fetch_all(&self.pool).await.map_err(failed)?;
        found.iter().map(said).collect::<Result<_, _>>().map_err(failed)
    }

    /// What happened to the ticket, in order.
    pub async fn happened(&self, ticket: &str) -> Result<Vec<Happened>, DeskError> {
        let people = match self.content {
            Content::Whole => "actor, changes::text as changes, note",
            Content::Facts => "actor_role as actor, '{}' as changes, null::text as note",
        };
        let query = format!(
            "select (extract(epoch from at) * 1000)::bigint as at, action, details::text as details, {people},
                    actor_role, revision
               from audit_logs where entity_id = $1 order by version, audit_logs.at"
        );
        let found =
            sqlx::query(AssertSqlSafe(query)).bind(ticket).fetch_all(&self.pool).await.map_err(failed)?;
        found.iter().map(happened).collect::<Result<_, _>>().map_err(failed)
    }

    /// The messages to the resident about the ticket, in order.
    pub async fn sent(&self, ticket: &str) -> Result<Vec<Sent>, DeskError> {
        let query =
            "select (extract(epoch from queued_at) * 1000)::bigint as queued_at, status, class, language,
                            as_template, code
                       from deliveries where ticket = $1 order by deliveries.queued_at";
        let found = sqlx::query(query).bind(ticket).fetch_all(&self.pool).await.map_err(failed)?;
        found.iter().map(sent).collect::<Result<_, _>>().map_err(failed)
    }

    /// Until when the resident of the ticket can be written to in words of our own, as far as the messages
    /// about the ticket show.
    pub async fn window_end(&self, ticket: &str) -> Result<Option<Time>, DeskError> {
        let query =
            "select (extract(epoch from max(window_end)) * 1000)::bigint from deliveries where ticket = $1";
        let end: Option<i64> =
            sqlx::query_scalar(query).bind(ticket).fetch_one(&self.pool).await.map_err(failed)?;
        Ok(end.map(Time::from_millis))
    }

    /// The active teams of the person's municipality.
    pub async fn teams(&self) -> Result<Vec<String>, DeskError> {
        let query = "select code from teams where is_active and municipality = $1 order by 1";
        sqlx::query_scalar(query).bind(&self.municipality).fetch_all(&self.pool).await.map_err(failed)
    }

    /// The active staff of the person's municipality: login and name. Empty for a login that may not read
    /// them.
    pub async fn staff(&self) -> Result<Vec<(String, String)>, DeskError> {
        if self.content == Content::Facts {
            return Ok(Vec::new());
        }
        self.everyone().await
    }

    /// The same for a login that may read them.
    pub async fn everyone(&self) -> Result<Vec<(String, String)>, DeskError> {
        let query = "select login, name from staff where is_active and municipality = $1 order by 1";
        sqlx::query_as(query).bind(&self.municipality).fetch_all(&self.pool).await.map_err(failed)
    }
}

/// Where the page after this ticket begins.
fn after(row: &PgRow, last: &TicketRow) -> Result<String, sqlx::Error> {
    let place: Option<i64> = row.try_get("place_in_order")?;
    let place = place.map_or_else(|| "none".to_owned(), |place| place.to_string());
    Ok(format!("{place}_{}", last.id))
}

/// Up to which records of the logs the tables are. To be asked before a page is read: the stream of the page
/// begins there, so that nothing is missed between the two.
pub async fn positions(accounts: &sqlx::PgPool) -> Result<Positions, DeskError> {
    let query = "select topic, partition, next from sink_offsets where topic = any($1)";
    let names = TOPICS.map(str::to_owned).to_vec();
    let found: Vec<(String, i32, i64)> =
        sqlx::query_as(query).bind(names).fetch_all(accounts).await.map_err(failed)?;
    let mut positions = Positions::default();
    for (topic, partition, next) in found {
        positions.advance(&topic, u32::try_from(partition).unwrap_or_default(), next);
    }
    Ok(positions)
}

fn facts(row: &PgRow) -> Result<TicketFacts, sqlx::Error> {
    let promise = |clock: &str| {
        Ok::<_, sqlx::Error>(Promise {
            due: at(row, &format!("{clock}_due_at"))?,
            met: millis(row, &format!("{clock}_met_at"))?,
            breached: millis(row, &format!("{clock}_breached_at"))?,
        })
    };
    let north: Option<f64> = row.try_get("latitude")?;
    let east: Option<f64> = row.try_get("longitude")?;
    Ok(TicketFacts {
        row: TicketRow::of_table(row)?,
        language: row.try_get("language")?,
        revision: row.try_get("revision")?,
        created_at: at(row, "created_at")?,
        response: promise("response")?,
        resolution: promise("resolution")?,
        tier: row.try_get("tier")?,
        outcome: row.try_get("outcome")?,
        policy: row.try_get("policy")?,
        place_source: row.try_get("place_source")?,
        team_rule: row.try_get("team_rule")?,
        hold_reason: row.try_get("hold_reason")?,
        held_until: millis(row, "held_until")?,
        manager_missing: row.try_get("manager_missing")?,
        is_unattended: row.try_get("is_unattended")?,
        place: north.zip(east),
    })
}

fn said(row: &PgRow) -> Result<Said, sqlx::Error> {
    Ok(Said {
        kind: row.try_get("kind")?,
        at: at(row, "at")?,
        words: row.try_get("words")?,
        files: row.try_get("files")?,
        place_name: row.try_get("place_name")?,
        place: row.try_get::<Option<f64>, _>("latitude")?.zip(row.try_get("longitude")?),
    })
}

fn happened(row: &PgRow) -> Result<Happened, sqlx::Error> {
    let object = |column: &str| {
        let text: String = row.try_get(column)?;
        Ok::<Map<String, Value>, sqlx::Error>(serde_json::from_str(&text).unwrap_or_default())
    };
    Ok(Happened {
        at: at(row, "at")?,
        action: row.try_get("action")?,
        details: object("details")?,
        changes: object("changes")?,
        actor: row.try_get("actor")?,
        role: row.try_get("actor_role")?,
        note: row.try_get("note")?,
        revision: row.try_get("revision")?,
    })
}

fn sent(row: &PgRow) -> Result<Sent, sqlx::Error> {
    Ok(Sent {
        queued_at: at(row, "queued_at")?,
        status: row.try_get("status")?,
        class: row.try_get("class")?,
        language: row.try_get("language")?,
        as_template: row.try_get("as_template")?,
        code: row.try_get("code")?,
    })
}
