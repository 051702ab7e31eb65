//! The tools of people: psql, DBeaver and QGIS list and open what a role may read, and learn nothing of how
//! much there is.

use sqlx::AssertSqlSafe;

use crate::asking::*;
use crate::server::Database;

/// The logins of people.
const PEOPLE: [&str; 6] = ["dashboard_demo", "national", "public_reader", "desk", "intake", "saps"];

/// What tools ask first.
const LISTS: &[(&str, &str)] = &[
    (
        "the catalogue without its schema, all columns",
        "select c.oid, c.*, pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr \
        from pg_class c",
    ),
    (
        "psql, \\dt+",
        "select n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner),
                pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)), \
                pg_catalog.obj_description(c.oid, 'pg_class')
           from pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p') and pg_catalog.pg_table_is_visible(c.oid)",
    ),
    (
        "psql, \\l+",
        "select datname, case when pg_catalog.has_database_privilege(datname, 'connect')
                              then pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(datname)) else 'No \
                              Access' end
           from pg_catalog.pg_database",
    ),
    (
        "psql, \\db+",
        "select spcname, pg_catalog.pg_size_pretty(pg_catalog.pg_tablespace_size(oid)) from \
        pg_catalog.pg_tablespace",
    ),
    (
        "sizes",
        "select c.oid, pg_relation_size(c.oid), pg_indexes_size(c.oid), pg_total_relation_size(c.oid) from \
         pg_class c",
    ),
    (
        "QGIS, layers",
        "select f_table_schema, f_table_name, f_geometry_column, type, srid from \
        geometry_columns",
    ),
    (
        "JDBC, tables",
        "select current_database() as table_cat, n.nspname as table_schem, c.relname as table_name, \
                c.relkind, d.description as remarks
           from pg_catalog.pg_namespace n, pg_catalog.pg_class c
           left join pg_catalog.pg_description d on c.oid = d.objoid and d.objsubid = 0
          where c.relnamespace = n.oid and n.nspname !~ '^pg_' and c.relkind in ('r', 'p', 'v', 'f')",
    ),
    (
        "Metabase, tables",
        "select n.nspname as schema, c.relname as name, d.description, stat.n_live_tup as estimated_row_count
           from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
           left join pg_catalog.pg_description as d on c.oid = d.objoid and d.objsubid = 0
                and d.classoid = 'pg_class'::regclass
           left join pg_stat_user_tables as stat on n.nspname = stat.schemaname and c.relname = stat.relname
          where c.relkind in ('r', 'p', 'v', 'f', 'm') and n.nspname !~ '^information_schema|catalog_history|pg_'",
    ),
    (
        "pgAdmin, rows",
        "select rel.oid, rel.relname, rel.reltuples::bigint as rows_cnt, stat.n_tup_ins
           from pg_class rel left join pg_stat_all_tables stat on stat.relid = rel.oid where relkind = 'r'",
    ),
    ("indexes", "select indexrelname, idx_scan from pg_stat_user_indexes where relname = 'spatial_ref_sys'"),
    (
        "pgAdmin, sizes of indexes",
        "select indexrelname, idx_blks_read, pg_relation_size(indexrelid) from pg_statio_all_indexes",
    ),
    ("pgAdmin, sessions", "select count(pid) from pg_stat_activity where datname = current_database()"),
    ("pgAdmin, transactions", "select sum(xact_commit) from pg_stat_database"),
    ("QGIS, estimated rows", "select reltuples::bigint from pg_class where oid = 'wards'::regclass::oid"),
    ("QGIS, estimated extent", "select st_estimatedextent('public', 'wards', 'boundary')"),
    ("OGR, estimated extent", "select ST_EstimatedExtent('wards', 'boundary')::geometry as extent"),
    ("pg_activity, ages", "select datname, datfrozenxid, datminmxid from pg_database"),
    ("databases, all columns", "select db.oid, db.* from pg_database db"),
    ("QGIS, rights", "select has_any_column_privilege('municipalities', 'select'), pg_is_in_recovery()"),
];

#[tokio::test]
async fn tools_list_what_a_role_may_read() {
    let Some(database) = database_with_examples().await else { return };
    for login in PEOPLE {
        let pool = database.pool(login);
        for (tool, query) in LISTS {
            let rows = sqlx::raw_sql(AssertSqlSafe((*query).to_owned())).fetch_all(&pool).await;
            assert!(rows.as_ref().is_ok_and(|rows| !rows.is_empty()), "{login}, {tool}: {rows:?}");
        }
    }
    let boxes = ask(&database.pool("dashboard_demo"), "select count(box) from heat_by_cell").await;
    assert!(boxes.is_ok_and(|boxes| boxes > 0));
}

