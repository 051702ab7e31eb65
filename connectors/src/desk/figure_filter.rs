//! The filters that lead from a figure of the board to the list behind it. The board counts with the same
//! conditions.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use sqlx::{Postgres, QueryBuilder};

use super::labels::words;

/// The tickets behind a figure. Each filter that is empty is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FigureFilter {
    /// What happened between the days `from` and `to`: one of [`HAPPENED`].
    pub on: String,
    /// The first day, such as 2026-11-27, in South Africa.
    pub from: String,
    /// The last day of the period that is counted.
    pub to: String,
    /// How a promise was kept: `response-kept` and so on, or `any` for all tickets with promises.
    pub promise: String,
    /// How old the ticket is: one of [`AGES`].
    pub age: String,
    /// The clock whose deadline passed within `hour`.
    pub breach: String,
    /// The beginning of an hour, such as 2026-11-27T22:00:00Z.
    pub hour: String,
}

/// What can have happened on a day: the name in addresses, the column, and the words.
pub const HAPPENED: [(&str, &str, &str); 4] = [
    ("created", "created_at", "New"),
    ("resolved", "resolved_at", "Resolved"),
    ("reopened", "reopened_at", "Reopened"),
    ("closed", "closed_at", "Closed"),
];

/// The age of a ticket: the name in addresses, from and until how many days, and the words.
pub const AGES: [(&str, i32, Option<i32>, &str); 5] = [
    ("0-1", 0, Some(1), "less than a day old"),
    ("1-3", 1, Some(3), "1 to 3 days old"),
    ("3-7", 3, Some(7), "3 to 7 days old"),
    ("7-30", 7, Some(30), "7 to 30 days old"),
    ("30-", 30, None, "more than 30 days old"),
];

/// How a promise can be: the name in addresses, the condition on `ticket_promises`, and the words.
pub const PROMISES: [(&str, &str, &str); 5] = [
    ("any", "true", "with promises"),
    ("response-kept", "response = 'kept'", "response in time"),
    ("response-missed", "response = 'missed'", "response late"),
    ("resolution-kept", "resolution = 'kept'", "resolved in time"),
    ("resolution-missed", "resolution = 'missed'", "resolution late"),
];

/// The condition that a moment lies between two days of South Africa; the days are bound as `$`.
pub fn between(query: &mut QueryBuilder<Postgres>, column: &str, from: Date, to: Date) {
    query.push(format!("({column} >= ("));
    query.push_bind(from.to_string()).push("::date)::timestamp at time zone 'Africa/Johannesburg'");
    query.push(format!(" and {column} < ("));
    query.push_bind(to.to_string()).push("::date + 1)::timestamp at time zone 'Africa/Johannesburg')");
}

/// The times of the days that [`day`] reads.
pub const OUR_TIME: Range<Timestamp> =
    Timestamp::constant(-2_208_988_800, 0)..Timestamp::constant(7_258_118_400, 0);

/// The day that a text names, if it is one of our time: PostgreSQL does not know all others.
pub fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| (1900..2200).contains(&day.year()))
}

/// The condition that a ticket is of this age.
pub fn of_age(from_days: i32, until_days: Option<i32>) -> String {
    let until = until_days
        .map_or_else(String::new, |days| format!(" and created_at > now() - interval '{days} days'"));
    format!("(created_at <= now() - interval '{from_days} days'{until})")
}

impl FigureFilter {
    /// The fields as they stand in an address.
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("on", &self.on),
            ("from", &self.from),
            ("to", &self.to),
            ("promise", &self.promise),
            ("age", &self.age),
            ("breach", &self.breach),
            ("hour", &self.hour),
        ]
    }

    fn days(&self) -> Option<(Date, Date)> {
        Some((day(&self.from)?, day(&self.to)?))
    }

    /// Adds the conditions to a query over `tickets`. A filter that makes no sense finds nothing, so that a
    /// list never looks like the one behind another figure.
    pub fn condition(&self, query: &mut QueryBuilder<Postgres>) {
        if !self.on.is_empty() {
            let column = HAPPENED.iter().find(|(name, ..)| *name == self.on).map(|(_, column, _)| *column);
            query.push(" and ");
            match (column, self.days()) {
                (Some(column), Some((from, to))) => between(query, column, from, to),
                _ => drop(query.push("false")),
            }
        }
        if !self.promise.is_empty() {
            let condition = PROMISES.iter().find(|(name, ..)| *name == self.promise);
            let condition = condition.map_or("false", |(_, condition, _)| *condition);
            query.push(format!(" and id in (select id from ticket_promises where {condition})"));
        }
        if !self.age.is_empty() {
            let age = AGES.iter().find(|(name, ..)| *name == self.age);
            let condition =
                age.map_or_else(|| "false".to_owned(), |(_, from, until, _)| of_age(*from, *until));
            query.push(format!(" and {condition}"));
        }
        if !self.breach.is_empty() {
            let hour = self.hour.parse().ok().filter(|hour: &Timestamp| OUR_TIME.contains(hour));
            query.push(" and id in (select ticket from breaches where level = 'breach' and clock = ");
            query.push_bind(self.breach.clone()).push(" and ");
            match hour {
                Some(hour) => {
                    let begin = hour.to_string();
                    query.push("seen_at >= ").push_bind(begin.clone()).push("::timestamptz and seen_at < ");
                    query.push_bind(begin).push("::timestamptz + interval '1 hour')");
                }
                None => {
                    query.push("false)");
                }
            }
        }
    }

    /// The filter in words; nothing if it is empty.
    pub fn words(&self) -> Option<String> {
        let mut parts = Vec::new();
        if !self.on.is_empty() {
            let days = if self.from == self.to {
                self.from.clone()
            } else {
                format!("{} to {}", self.from, self.to)
            };
            parts.push(format!("{} {days}", self.on));
        }
        let promise = PROMISES.iter().find(|(name, ..)| *name == self.promise);
        parts.extend(promise.map(|(.., words)| (*words).to_owned()));
        parts.extend(AGES.iter().find(|(name, ..)| *name == self.age).map(|(.., words)| (*words).to_owned()));
        if !self.breach.is_empty() {
            parts.push(format!(
                "{} deadline passed in the hour from {}",
                words(&self.breach).to_lowercase(),
                self.hour
            ));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_in_words_and_an_empty_one_says_nothing() {
        assert_eq!(FigureFilter::default().words(), None);
        let filter: FigureFilter =
            serde_urlencoded::from_str("on=resolved&from=2026-11-27&to=2026-11-27&promise=resolution-missed")
                .unwrap();
        assert_eq!(filter.words().as_deref(), Some("resolved 2026-11-27, resolution late"));
    }
}
