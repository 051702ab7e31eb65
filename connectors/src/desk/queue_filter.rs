//! The filters of the queue. All of them are in the address of the page, so that a view is a bookmark.

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{Postgres, QueryBuilder};
use topics::values::vocabulary::Status;

use super::databases::View;
use super::figure_filter::{FigureFilter, OUR_TIME};
use super::queue_search;
use super::roles::Content;

/// How many tickets a page of the queue shows, unless more are asked for.
const PAGE: usize = 100;
/// How many it shows if more are asked for, so that many can be selected at once.
pub const LARGE_PAGE: usize = 500;
/// The filter that finds tickets without a person, team or ward: no login and no code looks like it.
pub const NOTHING: &str = "-";
/// The filter that finds tickets of every status.
pub const ANY_STATUS: &str = "any";

/// What is asked for. Each filter that is empty is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    pub q: String,
    pub municipality: String,
    pub team: String,
    pub category: String,
    pub severity: String,
    pub status: String,
    pub ward: String,
    pub person: String,
    pub queue: String,
    pub due: String,
    pub sort: String,
    /// How many tickets a page shows.
    pub show: String,
    /// The tickets behind a figure of the board.
    #[serde(flatten)]
    pub figure: FigureFilter,
    /// Where the page begins: after the ticket with this place in the order and this id.
    pub after: String,
}

/// Deadlines by which a queue can be narrowed, with their words and conditions.
pub const DUE: [(&str, &str, &str); 4] = [
    ("overdue", "Overdue", "next_due_at <= now()"),
    ("near", "Due within 4 hours", "next_due_at > now() and next_due_at < now() + interval '4 hours'"),
    ("waiting", "Waiting for the resident", "next_due_at is null and held_since is null"),
    ("held", "On hold", "held_since is not null"),
];

/// An order of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By the next deadline; tickets that wait for the resident come last.
    Due,
    /// The most severe first, then by the next deadline.
    Severity,
    /// The ticket that was reported last comes first.
    Newest,
    /// The ticket that was reported first comes first.
    Oldest,
    /// The last changed first.
    Changed,
}

impl Sort {
    /// All orders that the queue can be sorted in.
    pub const ALL: [Self; 5] = [Self::Due, Self::Severity, Self::Newest, Self::Oldest, Self::Changed];

    /// The name in addresses. `assets/live.js` orders by the same names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "",
            Self::Severity => "severity",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Changed => "changed",
        }
    }

    /// The order in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Due => "Next deadline first",
            Self::Severity => "Most severe first",
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Changed => "Last changed first",
        }
    }

    /// A number that grows in this order. The order by deadline has an index, so it needs none.
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::Due => None,
            Self::Severity => Some(
                "(case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end \
                 * 100000000000000 + coalesce((extract(epoch from next_due_at) * 1000)::bigint, 99999999999999))",
            ),
            Self::Newest => Some("(-(extract(epoch from created_at) * 1000)::bigint)"),
            Self::Oldest => Some("((extract(epoch from created_at) * 1000)::bigint)"),
            Self::Changed => Some("(-(extract(epoch from updated_at) * 1000)::bigint)"),
        }
    }

    /// The column that the place of a ticket in the order is read from.
    pub fn column(self) -> String {
        format!(
            "{} as place_in_order",
            self.key().unwrap_or("(extract(epoch from next_due_at) * 1000)::bigint")
        )
    }
}

