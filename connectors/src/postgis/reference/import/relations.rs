//! How areas lie to each other: a ward or a service area in its municipality, areas over each other, and
//! codes that a file lacks. What is certainly wrong is refused, what may be right is remarked.

use sqlx::{AssertSqlSafe, PgConnection};

use super::table::{Definition, Table};
use crate::postgis::PostgisError;

/// What part of a smaller area may lie under another one: borders of two sources never agree to the metre.
pub(in super::super) const SLIVER: &str = "0.01";

/// Less than this part of an area must not be in its municipality.
pub(in super::super) const LEAST_INSIDE: &str = "0.5";

/// How many codes or rows a remark names.
const SHOWN: usize = 40;

/// Whether a row of `municipalities` or `wards` is in force today, by South Africa's date.
pub(in super::super) fn in_force(row: &str) -> String {
    format!("daterange({row}.valid_from, {row}.valid_to) @> today()")
}

/// What part of area `one` is in `other`; null where one of them cannot be compared.
pub(in super::super) fn share(one: &str, other: &str) -> String {
    format!(
        "(case when not st_isvalid({one}) or not st_isvalid({other}) then null
               when st_coveredby({one}, {other}) then 1
               else st_area(st_intersection({one}, {other})) / nullif(st_area({one}), 0) end)"
    )
}

/// Percent of a share, for people.
pub(in super::super) fn percent(share: &str) -> String {
    format!("round(100 * {share})")
}

/// What is said of two precincts of the police that lie over each other (SQL).
pub(in super::super) fn precincts_overlap(code: &str, other: &str, percent: &str) -> String {
    format!(
        "format('the precincts of the police teams %s and %s lie over each other: %s %% of the smaller one \
         is in both, and disclosures from there go to it (of two as large, to the lower code); correct \
         `service_area`, or make `is_active` false where one has closed', {code}, {other}, {percent})"
    )
}

/// A check for rows whose area is not in their municipality: number and complaint.
pub(super) fn outside(table: &Definition) -> Option<String> {
    let area = area(table).filter(|_| table.has_municipality())?;
    let share = share(&format!("m.{area}"), "o.boundary");
    Some(format!(
        "select number, format('`{area}` is outside of its municipality %s: %s %% of it lies there%s; \
         correct `municipality` or the area',
                               municipality, {percent}, coalesce(', its middle in ' || elsewhere, ''))
         from (select m.number, m.municipality, {share} as share,
                      (select e.code from municipalities e where e.kind <> 'district' and {in_force}
                       and st_contains(e.boundary, st_pointonsurface(m.{area})) order by e.code limit 1) as \
                       elsewhere
               from import_merged m join municipalities o on o.code = m.municipality
               where m.{area} is not null and st_isvalid(m.{area})) placed
         where share < {LEAST_INSIDE}",
        percent = percent("share"),
        in_force = in_force("e"),
    ))
}

fn area(table: &Definition) -> Option<&'static str> {
    table.columns.iter().find(|column| column.form.is_area()).map(|column| column.name)
}

/// Gives each staged place the municipality in force that holds its point, by the rules of routing: local or
/// metropolitan before district, then the lowest code. Places in none are left out; the remark names them.
pub(super) async fn place_in_municipalities(
    connection: &mut PgConnection,
) -> Result<Option<String>, PostgisError> {
    let place = format!(
        "update import_stage s set municipality = (select o.code from municipalities o where {} and \
         st_intersects(o.boundary, s.point) order by o.kind = 'district', o.code collate \"C\" limit 1)",
        in_force("o"),
    );
    sqlx::query(AssertSqlSafe(place)).execute(&mut *connection).await?;
    sqlx::query(
        "update import_stage set code = code || municipality \
         where code like '%@' and municipality is not null",
    )
    .execute(&mut *connection)
    .await?;
    let left_out: Vec<String> = sqlx::query_scalar(
        "with gone as (delete from import_stage where sound and municipality is null returning number, name) \
         select name from gone order by number",
    )
    .fetch_all(connection)
    .await?;
    Ok(left_out_remark(&left_out))
}

/// The remark about places that are in no municipality.
pub(super) fn left_out_remark(names: &[String]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let shown = names.get(..SHOWN).unwrap_or(names).join(", ");
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "in no municipality that is in force, so left out: {} places: {shown}{more}; import the boundaries \
         of their municipalities first",
        names.len()
    ))
}

