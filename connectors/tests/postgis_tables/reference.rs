//! The reference data: loaded, checked, published.

use connectors::postgis::reference::{
    Accept, InUse, NewestEdition, PolicyChanges, Publication, PublishOutcome,
};
use connectors::postgis::{PostgisError, reference};
use sqlx::postgres::PgPool;
use topics::catalogue::Editions;
use topics::records::editions::{EditionRecord, MunicipalityKind, Reference, Rules};

use crate::fixtures::{arrived, ring};
use crate::server::Database;

#[tokio::test]
async fn the_demo_has_four_municipalities_on_board_and_one_that_is_not() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    reference::demo(&pool, false).await.unwrap();
    let reference = reference::load(&pool).await.unwrap();
    assert_eq!(reference::demo_in_memory().unwrap(), reference, "the same without a database");
    let on_board: Vec<_> =
        reference.municipalities.iter().filter(|m| m.onboarded).map(|m| m.code.as_str()).collect();
    assert_eq!(on_board, ["CPT", "EKU", "ETH", "WC024"]);
    let other = reference.municipalities.iter().find(|m| !m.onboarded).unwrap();
    assert_eq!(other.kind, MunicipalityKind::District);
    assert!(reference.municipalities.iter().all(|m| m.name.contains("demo")));
    assert_eq!(reference.wards.len(), 16);
    assert_eq!(reference.rules, Rules::default());
    assert_eq!(reference.emergency.numbers["police"], "10111");
    assert_eq!(reference.emergency.numbers["gbv"], "0800 428 428");
    assert!(!reference.emergency.as_of.is_empty());
    let policy =
        reference.policies.iter().find(|p| p.municipality.as_str() == "EKU" && p.category.is_none()).unwrap();
    assert_eq!((policy.response_s, policy.resolution_s, policy.warning_pct), (24 * 3600, 168 * 3600, 80));
    for on_board in on_board {
        let teams = || {
            reference.teams.iter().filter(|t| t.municipality.as_ref().is_some_and(|m| m.as_str() == on_board))
        };
        assert!(
            teams().any(|t| t.category.is_none() && t.manager.is_some()),
            "{on_board} has a default team with a manager"
        );
    }
    assert!(
        reference
            .teams
            .iter()
            .filter(|t| t.is_saps)
            .all(|t| t.municipality.is_none() && t.service_area.is_some())
    );
}

#[tokio::test]
async fn a_fast_day_passes_in_seconds() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, true).await.unwrap();
    let fast = reference::load(&pool).await.unwrap();
    assert_eq!(
        (fast.rules.response_s, fast.rules.resolution_s, fast.rules.auto_close_s, fast.rules.retry_s),
        (6, 20, 8, 1)
    );
    assert!(fast.policies.iter().all(|policy| policy.response_s <= 6 && policy.resolution_s <= 20));
    reference::demo(&pool, false).await.unwrap();
    assert_eq!(reference::load(&pool).await.unwrap().rules, Rules::default());
}

#[tokio::test]
async fn an_edition_is_published_once_until_something_changes() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let first = reference::publish(&pool).await.unwrap();
    assert_eq!((first.number, first.changed), (1, true));
    assert_eq!(assemble(&first.records), (1, reference::load(&pool).await.unwrap()));

    // Not confirmed: the same records once more, byte for byte, and no new number.
    let again = reference::publish(&pool).await.unwrap();
    assert_eq!((again.number, again.changed), (1, false));
    assert_eq!(again.records, first.records);
    reference::confirm(&pool, &again).await.unwrap();
    let unchanged = reference::publish(&pool).await.unwrap();
    assert_eq!((unchanged.number, unchanged.changed, unchanged.records.len()), (1, false, 0));

    sqlx::query("update teams set manager = null where code = 'EKU-WASTE'").execute(&pool).await.unwrap();
    let second = reference::publish(&pool).await.unwrap();
    assert_eq!((second.number, second.changed), (2, true));
    // It died before appending, and meanwhile people went on: both editions are appended, each what it was.
    sqlx::query("update teams set lead = null where code = 'EKU-WASTE'").execute(&pool).await.unwrap();
    let third = reference::publish(&pool).await.unwrap();
    assert_eq!(third.number, 3);
    assert_eq!(third.records[..second.records.len()], second.records);
    assert_eq!(assemble(&[first.records, third.records].concat()).0, 3);
}

