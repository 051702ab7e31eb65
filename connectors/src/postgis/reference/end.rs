//! Ending: sets the day from which a municipality or a ward is no longer in force, because others have
//! replaced it.

use jiff::civil::Date;
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::import::relations::{LEAST_INSIDE, in_force};
use crate::postgis::PostgisError;

/// The kinds of areas that can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaKind {
    /// A municipality, and with it its wards, teams and policies.
    Municipality,
    /// A ward of a municipality.
    Ward,
}

/// Ends municipalities or wards.
#[derive(Clone, Debug)]
pub struct End {
    /// The kind of areas that the codes name.
    pub what: AreaKind,
    /// The codes of the areas that end.
    pub codes: Vec<String>,
    /// The first day on which they are no longer in force; `None` removes an end that was set before.
    pub on: Option<Date>,
    /// Whether this is a dry run, after which everything is rolled back.
    pub dry_run: bool,
}

impl AreaKind {
    const fn table(self) -> &'static str {
        match self {
            Self::Municipality => "municipalities",
            Self::Ward => "wards",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Municipality => "municipality",
            Self::Ward => "ward",
        }
    }
}

impl End {
    /// Sets the day, and returns what a person should look at afterwards. Editions that are published before
    /// that day contain it, and those published later leave out what has ended.
    ///
    /// # Errors
    /// A code is not in the table, or the database cannot be asked. Nothing has changed then.
    pub async fn run(&self, pool: &PgPool) -> Result<Vec<String>, PostgisError> {
        let table = self.what.table();
        let word = self.what.word();
        let mut transaction = pool.begin().await?;
        // A row is in force for at least one day. The beginning of a row that was imported after its end is
        // moved before the end.
        let update = format!(
            "update {table} set valid_to = $2::text::date,
                valid_from = case when $2 is null then least(valid_from, today()) else \
                least(valid_from, $2::text::date - 1) end
             where code = any($1) returning code"
        );
        let ended: Vec<String> = sqlx::query_scalar(AssertSqlSafe(update))
            .bind(&self.codes)
            .bind(self.on.map(|on| on.to_string()))
            .fetch_all(&mut *transaction)
            .await?;
        let unknown: Vec<String> = self.codes.iter().filter(|code| !ended.contains(code)).cloned().collect();
        if !unknown.is_empty() {
            let complaint =
                |code: &String| format!("there is no {word} `{code}`: correct its code; nothing has changed");
            return Err(PostgisError::Reference(unknown.iter().map(complaint).collect()));
        }
        let mut remarks = Vec::new();
        for row in sqlx::query(AssertSqlSafe(uncovered(self.what)))
            .bind(&self.codes)
            .fetch_all(&mut *transaction)
            .await?
        {
            let code: String = row.try_get(0)?;
            let rest: String = row.try_get(1)?;
            remarks.push(format!("{word} {code}: {rest}"));
        }
        if self.dry_run {
            transaction.rollback().await?;
        } else {
            transaction.commit().await?;
        }
        Ok(remarks)
    }
}

/// Warnings about the areas that have an end: what ends with them, and which have no successor for most of
/// their area.
fn uncovered(what: AreaKind) -> String {
    let (alike, goes_with) = match what {
        AreaKind::Municipality => (
            "o.kind <> 'district'",
            "(select count(*) from wards w where w.municipality = a.code) || ' wards, '
             || (select count(*) from teams t where t.municipality = a.code) || ' teams and '
             || (select count(*) from policies p where p.municipality = a.code) || ' policies end with it'",
        ),
        AreaKind::Ward => ("o.municipality = a.municipality", "'it ends'"),
    };
    format!(
        "select code, goes_with || case when covered < {LEAST_INSIDE} then '; no other in force covers most \
         of its area: import its successor' else '' end
         from (select a.code, {goes_with} as goes_with,
                      coalesce((select sum(case when st_isvalid(a.boundary) and st_isvalid(o.boundary)
                                                then st_area(st_intersection(a.boundary, o.boundary)) end)
                                from {table} o where o.code <> all($1) and {alike} and {in_force} and \
                                o.boundary && a.boundary), 0)
                      / nullif(st_area(a.boundary), 0) as covered
               from {table} a where a.code = any($1) and a.valid_to is not null) ending
         order by code",
        table = what.table(),
        in_force = in_force("o"),
    )
}