impl QueueFilter {
    /// The filters that compare a column with a text.
    fn columns(&self) -> [(&'static str, &str); 7] {
        [
            ("municipality", &self.municipality),
            ("assigned_team", &self.team),
            ("category", &self.category),
            ("severity", &self.severity),
            ("ward", &self.ward),
            ("assigned_to", &self.person),
            ("queue", &self.queue),
        ]
    }

    /// The order of the list.
    pub fn sort(&self) -> Sort {
        Sort::ALL.into_iter().find(|sort| sort.as_str() == self.sort).unwrap_or(Sort::Due)
    }

    /// How many tickets a page shows.
    pub fn page(&self) -> usize {
        if self.show.parse() == Ok(LARGE_PAGE) { LARGE_PAGE } else { PAGE }
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
        match self.status.as_str() {
            "" => query.push(" and status <> ").push_bind(Status::Closed.as_str()),
            ANY_STATUS => query,
            status => query.push(" and status = ").push_bind(status.to_owned()),
        };
        for (column, wanted) in self.columns().into_iter().filter(|(_, wanted)| !wanted.is_empty()) {
            // A login that may not read the staff cannot ask for one either.
            if column == "assigned_to" && view.content == Content::Facts {
                continue;
            }
            if wanted == NOTHING {
                query.push(format!(" and {column} is null"));
            } else {
                query.push(format!(" and {column} = ")).push_bind(wanted.to_owned());
            }
        }
        if let Some((.., condition)) = DUE.iter().find(|(name, ..)| *name == self.due) {
            query.push(format!(" and {condition}"));
        }
        self.figure.condition(query);
        queue_search::condition(query, &self.q, view);
    }

    /// Adds the condition that the list goes on after the last ticket of the page before.
    pub fn go_on(&self, query: &mut QueryBuilder<Postgres>) {
        let Some((place, id)) = self.after.split_once('_') else { return };
        match (place.parse::<i64>(), self.sort().key()) {
            (Ok(place), Some(key)) => {
                query.push(format!(" and ({key}, id) > ("));
                query.push_bind(place).push("::bigint, ").push_bind(id.to_owned()).push(")");
            }
            // A time that PostgreSQL does not know is on no page of ours, and nothing comes after it.
            (Ok(due), None) if !Timestamp::from_millisecond(due).is_ok_and(|due| OUR_TIME.contains(&due)) => {
                query.push(" and false");
            }
            (Ok(due), None) => {
                query.push(" and (next_due_at is null or (next_due_at, id) > (to_timestamp(");
                query.push_bind(due).push("::bigint / 1000.0), ").push_bind(id.to_owned()).push("))");
            }
            (Err(_), _) => {
                query.push(" and next_due_at is null and id > ").push_bind(id.to_owned());
            }
        }
    }

    /// Adds the order and the length of a page.
    pub fn order(&self, query: &mut QueryBuilder<Postgres>) {
        let key = self.sort().key().unwrap_or("next_due_at");
        query.push(format!(" order by {key}, id limit {}", self.page() + 1));
    }

    /// The filters as they stand in an address, without where the page begins.
    pub fn address(&self) -> String {
        self.address_after("")
    }

    /// The address of the page of the same view that begins there.
    pub fn address_after(&self, after: &str) -> String {
        let all = [
            ("q", self.q.as_str()),
            ("municipality", &self.municipality),
            ("team", &self.team),
            ("category", &self.category),
            ("severity", &self.severity),
            ("status", &self.status),
            ("ward", &self.ward),
            ("person", &self.person),
            ("queue", &self.queue),
            ("due", &self.due),
            ("sort", &self.sort),
            ("show", &self.show),
        ];
        let all = all.into_iter().chain(self.figure.fields()).chain([("after", after)]);
        let pairs: Vec<_> = all.filter(|(_, value)| !value.is_empty()).collect();
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_in_the_address_and_comes_back_from_it() {
        let names = [
            "q",
            "municipality",
            "team",
            "category",
            "severity",
            "status",
            "ward",
            "person",
            "queue",
            "due",
            "sort",
            "show",
            "on",
            "from",
            "to",
            "promise",
            "age",
            "breach",
            "hour",
        ];
        let query: Vec<String> = names.iter().map(|name| format!("{name}=of+{name}")).collect();
        let filter: QueueFilter = serde_urlencoded::from_str(&query.join("&")).unwrap();
        assert_eq!(filter.address(), query.join("&"));
        assert_eq!(filter.address_after("1_a"), format!("{}&after=1_a", query.join("&")));
    }

    #[test]
    fn an_unknown_order_is_that_of_deadlines_and_a_page_has_one_of_two_lengths() {
        let filter = |sort: &str, show: &str| QueueFilter {
            sort: sort.to_owned(),
            show: show.to_owned(),
            ..QueueFilter::default()
        };
        assert_eq!(filter("x; drop table", "").sort(), Sort::Due);
        assert_eq!(["500", "", "100000"].map(|show| filter("", show).page()), [500, 100, 100]);
    }
}
