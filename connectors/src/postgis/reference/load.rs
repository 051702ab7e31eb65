//! Loading: reads the reference tables as one value and checks it. Every complaint names its row.

use std::fmt::Display;
use std::str::FromStr;

use pipeline::rules::absences;
use pipeline::rules::automations;
use pipeline::rules::ladders;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{PgConnection, Row};
use topics::records::editions::{
    Absence, Automation, Calendar, ClosingDay, DeclaredHoliday, Emergency, HoldLimit, LadderStep,
    MultiPolygon, Municipality, PlaceName, Policy, Reference, Rules, StaffMember, Team, Unavailability, Ward,
};

use crate::postgis::PostgisError;

/// Reads the reference tables, as they are now.
///
/// # Errors
/// The data are inconsistent (the error names each row), or the database cannot be asked.
pub async fn load(pool: &PgPool) -> Result<Reference, PostgisError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *transaction)
        .await?;
    let reference = read(&mut transaction).await?;
    transaction.commit().await?;
    Ok(reference)
}

/// Reads the reference tables within a transaction. Rows are in the order of their codes: the same tables
/// give the same bytes.
pub(super) async fn read(connection: &mut PgConnection) -> Result<Reference, PostgisError> {
    let mut complaints = geometry_complaints(connection).await?;
    let reference = Reference {
        municipalities: rows(connection, MUNICIPALITIES, municipality, &mut complaints).await?,
        wards: rows(connection, WARDS, ward, &mut complaints).await?,
        teams: rows(connection, TEAMS, team, &mut complaints).await?,
        policies: rows(connection, POLICIES, policy, &mut complaints).await?,
        rules: rules(connection).await?,
        emergency: emergency(connection).await?,
        places: rows(connection, PLACES, place, &mut complaints).await?,
        calendars: rows(connection, CALENDARS, calendar, &mut complaints).await?,
        closing_days: rows(connection, CLOSING_DAYS, closing_day, &mut complaints).await?,
        holidays: rows(connection, HOLIDAYS, holiday, &mut complaints).await?,
        hold_limits: rows(connection, HOLD_LIMITS, hold_limit, &mut complaints).await?,
        ladders: rows(connection, LADDERS, ladder_step, &mut complaints).await?,
        automations: rows(connection, AUTOMATIONS, automation, &mut complaints).await?,
        staff: rows(connection, STAFF, staff_member, &mut complaints).await?,
    };
    complain_of_whole(&reference, &mut complaints);
    if complaints.is_empty() { Ok(reference) } else { Err(PostgisError::Reference(complaints)) }
}

/// 15 digits after the point keep every double as it is. A municipality or a ward that has ended is left out,
/// and with a municipality what belongs to it: history stays in the tables and stops no edition. One that
/// ends or begins later is in the edition with that day, so that the edition need not be published again
/// then.
const MUNICIPALITIES: &str = r#"select 'municipality ' || code, code, name, kind, onboarded,
    st_asgeojson(boundary, 15), to_char(nullif(greatest(valid_from, today()), today()), 'YYYY-MM-DD'),
    to_char(valid_to, 'YYYY-MM-DD') from municipalities
    where valid_to is null or valid_to > today() order by code collate "C""#;
const WARDS: &str = r#"select 'ward ' || w.code, w.code, w.municipality, st_asgeojson(w.boundary, 15),
    to_char(nullif(greatest(w.valid_from, today()), today()), 'YYYY-MM-DD'), to_char(w.valid_to, 'YYYY-MM-DD')
    from wards w join municipalities m on m.code = w.municipality
    where (m.valid_to is null or m.valid_to > today()) and (w.valid_to is null or w.valid_to > today())
    order by w.code collate "C""#;
const TEAMS: &str = r#"select 'team ' || t.code, t.code, t.municipality, t.category,
    st_asgeojson(t.service_area, 15), t.is_saps, t.manager, t.lead, t.is_active,
    case when t.unavailable_until is null or t.unavailable_until >= today()
        then to_char(t.unavailable_from, 'YYYY-MM-DD') end,
    to_char(t.unavailable_until, 'YYYY-MM-DD')
    from teams t left join municipalities m on m.code = t.municipality
    where t.municipality is null or (m.valid_to is null or m.valid_to > today())
    order by t.code collate "C""#;
