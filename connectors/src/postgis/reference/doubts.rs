//! Doubts: changes of the reference data, compared with the edition in force, that may be mistakes. A person
//! decides.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgConnection};
use topics::records::editions::{MultiPolygon, Reference, Team};

use super::import::maps::{not_in_the_country, to_wkt};
use super::import::relations::{LEAST_INSIDE, SLIVER, percent, precincts_overlap, share};
use super::standing;
use crate::postgis::PostgisError;

/// An area: whether it is a municipality, a ward, a team or a precinct of the police, and its code.
type AreaName = (&'static str, String);

/// The areas of a reference that are judged by where they are.
struct JudgedArea<'a> {
    /// The municipality that it must be in; `None` for municipalities and the police.
    within: Option<String>,
    /// Whether it must not lie over others of its kind.
    is_exclusive: bool,
    /// What the areas that can take its place have in common; `None` if nobody asks where it has gone.
    group: Option<String>,
    area: &'a MultiPolygon,
}

/// The doubts about `after`, one a line. Only differences from `before` are examined, because a person has
/// decided about everything that was published.
///
/// # Errors
/// The database cannot be asked.
pub(super) async fn doubts(
    connection: &mut PgConnection,
    before: Option<&Reference>,
    after: &Reference,
) -> Result<Vec<String>, PostgisError> {
    // A team without an area serves its whole municipality.
    let served_whole: BTreeSet<String> =
        after.teams.iter().filter(|team| team.service_area.is_none()).filter_map(group_of_team).collect();
    let mut old = before.map(areas).unwrap_or_default();
    for area in old.values_mut() {
        area.group = area.group.take().filter(|group| !served_whole.contains(group));
    }
    let new = areas(after);
    let mut doubts: Vec<String> = changed(&old, &new)
        .filter_map(|(name, area)| {
            Some(format!("{}: its area {}", shown(name), not_in_the_country(area.area)?))
        })
        .collect();
    doubts.extend(before.map(|before| standing::doubts(before, after)).unwrap_or_default());
    stage(connection, "doubts_old", gone_or_changed(&old, &new), |_| true).await?;
    stage(connection, "doubts_new", new.iter(), |(name, area)| is_changed(&old, name, area)).await?;
    for statement in [moved(), uncovered(), outside(), overlaps()] {
        doubts.extend(
            sqlx::query_scalar::<_, String>(AssertSqlSafe(statement)).fetch_all(&mut *connection).await?,
        );
    }
    Ok(doubts)
}

fn shown((kind, code): &AreaName) -> String {
    format!("{kind} {code}")
}

fn areas(reference: &Reference) -> BTreeMap<AreaName, JudgedArea<'_>> {
    use topics::records::editions::MunicipalityKind::District;
    let mut areas = BTreeMap::new();
    for one in &reference.municipalities {
        let is_exclusive = one.kind != District;
        let group = is_exclusive.then(|| "municipality".to_owned());
        let area = JudgedArea { within: None, is_exclusive, group, area: &one.boundary };
        areas.insert(("municipality", one.code.to_string()), area);
    }
    for one in &reference.wards {
        let within = Some(one.municipality.to_string());
        let group = Some(format!("ward of {}", one.municipality));
        areas.insert(
            ("ward", one.code.to_string()),
            JudgedArea { within, is_exclusive: true, group, area: &one.boundary },
        );
    }
    for one in &reference.teams {
        if let Some(area) = &one.service_area {
            let within = one.municipality.as_ref().map(ToString::to_string);
            let group = group_of_team(one);
            let kind = if one.is_saps { "precinct" } else { "team" };
            // Two precincts over each other are two stations for one disclosure.
            let is_exclusive = one.is_saps && one.is_active;
            let area = JudgedArea { within, is_exclusive, group, area };
            areas.insert((kind, one.code.to_string()), area);
        }
    }
    areas
}

/// The teams that take the same reports: those of the police, or of a municipality for a category. A team
/// that takes no tickets is in no group.
fn group_of_team(team: &Team) -> Option<String> {
    let of = team.municipality.as_ref().map_or("", |code| code.as_str());
    let category = team.category.map_or("", |category| category.as_str());
    let group = if team.is_saps { "police".to_owned() } else { format!("team of {of} for {category}") };
    team.is_active.then_some(group)
}

fn is_changed(old: &BTreeMap<AreaName, JudgedArea<'_>>, name: &AreaName, area: &JudgedArea<'_>) -> bool {
    old.get(name).is_none_or(|old| {
        old.area != area.area || old.within != area.within || old.is_exclusive != area.is_exclusive
    })
}

fn changed<'a, 'b>(
    old: &'a BTreeMap<AreaName, JudgedArea<'b>>,
    new: &'a BTreeMap<AreaName, JudgedArea<'b>>,
) -> impl Iterator<Item = (&'a AreaName, &'a JudgedArea<'b>)> {
    new.iter().filter(|(name, area)| is_changed(old, name, area))
}

fn gone_or_changed<'a, 'b>(
    old: &'a BTreeMap<AreaName, JudgedArea<'b>>,
    new: &'a BTreeMap<AreaName, JudgedArea<'b>>,
) -> impl Iterator<Item = (&'a AreaName, &'a JudgedArea<'b>)> {
    let is_other =
        |new: &JudgedArea<'b>, old: &JudgedArea<'b>| new.area != old.area || new.group != old.group;
    old.iter().filter(move |(name, area)| new.get(*name).is_none_or(|new| is_other(new, area)))
}

