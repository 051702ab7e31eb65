//! Twice equals once: fences, versions, ids.

use connectors::batch::{RoundResult, SinkDatabase, SinkError};
use connectors::postgis::ticket_of;
use topics::codec::record::Incoming;

use crate::fixtures::*;
use crate::server::Database;

#[tokio::test]
async fn a_batch_is_in_every_table_of_its_topic() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let batches = [
        batch("tickets", 0, vec![ticket_record(1, 1, "EKU")]),
        batch("reports", 0, vec![report_record(1, "amanzi ayaphuma")]),
        batch("ticket-events", 0, vec![assigned_record("a", 1, 1, "EKU-WATER")]),
        batch("breaches", 0, vec![breach_record(1, "EKU")]),
        batch("deliveries", 0, vec![delivery_record(1, 1)]),
        batch("unscreened", 0, vec![unscreened_record(9)]),
    ];
    for [batch] in batches {
        let topic = batch.topic;
        assert_eq!(sink.write(&[batch]).await.unwrap(), RoundResult::Done, "{topic}");
        assert_eq!(position(&sink, topic, 0).await, 2);
    }
    assert!(letters.all().is_empty());
    let rows = [
        "tickets where municipality = 'EKU' and latitude = -26.1 and longitude = 28.25 \
         and st_srid(location) = 4326 and status = 'open'
           and response_due_at - created_at = interval '24 hours' and cell = 'x12y-34'",
        "ticket_words where words = '{amanzi ayaphuma,ngicela usizo}' and place_name = 'Tembisa' \
         and number_end = '0041' and media = '[]'",
        "ticket_assignments where is_current and team = 'EKU-WATER' and assigned_by = 'nomsa' \
         and reason = 'manual_override' and not team_is_saps",
        r#"audit_logs where action = 'escalated' and actor = 'nomsa' and note = 'the pump is broken' and
            details = '{"reason": "sla_response_breach"}'
           and changes = '{"assigned_team": {"old": "EKU-DESK", "new": "EKU-WATER"}}'"#,
        "breaches where level = 'breach' and seen_at - due_at = interval '1 second'",
        "deliveries where status = 'queued' and class = 'status'",
        "intake.unscreened where why = 'unknown_language' and address = 'whatsapp:+27000000002'",
    ];
    for rows in rows {
        assert_eq!(database.count(&format!("select count(*) from {rows}")).await, 1, "{rows}");
    }
}