const POLICIES: &str = r#"select 'policy ' || p.id || ' of ' || p.municipality, p.municipality, p.category,
    p.severity, round(p.response_hours * 3600)::bigint, round(p.resolution_hours * 3600)::bigint,
    p.warning_threshold_pct, p.is_active, p.hours
    from policies p join municipalities m on m.code = p.municipality
    where (m.valid_to is null or m.valid_to > today())
    order by p.municipality collate "C", p.category collate "C" nulls first,
        p.severity collate "C" nulls first"#;

/// The municipality is looked up as routing does it, since boundaries may have changed after the import; a
/// place that is in none on board is left out.
const PLACES: &str = r#"select 'place ' || p.code, p.code, p.name, p.kind, p.suburb, m.code, st_x(p.point),
    st_y(p.point), p.radius_m, p.variants
    from place_names p cross join lateral (
        select o.code, o.onboarded from municipalities o
        where daterange(o.valid_from, o.valid_to) @> today() and st_intersects(o.boundary, p.point)
        order by o.kind = 'district', o.code collate "C" limit 1) m
    where p.is_active and m.onboarded order by p.code collate "C""#;

const CALENDARS: &str = r#"select 'calendar of ' || c.municipality, c.municipality, c.time_zone, c.critical,
    c.monday, c.tuesday, c.wednesday, c.thursday, c.friday, c.saturday, c.sunday
    from calendars c join municipalities m on m.code = c.municipality
    where (m.valid_to is null or m.valid_to > today()) order by c.municipality collate "C""#;
const CLOSING_DAYS: &str = r#"select 'closing day ' || c.day || ' of ' || c.municipality, c.municipality,
    to_char(c.day, 'YYYY-MM-DD'), c.name
    from closing_days c join municipalities m on m.code = c.municipality
    where c.is_active and (m.valid_to is null or m.valid_to > today())
    order by c.municipality collate "C", c.day"#;
const HOLIDAYS: &str =
    "select 'holiday ' || day, to_char(day, 'YYYY-MM-DD'), name from holidays order by day";

const HOLD_LIMITS: &str = "select 'hold limit ' || reason, reason, round(limit_hours * 3600)::bigint
    from hold_limits order by reason";

const LADDERS: &str = r#"select 'step ' || l.step || ' of the ladder of ' || l.municipality, l.municipality,
    l.category, l.severity, l.step, l.clock, l.at, l.action, l.whom
    from ladders l join municipalities m on m.code = l.municipality
    where l.is_active and (m.valid_to is null or m.valid_to > today())
    order by l.municipality collate "C", l.category collate "C" nulls first,
        l.severity collate "C" nulls first, l.step"#;
const AUTOMATIONS: &str = r#"select 'automation ' || a.code || ' of ' || a.municipality, a.municipality, a.code,
    a.position, a.trigger, a.category, a.severity, a.ward, a.team, a.language, a.place_source, a.older_than, a.effect
    from automations a join municipalities m on m.code = a.municipality
    where a.is_active and (m.valid_to is null or m.valid_to > today())
    order by a.municipality collate "C", a.position, a.code collate "C""#;
/// An absence that is over is left out.
const STAFF: &str = r#"select 'member of staff ' || s.login, s.login, s.municipality, s.team, s.role,
    case when s.absent_until is null or s.absent_until >= today()
        then to_char(s.absent_from, 'YYYY-MM-DD') end,
    to_char(s.absent_until, 'YYYY-MM-DD'), s.delegate
    from staff s join municipalities m on m.code = s.municipality
    where s.is_active and (m.valid_to is null or m.valid_to > today()) order by s.login collate "C""#;

/// Geometry that is not valid: PostGIS says why and where.
const BAD_GEOMETRY: &str = "select what || ': ' || case
        when st_isempty(area) then 'its area is empty'
        when not st_isvalid(area) then 'its area is not valid: ' || st_isvalidreason(area)
        else 'its area does not lie in degrees within the world' end
    from (select 'municipality ' || code as what, boundary as area from municipalities
          union all select 'ward ' || code, boundary from wards
          union all select 'team ' || code, service_area from teams where service_area is not null) areas
    where st_isempty(area) or not st_isvalid(area) or not st_makeenvelope(-180, -90, 180, 90, 4326) ~ area
    order by what";

async fn geometry_complaints(connection: &mut PgConnection) -> Result<Vec<String>, PostgisError> {
    Ok(sqlx::query_scalar(BAD_GEOMETRY).fetch_all(connection).await?)
}

