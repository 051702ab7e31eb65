//! Publishing: makes a numbered edition of the reference tables.
//!
//! PostgreSQL stores the number and the content of an edition before the first record is appended, and
//! deletes the content when the broker has all records. The next publication completes one that was
//! interrupted, so a number always names the same content. The content is written in chunks (`chunks`), and
//! those that the topic holds already are not written again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pipeline::rules::edition::Edition;
use sqlx::{PgConnection, PgPool, Row};
use topics::catalogue::Editions;
use topics::codec::record::{Address, Envelope, Outgoing, encode, tombstone};
use topics::codec::sealing::KeyRing;
use topics::records::editions::{BlobChunk, EditionRecord, Manifest, Reference};
use topics::values::ids::EventId;
use topics::values::time::Time;

use super::chunks::{chunk_hash, chunks, hash};
use super::doubts::doubts;
use super::in_use::{InUse, last, lost, number};
use super::load::{load, read};
use crate::postgis::PostgisError;

/// The records of a publication, to be appended.
#[derive(Debug)]
pub struct Publication {
    /// The newest edition's number.
    pub number: u32,
    /// Whether the reference data have changed since the edition before; if not, and `records` is empty, all
    /// is as it was.
    pub changed: bool,
    /// The records in the order in which they must be appended, the manifests after their blobs.
    pub records: Vec<Outgoing>,
    /// The editions that the last of the records delete from the topic.
    pub forgotten: Vec<u32>,
    /// The editions that the topic has lost and that `records` append again.
    pub again: Vec<u32>,
    /// The editions that the topic has lost, that a task may be at, and whose content is known nowhere any
    /// more: the reference data have changed since.
    pub lost: Vec<u32>,
}

/// Which doubts about the reference data a person has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accept {
    /// No doubt is accepted: if there are doubts, nothing is published and they are returned.
    Nothing,
    /// The doubts about the reference data with this hash, which an earlier [`PublishOutcome`] has named.
    Hash(String),
    /// Every doubt: nothing needs a decision.
    Everything,
}

/// Which tickets changed policies count for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChanges {
    /// Only for tickets that are opened by the edition: a promise is kept as it was made.
    NewTickets,
    /// For the tickets that are open then, too.
    OpenTickets,
}

/// The number that the next edition gets (SQL).
const NEXT_NUMBER: &str = "select coalesce(max(number), 0) + 1 from editions";

/// The edition that would be published now. Nothing is written.
///
/// # Errors
/// The data are inconsistent (the error names each row), or the database cannot be asked.
pub async fn next_edition(pool: &PgPool, policies: PolicyChanges) -> Result<Edition, PostgisError> {
    let mut reference = load(pool).await?;
    let next = number(sqlx::query_scalar(NEXT_NUMBER).fetch_one(pool).await?);
    if policies == PolicyChanges::OpenTickets {
        reference.rules.policies_apply_from = u64::from(next);
    }
    Edition::new(next, reference).map_err(|error| PostgisError::Reference(vec![error.to_string()]))
}

/// The result of a publication.
#[derive(Debug)]
pub enum PublishOutcome {
    /// The records are ready to be appended.
    Published(Publication),
    /// No edition was made: a person must decide about the doubts first.
    Doubtful {
        /// The doubts, one a line.
        doubts: Vec<String>,
        /// The hash of the reference data that the doubts are about.
        hash: String,
    },
}

/// Numbers the reference data as a new edition, if they differ from the last one, and makes the records of
/// every edition that the topic may lack, also of one that it has lost, if the data are still those of that
/// edition. Call [`confirm`] when they are appended. Doubts are not looked for.
///
/// # Errors
/// The data are inconsistent (the error names each row), or the database cannot be asked.
pub async fn publish(pool: &PgPool) -> Result<Publication, PostgisError> {
    let to = PolicyChanges::NewTickets;
    match compare_and_publish(pool, &InUse::default(), &Accept::Everything, to).await? {
        PublishOutcome::Published(publication) => Ok(publication),
        PublishOutcome::Doubtful { doubts, .. } => Err(PostgisError::Reference(doubts)),
    }
}