/// What a person should look at in the table that was just written.
pub(super) async fn remarks(
    connection: &mut PgConnection,
    table: &Definition,
) -> Result<Vec<String>, PostgisError> {
    let mut statements = if table.is(Table::Boundaries) {
        vec![
            (overlaps(table), Shown::Lines),
            (lacking(table), Shown::One),
            (ended(table), Shown::One),
            (LEFT_BEHIND.to_owned(), Shown::Lines),
        ]
    } else if table.is(Table::Wards) {
        vec![
            (partly_outside(table), Shown::Lines),
            (overlaps(table), Shown::Lines),
            (lacking(table), Shown::One),
            (ended(table), Shown::One),
        ]
    } else if table.has_municipality() && area(table).is_some() {
        vec![(partly_outside(table), Shown::Lines), (precincts(), Shown::Lines)]
    } else {
        Vec::new()
    };
    if table.has_municipality() {
        statements.push((of_ended(table), Shown::One));
    }
    let mut remarks = Vec::new();
    for (statement, shown) in statements {
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut *connection).await?;
        remarks.extend(shown.of(found));
    }
    Ok(remarks)
}

enum Shown {
    /// Each finding is a line of its own.
    Lines,
    /// The first is how the line begins and the second how it ends; codes are between them.
    One,
}

impl Shown {
    fn of(&self, mut found: Vec<String>) -> Vec<String> {
        match self {
            Self::Lines => {
                let more = found.len().saturating_sub(SHOWN);
                found.truncate(SHOWN);
                found.extend((more > 0).then(|| format!("and {more} more like the last one")));
                found
            }
            Self::One => {
                let mut codes = found.into_iter();
                let (Some(begins), Some(ends)) = (codes.next(), codes.next()) else { return Vec::new() };
                let codes: Vec<String> = codes.collect();
                let Some(more) = codes.len().checked_sub(SHOWN) else {
                    return if codes.is_empty() {
                        Vec::new()
                    } else {
                        vec![format!("{begins}{}{ends}", codes.join(" "))]
                    };
                };
                let shown = codes.get(..SHOWN).unwrap_or_default().join(" ");
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                vec![format!("{begins}{shown}{more}{ends}")]
            }
        }
    }
}

/// The word for one row of the table, as the command that ends it takes it.
fn one_of(table: &Definition) -> &'static str {
    if table.is(Table::Wards) { "ward" } else { "municipality" }
}

