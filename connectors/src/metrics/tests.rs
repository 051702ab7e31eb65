//! What a scrape shows of each part, and what it does not show of the police lane.

use topics::values::lane::Lane;

use super::*;
use std::time::Duration;
use topics::records::dead_letters::DeadClass;

/// Reports something to every metric of a chain, a sink and the calls.
fn count_all(metrics: &Metrics, lane: Lane, chain: &str) {
    let runner = metrics.chain(chain, lane);
    runner.vitals().up();
    runner.vitals().oldest_age(Duration::from_millis(1500));
    runner.transaction(TransactionOutcome::Committed, 7, Duration::from_millis(12));
    runner.stage_records("track", StageOutcome::Received, 7);
    runner.dead_letters(DeadClass::Rejected, 1);
    runner.lag("tickets", 3, 11);
    runner.restored(Duration::from_secs(1));
    runner.ticks_appended(1);
    runner.open_entities(5);
    runner.due_late(Duration::from_millis(250));
    runner.edition(4);
    runner.clock_difference(Duration::from_millis(500));
    runner.partitions_set_aside(1);
    runner.partitions_waiting_for_edition(1);
    let sink = metrics.sink(&format!("{chain}-sink"), lane);
    sink.vitals().up();
    sink.records("tickets", 5);
    sink.round(Duration::from_millis(3));
    sink.fenced();
    sink.partitions_set_aside(1);
    sink.lag("tickets", 3, 2);
    let twilio = metrics.twilio(lane);
    twilio.call("accepted", Duration::from_millis(90));
    twilio.permitted(2);
    twilio.circuit_opened("account");
    twilio.template_refused();
    twilio.given_up();
}

#[test]
fn every_name_follows_the_pattern_and_says_its_unit() {
    let metrics = Metrics::new().unwrap();
    count_all(&metrics, Lane::Municipal, "tickets");
    metrics.whatsapp().answered(Endpoint::Messages, 200);
    metrics.whatsapp().unreadable(Endpoint::Status);
    metrics.whatsapp().acknowledged(Duration::from_millis(4));
    metrics.whatsapp().clock_ahead(-1_500);
    metrics.part("tickets").restarted();
    metrics.staff_mail().tried(MailOutcome::Failed);
    let text = metrics.render().unwrap();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(names.len(), 33, "{names:?}");
    for name in names {
        assert!(name.starts_with("trust_engine_"), "{name}");
        let units =
            ["_total", "_seconds", "_records", "_entities", "_number", "_calls", "_up", "_partitions"];
        assert!(units.iter().any(|unit| name.ends_with(unit)), "{name}");
    }
    assert!(
        text.contains("trust_engine_runner_transactions_total{chain=\"tickets\",outcome=\"committed\"} 1"),
        "{text}"
    );
    assert!(
        text.contains("trust_engine_runner_transactions_total{chain=\"tickets\",outcome=\"unknown\"} 0"),
        "{text}"
    );
    assert!(text.contains("trust_engine_sink_records_total{topic=\"tickets\"} 5"), "{text}");
}

#[test]
fn every_metric_of_the_alerting_rules_exists() {
    let metrics = Metrics::new().unwrap();
    count_all(&metrics, Lane::Municipal, "tickets");
    metrics.part("tickets").restarted();
    metrics.whatsapp().acknowledged(Duration::from_millis(4));
    let text = metrics.render().unwrap();
    let rules = include_str!("../../../compose/prometheus/alerts.yml");
    let other = |character: char| !character.is_ascii_alphanumeric() && character != '_';
    let named: Vec<&str> = rules.split(other).filter(|word| word.starts_with("trust_engine_")).collect();
    assert!(named.len() >= 20, "{named:?}");
    for name in named {
        let name = name.trim_end_matches("_bucket");
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} does not exist");
    }
}

#[test]
fn counters_that_alerts_compare_are_shown_before_their_first_event() {
    let metrics = Metrics::new().unwrap();
    let _chain = metrics.chain("tickets", Lane::Municipal);
    let _sink = metrics.sink("sink", Lane::Municipal);
    let _twilio = metrics.twilio(Lane::Municipal);
    let _whatsapp = metrics.whatsapp();
    let text = metrics.render().unwrap();
    for counter in [
        "trust_engine_runner_dead_letters_total{chain=\"tickets\",class=\"panicked\"} 0",
        "trust_engine_sink_fenced_total{sink=\"sink\"} 0",
        "trust_engine_twilio_calls_total{result=\"unreachable\"} 0",
        "trust_engine_twilio_circuit_openings_total{fault=\"credentials\"} 0",
        "trust_engine_twilio_template_refusals_total 0",
        "trust_engine_twilio_messages_given_up_total 0",
        "trust_engine_whatsapp_dead_letters_total{endpoint=\"messages\"} 0",
        "trust_engine_whatsapp_requests_total{endpoint=\"messages\",status=\"503\"} 0",
    ] {
        assert!(text.contains(counter), "{counter} in {text}");
    }
}

#[test]
fn the_police_lane_shows_only_that_it_runs_and_the_age_of_the_oldest_thing() {
    let metrics = Metrics::new().unwrap();
    let before = metrics.render().unwrap();
    count_all(&metrics, Lane::Protected, "protected-tickets");
    let text = metrics.render().unwrap();
    let new: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !before.contains(line)).collect();
    assert_eq!(
        new,
        [
            "trust_engine_part_oldest_age_seconds{part=\"protected-tickets\"} 1.5",
            "trust_engine_part_oldest_age_seconds{part=\"protected-tickets-sink\"} 0",
            "trust_engine_part_up{part=\"protected-tickets\"} 1",
            "trust_engine_part_up{part=\"protected-tickets-sink\"} 1",
        ]
    );
}

#[test]
fn the_intake_does_not_count_what_passes_in_silence() {
    let metrics = Metrics::new().unwrap();
    count_all(&metrics, Lane::Intake, "conversations");
    let text = metrics.render().unwrap();
    assert!(text.contains("trust_engine_runner_records_total{chain=\"conversations\"} 7"), "{text}");
    for name in ["ticks_total", "open_entities", "due_lateness_seconds"] {
        assert!(!text.contains(&format!("trust_engine_runner_{name}")), "{name} in {text}");
    }
}

#[test]
fn the_sink_shows_no_topic_that_a_disclosure_may_be_in() {
    let metrics = Metrics::new().unwrap();
    let sink = metrics.sink("sink", Lane::Municipal);
    for topic in topics::catalogue::CATALOGUE {
        sink.records(topic.spec.name, 1);
        sink.lag(topic.spec.name, 0, 1);
    }
    let text = metrics.render().unwrap();
    for topic in topics::catalogue::CATALOGUE {
        let shown = text.contains(&format!("topic=\"{}\"", topic.spec.name));
        assert_eq!(shown, topic.spec.lane == Lane::Municipal, "{}", topic.spec.name);
    }
}

#[test]
fn a_partition_that_went_elsewhere_shows_no_lag() {
    let metrics = Metrics::new().unwrap();
    let runner = metrics.chain("tickets", Lane::Municipal);
    runner.lag("ticket-commands", 3, 11);
    assert!(metrics.render().unwrap().contains("partition=\"3\""));
    runner.forget_lag("ticket-commands", 3);
    assert!(!metrics.render().unwrap().contains("partition=\"3\""));
}