#[tokio::test]
async fn a_ticket_is_found_by_its_number_by_those_who_may_see_it() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "ETH"), ticket_record(2, 1, "EKU")]))
        .await
        .unwrap();
    let owner = database.pool("trust_engine");
    assert_eq!(ticket_of(&owner, &facts(1).tracking_number).await.unwrap(), Some(ticket_id(1)));
    assert_eq!(ticket_of(&owner, &facts(3).tracking_number).await.unwrap(), None);
    let dashboard = database.pool("dashboard_demo");
    assert_eq!(ticket_of(&dashboard, &facts(1).tracking_number).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_records_twice_are_in_the_tables_once() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    let events = || vec![assigned_record("a", 1, 1, "EKU-WATER"), assigned_record("b", 1, 2, "EKU-ROADS")];
    let tickets = || (1..50).map(|n| ticket_record(n, 1, "EKU")).collect::<Vec<_>>();
    for _ in 0..2 {
        sink.write(&batch("tickets", 0, tickets())).await.unwrap();
        sink.write(&batch("ticket-events", 0, events())).await.unwrap();
        sink.write(&batch("reports", 0, vec![report_record(1, "water")])).await.unwrap();
        // The log is read again from its beginning.
        assert_eq!(sink.adopt().await.unwrap(), 3);
    }
    assert_eq!(database.count("select count(*) from tickets").await, 49);
    assert_eq!(database.count("select count(*) from ticket_words").await, 1);
    assert_eq!(database.count("select count(*) from audit_logs").await, 2);
    assert_eq!(database.count("select count(*) from ticket_assignments").await, 2);
    assert_eq!(
        database
            .count("select count(*) from ticket_assignments where is_current and team = 'EKU-ROADS'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_stale_writer_is_fenced_and_writes_nothing() {
    let Some(database) = Database::migrated().await else { return };
    let (stale, _) = database.sink();
    let (owner, _) = database.sink();
    assert_eq!(
        owner.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await.unwrap(),
        RoundResult::Done
    );
    assert_eq!(
        stale.write(&batch("tickets", 0, vec![ticket_record(2, 1, "EKU")])).await.unwrap(),
        RoundResult::Fenced
    );
    assert_eq!(
        owner.write(&batch("tickets", 2, vec![ticket_record(3, 1, "EKU")])).await.unwrap(),
        RoundResult::Done
    );
    assert_eq!(
        stale.write(&batch("tickets", 2, vec![ticket_record(2, 1, "EKU")])).await.unwrap(),
        RoundResult::Fenced
    );
    assert_eq!(position(&stale, "tickets", 0).await, 4);
    assert_eq!(database.count("select count(*) from tickets").await, 2);
}

#[tokio::test]
async fn a_round_is_written_whole_or_not_at_all() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    let on = |partition: u32, start: i64, n: u32| {
        let [mut one] = batch("tickets", start, vec![ticket_record(n, 1, "EKU")]);
        one.partition = partition;
        one
    };
    let [breaches] = batch("breaches", 0, vec![breach_record(1, "EKU")]);
    assert_eq!(sink.write(&[on(0, 0, 1), on(1, 0, 2), breaches]).await.unwrap(), RoundResult::Done);
    assert_eq!(database.count("select count(*) from tickets").await, 2);
    assert_eq!(database.count("select count(*) from breaches").await, 1);
    // Partition 1 is elsewhere by now: partition 0 and a new one wait with it.
    assert_eq!(sink.write(&[on(0, 2, 3), on(1, 0, 4), on(2, 0, 5)]).await.unwrap(), RoundResult::Fenced);
    assert_eq!(database.count("select count(*) from tickets").await, 2);
    assert_eq!(position(&sink, "tickets", 2).await, 0);
    assert_eq!(sink.write(&[on(0, 2, 3), on(1, 2, 4), on(2, 0, 5)]).await.unwrap(), RoundResult::Done);
    assert_eq!(
        database.count("select sum(next)::bigint from sink_offsets where topic = 'tickets'").await,
        10
    );
}

#[tokio::test]
async fn of_two_writers_of_one_partition_exactly_one_writes() {
    let Some(database) = Database::migrated().await else { return };
    let (first, _) = database.sink();
    let (second, _) = database.sink();
    for start in [0, 2, 4, 6] {
        let n = u32::try_from(start).unwrap();
        let one = batch("tickets", start, vec![ticket_record(n, 1, "EKU")]);
        let other = batch("tickets", start, vec![ticket_record(n, 1, "EKU")]);
        let (one, other) = tokio::join!(first.write(&one), second.write(&other));
        let mut both = [one.unwrap() == RoundResult::Done, other.unwrap() == RoundResult::Done];
        both.sort_unstable();
        assert_eq!(both, [false, true]);
    }
    assert_eq!(database.count("select next from sink_offsets").await, 8);
}

#[tokio::test]
async fn an_older_version_never_overwrites_a_newer_one() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    let folded = vec![ticket_record(1, 3, "EKU"), ticket_record(2, 1, "EKU"), ticket_record(1, 2, "ETH")];
    sink.write(&batch("tickets", 0, folded)).await.unwrap();
    sink.write(&batch("tickets", 4, vec![ticket_record(1, 1, "CPT"), ticket_record(2, 2, "CPT")]))
        .await
        .unwrap();
    assert_eq!(
        database.count("select count(*) from tickets where version = 3 and municipality = 'EKU'").await,
        1
    );
    assert_eq!(
        database.count("select count(*) from tickets where version = 2 and municipality = 'CPT'").await,
        1
    );
    sink.write(&batch("deliveries", 0, vec![delivery_record(1, 2)])).await.unwrap();
    sink.write(&batch("deliveries", 2, vec![delivery_record(1, 1)])).await.unwrap();
    assert_eq!(database.count("select count(*) from deliveries where status = 'delivered'").await, 1);
}