/// Rows of the file over others that are in force: local municipalities over each other, wards of one
/// municipality over each other.
fn overlaps(table: &Definition) -> String {
    let (alike, one) = match table.is(Table::Wards) {
        true => ("b.municipality = a.municipality", "ward"),
        false => ("a.kind <> 'district' and b.kind <> 'district'", "municipality"),
    };
    format!(
        "select format('{one} %s lies over {one} %s: %s %% of %s is in both, and reports from there go to \
         %s; if one has ended, end it: trust-engine reference end {one} %s --on YYYY-MM-DD',
                       code, other, {percent}, smaller, least(code collate \"C\", other collate \"C\"), other)
         from (select a.code, b.code as other, case when st_area(a.boundary) <= st_area(b.boundary) then \
         a.code else b.code end as smaller,
                      case when st_isvalid(a.boundary) and st_isvalid(b.boundary)
                           then st_area(st_intersection(a.boundary, b.boundary)) / \
                           nullif(least(st_area(a.boundary), st_area(b.boundary)), 0) end as share
               from {name} a join import_merged f on f.code = a.code
               join {name} b on b.code <> a.code and a.boundary && b.boundary and st_intersects(a.boundary, \
               b.boundary)
               where {alike} and {a_in_force} and {b_in_force}
                 and (a.code < b.code or not exists (select from import_merged other where other.code = \
                 b.code))) pairs
         where share > {SLIVER} order by code, other",
        name = table.name,
        percent = percent("share"),
        a_in_force = in_force("a"),
        b_in_force = in_force("b"),
    )
}

/// Precincts of the file over others of teams that are active.
fn precincts() -> String {
    format!(
        "select {said}
         from (select least(a.code, b.code) as code, greatest(a.code, b.code) as other,
                      case when st_isvalid(a.service_area) and st_isvalid(b.service_area)
                           then st_area(st_intersection(a.service_area, b.service_area)) / \
                           nullif(least(st_area(a.service_area), st_area(b.service_area)), 0) end as share
               from teams a join import_merged f on f.code = a.code
               join teams b on b.code <> a.code and a.service_area && b.service_area and \
               st_intersects(a.service_area, b.service_area)
               where a.is_saps and b.is_saps and a.is_active and b.is_active
                 and (a.code < b.code or not exists (select from import_merged other where other.code = \
                 b.code))) pairs
         where share > {SLIVER} order by code, other",
        said = precincts_overlap("code", "other", &percent("share")),
    )
}

/// Codes in force that a file of their kind, or of their municipality, does not have.
fn lacking(table: &Definition) -> String {
    let (alike, one) = match table.is(Table::Wards) {
        true => ("t.municipality in (select municipality from import_merged)", "ward"),
        false => ("t.kind in (select kind from import_merged)", "municipality"),
    };
    let lines = format!(
        "select t.code from {name} t where {alike} and {in_force} and not exists (select from import_merged \
         m where m.code = t.code)",
        name = table.name,
        in_force = in_force("t"),
    );
    between(
        "in force and not in this file: ",
        &format!("; if they have ended, end them: trust-engine reference end {one} CODE... --on YYYY-MM-DD"),
        &lines,
    )
}

/// Codes of the file that have ended or have not begun.
fn ended(table: &Definition) -> String {
    let lines = format!(
        "select t.code from {name} t join import_merged m on m.code = t.code where not ({in_force})",
        name = table.name,
        in_force = in_force("t"),
    );
    between(
        "in this file but not in force, so in no edition: ",
        &format!("; if one goes on: trust-engine reference end {} CODE --never", one_of(table)),
        &lines,
    )
}

/// Municipalities of rows in the file that have ended or have not begun: the rows have no effect.
fn of_ended(table: &Definition) -> String {
    let lines = format!(
        "select distinct o.code from import_merged m join municipalities o on o.code = m.municipality
          where not ({in_force})",
        in_force = in_force("o"),
    );
    let rows = table.name;
    between(
        &format!("{rows} in this file are of municipalities that are not in force, so they have no effect: "),
        "; correct `municipality`, or, if one goes on: trust-engine reference end municipality CODE --never",
        &lines,
    )
}

fn between(begins: &str, ends: &str, codes: &str) -> String {
    format!(
        "select text from (select 0 as place, '{begins}' as text union all select 1, '{ends}'
                           union all select 2, code from ({codes}) found (code)) lines order by place, text"
    )
}

/// Rows that are in their municipality for the most part.
fn partly_outside(table: &Definition) -> String {
    let area = area(table).unwrap_or("boundary");
    let one = if table.is(Table::Wards) { "ward" } else { "team" };
    format!(
        "select format('{one} %s: %s %% of its area is outside of its municipality %s', code, {percent}, \
         municipality)
         from (select m.code, m.municipality, {share} as share from import_merged m join municipalities o \
         on o.code = m.municipality
               where m.{area} is not null) placed
         where share < 1 - {SLIVER} order by code",
        percent = percent("(1 - share)"),
        share = share(&format!("m.{area}"), "o.boundary"),
    )
}

/// Wards and teams that a new boundary of their municipality leaves outside.
const LEFT_BEHIND: &str = "select format('%s %s is outside of the boundary of its municipality %s: import \
    the new one before you publish', what, code, municipality)
    from (select 'ward' as what, w.code, w.municipality, w.boundary as area from wards w where \
    daterange(w.valid_from, w.valid_to) @> today()
          union all select 'team', t.code, t.municipality, t.service_area from teams t where t.is_active \
          and t.service_area is not null) areas
    join (select f.code as owner, t.boundary from import_merged f join municipalities t on t.code = f.code
          where daterange(t.valid_from, t.valid_to) @> today()) m on owner = areas.municipality
    where (case when not st_isvalid(area) or not st_isvalid(boundary) then null
                when st_coveredby(area, boundary) then 1
                else st_area(st_intersection(area, boundary)) / nullif(st_area(area), 0) end) < 0.5
    order by what, code";
