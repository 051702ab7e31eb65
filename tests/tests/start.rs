//! Starts with errors in the installation: the program says what is wrong and what to do, and commits
//! nothing.

use std::net::TcpListener as Bound;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulator::clock::Checked;
use simulator::harness::neighbours::{Neighbours, ServerKind};
use simulator::harness::process::{Engine, free_port};
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{POTHOLE_REPORT, SOON, pin};
use tests::tickets::WantedTicket;
use tokio::net::{TcpListener, TcpStream};
use topics::catalogue::Tickets;

const RESIDENT: &str = "whatsapp:+27000000311";

/// Forwards connections to `address` to `host` from now on.
async fn put_through(address: &str, host: String) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let host = host.clone();
            tokio::spawn(async move {
                if let Ok(mut far) = TcpStream::connect(host).await {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    Ok(())
}

/// Waits until the process has logged `words` at least `times` times.
async fn logged(installation: &TestInstallation, engine: &Engine, words: &str, times: usize) -> Result<()> {
    let look = async || {
        let found = engine.logged()?.matches(words).count();
        Ok(Checked::when(found >= times, || format!("{found} of {times} times {words:?}")))
    };
    installation.wait_until("the process says it", SOON, look).await
}

/// Waits for the end of a process that cannot go on. Returns its output.
async fn refused(engine: &Engine) -> Result<String> {
    let status = engine.ended(SOON).await?;
    let said = engine.logged()?;
    ensure!(!status.success(), "it ended well:\n{said}");
    Ok(said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_and_a_database_that_are_not_there_yet_are_waited_for() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("absent", 1)).await? else { return Ok(()) };
    let [kafka_at, postgres_at] = [free_port()?, free_port()?].map(|port| format!("127.0.0.1:{port}"));
    let address = installation.databases.url("sink");
    let (_, host) = address.rsplit_once('@').context("no login")?;
    let (host, _) = host.split_once('/').context("no database")?;
    let elsewhere = |role: &str| installation.databases.url(role).replace(host, &postgres_at);
    let settings = [
        ("KAFKA_BROKERS", kafka_at.clone()),
        ("SINK_DATABASE_URL", elsewhere("sink")),
        ("PROTECTED_SINK_DATABASE_URL", elsewhere("protected_sink")),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let engine = installation.run_with("all", &settings)?;
    logged(
        &installation,
        &engine,
        "waits for Kafka: no answer yet; is it running, and is KAFKA_BROKERS right?",
        2,
    )
    .await?;
    put_through(&kafka_at, installation.topics.brokers.clone()).await?;
    // Each sink logs it twice, because it is logged repeatedly.
    logged(&installation, &engine, "the database does not answer: waits", 4).await?;
    assert!(engine.logged()?.contains("PostgreSQL: "), "it does not say which store");
    assert!(!engine.logged()?.contains(&installation.environment()["TWILIO_AUTH_TOKEN"]));
    put_through(&postgres_at, host.to_owned()).await?;
    engine.ready().await?;
    installation.twilio.send_message(Inbound::text(RESIDENT, SENDER, POTHOLE_REPORT)).await;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_missing_are_all_named_before_anything_is_waited_for() -> Result<()> {
    let Some(neighbours) = Neighbours::from_environment()? else {
        eprintln!(
            "SKIPPED settings: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set (make test sets them)"
        );
        return Ok(());
    };
    let installation = TestInstallation::bare(neighbours, &Plan::new("settings", 1)).await?;
    let missing = ["PEPPER", "PROTECTED_SINK_DATABASE_URL"];
    let unset: Vec<(&str, &str)> =
        missing.iter().map(|name| (*name, "")).chain([("KAFKA_BROKERS", "127.0.0.1:1")]).collect();
    let said = refused(&installation.run_with("all", &unset)?).await?;
    assert!(missing.iter().all(|name| said.contains(name)) && !said.contains("waits"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_named_and_nothing_is_begun() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("port", 1)).await? else { return Ok(()) };
    let taken = Bound::bind("127.0.0.1:0")?;
    let url = format!("http://{}", taken.local_addr()?);
    let settings = [
        ("all", "WHATSAPP_URL", "WHATSAPP_LISTEN"),
        ("tickets", "METRICS_URL", "METRICS_LISTEN"),
        ("desk", "DESK_URL", "DESK_LISTEN"),
    ];
    for (part, url_setting, setting) in settings {
        let engine = installation.run_with(part, &[(url_setting, &url)])?;
        let said = refused(&engine).await?;
        let expected =
            format!("{setting} {} cannot be listened on; is the port in use?", taken.local_addr()?);
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains("joins its group"), "machines were started: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_of_the_desk_or_the_metrics_in_use_keeps_no_message_from_being_taken() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("ports", 1)).await? else { return Ok(()) };
    let taken = (Bound::bind("127.0.0.1:0")?, Bound::bind("127.0.0.1:0")?);
    let metrics = taken.0.local_addr()?;
    let desk = taken.1.local_addr()?;
    let settings = [("METRICS_URL", format!("http://{metrics}")), ("DESK_URL", format!("http://{desk}"))];
    let settings = settings.each_ref().map(|(name, url)| (*name, url.as_str()));
    let engine = installation.run_with("all", &settings)?;
    installation.twilio.send_message(Inbound::text(RESIDENT, SENDER, POTHOLE_REPORT)).await;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    for (setting, address) in [("METRICS_LISTEN", metrics), ("DESK_LISTEN", desk)] {
        let expected = format!("{setting} {address} cannot be listened on; is the port in use?");
        let logged = engine.logged()?;
        assert!(logged.contains(&expected), "{logged}");
    }
    drop(taken);
    for address in [metrics, desk] {
        let look = async || {
            let connected = TcpStream::connect(address).await;
            Ok(connected.map_or_else(Checked::not_yet, |_| Checked::Yes(())))
        };
        installation.wait_until("the address is served once it is free", SOON, look).await?;
    }
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_are_missing_or_of_another_number_of_partitions_are_refused_with_what_mends_it()
-> Result<()> {
    let Some(neighbours) = Neighbours::from_environment()? else {
        eprintln!(
            "SKIPPED topics: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set (make test sets them)"
        );
        return Ok(());
    };
    let installation = TestInstallation::bare(neighbours, &Plan::new("topics", 2)).await?;
    let said = refused(&installation.run("tickets")?).await?;
    assert!(said.contains("tickets is missing: run `trust-engine topics create`"), "{said}");
    installation.run_to_end(&["topics", "create"]).await?;
    let said = refused(&installation.run_with("tickets", &[("PARTITIONS", "3")])?).await?;
    assert!(
        said.contains("has 2 partitions, PARTITIONS says 3: the number is final; set PARTITIONS to 2"),
        "{said}"
    );
    installation.run_ready("tickets").await?.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_ring_commits_nothing_and_says_so() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("keys", 1)).await? else { return Ok(()) };
    let topics = &installation.topics;
    let others = ["intake", "municipal", "protected"]
        .map(|name| format!("{name}-1:{}", STANDARD.encode([9; 32])))
        .join(",");
    let wrong = [("KEY_RING", others.as_str())];
    let first = WantedTicket::now(1);
    topics.send(&topics.producer()?, first.open(topics)?).await?;
    // The first process of an installation has nothing to compare its keys with: it meets the other key in
    // its log.
    let engine = installation.run_with("tickets", &wrong)?;
    logged(&installation, &engine, "the key ring does not hold the key", 1).await?;
    let said = engine.logged()?;
    assert!(said.contains("check KEY_RING") && !said.contains("damaged"), "{said}");
    assert!(engine.not_ready().await?.contains("tickets"), "it is ready with the wrong keys");
    assert_eq!(topics.store::<Tickets>()?.len(), 0);
    assert_eq!(topics.read("dead-letters")?.len(), 0, "a record was judged with the wrong keys");
    engine.stop().await?;
    installation.run_to_end(&["keys", "accept"]).await?;
    let right = installation.run_ready("tickets").await?;
    let look = async || {
        let held = topics.store::<Tickets>()?.len();
        Ok(Checked::when(held == 1, || format!("{held} tickets")))
    };
    installation.wait_until("with the right keys it goes on", SOON, look).await?;
    right.stop().await?;
    // From now on a wrong key is recognised before anything is read.
    let said = refused(&installation.run_with("tickets", &wrong)?).await?;
    assert!(said.contains("KEY_RING has another key municipal-1"), "{said}");
    assert!(!said.contains("joins its group"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_broker_is_503_and_what_is_acknowledged_is_not_lost() -> Result<()> {
    let Some(neighbours) = Neighbours::own("dead-broker")? else { return Ok(()) };
    let installation = TestInstallation::start_on(neighbours.clone(), Plan::new("dead_broker", 1)).await?;
    let engine = installation.run_ready("all").await?;
    let twilio = &installation.twilio;
    twilio.send_message(Inbound::text(RESIDENT, SENDER, POTHOLE_REPORT)).await;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    neighbours.kill(ServerKind::Kafka)?;
    // Twilio posts it repeatedly, with the same id.
    let pin = twilio.send_message(pin(RESIDENT));
    let back = async {
        let look = async || {
            let counter = "trust_engine_whatsapp_requests_total{endpoint=\"messages\",status=\"503\"} ";
            let metrics = engine.metrics().await?;
            let answered = metrics.lines().any(|line| line.starts_with(counter) && !line.ends_with(" 0"));
            Ok(Checked::when(answered, || "no 503 yet".to_owned()))
        };
        installation.wait_until("the webhook says 503", SOON, look).await?;
        neighbours.start(ServerKind::Kafka)
    };
    let (pin, back) = tokio::join!(pin, back);
    back?;
    assert!(pin.acknowledged == 1 && pin.tries > 1, "{pin:?}");
    let look = async || {
        let told = twilio.taken_for(RESIDENT);
        let numbered = told.iter().filter(|message| !numbers(&message.body).is_empty()).count();
        Ok(Checked::when(numbered == 1, || format!("they were told {told:?}")))
    };
    installation.wait_until("they are told a tracking number", 2 * SOON, look).await?;
    assert!(
        engine.logged()?.contains("has not acknowledged a record within 10s: answered 503"),
        "it does not say why"
    );
    assert!(engine.runs()?, "all that is at work outlives the broker");
    assert_eq!(installation.topics.store::<Tickets>()?.len(), 1);
    Ok(())
}

/// A process whose state folder is on a separate, full disk. `None` if this system does not allow the test to
/// mount one.
async fn on_a_full_disk(installation: &TestInstallation) -> Result<Option<(bool, String)>> {
    let state = installation.folder().join("state");
    // The process keeps running and restarts its chain repeatedly, until it is asked to stop.
    let script = "mount -t tmpfs -o size=4k,nr_inodes=1 full \"$1\" && exec timeout 15 \"$2\" run tickets";
    let mut command = tokio::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command
        .arg(&state)
        .arg(simulator::harness::process::program()?)
        .envs(installation.environment())
        .kill_on_drop(true);
    let Ok(output) = tokio::time::timeout(SOON, command.output()).await.context("it runs on a full disk")?
    else {
        return Ok(None);
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_refused = said.starts_with("unshare:") || said.contains("mount:");
    Ok((!is_refused).then(|| (output.status.success(), said)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_the_state_folder_is_named() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("full", 1)).await? else { return Ok(()) };
    let Some((well, said)) = on_a_full_disk(&installation).await? else {
        eprintln!("SKIPPED full disk: only root may mount one on this system (unshare --user --mount)");
        return Ok(());
    };
    assert!(!well && said.contains("the state folder") && said.contains("No space left on device"), "{said}");
    assert!(said.contains("set STATE_DIR to a folder that this process may write"), "{said}");
    Ok(())
}