#[tokio::test]
async fn a_policy_that_changes_leaves_the_boundaries_in_the_topic_alone() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let finer = "update municipalities set boundary = st_multi(st_segmentize(boundary, 0.00005))";
    sqlx::query(finer).execute(&pool).await.unwrap();
    let first = reference::publish(&pool).await.unwrap();
    reference::confirm(&pool, &first).await.unwrap();
    let size = |records: &[topics::codec::record::Outgoing]| -> usize {
        records.iter().map(topics::codec::record::Outgoing::size).sum()
    };
    assert!(size(&first.records) > 1_000_000, "{}", size(&first.records));
    let mut topic = first.records;
    for (number, statement) in [
        (
            2,
            "update policies set response_hours = response_hours + 1 \
             where municipality = 'EKU' and category is null",
        ),
        (3, "delete from policies where municipality = 'CPT' and category is not null"),
        (4, "update teams set lead = null where code = 'EKU-WASTE'"),
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
        let next = reference::publish(&pool).await.unwrap();
        reference::confirm(&pool, &next).await.unwrap();
        assert!((1..20_000).contains(&size(&next.records)), "{}", size(&next.records));
        topic.extend(next.records);
        assert_eq!(assemble(&topic), (number, reference::load(&pool).await.unwrap()));
    }
    // What an older version has written in numbered parts is written in chunks once, and forgotten as it was.
    let older = "update editions set chunks = null, parts = 2, published_at = now() - interval '36 days'
        where number <= 3";
    sqlx::query(older).execute(&pool).await.unwrap();
    let forgotten = reference::publish(&pool).await.unwrap();
    assert_eq!(forgotten.forgotten, [1, 2]);
    let keys: Vec<&str> = forgotten.records.iter().map(|record| record.key.as_str()).collect();
    assert_eq!(keys[..2], ["edition/1", "edition/2"]);
    assert!(keys.len() == 6 && keys[2..].iter().filter(|key| key.ends_with("/1")).count() == 2, "{keys:?}");
}

#[tokio::test]
async fn an_import_that_commits_while_an_edition_is_read_is_in_it_whole_or_not_at_all() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let before = reference::load(&pool).await.unwrap();
    // The import changes the first and the last table that are read, and holds the last one until the first
    // was read.
    let mut import = pool.begin().await.unwrap();
    let changes = "lock table emergency_numbers in access exclusive mode;
        update municipalities set name = name || ' (changed)';
        update emergency_numbers set number = '999' where service = 'police'";
    sqlx::raw_sql(changes).execute(&mut *import).await.unwrap();
    let reader = database.pool("trust_engine");
    let published = tokio::spawn(async move { reference::publish(&reader).await.unwrap() });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and \
        wait_event_type = 'Lock'";
    for _ in 0..500 {
        if database.count(waits).await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    import.commit().await.unwrap();
    assert_eq!(assemble(&published.await.unwrap().records), (1, before));
    let next = reference::publish(&pool).await.unwrap();
    assert_eq!((next.number, next.changed), (2, true));
}

#[tokio::test]
async fn an_edition_that_was_replaced_long_ago_is_forgotten() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let mut first_keys = Vec::new();
    // The third has the content of the first, which the topic holds already.
    for lead in ["a", "b", "a", "c"] {
        sqlx::query("update teams set lead = $1 where code = 'EKU-WASTE'")
            .bind(lead)
            .execute(&pool)
            .await
            .unwrap();
        let published = reference::publish(&pool).await.unwrap();
        assert!(published.changed && published.forgotten.is_empty());
        reference::confirm(&pool, &published).await.unwrap();
        first_keys.push(published.records[0].key.clone());
        match published.number {
            1 => assert!(published.records.len() > 5, "a chunk for each field"),
            3 => assert_eq!(published.records.len(), 1, "the manifest alone"),
            _ => assert_eq!(published.records.len(), 2, "the teams, and the manifest"),
        }
    }
    assert_eq!(first_keys[2], "edition/3");
    sqlx::query("update editions set published_at = now() - interval '36 days' where number <= 3")
        .execute(&pool)
        .await
        .unwrap();
    let stopped_since_the_first = InUse { oldest: Some(1), ..InUse::default() };
    let kept = reference::compare_and_publish(
        &pool,
        &stopped_since_the_first,
        &Accept::Everything,
        PolicyChanges::NewTickets,
    )
    .await
    .unwrap();
    let PublishOutcome::Published(kept) = kept else { panic!("{kept:?}") };
    assert!(kept.records.is_empty() && kept.forgotten.is_empty());
    let published = reference::publish(&pool).await.unwrap();
    assert_eq!((published.number, published.changed), (4, false));
    assert_eq!(published.forgotten, [1, 2], "the third was in force until the fourth came");
    let keys: Vec<&str> = published.records.iter().map(|record| record.key.as_str()).collect();
    assert_eq!(keys, ["edition/1", "edition/2", &first_keys[1]]);
    assert!(published.records.iter().all(|record| record.value.is_none()));
    reference::confirm(&pool, &published).await.unwrap();
    assert!(reference::publish(&pool).await.unwrap().records.is_empty());
}