/// Reads rows whose first column says which row it is.
async fn rows<T>(
    connection: &mut PgConnection,
    statement: &'static str,
    one: fn(&PgRow) -> Result<T, RowFault>,
    complaints: &mut Vec<String>,
) -> Result<Vec<T>, PostgisError> {
    let mut all = Vec::new();
    for row in sqlx::query(statement).fetch_all(connection).await? {
        match one(&row) {
            Ok(value) => all.push(value),
            Err(RowFault::Database(error)) => return Err(error.into()),
            Err(RowFault::Row(why)) => complaints.push(format!("{}: {why}", row.try_get::<String, _>(0)?)),
        }
    }
    Ok(all)
}

enum RowFault {
    Database(sqlx::Error),
    Row(String),
}

impl From<sqlx::Error> for RowFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

fn municipality(row: &PgRow) -> Result<Municipality, RowFault> {
    Ok(Municipality {
        code: word(row, 1)?,
        name: row.try_get(2)?,
        kind: word(row, 3)?,
        onboarded: row.try_get(4)?,
        boundary: area(&row.try_get::<String, _>(5)?)?,
        valid_from: word_or_none(row, 6)?,
        valid_to: word_or_none(row, 7)?,
    })
}

fn ward(row: &PgRow) -> Result<Ward, RowFault> {
    Ok(Ward {
        code: word(row, 1)?,
        municipality: word(row, 2)?,
        boundary: area(&row.try_get::<String, _>(3)?)?,
        valid_from: word_or_none(row, 4)?,
        valid_to: word_or_none(row, 5)?,
    })
}

fn team(row: &PgRow) -> Result<Team, RowFault> {
    Ok(Team {
        code: word(row, 1)?,
        municipality: word_or_none(row, 2)?,
        category: word_or_none(row, 3)?,
        service_area: row.try_get::<Option<String>, _>(4)?.as_deref().map(area).transpose()?,
        is_saps: row.try_get(5)?,
        manager: word_or_none(row, 6)?,
        lead: word_or_none(row, 7)?,
        is_active: row.try_get(8)?,
        unavailable: match word_or_none(row, 9)? {
            Some(from) => Some(Unavailability { from, until: word_or_none(row, 10)? }),
            None => None,
        },
    })
}

fn policy(row: &PgRow) -> Result<Policy, RowFault> {
    Ok(Policy {
        municipality: word(row, 1)?,
        category: word_or_none(row, 2)?,
        severity: word_or_none(row, 3)?,
        response_s: positive(row, 4, "response_hours")?,
        resolution_s: positive(row, 5, "resolution_hours")?,
        warning_pct: row
            .try_get::<i32, _>(6)?
            .try_into()
            .map_err(|_| RowFault::Row("its warning is not a percentage".to_owned()))?,
        is_active: row.try_get(7)?,
        hours: word(row, 8)?,
    })
}

fn calendar(row: &PgRow) -> Result<Calendar, RowFault> {
    Ok(Calendar {
        municipality: word(row, 1)?,
        time_zone: row.try_get(2)?,
        critical: word(row, 3)?,
        monday: word_or_none(row, 4)?,
        tuesday: word_or_none(row, 5)?,
        wednesday: word_or_none(row, 6)?,
        thursday: word_or_none(row, 7)?,
        friday: word_or_none(row, 8)?,
        saturday: word_or_none(row, 9)?,
        sunday: word_or_none(row, 10)?,
    })
}

fn closing_day(row: &PgRow) -> Result<ClosingDay, RowFault> {
    Ok(ClosingDay { municipality: word(row, 1)?, day: word(row, 2)?, name: row.try_get(3)? })
}

fn holiday(row: &PgRow) -> Result<DeclaredHoliday, RowFault> {
    Ok(DeclaredHoliday { day: word(row, 1)?, name: row.try_get(2)? })
}

fn hold_limit(row: &PgRow) -> Result<HoldLimit, RowFault> {
    Ok(HoldLimit { reason: word(row, 1)?, limit_s: positive(row, 2, "limit_hours")? })
}

fn ladder_step(row: &PgRow) -> Result<LadderStep, RowFault> {
    let step = row.try_get::<i32, _>(4)?;
    Ok(LadderStep {
        municipality: word(row, 1)?,
        category: word_or_none(row, 2)?,
        severity: word_or_none(row, 3)?,
        step: step.try_into().map_err(|_| RowFault::Row(format!("there is no step {step}")))?,
        clock: word(row, 5)?,
        at: word(row, 6)?,
        action: word(row, 7)?,
        whom: word_or_none(row, 8)?,
    })
}