#[tokio::test]
async fn tools_learn_nothing_of_how_much_there_is() {
    let Some(database) = database_with_examples().await else { return };
    sqlx::query("analyze").execute(&database.everything()).await.unwrap();
    let told = "select (select count(*) from pg_class where reltuples <> -1 or relpages <> 0 or \
        relallvisible <> 0)
                     + (select count(relfrozenxid) + count(relminmxid) from pg_class)
                     + (select count(datfrozenxid) + count(datminmxid) from pg_database)
                     + (select count(n_live_tup) + count(last_autovacuum) from pg_stat_all_tables)
                     + (select count(idx_scan) from pg_stat_all_indexes)
                     + (select count(*) from pg_stat_activity) + (select count(*) from pg_stat_database)
                     + (select count(st_estimatedextent('public', 'tickets', 'location')))
                     + (select count(pg_relation_size(oid)) + count(pg_table_size(oid)) + \
                     count(pg_indexes_size(oid))
                             + count(pg_total_relation_size(oid)) + count(pg_relation_size(oid, 'fsm')) \
                             from pg_class)
                     + (select count(pg_database_size(oid)) + count(pg_database_size(datname)) from \
                     pg_database)
                     + (select count(pg_tablespace_size(oid)) + count(pg_tablespace_size(spcname)) from \
                     pg_tablespace)";
    for login in PEOPLE {
        assert_eq!(ask(&database.pool(login), told).await, Ok(0), "{login}");
    }
    let sizes =
        "select count(pg_total_relation_size('tickets')) + count(pg_database_size(current_database()))";
    for login in ["sink", "protected_sink", "trust_engine"] {
        assert_eq!(ask(&database.pool(login), sizes).await, Ok(0), "{login}");
    }
    // Who monitors the server is told.
    assert!(database.count("select pg_total_relation_size('protected.tickets')").await > 0);
}

#[tokio::test]
async fn every_geometry_has_a_type_and_a_reference_system() {
    let Some(database) = Database::migrated().await else { return };
    let untyped = "select coalesce(string_agg(f_table_name || '.' || f_geometry_column, ' '), '') from \
        geometry_columns
                    where f_table_schema in ('public', 'intake', 'protected') and (srid <> 4326 or type = \
                    'GEOMETRY')";
    let untyped: String = sqlx::query_scalar(untyped).fetch_one(&database.everything()).await.unwrap();
    assert_eq!(untyped, "");
}

/// The columns of the catalogue that say how much is in each table, or up to which transaction it was
/// cleaned.
const COUNTING: [(&str, &str); 7] = [
    ("pg_class", "relallvisible"),
    ("pg_class", "relfrozenxid"),
    ("pg_class", "relminmxid"),
    ("pg_class", "relpages"),
    ("pg_class", "reltuples"),
    ("pg_database", "datfrozenxid"),
    ("pg_database", "datminmxid"),
];

#[tokio::test]
async fn of_the_catalogue_by_its_full_name_the_estimates_are_refused_and_nothing_else() {
    let Some(database) = database_with_examples().await else { return };
    // DBeaver asks so: PostgreSQL refuses the statement as a whole, because of these columns.
    let all = "SELECT c.oid,c.* FROM pg_catalog.pg_class c WHERE c.relkind not in ('i', 'I', 'c')";
    let closed = "select relname::text, attname::text from pg_attribute join pg_catalog.pg_class on \
        pg_class.oid = attrelid
         where attrelid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_database'::regclass)
           and attnum > 0 and not has_column_privilege(attrelid, attnum, 'select') order by 1, 2";
    for login in PEOPLE {
        let pool = database.pool(login);
        all_denied(&pool, &[all]).await;
        for (table, column) in COUNTING {
            all_denied(&pool, &[&format!("select {column} from pg_catalog.{table}")]).await;
        }
        let closed: Vec<(String, String)> = sqlx::query_as(closed).fetch_all(&pool).await.unwrap();
        let closed: Vec<_> = closed.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
        assert_eq!(closed, COUNTING, "{login}");
    }
    // The login for backups needs them: pg_dump asks for both.
    for (table, column) in COUNTING {
        let query = format!("select count({column}) from pg_catalog.{table}");
        assert!(ask(&database.pool("backup"), &query).await.is_ok_and(|count| count > 0), "{column}");
    }
}

#[tokio::test]
async fn no_policy_can_hide_the_rows_of_the_catalogue_in_place_of_its_columns() {
    let Some(database) = Database::migrated().await else { return };
    // If this fails, PostgreSQL has learnt it, and tools that ask for all columns can be served.
    let policy = "set allow_system_table_mods = on;
        create policy none on pg_catalog.pg_class for select using (false);
        alter table pg_catalog.pg_class enable row level security";
    sqlx::raw_sql(policy).execute(&database.everything()).await.unwrap();
    let rows = ask(&database.pool("public_reader"), "select count(oid) from pg_catalog.pg_class").await;
    assert!(rows.is_ok_and(|rows| rows > 0));
}