/// Publishes like [`publish`], but compares with the edition in force first. Areas that have moved, have
/// become smaller or were removed, that lie outside of their municipality or of the country, or that overlap,
/// are doubts.
///
/// # Errors
/// As for [`publish`].
pub async fn compare_and_publish(
    pool: &PgPool,
    in_use: &InUse,
    accepted: &Accept,
    policies: PolicyChanges,
) -> Result<PublishOutcome, PostgisError> {
    let mut transaction = pool.begin().await?;
    // All tables are read at one moment, which is after the lock. An import that commits later belongs to the
    // next edition.
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *transaction).await?;
    sqlx::query("lock table editions in exclusive mode").execute(&mut *transaction).await?;
    let last = last(&mut transaction, in_use).await?;
    if policies == PolicyChanges::OpenTickets {
        sqlx::query("update rules set policies_apply_from = $1")
            .bind(last.number + 1)
            .execute(&mut *transaction)
            .await?;
    }
    let reference = read(&mut transaction).await?;
    let (blob, hash) = blob(&reference)?;
    let changed = last.hash != hash;
    if changed {
        let is_accepted = match accepted {
            Accept::Nothing => false,
            Accept::Hash(accepted) => *accepted == hash,
            Accept::Everything => true,
        };
        if !is_accepted {
            let before = in_use.newest.as_ref().map(|newest| &newest.reference);
            let mut doubts = doubts(&mut transaction, before, &reference).await?;
            doubts.extend(last.doubt(in_use));
            if !doubts.is_empty() {
                return Ok(PublishOutcome::Doubtful { doubts, hash });
            }
        }
        // An edition that the tasks could not use is refused here, so that a person sees the error.
        Edition::new(u32::MAX, reference)
            .map_err(|error| PostgisError::Reference(vec![error.to_string()]))?;
        sqlx::query(
            "insert into editions (number, published_at, hash, parts, chunks, blob) values ($1, \
             date_trunc('milliseconds', clock_timestamp()), $2, cardinality($3::text[]), $3, $4)",
        )
        .bind(last.number + 1)
        .bind(&hash)
        .bind(hashes_of(&blob))
        .bind(&blob)
        .execute(&mut *transaction)
        .await?;
    }
    let (forgotten, tombstones) = old(&mut transaction, in_use.oldest).await?;
    let (again, lost) = lost(&mut transaction, in_use, &forgotten, (&hash, &blob)).await?;
    cut_older(&mut transaction).await?;
    let mut records = pending(&mut transaction, &[forgotten.clone(), lost.clone()].concat()).await?;
    records.extend(tombstones);
    transaction.commit().await?;
    let number = number(last.number + i64::from(changed));
    let needed = |number: &u32| in_use.oldest.is_none_or(|oldest| *number >= oldest);
    let lost = lost.into_iter().filter(needed).collect();
    Ok(PublishOutcome::Published(Publication { number, changed, records, forgotten, again, lost }))
}

/// Notes that the broker has acknowledged every record of `publication`.
///
/// # Errors
/// The database cannot be asked; publishing again appends the same records.
pub async fn confirm(pool: &PgPool, publication: &Publication) -> Result<(), PostgisError> {
    sqlx::query(
        "update editions set blob = null, appended_at = clock_timestamp() where blob is not null \
        and number <= $1",
    )
    .bind(i64::from(publication.number))
    .execute(pool)
    .await?;
    let forgotten: Vec<i64> = publication.forgotten.iter().copied().map(i64::from).collect();
    sqlx::query("delete from editions where number = any($1)").bind(forgotten).execute(pool).await?;
    Ok(())
}

/// The JSON of `reference` and its hash.
fn blob(reference: &Reference) -> Result<(String, String), PostgisError> {
    let blob =
        serde_json::to_string(reference).map_err(|error| PostgisError::Reference(vec![error.to_string()]))?;
    let hash = hash(&blob);
    Ok((blob, hash))
}

/// The hashes of the chunks of a blob, in their order.
fn hashes_of(blob: &str) -> Vec<String> {
    chunks(blob).into_iter().map(chunk_hash).collect()
}