/// Puts areas into a table that lives as long as the transaction.
async fn stage<'a, 'b: 'a>(
    connection: &mut PgConnection,
    table: &'static str,
    areas: impl Iterator<Item = (&'a AreaName, &'a JudgedArea<'b>)>,
    is_changed: impl Fn(&(&'a AreaName, &'a JudgedArea<'b>)) -> bool,
) -> Result<(), PostgisError> {
    let create = format!(
        "create temporary table {table} (kind text, code text, within text, is_exclusive boolean, \
         \"group\" text, is_changed boolean, area geometry) on commit drop"
    );
    sqlx::query(AssertSqlSafe(create)).execute(&mut *connection).await?;
    let insert = format!("insert into {table} values ($1, $2, $3, $4, $5, $6, st_geomfromtext($7, 4326))");
    for entry in areas {
        let ((kind, code), area) = entry;
        sqlx::query(AssertSqlSafe(insert.clone()))
            .bind(kind)
            .bind(code)
            .bind(&area.within)
            .bind(area.is_exclusive)
            .bind(&area.group)
            .bind(is_changed(&entry))
            .bind(to_wkt(area.area))
            .execute(&mut *connection)
            .await?;
    }
    let index = format!("create index on {table} using gist (area)");
    sqlx::query(AssertSqlSafe(index)).execute(&mut *connection).await?;
    sqlx::query(AssertSqlSafe(format!("analyze {table}"))).execute(connection).await?;
    Ok(())
}

fn km2(area: &str) -> String {
    format!("round((st_area({area}::geography) / 1e6)::numeric, 2)")
}

/// Areas of which less than half is left.
fn moved() -> String {
    format!(
        "select format('%s %s: only %s %% of its area stays, %s km² became %s km²', kind, code, {percent}, \
         {old}, {new})
         from (select n.kind, n.code, o.area as old_area, n.area as new_area, {share} as stays
               from doubts_old o join doubts_new n using (kind, code)) both_of
         where stays < 0.5 order by kind, code",
        percent = percent("stays"),
        old = km2("old_area"),
        new = km2("new_area"),
        share = share("o.area", "n.area"),
    )
}

/// Municipalities, wards, service areas and precincts that were removed, or whose team takes no tickets any
/// more, and whose area no others of their group cover.
fn uncovered() -> String {
    format!(
        "select case when kind in ('team', 'precinct')
                     then format('the area of %s %s is gone, and only %s %% of it is in that of another one \
                     for the same reports', kind, code, {percent})
                     else format('%s %s is gone, and only %s %% of its area is in another one', kind, code, \
                     {percent}) end
         from (select o.kind, o.code,
                      coalesce(st_area(st_intersection(o.area, (select st_union(n.area) from doubts_new n
                                where n.\"group\" = o.\"group\" and n.area && o.area))), 0)
                      / nullif(st_area(o.area), 0) as covered
               from doubts_old o
               where o.\"group\" is not null
                 and not exists (select from doubts_new n where n.kind = o.kind and n.code = o.code
                                 and (n.\"group\" is not null or n.kind not in ('team', 'precinct')))
                 and (o.within is null or exists (select from doubts_new n where n.kind = 'municipality' \
                 and n.code = o.within))) gone
         where covered < {LEAST_INSIDE} order by kind, code",
        percent = percent("covered"),
    )
}

/// Wards and service areas that are not in their municipality.
fn outside() -> String {
    format!(
        "select format('%s %s: only %s %% of its area is in its municipality %s', kind, code, {percent}, \
         within)
         from (select a.kind, a.code, a.within, {share} as inside from doubts_new a
               join doubts_new m on m.kind = 'municipality' and m.code = a.within
               where a.is_changed or m.is_changed) placed
         where inside < {LEAST_INSIDE} order by kind, code",
        percent = percent("inside"),
        share = share("a.area", "m.area"),
    )
}

/// Local municipalities that overlap, wards of one municipality, and precincts of the police.
fn overlaps() -> String {
    format!(
        "select case when kind in ('municipality', 'ward')
                     then format('%1$s %2$s lies over %1$s %3$s: %4$s %% of the smaller one is in both, and \
                     reports from there go to %2$s; if one has ended: trust-engine reference end %1$s CODE \
                     --on YYYY-MM-DD', kind, code, other, {percent})
                     else {precincts} end
         from (select a.kind, a.code, b.code as other, st_area(st_intersection(a.area, b.area)) / \
         nullif(least(st_area(a.area), st_area(b.area)), 0) as share
               from doubts_new a join doubts_new b on a.kind = b.kind and a.code collate \"C\" < b.code \
               collate \"C\" and a.within is not distinct from b.within
                    and a.area && b.area and st_intersects(a.area, b.area)
               where a.is_exclusive and b.is_exclusive and (a.is_changed or b.is_changed)) pairs
         where share > {SLIVER} order by kind, code, other",
        percent = percent("share"),
        precincts = precincts_overlap("code", "other", &percent("share")),
    )
}
