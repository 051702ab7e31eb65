//! What the topics show of the editions: which are in use, which the topic holds, and which it has lost.

use std::collections::BTreeSet;

use sqlx::{PgConnection, Row};
use topics::records::editions::Reference;

use crate::postgis::PostgisError;

/// The editions that tasks use, as the topics show it.
#[derive(Debug, Default)]
pub struct InUse {
    /// The newest edition that the topic holds completely; `None` if it holds none.
    pub newest: Option<NewestEdition>,
    /// The oldest edition that a task is at; `None` if no task has started yet.
    pub oldest: Option<u32>,
    /// The editions that the topic holds completely. `None` if it was not read: then it is believed to hold
    /// every edition of the table that was appended.
    pub held: Option<BTreeSet<u32>>,
}

/// The newest edition of the topic.
#[derive(Clone, Debug)]
pub struct NewestEdition {
    /// The number of the edition.
    pub number: u32,
    /// The hash of its content.
    pub hash: String,
    /// The reference data that it contains.
    pub reference: Reference,
}

impl InUse {
    /// Whether the topic has lost this edition, which was appended before.
    fn has_lost(&self, number: u32) -> bool {
        self.held.as_ref().is_some_and(|held| !held.contains(&number))
    }
}

/// The edition before the next one.
pub(super) struct LastEdition {
    pub(super) number: i64,
    pub(super) hash: String,
    /// Whether all of its records were appended.
    was_appended: bool,
}

impl LastEdition {
    /// If the topic has lost the edition that the changes would be compared with, a person has to know.
    pub(super) fn doubt(&self, in_use: &InUse) -> Option<String> {
        if !self.was_appended || !in_use.has_lost(number(self.number)) {
            return None;
        }
        let with = in_use.newest.as_ref().map_or_else(
            || "nothing is compared with the new one".to_owned(),
            |newest| format!("the new one is compared with edition {}", newest.number),
        );
        Some(format!("the topic has lost edition {}, and the data have changed since: {with}", self.number))
    }
}

/// The last edition of the table. If the topic has a later one, the table is older than the topic (it was
/// restored from a backup), and the number of that edition is not given again.
pub(super) async fn last(connection: &mut PgConnection, in_use: &InUse) -> Result<LastEdition, PostgisError> {
    let found = sqlx::query("select number, hash, blob is null from editions order by number desc limit 1")
        .fetch_optional(connection)
        .await?;
    let last = match &found {
        Some(row) => {
            LastEdition { number: row.try_get(0)?, hash: row.try_get(1)?, was_appended: row.try_get(2)? }
        }
        None => LastEdition { number: 0, hash: String::new(), was_appended: false },
    };
    Ok(match &in_use.newest {
        Some(newest) if i64::from(newest.number) > last.number => {
            LastEdition { number: newest.number.into(), hash: newest.hash.clone(), was_appended: true }
        }
        _ => last,
    })
}

/// The editions that were appended and that the topic has lost: those of the present content, which is stored
/// again, so that they become pending, and the others, whose content is known nowhere.
pub(super) async fn lost(
    connection: &mut PgConnection,
    in_use: &InUse,
    forgotten: &[u32],
    (present, blob): (&str, &str),
) -> Result<(Vec<u32>, Vec<u32>), PostgisError> {
    let statement = "select number, hash from editions where blob is null order by number";
    let (mut again, mut lost) = (Vec::new(), Vec::new());
    for row in sqlx::query(statement).fetch_all(&mut *connection).await? {
        let number = number(row.try_get(0)?);
        if forgotten.contains(&number) || !in_use.has_lost(number) {
            continue;
        }
        let hash: String = row.try_get(1)?;
        if hash == present { again.push(number) } else { lost.push(number) }
    }
    let numbers: Vec<i64> = again.iter().copied().map(i64::from).collect();
    sqlx::query("update editions set blob = $1, appended_at = null where number = any($2)")
        .bind(blob)
        .bind(numbers)
        .execute(connection)
        .await?;
    Ok((again, lost))
}

/// The number of an edition, as the table has it.
pub(super) fn number(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