/// Cuts the editions of the older form that are to be appended: they are written in chunks, too.
async fn cut_older(connection: &mut PgConnection) -> Result<(), PostgisError> {
    let statement = "select number, blob from editions where blob is not null and chunks is null";
    for row in sqlx::query(statement).fetch_all(&mut *connection).await? {
        let blob: String = row.try_get(1)?;
        sqlx::query("update editions set chunks = $2, parts = cardinality($2::text[]) where number = $1")
            .bind(row.try_get::<i64, _>(0)?)
            .bind(hashes_of(&blob))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The records of the editions that are not confirmed.
///
/// Chunks that the topic holds already are not written again. Editions that are about to be forgotten, or
/// that the topic has lost, do not count for that (`without`): a publication that died may have deleted their
/// content.
async fn pending(connection: &mut PgConnection, without: &[u32]) -> Result<Vec<Outgoing>, PostgisError> {
    let without: Vec<i64> = without.iter().copied().map(i64::from).collect();
    let held = "select distinct unnest(chunks) from editions where blob is null and number <> all($1)";
    let held = sqlx::query_scalar(held).bind(without).fetch_all(&mut *connection).await?;
    let mut held: BTreeSet<String> = held.into_iter().collect();
    let statement = "select number, (extract(epoch from published_at) * 1000)::bigint, hash, blob
        from editions where blob is not null order by number";
    let mut records = Vec::new();
    for row in sqlx::query(statement).fetch_all(connection).await? {
        let number = number(row.try_get(0)?);
        let at = Time::from_millis(row.try_get(1)?);
        let blob: String = row.try_get(3)?;
        records.extend(edition(number, at, row.try_get(2)?, &blob, &mut held)?);
    }
    Ok(records)
}

/// The editions that have not been the newest for 35 days and that no task is at, and their tombstones. A
/// task that was stopped for longer is still at its edition when it is started again. Chunks that another
/// edition shares stay.
async fn old(
    connection: &mut PgConnection,
    oldest_in_use: Option<u32>,
) -> Result<(Vec<u32>, Vec<Outgoing>), PostgisError> {
    let statement = "select number, hash, parts, chunks,
        coalesce(blob is null and lead(published_at) over (order by number) < clock_timestamp() - interval \
        '35 days', false)
        from editions order by number";
    let mut old = BTreeMap::new();
    let mut needed = BTreeSet::new();
    for row in sqlx::query(statement).fetch_all(connection).await? {
        let number = number(row.try_get(0)?);
        let keys = match row.try_get::<Option<Vec<String>>, _>(3)? {
            Some(chunks) => chunks.into_iter().map(|hash| key(&hash, 0)).collect(),
            None => numbered(row.try_get(1)?, row.try_get(2)?),
        };
        let is_in_use = oldest_in_use.is_some_and(|oldest| number >= oldest);
        if row.try_get(4)? && !is_in_use {
            old.insert(number, keys);
        } else {
            needed.extend(keys);
        }
    }
    let manifests = old.keys().map(|number| format!("edition/{number}"));
    let parts: BTreeSet<&String> = old.values().flatten().filter(|key| !needed.contains(*key)).collect();
    let keys = manifests.chain(parts.into_iter().cloned());
    let tombstones = keys.map(|key| tombstone::<Editions>(Address::ByKey(1), key)).collect();
    Ok((old.into_keys().collect(), tombstones))
}

/// The keys of the parts of an edition of the older form.
fn numbered(hash: &str, parts: i32) -> Vec<String> {
    (0..u32::try_from(parts).unwrap_or(0)).map(|part| key(hash, part)).collect()
}

/// The key of a part in the topic.
fn key(hash: &str, part: u32) -> String {
    format!("{hash}/{part}")
}

/// The records of one edition: the chunks of its blob that are not among those that the topic holds, and
/// which it holds afterwards, then its manifest.
fn edition(
    number: u32,
    at: Time,
    hash: String,
    blob: &str,
    held: &mut BTreeSet<String>,
) -> Result<Vec<Outgoing>, PostgisError> {
    let root = EventId::of(&[b"edition", &number.to_be_bytes(), hash.as_bytes()]);
    let envelope = Envelope::root(root, at);
    let mut records = Vec::new();
    let texts = chunks(blob);
    let chunks = hashes_of(blob);
    for (place, (text, chunk)) in (0..).zip(texts.into_iter().zip(&chunks)) {
        if held.insert(chunk.clone()) {
            let record =
                EditionRecord::Part(BlobChunk { hash: chunk.clone(), part: 0, text: text.to_owned() });
            records.push(outgoing(&envelope.derived("reference", place, at), key(chunk, 0), &record)?);
        }
    }
    let parts = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
    let manifest = EditionRecord::Manifest(Manifest { number, published_at: at, hash, parts, chunks });
    records.push(outgoing(&envelope, format!("edition/{number}"), &manifest)?);
    Ok(records)
}

fn outgoing(envelope: &Envelope, key: String, record: &EditionRecord) -> Result<Outgoing, PostgisError> {
    // An edition holds no personal data, so nothing is sealed and no key is needed.
    let ring = Arc::new(KeyRing::default());
    encode::<Editions>(&ring, "reference", envelope, Address::ByKey(1), key, record)
        .map_err(|error| PostgisError::Reference(vec![error.to_string()]))
}