/// Publishes against a topic that holds these editions, of which the last is that of these data.
async fn against(pool: &PgPool, held: &[u32], newest: &Reference, accepted: &Accept) -> PublishOutcome {
    let newest = held.last().map(|number| NewestEdition {
        number: *number,
        hash: "of the topic".to_owned(),
        reference: newest.clone(),
    });
    let in_use = InUse { newest, oldest: Some(1), held: Some(held.iter().copied().collect()) };
    reference::compare_and_publish(pool, &in_use, accepted, PolicyChanges::NewTickets).await.unwrap()
}

fn publication(outcome: PublishOutcome) -> Publication {
    let PublishOutcome::Published(publication) = outcome else { panic!("{outcome:?}") };
    publication
}

#[tokio::test]
async fn an_edition_that_the_topic_has_lost_is_appended_again_as_it_was() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let lead = async |lead: &str| {
        let update = sqlx::query("update teams set lead = $1 where code = 'EKU-WASTE'").bind(lead.to_owned());
        update.execute(&pool).await.unwrap();
    };
    let mut first = Vec::new();
    for name in ["a", "b", "a"] {
        lead(name).await;
        let published = reference::publish(&pool).await.unwrap();
        reference::confirm(&pool, &published).await.unwrap();
        first.push(published.records);
    }
    let present = reference::load(&pool).await.unwrap();
    let nothing = Accept::Nothing;
    let whole = publication(against(&pool, &[1, 2, 3], &present, &nothing).await);
    assert!(whole.records.is_empty() && whole.again.is_empty() && whole.lost.is_empty(), "{whole:?}");

    // The last one is lost; its content is still there with the first.
    let again = publication(against(&pool, &[1, 2], &present, &nothing).await);
    assert_eq!(
        (again.number, again.changed, &again.again[..], &again.lost[..]),
        (3, false, &[3][..], &[][..])
    );
    assert_eq!(again.records, first[2], "the same manifest");
    // It is pending until the broker has it.
    assert_eq!(reference::publish(&pool).await.unwrap().records, again.records);
    reference::confirm(&pool, &again).await.unwrap();

    // All are lost: the content of the second is known nowhere any more.
    let again = publication(against(&pool, &[], &present, &nothing).await);
    assert_eq!((&again.again[..], &again.lost[..]), (&[1, 3][..], &[2][..]));
    assert_eq!(again.records, [first[0].clone(), first[2].clone()].concat());
    reference::confirm(&pool, &again).await.unwrap();
    lead("b").await;
    let fourth = publication(against(&pool, &[1, 3], &present, &nothing).await);
    let told = (fourth.number, fourth.changed, &fourth.again[..], &fourth.lost[..]);
    assert_eq!(told, (4, true, &[2][..], &[][..]), "the content of the second is known again");
    assert_eq!(fourth.records.len(), 3, "that content once, and both manifests");
    reference::confirm(&pool, &fourth).await.unwrap();

    // What has changed since an edition that is lost is compared with an older one, and a person is told.
    lead("c").await;
    let PublishOutcome::Doubtful { doubts, .. } = against(&pool, &[1, 3], &present, &nothing).await else {
        panic!("no doubt")
    };
    assert_eq!(
        doubts,
        [
            "the topic has lost edition 4, and the data have changed since: the new one is compared with edition 3"
        ]
    );
    let fifth = publication(against(&pool, &[1, 3], &present, &Accept::Everything).await);
    assert_eq!((fifth.number, &fifth.lost[..]), (5, &[2, 4][..]));
}

#[tokio::test]
async fn the_number_of_an_edition_that_only_the_topic_knows_is_not_given_again() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let present = reference::load(&pool).await.unwrap();
    reference::confirm(&pool, &reference::publish(&pool).await.unwrap()).await.unwrap();
    // The tables were restored from a backup: since then six more editions were published.
    let published = publication(against(&pool, &[1, 7], &present, &Accept::Nothing).await);
    assert_eq!((published.number, published.changed, published.lost.len()), (8, true, 0));
    reference::confirm(&pool, &published).await.unwrap();
    let nothing = publication(against(&pool, &[1, 7, 8], &present, &Accept::Nothing).await);
    assert_eq!((nothing.number, nothing.changed, nothing.records.len()), (8, false, 0));
}

