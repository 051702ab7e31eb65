//! The geography of the pipeline compared with PostGIS, on made-up and on real boundaries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[allow(dead_code, reason = "others use the rest")]
#[path = "../../pipeline/tests/real/mod.rs"]
mod real;

use std::collections::BTreeSet;

use pipeline::rules::edition::Edition;
use pipeline::rules::geography::{PinVerdict, cell_of, judge, locate};
use pipeline::stages::refer::refer;
use simulator::harness::postgres::Databases;
use sqlx::{Connection, PgConnection, Row};
use topics::records::editions::MunicipalityKind::{self, District, Local};
use topics::records::editions::{MultiPolygon, Reference, Team};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule};

/// How many points are located.
const LOCATED: usize = 100_000;
/// How many points in no area have their distances measured, unless `ORACLE_NEAREST` says another number:
/// PostGIS takes a millisecond and more for each area near one.
const MEASURED: usize = 300;
/// Whether PostGIS' `st_distance(geography)` agrees with our distance. Its result is up to 0.3 % too long: by
/// its own measure, corners of such an area are nearer than the distance that it gives for the area. Our
/// distance is the distance to a point on the edge, so a longer one is not the smallest. Another test checks,
/// against all points, that no point is nearer than ours.
fn same(postgis: f64, ours: f64) -> bool {
    (-1.0..=f64::max(10.0, ours * 0.005)).contains(&(postgis - ours))
}

fn measured() -> usize {
    std::env::var("ORACLE_NEAREST")
        .map_or(MEASURED, |number| number.parse().expect("ORACLE_NEAREST is a number"))
}

/// The name of an area in the tables: kind and code.
type Areas = Vec<(MunicipalityKind, Vec<(String, MultiPolygon)>)>;

struct Oracle {
    connection: PgConnection,
    areas: Areas,
}

impl Oracle {
    /// Stores the areas in PostGIS. Areas that it considers invalid are left out on both sides.
    async fn new(url: &str, mut areas: Areas) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(
            "create table areas (kind text, code text, area geometry(MultiPolygon, 4326), fine geography)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        for (kind, areas) in &areas {
            for (code, area) in areas {
                let geojson = serde_json::json!({ "type": "MultiPolygon", "coordinates": area }).to_string();
                let insert = "insert into areas values ($1, $2, st_setsrid(st_geomfromgeojson($3), 4326))";
                sqlx::query(insert)
                    .bind(kind.as_str())
                    .bind(code)
                    .bind(geojson)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
        }
        // An edge is straight in degrees in the pipeline, and straight on the ellipsoid for `geography`. Cut
        // into short pieces, both are the same.
        let finish = "delete from areas where not st_isvalid(area); \
            update areas set fine = st_segmentize(area, 0.01)::geography;
            create index on areas using gist (area); analyze areas;
            create table points (number bigint, point geometry(Point, 4326))";
        sqlx::raw_sql(finish).execute(&mut connection).await.unwrap();
        let valid: Vec<(String, String)> =
            sqlx::query_as("select kind, code from areas").fetch_all(&mut connection).await.unwrap();
        let valid: BTreeSet<(String, String)> = valid.into_iter().collect();
        for (kind, areas) in &mut areas {
            areas.retain(|(code, _)| valid.contains(&(kind.as_str().to_owned(), code.clone())));
        }
        Self { connection, areas }
    }

    async fn draw(&mut self, points: &[Point]) {
        let numbers: Vec<i64> = (0..).take(points.len()).collect();
        let (x, y): (Vec<f64>, Vec<f64>) =
            points.iter().map(|point| (point.longitude, point.latitude)).unzip();
        let insert = "insert into points select number, st_setsrid(st_makepoint(x, y), 4326) \
            from unnest($1::bigint[], $2::float8[], $3::float8[]) as p(number, x, y)";
        sqlx::raw_sql("truncate points").execute(&mut self.connection).await.unwrap();
        sqlx::query(insert).bind(numbers).bind(x).bind(y).execute(&mut self.connection).await.unwrap();
    }

