//! A database that goes away in the middle: nothing is lost, nothing doubled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connectors::batch::{Batch, Mark, RoundResult, SinkDatabase, SinkError};
use connectors::postgis::{Sink, migrate};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::fixtures::*;
use crate::server::Database;

/// A line to PostgreSQL that can be cut.
struct Line {
    port: u16,
    open: Arc<AtomicBool>,
    calls: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Line {
    async fn to(host: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            open: Arc::new(AtomicBool::new(true)),
            calls: Arc::default(),
        };
        let open = line.open.clone();
        let calls = line.calls.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                let host = host.clone();
                let call = tokio::spawn(async move {
                    let mut far = TcpStream::connect(host).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
                calls.lock().unwrap().push(call);
            }
        });
        line
    }

    fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        self.calls.lock().unwrap().drain(..).for_each(|call| call.abort());
    }

    fn restore(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    fn url(&self, database: &Database, login: &str) -> String {
        database.url(login).replace(&database.host(), &format!("127.0.0.1:{}", self.port))
    }
}

/// Writes as the log's driver does: waits out what passes, asks for the position when it was fenced.
async fn drive(sink: &Sink, round: &[Batch; 1]) -> (u32, u32) {
    let mut away = 0;
    let mut fenced = 0;
    loop {
        match sink.write(round).await {
            Ok(RoundResult::Done) => return (away, fenced),
            Ok(RoundResult::Fenced) => {
                fenced += 1;
                let [batch] = round;
                let is_written = |mark: &Mark| {
                    (mark.topic.as_str(), mark.partition, mark.next)
                        == (batch.topic, batch.partition, batch.end)
                };
                if sink.marks().await.is_ok_and(|marks| marks.iter().any(is_written)) {
                    return (away, fenced);
                }
            }
            Err(SinkError::Away(_)) => away += 1,
            Err(SinkError::Partition { why, .. } | SinkError::Fatal(why)) => {
                panic!("an outage is no reason to stop: {why}")
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_in_the_middle_is_waited_out() {
    let Some(database) = Database::migrated().await else { return };
    let line = Line::to(database.host()).await;
    let (sink, letters) = database.sink_with(ring(), &line.url(&database, "sink"));
    let sink = Arc::new(sink);
    let writer = sink.clone();
    let written = tokio::spawn(async move {
        let mut trouble = 0;
        for n in 0..40u32 {
            let records = (n * 50..n * 50 + 50).map(|n| ticket_record(n, 1, "EKU")).collect();
            trouble += drive(&writer, &batch("tickets", i64::from(n) * 51, records)).await.0;
        }
        trouble
    });
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        line.cut();
        tokio::time::sleep(Duration::from_millis(60)).await;
        line.restore();
    }
    assert!(written.await.unwrap() > 0, "no outage was met");
    assert_eq!(database.count("select count(*) from tickets").await, 2000);
    assert_eq!(position(&sink, "tickets", 0).await, 40 * 51);
    assert!(letters.all().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_an_administrator_ends_are_waited_out() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    let sink = Arc::new(sink);
    let writer = sink.clone();
    let written = tokio::spawn(async move {
        for n in 0..30u32 {
            let records = (n * 20..n * 20 + 20).map(|n| ticket_record(n, 1, "EKU")).collect();
            drive(&writer, &batch("tickets", i64::from(n) * 21, records)).await;
        }
    });
    // Ever more seldom, so that a slow machine gets there too.
    let mut pause = Duration::from_millis(15);
    while !written.is_finished() {
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
            where datname = current_database() and usename = 'sink'";
        database.count(end).await;
        tokio::time::sleep(pause).await;
        pause += Duration::from_millis(2);
    }
    written.await.unwrap();
    assert_eq!(database.count("select count(*) from tickets").await, 600);
}

#[tokio::test]
async fn a_full_disk_of_the_server_is_waited_out_and_is_no_rows_fault() {
    let Some(database) = Database::migrated().await else { return };
    let full = "create function full_disk() returns trigger language plpgsql as
                $$ begin raise exception 'could not extend file: No space left \
                on device' using errcode = 'disk_full'; end $$";
    let pool = database.everything();
    for statement in
        [full, "create trigger full_disk before insert on tickets for each row execute function full_disk()"]
    {
        sqlx::raw_sql(statement).execute(&pool).await.unwrap();
    }
    let (sink, letters) = database.sink();
    let round = batch("tickets", 0, vec![ticket_record(1, 1, "EKU")]);
    let refused = sink.write(&round).await;
    assert!(
        matches!(&refused, Err(SinkError::Away(why)) if why.contains("53100") && why.contains("is its disk \
            full?")),
        "{refused:?}"
    );
    assert_eq!(position(&sink, "tickets", 0).await, 0);
    sqlx::raw_sql("drop trigger full_disk on tickets").execute(&pool).await.unwrap();
    assert_eq!(drive(&sink, &round).await, (0, 0));
    assert_eq!(database.count("select count(*) from tickets").await, 1);
    assert!(letters.all().is_empty());
}

/// Makes each insert into tickets fail with this SQLSTATE.
async fn break_tickets(database: &Database, sqlstate: &str) {
    let function = format!(
        "create or replace function broken() returns trigger language plpgsql as
         $$ begin raise exception 'broken' using errcode = '{sqlstate}'; end $$;
         create or replace trigger broken before insert on tickets for each row execute function broken()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(function)).execute(&database.everything()).await.unwrap();
}

#[tokio::test]
async fn a_fault_of_the_server_is_no_rows_fault_and_moves_no_offset() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let round = batch("tickets", 0, vec![ticket_record(1, 1, "EKU"), ticket_record(2, 1, "EKU")]);
    // Corrupt data, a corrupt index, an internal error; a limit of the server; an error of a trigger.
    for sqlstate in ["XX001", "XX002", "XX000", "54000", "54001", "P0001"] {
        break_tickets(&database, sqlstate).await;
        let refused = sink.write(&round).await;
        assert!(
            matches!(&refused, Err(SinkError::Away(why)) if why.contains(sqlstate) && why.contains("a \
                person has to look")),
            "{sqlstate}: {refused:?}"
        );
        assert_eq!(position(&sink, "tickets", 0).await, 0);
    }
    let repair = sqlx::raw_sql("drop trigger broken on tickets").execute(&database.everything()).await;
    repair.unwrap();
    assert_eq!(drive(&sink, &round).await, (0, 0));
    assert_eq!(database.count("select count(*) from tickets").await, 2);
    assert!(letters.all().is_empty());
}

/// A record that cannot be decoded.
fn undecodable() -> topics::codec::record::Incoming {
    topics::codec::record::Incoming {
        topic: "tickets".to_owned(),
        value: Some(b"{".to_vec()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_dead_letter_is_written_once_however_often_its_round_is_tried() {
    let Some(database) = Database::migrated().await else { return };
    let line = Line::to(database.host()).await;
    let (sink, letters) = database.sink_with(ring(), &line.url(&database, "sink"));
    let round = batch("tickets", 0, vec![ticket_record(1, 1, "EKU"), undecodable()]);
    // While PostgreSQL is away the round is not in, and there is nothing to say about its records.
    line.cut();
    for _ in 0..3 {
        assert!(matches!(sink.write(&round).await, Err(SinkError::Away(_))));
    }
    assert!(letters.all().is_empty());
    line.restore();
    drive(&sink, &round).await;
    assert_eq!(letters.all().len(), 1);

    // PostgreSQL fails at the commit, when the letter is appended already: the record that cannot be decoded
    // and the one that is refused become a dead letter each, once.
    let forbid = "alter table tickets add check (municipality <> 'ETH');
        create function full_disk() returns trigger language plpgsql as
        $$ begin raise exception 'no space' using errcode = 'disk_full'; end $$;
        create constraint trigger full_disk after insert on tickets deferrable initially deferred
        for each row execute function full_disk()";
    sqlx::raw_sql(forbid).execute(&database.everything()).await.unwrap();
    let records = vec![ticket_record(2, 1, "EKU"), undecodable(), ticket_record(3, 1, "ETH")];
    let round = batch("tickets", 3, records);
    for _ in 0..3 {
        assert!(matches!(sink.write(&round).await, Err(SinkError::Away(_))));
    }
    assert_eq!(letters.all().len(), 3);
    let repair = sqlx::raw_sql("drop trigger full_disk on tickets").execute(&database.everything()).await;
    repair.unwrap();
    drive(&sink, &round).await;
    assert_eq!(letters.all().len(), 3);
    assert_eq!(database.count("select count(*) from tickets").await, 2);
}

#[tokio::test]
async fn a_round_that_is_too_large_for_a_slow_server_is_halved_until_it_is_in() {
    let Some(database) = Database::migrated().await else { return };
    // As if the time-out of statements came at the fourth row.
    let slow = "create function slow() returns trigger language plpgsql as
        $$ begin if (select count(*) from fresh) > 3 then
               raise exception 'canceling statement due to statement timeout' using errcode = \
               'query_canceled';
           end if; return null; end $$;
        create trigger slow after insert on tickets referencing new table as fresh
        for each statement execute function slow()";
    sqlx::raw_sql(slow).execute(&database.everything()).await.unwrap();
    let (sink, letters) = database.sink();
    let records = (0..40).map(|n| ticket_record(n, 1, "EKU")).chain([undecodable()]).collect();
    let (away, fenced) = drive(&sink, &batch("tickets", 0, records)).await;
    assert!((4..80).contains(&away) && fenced == 0, "{away} {fenced}");
    assert_eq!(database.count("select count(*) from tickets").await, 40);
    assert_eq!(position(&sink, "tickets", 0).await, 42);
    assert_eq!(letters.all().len(), 1);

    // The server is fast again: chunks grow, and nothing is tried twice.
    sqlx::raw_sql("drop trigger slow on tickets").execute(&database.everything()).await.unwrap();
    let records = (40..80).map(|n| ticket_record(n, 1, "EKU")).collect();
    assert_eq!(drive(&sink, &batch("tickets", 42, records)).await, (0, 0));
    assert_eq!(database.count("select count(*) from tickets").await, 80);
}

#[tokio::test]
async fn half_a_round_that_another_process_continued_is_fenced() {
    let Some(database) = Database::migrated().await else { return };
    let slow = "create function slow() returns trigger language plpgsql as
        $$ begin if exists (select from fresh where tier = 9) then
               raise exception 'canceling statement due to statement timeout' using errcode = \
               'query_canceled';
           end if; return null; end $$;
        create trigger slow after insert on tickets referencing new table as fresh
        for each statement execute function slow()";
    sqlx::raw_sql(slow).execute(&database.everything()).await.unwrap();
    let mut last = ticket(9, 1, "EKU");
    last.tier = 9;
    let last = incoming::<topics::catalogue::Tickets>("slow", last.ticket.as_str(), &last);
    let records = (0..7).map(|n| ticket_record(n, 1, "EKU")).chain([last]).collect();
    let round = batch("tickets", 0, records);
    let (sink, _) = database.sink();
    while position(&sink, "tickets", 0).await < 7 {
        assert!(matches!(sink.write(&round).await, Err(SinkError::Away(_))));
    }
    let other = "update sink_offsets set next = 9 where topic = 'tickets'";
    sqlx::raw_sql(other).execute(&database.everything()).await.unwrap();
    assert_eq!(sink.write(&round).await.unwrap(), RoundResult::Fenced);
    assert_eq!(database.count("select count(*) from tickets").await, 7);
}

#[tokio::test]
async fn a_writer_that_was_stopped_in_a_transaction_does_not_hold_up_its_successor() {
    let Some(database) = Database::migrated().await else { return };
    let stopped = database.pool("sink");
    let mut transaction = stopped.begin().await.unwrap();
    let insert =
        "insert into sink_offsets (topic, partition, next, cluster) values ('tickets', 0, 9, 'cluster-1')";
    sqlx::query(insert).execute(&mut *transaction).await.unwrap();
    // From here on it says nothing: PostgreSQL ends its transaction after 10 s.
    let (sink, _) = database.sink();
    let start = std::time::Instant::now();
    drive(&sink, &batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await;
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(transaction.commit().await.is_err());
    assert_eq!(position(&sink, "tickets", 0).await, 2);
}

#[tokio::test]
async fn migrating_waits_for_the_database() {
    let Some(database) = Database::empty().await else { return };
    let line = Line::to(database.host()).await;
    line.cut();
    let url = line.url(&database, "trust_engine");
    let migrated = tokio::spawn(async move { migrate(&url).await });
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!migrated.is_finished());
    line.restore();
    migrated.await.unwrap().unwrap();
    assert_eq!(database.count("select count(*) from rules").await, 1);
}
