//! The rate of calls, measured at the server over every period of one second.

use std::time::{Duration, Instant};

use pipeline::engine::effect::Effect;
use topics::records::notifications::CallResult;
use topics::values::lane::Lane;

use super::test_server::{Plays, TestServer, call};
use crate::token::StatusToken;

/// The largest number of these moments that lie in one second.
fn busiest_second(times: &[Instant]) -> usize {
    let within = |from: &Instant| {
        times.iter().filter(|time| (*from..*from + Duration::from_secs(1)).contains(*time)).count()
    };
    times.iter().map(within).max().unwrap_or(0)
}

fn times(server: &TestServer, lane: Option<Lane>) -> Vec<Instant> {
    let key = super::test_server::settings(server.address, true).tokens;
    let seen = server.twilio.seen.lock().unwrap();
    let of_lane = seen.iter().filter(|request| {
        let url = &request.form.iter().find(|(name, _)| name == "StatusCallback").unwrap().1;
        let token = StatusToken::decode(&key, url.split_once("t=").unwrap().1).unwrap();
        lane.is_none_or(|lane| token.lane == lane)
    });
    let mut times: Vec<Instant> = of_lane.map(|request| request.at).collect();
    times.sort();
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_holds_more_than_72_municipal_and_8_protected_calls() {
    let server = TestServer::new().await;
    let began = Instant::now();
    for number in 0..216 {
        server.caller.carry_out(Effect::Call(call(Lane::Municipal, number)));
    }
    for number in 216..240 {
        server.caller.carry_out(Effect::Call(call(Lane::Protected, number)));
    }
    let outcomes = server.outcomes(240).await;
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome.result, CallResult::Accepted { .. })));
    let municipal = times(&server, Some(Lane::Municipal));
    let protected = times(&server, Some(Lane::Protected));
    let busiest =
        (busiest_second(&municipal), busiest_second(&protected), busiest_second(&times(&server, None)));
    println!(
        "busiest second: {} municipal, {} protected, {} together; all in {:?}",
        busiest.0,
        busiest.1,
        busiest.2,
        began.elapsed()
    );
    assert!(busiest.0 <= 72 && busiest.1 <= 8 && busiest.2 <= 80, "{busiest:?}");
    // The rate is nearly used: a call keeps its slot for one second and for the time of the request itself.
    // The bounds are lower because the machine may be busy with other tests.
    assert!(busiest.0 >= 50 && busiest.1 >= 7, "{busiest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_long_calls_are_on_their_way_no_second_holds_too_many() {
    let server = TestServer::new().await;
    for number in 0..216u64 {
        // A request and its answer each take up to 0.4 s, in a pattern that is unrelated to the rate.
        let millis = |factor: u64| Duration::from_millis(number * factor % 401);
        server.plays(Plays::TakesTime(millis(149), millis(83)));
    }
    for number in 0..216 {
        server.caller.carry_out(Effect::Call(call(Lane::Municipal, number)));
    }
    server.outcomes(216).await;
    let busiest = busiest_second(&times(&server, None));
    println!("busiest second: {busiest}");
    assert!((30..=72).contains(&busiest), "{busiest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_over_puts_no_more_into_a_second_than_one_owner_does() {
    let first = TestServer::new().await;
    // The calls that the first owner has in flight arrive late.
    for _ in 0..144 {
        first.plays(Plays::TakesTime(Duration::from_millis(300), Duration::ZERO));
    }
    for number in 0..144 {
        first.caller.carry_out(Effect::Call(call(Lane::Municipal, number)));
    }
    first.twilio.until_seen(40).await;
    // The first owner gives up its partitions, and the second starts at once with as many permits.
    first.caller.reset(Lane::Municipal);
    let second = TestServer::around(first.twilio.clone(), first.address, true);
    second.caller.reset(Lane::Municipal);
    for number in 144..288 {
        second.caller.carry_out(Effect::Call(call(Lane::Municipal, number)));
    }
    assert!(first.caller.finish(Duration::from_secs(5)).await);
    let given_up = first
        .outcomes(144)
        .await
        .iter()
        .filter(|(_, outcome)| outcome.result == CallResult::NotStarted {})
        .count();
    assert!((20..130).contains(&given_up), "{given_up}");
    second.outcomes(144).await;
    let all = times(&first, None);
    assert_eq!(all.len(), 288 - given_up);
    assert!(busiest_second(&all) <= 72, "{}", busiest_second(&all));
}

#[tokio::test]
async fn a_caller_begins_a_second_after_a_hand_over_and_makes_no_burst_after_an_idle_time() {
    let server = TestServer::new().await;
    server.caller.reset(Lane::Protected);
    let began = Instant::now();
    server.make(call(Lane::Protected, 1)).await;
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "the first call came before the calls of the previous owner were over"
    );
    // The idle time that must not be made up for.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for number in 2..5 {
        server.caller.carry_out(Effect::Call(call(Lane::Protected, number)));
    }
    server.outcomes(4).await;
    let times = times(&server, None);
    for pair in times[1..].windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(100), "an idle time was made up for by a burst");
    }
}