    /// For each point the lowest code of the kind that contains it, and of those that touch it with their
    /// border.
    async fn locate(&mut self, kind: MunicipalityKind) -> Vec<(Option<String>, Option<String>)> {
        let query = r#"select min(code collate "C") filter (where st_contains(area, point)), min(code
            collate "C") filter (where not st_contains(area, point))
            from points left join areas on kind = $1 and st_intersects(area, point) group by number order
            by number"#;
        sqlx::query_as(query).bind(kind.as_str()).fetch_all(&mut self.connection).await.unwrap()
    }

    /// For each point the distances in metres of all areas within some degrees of it.
    async fn distances(&mut self, points: usize, degrees: f64) -> Vec<Vec<(String, f64)>> {
        let query = "select number, code, st_distance(fine, point::geography) from points join areas \
            on area && st_expand(point, $1)";
        let mut distances = vec![Vec::new(); points];
        for row in sqlx::query(query).bind(degrees).fetch_all(&mut self.connection).await.unwrap() {
            distances[usize::try_from(row.get::<i64, _>(0)).unwrap()].push((row.get(1), row.get(2)));
        }
        distances
    }

    fn corners(&self) -> Vec<[f64; 2]> {
        self.areas
            .iter()
            .flat_map(|(_, areas)| {
                areas.iter().flat_map(|(_, area)| area.iter().flatten().flatten().copied())
            })
            .collect()
    }
}

/// Points all over the country and around it; some at the height of a corner, some on one.
fn points(corners: &[[f64; 2]]) -> Vec<Point> {
    let mut numbers = real::numbers(1_652);
    let mut number = |low: f64, high: f64| low + numbers.next().unwrap() * (high - low);
    let mut point = |n: usize| {
        let corner = corners[(number(0.0, 1.0) * corners.len() as f64) as usize % corners.len()];
        let anywhere = Point { latitude: number(-35.0, -22.0), longitude: number(16.0, 33.0) };
        let latitude = if n.is_multiple_of(4) { corner[1] } else { anywhere.latitude };
        let longitude = if n.is_multiple_of(40) { corner[0] } else { anywhere.longitude };
        Point { latitude, longitude }
    };
    (0..LOCATED).map(&mut point).collect()
}

async fn containment_agrees(oracle: &mut Oracle, edition: &Edition, points: &[Point]) {
    oracle.draw(points).await;
    let locals = oracle.locate(Local).await;
    let districts = oracle.locate(District).await;
    assert_eq!((locals.len(), districts.len()), (points.len(), points.len()));
    let mut seen = [0; 4];
    for (point, (local, district)) in points.iter().zip(locals.iter().zip(&districts)) {
        let expected = match (local, district) {
            ((Some(code), _), _) => (Some(code.as_str()), MunicipalityRule::Contains),
            ((None, Some(code)), _) => (Some(code.as_str()), MunicipalityRule::Border),
            (_, (Some(code), _)) => (Some(code.as_str()), MunicipalityRule::Contains),
            (_, (None, Some(code))) => (Some(code.as_str()), MunicipalityRule::Border),
            _ => (None, MunicipalityRule::None),
        };
        let routing = locate(Some(*point), Category::Water, Time::from_millis(0), edition);
        let found = (routing.municipality.as_ref().map(|code| code.as_str()), routing.municipality_rule);
        seen[routing.municipality_rule as usize] += 1;
        match routing.municipality_rule {
            MunicipalityRule::Contains | MunicipalityRule::Border => assert_eq!(found, expected, "{point:?}"),
            MunicipalityRule::Nearest | MunicipalityRule::None => {
                assert_eq!(expected, (None, MunicipalityRule::None), "{point:?}")
            }
        }
    }
    eprintln!("{} points; contains, border, nearest, none: {seen:?}", points.len());
}

async fn the_nearest_agrees(oracle: &mut Oracle, edition: &Edition, points: &[Point]) {
    let outside = |point: &&Point| {
        matches!(
            locate(Some(**point), Category::Water, Time::from_millis(0), edition).municipality_rule,
            MunicipalityRule::Nearest | MunicipalityRule::None
        )
    };
    let outside: Vec<Point> = points.iter().filter(outside).take(measured()).copied().collect();
    oracle.draw(&outside).await;
    let mut nearest = 0;
    let mut worst = 0.0f64;
    let mut others: Vec<f64> = Vec::new();
    for (point, distances) in outside.iter().zip(oracle.distances(outside.len(), 0.65).await) {
        let routing = locate(Some(*point), Category::Water, Time::from_millis(0), edition);
        let first = distances.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let least = first.map_or(f64::INFINITY, |(_, metres)| *metres);
        let Some(metres) = routing.distance_m.map(f64::from) else {
            assert!(least > 50_000.0, "{point:?}: nothing within 50 km, and PostGIS sees one at {least} m");
            continue;
        };
        let code = routing.municipality.unwrap();
        let ours = distances
            .iter()
            .filter(|(known, _)| known == code.as_str())
            .map(|(_, metres)| *metres)
            .fold(f64::INFINITY, f64::min);
        assert!(same(ours, metres), "{point:?}: {metres} m to {code}, says PostGIS {ours}");
        assert!(same(least, metres), "{point:?}: {code} at {ours} m, but PostGIS sees one at {least} m");
        if first.is_some_and(|(first, _)| first != code.as_str()) && ours > least {
            others.push(ours - least);
        }
        worst = worst.max((ours - metres).abs());
        nearest += 1;
    }
    let apart = others.iter().copied().fold(0.0, f64::max);
    eprintln!(
        "{} points in no area, {nearest} of them within 50 km of one; \
         distances differ by {worst:.2} m at most",
        outside.len()
    );
    eprintln!("{} times another area is nearer to PostGIS, by {apart:.2} m at most", others.len());
    assert!(nearest > outside.len() / 10);
}

