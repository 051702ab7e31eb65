//! The filters of the queue. All of them are in the address of the page, so that a view is a bookmark.

use serde::Deserialize;
use sqlx::{Postgres, QueryBuilder};
use topics::values::vocabulary::Status;

use super::databases::View;
use super::roles::Content;

/// What is asked for. Each filter that is empty is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    pub q: String,
    pub team: String,
    pub category: String,
    pub severity: String,
    pub status: String,
    pub ward: String,
    pub person: String,
    pub queue: String,
    pub due: String,
    /// Where the page begins: after the ticket with this deadline and id.
    pub after: String,
}

/// Deadlines by which a queue can be narrowed, with their words.
pub const DUE: [(&str, &str); 3] =
    [("overdue", "Overdue"), ("near", "Due within 4 hours"), ("waiting", "Waiting for the resident")];

impl QueueFilter {
    /// The filters that compare a column with a text.
    pub fn columns(&self) -> [(&'static str, &'static str, &str); 6] {
        [
            ("team", "assigned_team", &self.team),
            ("category", "category", &self.category),
            ("severity", "severity", &self.severity),
            ("ward", "ward", &self.ward),
            ("person", "assigned_to", &self.person),
            ("queue", "queue", &self.queue),
        ]
    }

    /// Adds the conditions to a query over `tickets`.
    pub fn conditions(&self, query: &mut QueryBuilder<Postgres>, view: &View) {
        query.push(" where true");
        if let Some(municipality) = &view.municipality {
            query.push(" and municipality = ").push_bind(municipality.clone());
        }
        if let Some(team) = &view.team {
            query.push(" and assigned_team = ").push_bind(team.clone());
        }
        if self.status.is_empty() {
            query.push(" and status <> ").push_bind(Status::Closed.as_str());
        } else {
            query.push(" and status = ").push_bind(self.status.clone());
        }
        for (_, column, wanted) in self.columns().into_iter().filter(|(.., wanted)| !wanted.is_empty()) {
            // A login that may not read the staff cannot ask for one either.
            if column == "assigned_to" && view.content == Content::Facts {
                continue;
            }
            query.push(format!(" and {column} = ")).push_bind(wanted.to_owned());
        }
        let deadline = match self.due.as_str() {
            "overdue" => " and next_due_at <= now()",
            "near" => " and next_due_at > now() and next_due_at < now() + interval '4 hours'",
            "waiting" => " and next_due_at is null",
            _ => "",
        };
        query.push(deadline);
        if !self.q.trim().is_empty() {
            query.push(" and starts_with(tracking_number, ").push_bind(number(&self.q)).push(")");
        }
    }

    /// Adds the condition that the list goes on after the last ticket of the page before.
    pub fn go_on(&self, query: &mut QueryBuilder<Postgres>) {
        let Some((due, id)) = self.after.split_once('_') else { return };
        match due.parse::<i64>() {
            Ok(due) => {
                query.push(" and (next_due_at is null or (next_due_at, id) > (to_timestamp(");
                query.push_bind(due).push("::bigint / 1000.0), ").push_bind(id.to_owned()).push("))");
            }
            Err(_) => {
                query.push(" and next_due_at is null and id > ").push_bind(id.to_owned());
            }
        }
    }
}

/// A tracking number, or the beginning of one, as it is stored: staff type it in small letters and with
/// dashes.
fn number(typed: &str) -> String {
    let kept = typed.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_typed() {
        assert_eq!(number(" kq7-3f "), "KQ73F");
        assert_eq!(number("%_'"), "");
    }
}