fn automation(row: &PgRow) -> Result<Automation, RowFault> {
    let position = row.try_get::<i32, _>(3)?;
    Ok(Automation {
        municipality: word(row, 1)?,
        code: word(row, 2)?,
        position: position
            .try_into()
            .map_err(|_| RowFault::Row(format!("there is no position {position}")))?,
        trigger: word(row, 4)?,
        category: word_or_none(row, 5)?,
        severity: word_or_none(row, 6)?,
        ward: word_or_none(row, 7)?,
        team: word_or_none(row, 8)?,
        language: word_or_none(row, 9)?,
        place_source: word_or_none(row, 10)?,
        older_than: word_or_none(row, 11)?,
        effect: word(row, 12)?,
    })
}

fn staff_member(row: &PgRow) -> Result<StaffMember, RowFault> {
    Ok(StaffMember {
        login: word(row, 1)?,
        municipality: word(row, 2)?,
        team: word_or_none(row, 3)?,
        role: word(row, 4)?,
        absence: match word_or_none(row, 5)? {
            Some(from) => {
                Some(Absence { from, until: word_or_none(row, 6)?, delegate: word_or_none(row, 7)? })
            }
            None => None,
        },
    })
}

fn place(row: &PgRow) -> Result<PlaceName, RowFault> {
    Ok(PlaceName {
        code: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: word(row, 3)?,
        suburb: row.try_get(4)?,
        municipality: word(row, 5)?,
        point: [row.try_get(6)?, row.try_get(7)?],
        radius_m: u32::try_from(row.try_get::<i32, _>(8)?)
            .map_err(|_| RowFault::Row("radius_m is less than 0".to_owned()))?,
        variants: row.try_get(9)?,
    })
}

fn positive(row: &PgRow, column: usize, name: &str) -> Result<u64, RowFault> {
    let seconds = row.try_get::<i64, _>(column)?;
    u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| RowFault::Row(format!("{name} is less than a second")))
}

fn word<T: FromStr<Err: Display>>(row: &PgRow, column: usize) -> Result<T, RowFault> {
    row.try_get::<&str, _>(column)?.parse().map_err(|error: T::Err| RowFault::Row(error.to_string()))
}

fn word_or_none<T: FromStr<Err: Display>>(row: &PgRow, column: usize) -> Result<Option<T>, RowFault> {
    match row.try_get::<Option<&str>, _>(column)? {
        Some(text) => text.parse().map(Some).map_err(|error: T::Err| RowFault::Row(error.to_string())),
        None => Ok(None),
    }
}

/// The coordinates of a GeoJSON MultiPolygon.
fn area(geojson: &str) -> Result<MultiPolygon, RowFault> {
    #[derive(serde::Deserialize)]
    struct Geometry {
        coordinates: MultiPolygon,
    }
    let geometry: Geometry = serde_json::from_str(geojson)
        .map_err(|error| RowFault::Row(format!("its area cannot be read: {error}")))?;
    Ok(geometry.coordinates)
}

/// Checks that the constraints of the tables cannot make.
fn complain_of_whole(reference: &Reference, complaints: &mut Vec<String>) {
    if reference.municipalities.is_empty() {
        complaints
            .push("there is no municipality; import some, or try: trust-engine reference demo".to_owned());
    }
    complaints.extend(ladders::check::complaints(reference).iter().map(ToString::to_string));
    complaints.extend(automations::complaints(reference).iter().map(ToString::to_string));
    complaints.extend(absences::complaints(reference).iter().map(ToString::to_string));
    complaints.extend(ladders::check::unreached(reference).iter().map(ToString::to_string));
    complaints.extend(automations::unreached(reference).iter().map(ToString::to_string));
    for policy in &reference.policies {
        if policy.resolution_s < policy.response_s {
            complaints.push(format!(
                "policy of {}: it must be resolved before anybody must have looked",
                policy.municipality
            ));
        }
    }
}

async fn rules(connection: &mut PgConnection) -> Result<Rules, PostgisError> {
    let json: String = sqlx::query_scalar("select (to_jsonb(rules) - 'single')::text from rules")
        .fetch_one(connection)
        .await?;
    serde_json::from_str(&json).map_err(|error| PostgisError::Reference(vec![format!("rules: {error}")]))
}

async fn emergency(connection: &mut PgConnection) -> Result<Emergency, PostgisError> {
    let statement =
        "select service, number, min(as_of) over ()::text from emergency_numbers order by service";
    let mut emergency = Emergency::default();
    for row in sqlx::query(statement).fetch_all(connection).await? {
        emergency.as_of = row.try_get(2)?;
        emergency.numbers.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(emergency)
}