async fn the_nearest_precinct_agrees(oracle: &mut Oracle, points: &[Point]) {
    let (_, areas) = oracle.areas.first().unwrap();
    let stations: Vec<Team> = areas
        .iter()
        .step_by(areas.len() / 5)
        .map(|(code, area)| Team {
            code: code.parse().unwrap(),
            municipality: None,
            category: None,
            service_area: Some(area.clone()),
            is_saps: true,
            manager: None,
            lead: None,
            is_active: true,
            unavailable: None,
        })
        .collect();
    let codes: Vec<String> = stations.iter().map(|team| team.code.to_string()).collect();
    let edition = Edition::new(1, Reference { teams: stations, ..Reference::default() }).unwrap();
    let here = |point: &&Point| judge(point.latitude, point.longitude) == PinVerdict::Plausible(**point);
    let points: Vec<Point> = points.iter().filter(here).take(MEASURED / 3).copied().collect();
    oracle.draw(&points).await;
    let query = "select st_distance(fine, point::geography), code from points join areas on code = any($1) \
        and kind = 'local' where number = $2 order by 1 limit 1";
    for (number, point) in (0i64..).zip(&points) {
        let (metres, code): (f64, String) =
            sqlx::query_as(query).bind(&codes).bind(number).fetch_one(&mut oracle.connection).await.unwrap();
        let referral = refer(Some(*point), &edition);
        let ours = referral.distance_m.map_or(0.0, f64::from);
        assert!(
            same(metres, ours),
            "{point:?}: {ours} m to {:?}, says PostGIS {metres} to {code}",
            referral.team
        );
    }
}

async fn cells_agree(oracle: &mut Oracle, points: &[Point]) {
    let points = &points[..2_000];
    oracle.draw(points).await;
    let query = "select format('x%sy%s', floor(st_x(at) / 500), floor(st_y(at) / 500)) from (select number,
        st_transform(point, '+proj=aea +lat_1=-24 +lat_2=-32 +lat_0=0 +lon_0=24 +datum=WGS84') as at \
        from points) projected order by number";
    let expected: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut oracle.connection).await.unwrap();
    for (point, expected) in points.iter().zip(expected) {
        assert_eq!(cell_of(*point).unwrap().as_str(), expected, "{point:?}");
    }
}

async fn all_agree(superuser: &str, name: &str, areas: Areas) {
    let databases = Databases::create(superuser, name).await.unwrap();
    let url = databases.url("postgres");
    let checked = tokio::spawn(async move {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("create extension if not exists postgis").execute(&mut connection).await.unwrap();
        let mut oracle = Oracle::new(&url, areas).await;
        let edition = Edition::new(1, real::reference(&oracle.areas)).unwrap();
        let points = points(&oracle.corners());
        containment_agrees(&mut oracle, &edition, &points).await;
        the_nearest_agrees(&mut oracle, &edition, &points).await;
        the_nearest_precinct_agrees(&mut oracle, &points).await;
        cells_agree(&mut oracle, &points).await;
    })
    .await;
    databases.drop_database().await.unwrap();
    checked.unwrap();
}

fn superuser() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok();
    if url.is_none() {
        eprintln!("SKIPPED: TEST_DATABASE_URL is not set (make test sets it)");
    }
    url
}

fn database(name: &str) -> String {
    format!("oracle_{name}_{}", std::process::id())
}

#[tokio::test]
async fn the_own_map_agrees_with_postgis() {
    let Some(superuser) = superuser() else { return };
    let districts =
        real::own_map(3, 100).into_iter().skip(1).map(|(code, area)| (format!("d{code}"), area)).collect();
    let locals = real::own_map(7, 60).into_iter().skip(4).collect();
    all_agree(&superuser, &database("own"), vec![(Local, locals), (District, districts)]).await;
}

#[tokio::test]
async fn real_boundaries_agree_with_postgis() {
    let Some(superuser) = superuser() else { return };
    let (Some(locals), Some(districts)) = (real::features(real::LOCALS), real::features(real::DISTRICTS))
    else {
        return;
    };
    all_agree(&superuser, &database("real"), vec![(Local, locals), (District, districts)]).await;
}