#[tokio::test]
async fn a_municipality_that_has_ended_takes_its_wards_teams_and_policies_with_it_and_stops_no_edition() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let before = reference::load(&pool).await.unwrap();
    let first = reference::publish(&pool).await.unwrap();
    reference::confirm(&pool, &first).await.unwrap();
    let of = |reference: &Reference, code: &str| {
        let is = |municipality: &topics::values::text::Code| municipality.as_str() == code;
        [
            reference.municipalities.iter().filter(|it| is(&it.code)).count(),
            reference.wards.iter().filter(|it| is(&it.municipality)).count(),
            reference.teams.iter().filter(|it| it.municipality.as_ref().is_some_and(is)).count(),
            reference.policies.iter().filter(|it| is(&it.municipality)).count(),
        ]
    };
    assert!(of(&before, "EKU").iter().all(|count| *count > 0));
    // Yesterday was its last day; another one begins tomorrow.
    let ended = "update municipalities set valid_from = '2000-01-01', valid_to = today() where code = 'EKU'";
    let begins = "update municipalities set valid_from = today() + 1 where code = 'CPT'";
    for statement in [ended, begins] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let second = reference::publish(&pool).await.unwrap().records;
    let (number, after) = assemble(&[first.records, second].concat());
    assert_eq!(number, 2);
    assert_eq!(of(&after, "EKU"), [0; 4]);
    // What begins later is in the edition with its first day, so that it counts from then on by itself.
    for there in ["CPT", "ETH"] {
        assert_eq!(of(&after, there), of(&before, there), "{there}");
    }
    let police = |reference: &Reference| reference.teams.iter().filter(|team| team.is_saps).count();
    assert_eq!(police(&after), police(&before));
    assert!(police(&after) > 0);
}

/// What a reader of the topic makes of its last edition.
fn assemble(records: &[topics::codec::record::Outgoing]) -> (u32, Reference) {
    use sha2::Digest;
    let hash = |text: &str| -> String {
        sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut chunks = std::collections::BTreeMap::new();
    let mut last = None;
    for record in records {
        assert!(record.size() < 1_000_000);
        match arrived(record.clone()).decode::<Editions>(&ring()).unwrap().1 {
            EditionRecord::Part(part) => {
                assert_eq!(record.key, format!("{}/0", part.hash));
                assert_eq!((part.part, part.hash.as_str()), (0, &hash(&part.text)[..32]));
                assert!(chunks.insert(part.hash, part.text).is_none(), "a chunk is written twice");
            }
            EditionRecord::Manifest(manifest) => {
                assert_eq!(record.key, format!("edition/{}", manifest.number));
                assert_eq!(manifest.parts as usize, manifest.chunks.len());
                let text: String = manifest.chunks.iter().map(|chunk| chunks[chunk].as_str()).collect();
                assert_eq!(manifest.hash, hash(&text));
                last = Some((manifest.number, serde_json::from_str(&text).unwrap()));
            }
            EditionRecord::Cut(_) | EditionRecord::Fingerprint(_) => {
                panic!("publishing writes reference data only")
            }
        }
    }
    last.expect("no manifest")
}

#[tokio::test]
async fn every_complaint_names_its_row() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let empty = reference::load(&pool).await.unwrap_err();
    assert!(empty.to_string().contains("there is no municipality"));
    reference::demo(&pool, false).await.unwrap();
    for statement in [
        // A bow tie, and a place that is not on earth.
        "update wards set boundary = 'SRID=4326;MULTIPOLYGON(((0 0, 1 1, 1 0, 0 1, 0 0)))' \
         where code = 'EKU-2'",
        "update teams set service_area = 'SRID=4326;MULTIPOLYGON(((500 0, 501 0, 501 1, 500 0)))' \
         where code = 'ETH-WATER-NORTH'",
        "update policies set response_hours = 100, resolution_hours = 1 where municipality = 'CPT' \
         and category is null",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let PostgisError::Reference(complaints) = reference::publish(&pool).await.unwrap_err() else {
        panic!("not refused")
    };
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert!(complaints[0].starts_with("team ETH-WATER-NORTH: its area does not lie"));
    assert!(complaints[1].starts_with("ward EKU-2: its area is not valid: Self-intersection"));
    assert!(complaints[2].starts_with("policy of CPT"));
    let team = sqlx::query("insert into teams (code, municipality) values ('X', 'NOWHERE')")
        .execute(&pool)
        .await
        .unwrap_err();
    assert!(team.to_string().contains("teams_municipality_fkey"));
    let twice = "insert into policies (municipality) values ('EKU')";
    assert!(
        sqlx::query(twice).execute(&pool).await.unwrap_err().to_string().contains("policies_one_per_matter")
    );
}