#[tokio::test]
async fn exactly_one_assignment_of_a_ticket_is_current_however_the_log_is_cut() {
    let Some(database) = Database::migrated().await else { return };
    // Two of one version, as when two clocks breach in one step.
    let log = || {
        [("a", 1, "EKU-A"), ("b", 2, "EKU-B"), ("c", 2, "EKU-C"), ("d", 5, "EKU-D")]
            .map(|(name, version, team)| assigned_record(name, 1, version, team))
    };
    for cut in 1..=4 {
        let (sink, _) = database.sink();
        let mut start = 0;
        for records in log().chunks(cut) {
            let round = batch("ticket-events", start, records.to_vec());
            sink.write(&round).await.unwrap();
            start = round[0].end;
            let last: Vec<&Incoming> = records.iter().rev().take(1).collect();
            let id = last[0].header("ce_id").unwrap();
            let one = format!(
                "select count(*) from ticket_assignments where is_current and (ce_id = '{id}' or version = 5)"
            );
            assert_eq!(database.count(&one).await, 1, "cut {cut}");
        }
        assert_eq!(
            database
                .count("select count(*) from ticket_assignments where is_current and team = 'EKU-D'")
                .await,
            1
        );
        sink.adopt().await.unwrap();
    }
    assert_eq!(database.count("select count(*) from ticket_assignments").await, 4);
}

#[tokio::test]
async fn tombstones_delete_nothing_and_rows_of_tasks_are_skipped() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let tombstone = Incoming { key: Some(ticket_id(1).as_str().into()), ..Incoming::default() };
    let task = Incoming { key: Some(b"~0".to_vec()), value: Some(b"{}".to_vec()), ..Incoming::default() };
    let records = vec![ticket_record(1, 1, "EKU"), tombstone, task];
    assert_eq!(sink.write(&batch("tickets", 0, records)).await.unwrap(), RoundResult::Done);
    assert_eq!(position(&sink, "tickets", 0).await, 4);
    assert_eq!(database.count("select count(*) from tickets").await, 1);
    assert!(letters.all().is_empty());
    assert_eq!(sink.marks().await.unwrap()[0].last_offset, Some(0));
}

#[tokio::test]
async fn an_empty_batch_moves_the_offset() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    assert_eq!(sink.write(&batch("breaches", 0, Vec::new())).await.unwrap(), RoundResult::Done);
    assert_eq!(position(&sink, "breaches", 0).await, 1);
    assert_eq!(position(&sink, "breaches", 1).await, 0);
}

#[tokio::test]
async fn another_cluster_or_another_log_is_noticed_and_can_be_adopted() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    sink.check().await.unwrap();
    let first = batch("tickets", 0, vec![ticket_record(1, 1, "EKU"), ticket_record(2, 1, "EKU")]);
    sink.write(&first).await.unwrap();
    sink.check().await.unwrap();

    let mark = sink.marks().await.unwrap().remove(0);
    assert_eq!((mark.next, mark.last_offset), (3, Some(1)));
    assert_eq!(mark.last_source.as_deref(), Some(first[0].records[1].source()));
    mark.agrees(3, first[0].records.last()).unwrap();
    mark.agrees(9, None).unwrap();
    let other = Incoming { offset: 1, ..ticket_record(7, 1, "EKU") };
    assert!(mark.agrees(3, Some(&other)).unwrap_err().to_string().contains("sink adopt"));
    assert!(mark.agrees(2, None).is_err());

    let pool = database.pool("sink");
    let moved = connectors::postgis::Sink::municipal(pool, ring(), letters, "cluster-2");
    assert!(matches!(
        moved.check().await,
        Err(SinkError::Fatal(why)) if why.contains("cluster-1") && why.contains("sink adopt")
    ));
    assert_eq!(
        moved.write(&batch("tickets", 3, vec![ticket_record(3, 1, "EKU")])).await.unwrap(),
        RoundResult::Fenced
    );
    moved.adopt().await.unwrap();
    moved.check().await.unwrap();
    assert_eq!(
        moved.write(&batch("tickets", 0, vec![ticket_record(3, 1, "EKU")])).await.unwrap(),
        RoundResult::Done
    );
    assert_eq!(database.count("select count(*) from tickets").await, 3);
}
