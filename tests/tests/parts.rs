//! A failure of one part does not affect the others: if a machine or a sink fails, the webhooks still accept
//! messages, and none of them is lost. Only a wrong configuration prevents the start, before anything is
//! consumed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulator::clock::Checked;
use simulator::harness::neighbours::Neighbours;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;

const SOON: Duration = Duration::from_secs(60);
const RESIDENT: &str = "whatsapp:+27000000321";
const KATLEHONG: (f64, f64) = (-26.333, 28.152);
/// The exit status of a wrong configuration.
const WRONG_CONFIGURATION: i32 = 78;

/// Waits until `/readyz` of the process contains `words`.
async fn says(installation: &TestInstallation, engine: &Engine, words: &str) -> Result<()> {
    let look = async || {
        // It does not answer before it has started.
        let said = engine.not_ready().await.unwrap_or_default();
        Ok(Checked::when(said.contains(words), || format!("/readyz says {said:?}")))
    };
    installation.wait_until(&format!("/readyz says {words:?}"), SOON, look).await
}

/// Sends a message of the resident, which must be acknowledged at the first attempt.
async fn acknowledged(installation: &TestInstallation, message: Inbound) -> Result<()> {
    let sent = installation.twilio.send_message(message).await;
    ensure!(sent.acknowledged == 1 && sent.tries == 1, "the webhook did not take it: {sent:?}");
    Ok(())
}

/// Stops a process. It must not wait for the end of a pause.
async fn stops_at_once(engine: &Engine) -> Result<()> {
    let began = Instant::now();
    engine.stop().await?;
    ensure!(began.elapsed() < Duration::from_secs(15), "it took {:?} to stop", began.elapsed());
    Ok(())
}

/// Runs `part` with these settings, which it must refuse before it joins a group. Returns its output.
async fn refused(installation: &TestInstallation, part: &str, settings: &[(&str, &str)]) -> Result<String> {
    let (status, _, said) = installation.output_with(&["run", part], settings).await?;
    assert_eq!(status.code(), Some(WRONG_CONFIGURATION), "{said}");
    assert!(!said.contains("joins its group") && !said.contains("panic"), "{said}");
    Ok(said)
}

