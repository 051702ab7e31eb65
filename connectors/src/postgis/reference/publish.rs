//! Publishing: makes a numbered edition of the reference tables.
//!
//! PostgreSQL stores the number and the content of an edition before the first record is appended, and
//! deletes the content when the broker has all records. The next publication completes one that was
//! interrupted, so a number always names the same content.

use std::collections::BTreeSet;
use std::sync::Arc;

use pipeline::rules::edition::Edition;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, Row};
use topics::catalogue::Editions;
use topics::codec::record::{Address, Envelope, Outgoing, encode, tombstone};
use topics::codec::sealing::KeyRing;
use topics::records::editions::{BlobChunk, EditionRecord, Manifest, Reference};
use topics::values::ids::EventId;
use topics::values::time::Time;

use super::doubts::doubts;
use super::in_use::{InUse, last, lost, number};
use super::load::{load, read};
use crate::postgis::PostgisError;

/// How much of a blob one record holds, in bytes: below the 1 MB that brokers and consumers take by default.
const PART_BYTES: usize = 900_000;

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
            "insert into editions (number, published_at, hash, parts, blob) values ($1, \
             date_trunc('milliseconds', clock_timestamp()), $2, $3, $4)",
        )
        .bind(last.number + 1)
        .bind(&hash)
        .bind(i32::try_from(parts(&blob).count()).unwrap_or(i32::MAX))
        .bind(&blob)
        .execute(&mut *transaction)
        .await?;
    }
    let (forgotten, tombstones) = old(&mut transaction, in_use.oldest).await?;
    let (again, lost) = lost(&mut transaction, in_use, &forgotten, (&hash, &blob)).await?;
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
    let hash = Sha256::digest(blob.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((blob, hash))
}

/// The records of the editions that are not confirmed.
///
/// Content that the topic holds already is not written again. Editions that are about to be forgotten, or
/// that the topic has lost, do not count for that (`without`): a publication that died may have deleted their
/// content.
async fn pending(connection: &mut PgConnection, without: &[u32]) -> Result<Vec<Outgoing>, PostgisError> {
    let statement = "select number, (extract(epoch from published_at) * 1000)::bigint, hash, blob,
            exists (select from editions other
                     where other.hash = editions.hash and other.blob is null and other.number <> all($1))
        from editions where blob is not null order by number";
    let mut records = Vec::new();
    let mut written: BTreeSet<String> = BTreeSet::new();
    let without: Vec<i64> = without.iter().copied().map(i64::from).collect();
    for row in sqlx::query(statement).bind(without).fetch_all(connection).await? {
        let number = number(row.try_get(0)?);
        let at = Time::from_millis(row.try_get(1)?);
        let hash: String = row.try_get(2)?;
        let blob: String = row.try_get(3)?;
        let is_in_topic = row.try_get(4)? || !written.insert(hash.clone());
        let content = if is_in_topic { TopicContent::InTopic } else { TopicContent::New };
        records.extend(edition(number, at, hash, &blob, content)?);
    }
    Ok(records)
}

/// The editions that have not been the newest for 35 days and that no task is at, and their tombstones. A
/// task that was stopped for longer is still at its edition when it is started again. Content that another
/// edition shares stays.
async fn old(
    connection: &mut PgConnection,
    oldest_in_use: Option<u32>,
) -> Result<(Vec<u32>, Vec<Outgoing>), PostgisError> {
    let statement = "select number, hash, parts,
        coalesce(blob is null and lead(published_at) over (order by number) < clock_timestamp() - interval \
        '35 days', false)
        from editions order by number";
    let mut old = Vec::new();
    let mut needed = BTreeSet::new();
    for row in sqlx::query(statement).fetch_all(connection).await? {
        let number = number(row.try_get(0)?);
        let hash: String = row.try_get(1)?;
        let is_in_use = oldest_in_use.is_some_and(|oldest| number >= oldest);
        if row.try_get(3)? && !is_in_use {
            old.push((number, hash, row.try_get::<i32, _>(2)?));
        } else {
            needed.insert(hash);
        }
    }
    let mut tombstones = Vec::new();
    for (number, hash, parts) in &old {
        tombstones.push(tombstone::<Editions>(Address::ByKey(1), format!("edition/{number}")));
        if !needed.contains(hash) {
            tombstones.extend(
                (0..*parts).map(|part| tombstone::<Editions>(Address::ByKey(1), format!("{hash}/{part}"))),
            );
        }
    }
    Ok((old.into_iter().map(|(number, ..)| number).collect(), tombstones))
}

/// Whether the topic holds the content of an edition already, from an edition of the same content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TopicContent {
    New,
    InTopic,
}

/// The records of one edition: its blob in parts, unless the topic holds them already, then its manifest.
fn edition(
    number: u32,
    at: Time,
    hash: String,
    blob: &str,
    content: TopicContent,
) -> Result<Vec<Outgoing>, PostgisError> {
    let root = EventId::of(&[b"edition", &number.to_be_bytes(), hash.as_bytes()]);
    let envelope = Envelope::root(root, at);
    let mut records = Vec::new();
    let mut count = 0;
    for (part, text) in (0..).zip(parts(blob)) {
        count = part + 1;
        if content == TopicContent::InTopic {
            continue;
        }
        let record = EditionRecord::Part(BlobChunk { hash: hash.clone(), part, text: text.to_owned() });
        records.push(outgoing(&envelope.derived("reference", part, at), format!("{hash}/{part}"), &record)?);
    }
    let manifest = EditionRecord::Manifest(Manifest { number, published_at: at, hash, parts: count });
    records.push(outgoing(&envelope, format!("edition/{number}"), &manifest)?);
    Ok(records)
}

fn outgoing(envelope: &Envelope, key: String, record: &EditionRecord) -> Result<Outgoing, PostgisError> {
    // An edition holds no personal data, so nothing is sealed and no key is needed.
    let ring = Arc::new(KeyRing::default());
    encode::<Editions>(&ring, "reference", envelope, Address::ByKey(1), key, record)
        .map_err(|error| PostgisError::Reference(vec![error.to_string()]))
}

/// Cuts `blob` between characters into pieces of at most [`PART_BYTES`].
fn parts(blob: &str) -> impl Iterator<Item = &str> {
    let mut rest = blob;
    std::iter::from_fn(move || take_part(&mut rest))
}

fn take_part<'a>(rest: &mut &'a str) -> Option<&'a str> {
    if rest.is_empty() {
        return None;
    }
    let (part, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES));
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_cut_between_characters_and_nothing_is_lost() {
        let blob = format!("a{}", "ë".repeat(PART_BYTES));
        let cut: Vec<_> = parts(&blob).collect();
        assert_eq!(cut.len(), 3);
        assert!(cut.iter().all(|part| part.len() <= PART_BYTES));
        assert_eq!(cut.concat(), blob);
    }
}
