//! Measures the time from the webhook's 200 to the row in PostGIS, at a steady rate and after a warm-up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::{SENDER, TestInstallation};
use simulator::residents::places::PLACES;
use simulator::twilio::inbound::Inbound;
use topics::values::ids::{MessageSid, TicketId};

use crate::figures::{CpuSeconds, percentile_of};
use crate::fill::PATIENCE;

/// The messages that are sent before the measurement begins. A broker that was just started needs some
/// seconds for its just-in-time compiler.
const WARM_UP_S: u32 = 15;

pub async fn measure(installation: &TestInstallation, rate: u32, seconds: u32) -> Result<()> {
    let engine = installation.run_ready("all").await?;
    let answered: Arc<Mutex<BTreeMap<String, Instant>>> = Arc::default();
    let mut seen: BTreeMap<String, Instant> = BTreeMap::new();
    let unmeasured = rate * WARM_UP_S;
    let total = rate * (WARM_UP_S + seconds);
    let sending = send(installation.twilio.clone(), rate, unmeasured, total, answered.clone());
    let cpu_before = CpuSeconds::so_far(installation, &engine)?;
    let watching = async {
        installation
            .wait_until("all tickets are rows", PATIENCE, async || {
                look_for_rows(installation, &mut seen).await?;
                Ok(Checked::when(seen.len() >= total as usize, || format!("{} of {total}", seen.len())))
            })
            .await
    };
    let (sent, watched) = tokio::join!(sending, watching);
    sent?;
    watched?;
    let cpu = CpuSeconds::so_far(installation, &engine)?.since(cpu_before);
    let answered = std::mem::take(&mut *answered.lock().unwrap_or_else(PoisonError::into_inner));
    let millis: Vec<f64> = answered
        .iter()
        .filter_map(|(id, at)| Some(seen.get(id)?.saturating_duration_since(*at).as_secs_f64() * 1e3))
        .collect();
    let half = percentile_of(&millis, 50);
    let most = percentile_of(&millis, 99);
    println!(
        "{total} messages at {rate}/s: webhook 200 to row p50 {half:.0} ms, p99 {most:.0} ms \
         ({} measured); {}",
        millis.len(),
        cpu.per_ticket(total as usize)
    );
    engine.stop().await
}

/// Looks for new rows of tickets for 50 ms, and notes when each was first seen.
async fn look_for_rows(installation: &TestInstallation, seen: &mut BTreeMap<String, Instant>) -> Result<()> {
    let deadline = Instant::now() + Duration::from_millis(50);
    while Instant::now() < deadline {
        let query = "select id from tickets where updated_at > now() - interval '3 seconds'";
        let rows = installation.databases.rows("postgres", query).await?;
        let now = Instant::now();
        for row in rows {
            if let Some(id) = row.get("id").and_then(|id| id.as_str()) {
                seen.entry(id.to_owned()).or_insert(now);
            }
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    Ok(())
}

async fn send(
    twilio: simulator::twilio::SimulatedTwilio,
    rate: u32,
    unmeasured: u32,
    total: u32,
    answered: Arc<Mutex<BTreeMap<String, Instant>>>,
) -> Result<()> {
    let began = Instant::now();
    let mut in_flight = Vec::new();
    for n in 0..total {
        tokio::time::sleep_until((began + Duration::from_secs_f64(f64::from(n) / f64::from(rate))).into())
            .await;
        let Some(place) = PLACES.get(n as usize % PLACES.len()).map(|place| place.middle) else { continue };
        let mut message =
            Inbound::pin(&format!("whatsapp:+2761{n:07}"), SENDER, place.latitude, place.longitude);
        message.body = "There is a burst water pipe in our street".to_owned();
        let twilio = twilio.clone();
        let answered = answered.clone();
        in_flight.push(tokio::spawn(async move {
            let heard = twilio.send_message(message).await;
            if let Some(sid) = heard.sid.parse::<MessageSid>().ok().filter(|_| n >= unmeasured) {
                answered
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(TicketId::of(&sid).to_string(), Instant::now());
            }
        }));
    }
    for post in in_flight {
        post.await?;
    }
    Ok(())
}