/// An installation with topics and an empty database. `None` where there are no neighbours for tests.
async fn before_migrate() -> Result<Option<TestInstallation>> {
    let Some(neighbours) = Neighbours::from_environment()? else {
        eprintln!(
            "SKIPPED parts: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set (make test sets them)"
        );
        return Ok(None);
    };
    let installation = TestInstallation::bare(neighbours, &Plan::new("unmigrated", 1)).await?;
    installation.run_to_end(&["topics", "create"]).await?;
    Ok(Some(installation))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_tables_are_migrated_messages_are_taken_and_afterwards_they_are_filled() -> Result<()> {
    let Some(installation) = before_migrate().await? else { return Ok(()) };
    let engine = installation.run("all")?;
    let look = async || {
        let said = engine.not_ready().await.unwrap_or_default();
        let sinks = said.lines().all(|line| line.starts_with("sink ") || line.starts_with("protected-sink "));
        let fails =
            said.contains("sink failed and is started again after") && said.contains("trust-engine migrate");
        Ok(Checked::when(sinks && fails, || format!("/readyz says {said:?}")))
    };
    installation.wait_until("all parts but the sinks are ready", SOON, look).await?;
    let shown = engine.metrics().await?;
    assert!(shown.contains("trust_engine_part_up{part=\"sink\"} 0"), "{shown}");
    assert!(shown.contains("trust_engine_part_up{part=\"whatsapp\"} 1"), "{shown}");

    let resident = Inbound::text(RESIDENT, SENDER, "There is a huge pothole in our road");
    acknowledged(&installation, resident).await?;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    acknowledged(&installation, Inbound::pin(RESIDENT, SENDER, KATLEHONG.0, KATLEHONG.1)).await?;
    installation.wait_until_told(RESIDENT, 1, "they get a number", |text| !numbers(text).is_empty()).await?;

    installation.run_to_end(&["migrate"]).await?;
    engine.ready().await?;
    let look = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Checked::when(rows == 1, || format!("{rows} tickets in the table")))
    };
    installation.wait_until("the ticket is in its table", SOON, look).await?;
    let shown = engine.metrics().await?;
    assert!(!shown.contains("trust_engine_part_restarts_total{part=\"sink\"} 0"), "{shown}");
    assert!(shown.contains("trust_engine_part_restarts_total{part=\"tickets\"} 0"), "{shown}");
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_missing_stops_only_the_parts_that_need_it() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("missing", 1)).await? else { return Ok(()) };
    for topic in ["dead-letter-reviews", "breaches", "protected-tickets"] {
        installation.topics.delete(topic).await?;
    }
    let webhook = installation.run_ready("whatsapp").await?;
    webhook.stop().await?;
    let engine = installation.run_with("all", &[])?;
    for (part, topic) in [("sink", "dead-letter-reviews"), ("tickets", "breaches")] {
        says(&installation, &engine, &format!("{part} failed and is started again")).await?;
        says(&installation, &engine, &format!("{topic} is missing: run `trust-engine topics create`"))
            .await?;
    }
    says(&installation, &engine, "protected-tickets failed and is started again").await?;
    let look = async || {
        let said = engine.not_ready().await?;
        let untouched = ["whatsapp", "conversations", "deliveries", "protected-deliveries"];
        let waits =
            said.lines().any(|line| untouched.iter().any(|part| line.starts_with(&format!("{part} "))));
        Ok(Checked::when(!waits, || said.clone()))
    };
    installation.wait_until("all other parts are ready", SOON, look).await?;
    acknowledged(&installation, Inbound::text(RESIDENT, SENDER, "There is a huge pothole in our road"))
        .await?;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    installation.run_to_end(&["topics", "create"]).await?;
    engine.ready().await?;
    stops_at_once(&engine).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_topic_of_editions_is_said_and_not_waited_for() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("noeditions", 1)).await? else {
        return Ok(());
    };
    installation.topics.delete("editions").await?;
    let ticket = "0123456789abcdef0123456789abcdef";
    let change = ["change", ticket, "--actor", "clerk", "--note", "seen"];
    for arguments in [&change[..], &["run", "whatsapp"]] {
        let output = installation.output_with(arguments, &[]);
        let (status, _, said) = tokio::time::timeout(SOON, output).await.context("it waits")??;
        assert!(!status.success(), "{said}");
        assert!(said.contains("editions is missing: run `trust-engine topics create`"), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_the_database_refuses_stops_no_other_part_and_is_read_again() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("login", 1)).await? else { return Ok(()) };
    let unknown_login = installation.databases.url("a_login_that_does_not_exist");
    let secret = installation.folder().join("sink-database-url");
    std::fs::write(&secret, &unknown_login)?;
    let secret_name = secret.to_string_lossy();
    let settings = [
        ("SINK_DATABASE_URL", ""),
        ("SINK_DATABASE_URL_FILE", &secret_name),
        ("PROTECTED_SINK_DATABASE_URL", &unknown_login),
    ];
    let engine = installation.run_with("all", &settings)?;
    says(&installation, &engine, "sink failed and is started again after").await?;
    let hides_why = async || {
        let said = engine.not_ready().await?;
        let is_hidden = said.contains("protected-sink failed") && said.contains("the reason is in its log");
        Ok(Checked::when(is_hidden, || said.clone()))
    };
    installation.wait_until("the police lane's reason is in its log alone", SOON, hides_why).await?;
    acknowledged(&installation, Inbound::text(RESIDENT, SENDER, "There is a huge pothole in our road"))
        .await?;
    installation.wait_until_told(RESIDENT, 0, "they are answered", |_| true).await?;
    std::fs::write(&secret, installation.databases.url("sink"))?;
    let look = async || {
        let said = engine.not_ready().await?;
        Ok(Checked::when(!said.lines().any(|line| line.starts_with("sink ")), || said.clone()))
    };
    installation.wait_until("the sink works with the login of now", SOON, look).await?;
    // The other part is in a pause or about to fail again. A stop waits for neither.
    stops_at_once(&engine).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_that_cannot_work_leave_the_webhook_at_work_and_go_on_when_they_can() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("chains", 1)).await? else { return Ok(()) };
    // There is a file at the path of the state folder, so no chain can take its slot.
    let state = installation.folder().join("no-folder");
    std::fs::write(&state, "in the way")?;
    let engine = installation.run_with("all", &[("STATE_DIR", &state.to_string_lossy())])?;
    for machine in ["conversations", "tickets", "deliveries", "protected-tickets"] {
        says(&installation, &engine, &format!("{machine} failed and is started again")).await?;
    }
    assert!(!engine.not_ready().await?.contains("whatsapp"), "{}", engine.not_ready().await?);
    acknowledged(&installation, Inbound::text(RESIDENT, SENDER, "There is a huge pothole in our road"))
        .await?;
    assert!(engine.runs()?, "{}", engine.logged()?);

    std::fs::remove_file(&state)?;
    std::fs::create_dir(&state)?;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    engine.ready().await?;
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_without_a_key_that_a_disclosure_would_need_refuses_before_it_reads_anything() -> Result<()>
{
    let Some(installation) = TestInstallation::start(Plan::new("lacks", 1)).await? else { return Ok(()) };
    let ring = installation.environment().get("KEY_RING").context("no key ring")?;
    let (without, _) = ring.rsplit_once(",protected-1").context("no protected key at the end of the ring")?;
    for part in ["all", "conversations", "protected", "protected-sink"] {
        let said = refused(&installation, part, &[("KEY_RING", without)]).await?;
        assert!(said.contains("KEY_RING holds no protected key"), "{said}");
        assert!(!said.contains("protected-commands") && !said.contains("partition"), "{said}");
    }
    // Parts that need no state folder run without it.
    for part in ["whatsapp", "tickets", "deliveries", "sink"] {
        let engine = installation.run_with(part, &[("KEY_RING", without)])?;
        engine.ready().await?;
        engine.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_pepper_is_refused_until_the_change_is_accepted() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("pepper", 1)).await? else { return Ok(()) };
    let engine = installation.run_ready("all").await?;
    engine.stop().await?;
    let shown = installation.run_to_end(&["keys", "show"]).await?;
    for secret in ["pepper: ", "intake-1: ", "municipal-1: ", "protected-1: "] {
        assert!(shown.contains(secret), "{shown}");
    }
    let written = installation.topics.read("messages")?.len();
    let pepper = "5a".repeat(32);
    let other = [("PEPPER", pepper.as_str())];
    for part in ["all", "whatsapp", "conversations"] {
        let said = refused(&installation, part, &other).await?;
        assert!(
            said.contains("PEPPER is not the one") && said.contains("trust-engine keys accept"),
            "{said}"
        );
        assert!(!said.contains(&pepper), "{said}");
    }
    assert_eq!(installation.topics.read("messages")?.len(), written, "a process that refused wrote");
    let (status, said, _) = installation.output_with(&["keys", "accept"], &other).await?;
    assert!(status.success() && said.contains("pepper: "), "{said}");
    let engine = installation.run_with("whatsapp", &other)?;
    engine.ready().await?;
    engine.stop().await?;
    // The former pepper is now the wrong one.
    let said = refused(&installation, "whatsapp", &[]).await?;
    assert!(said.contains("PEPPER is not the one"), "{said}");
    // The keys of a command that seals are compared, too, because no part could open records that were sealed
    // with another key.
    let key = format!("municipal-1:{}", STANDARD.encode([9; 32]));
    let arguments = ["change", "0123456789abcdef0123456789abcdef", "--actor", "clerk", "--note", "seen"];
    let (status, _, said) = installation.output_with(&arguments, &[("KEY_RING", &key), other[0]]).await?;
    assert_eq!(status.code(), Some(WRONG_CONFIGURATION), "{said}");
    assert!(said.contains("KEY_RING has another key municipal-1"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_rotated_by_adding_one_and_given_up_by_retiring_it() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("rotate", 1)).await? else { return Ok(()) };
    let ring = installation.environment().get("KEY_RING").context("no key ring")?.clone();
    installation.run_ready("whatsapp").await?.stop().await?;
    let new = ring.replace("protected-1", "intake-2");
    let engine = installation.run_with("whatsapp", &[("KEY_RING", &new)])?;
    engine.ready().await?;
    engine.stop().await?;
    let (_, rest) = new.split_once(',').context("one key")?;
    let only_new = [("KEY_RING", rest)];
    let said = refused(&installation, "whatsapp", &only_new).await?;
    assert!(said.contains("lacks the key intake-1") && said.contains("keys retire intake-1"), "{said}");
    installation.run_to_end(&["keys", "retire", "intake-1"]).await?;
    let engine = installation.run_with("whatsapp", &only_new)?;
    engine.ready().await?;
    engine.stop().await
}
