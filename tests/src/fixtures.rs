//! Values that several end-to-end tests share.

use std::time::Duration;

use anyhow::{Context, Result};
use simulator::harness::{SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use topics::values::point::Point;

/// How long a test waits for something that usually takes a few seconds.
pub const SOON: Duration = Duration::from_secs(60);

/// Katlehong, in the south of Ekurhuleni (a municipality of the demo's reference data).
pub const KATLEHONG: Point = Point { latitude: -26.333, longitude: 28.152 };

/// A report about water, with words that the lexicon contains.
pub const WATER_REPORT: &str = "Water pipe burst outside our house, it runs down the street";

/// A report about roads, with words that the lexicon contains.
pub const POTHOLE_REPORT: &str = "There is a huge pothole in our road";

/// A location pin in Katlehong, from this resident to the sender of the installation.
pub fn pin(resident: &str) -> Inbound {
    Inbound::pin(resident, SENDER, KATLEHONG.latitude, KATLEHONG.longitude)
}

/// A resident reports something in Katlehong through the signed webhook: first what is wrong, then where.
/// Returns the tracking number of the answer.
///
/// # Errors
/// The resident is not asked or not told in time.
pub async fn report(installation: &TestInstallation, resident: &str, words: &str) -> Result<String> {
    let twilio = &installation.twilio;
    twilio.send_message(Inbound::text(resident, SENDER, words)).await;
    installation.wait_until_told(resident, 0, "they are asked for the place", |_| true).await?;
    twilio.send_message(pin(resident)).await;
    let has_number = |body: &str| !numbers(body).is_empty();
    let body =
        installation.wait_until_told(resident, 1, "they are told a tracking number", has_number).await?;
    let number = numbers(&body).into_iter().next().context("the answer has a tracking number")?;
    Ok(number.to_string())
}
