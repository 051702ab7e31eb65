//! Looks up whether a message was sent. Twilio's list does not contain our ids, so a message is found by its
//! sender, its recipient, its time and its text.

use std::time::Duration;

use pipeline::engine::effect::Lookup;
use topics::records::notifications::CallResult;
use topics::values::ids::MessageSid;
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::client::{Client, Listed, Page, TwilioError, read_date};
use super::outcome::log_of;
use crate::append::Append;

/// A message may be older than its attempt by this much and still be it: the time of the log and Twilio's may
/// differ after all that is known of them. The messages that were sent to the resident before are known by
/// their ids.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// How many messages a page has; Twilio allows up to 1,000.
const PAGE_SIZE: &str = "200";

/// How many pages of a resident's messages are read, newest first. No resident receives more in a day.
const MAX_PAGES: usize = 5;

/// Looks up a message. Nothing is logged for the protected lane, because that would show that it has sent
/// something.
pub async fn look_up(client: &Client, log: &dyn Append, lookup: &Lookup) -> CallResult {
    match find(client, log, lookup).await {
        // The receipt of the failure may have been lost, as the outcome was.
        Ok(Some(Ours { failed: Some(code), .. })) => CallResult::Refused { code, http: 0 },
        Ok(Some(Ours { sid, .. })) => CallResult::Found { sid },
        Ok(None) => CallResult::NotFound {},
        Err(error) => {
            if lookup.lane != Lane::Protected {
                tracing::warn!(%error, "an unknown outcome could not be looked up; it will be asked again");
            }
            CallResult::ListFailed {}
        }
    }
}

/// The message in the list that is the one that was looked up.
struct Ours {
    sid: MessageSid,
    /// Twilio's error code (0 if Twilio names none), if the message could not be delivered.
    failed: Option<u32>,
}

async fn find(client: &Client, log: &dyn Append, lookup: &Lookup) -> Result<Option<Ours>, TwilioError> {
    let letter = &lookup.letter;
    let day = (lookup.since - CLOCKS_DIFFER).to_string().chars().take(10).collect::<String>();
    let who = [("To", letter.to.as_str()), ("From", letter.from.as_str()), ("PageSize", PAGE_SIZE)];
    // A message that was sent has a date. One that Twilio still queues has no date, so a list by date leaves
    // it out: the second list is without a date. Both begin with the newest message.
    let dated: Vec<(&str, &str)> = who.iter().copied().chain([("DateSent>", day.as_str())]).collect();
    for filters in [dated.as_slice(), &who] {
        let mut page = client.list(filters).await?;
        for _ in 0..MAX_PAGES {
            if let Some(ours) = earliest(&page.messages, lookup, oldest(&page, log, lookup)) {
                return Ok(Some(ours));
            }
            match client.after(&page).await? {
                Some(next) => page = next,
                None => break,
            }
        }
    }
    Ok(None)
}

/// The time, by Twilio's clock, before which a message of the page was sent by an earlier attempt. The time
/// of the attempt is the log's. The page says what Twilio's clock shows, so the difference of the two is
/// known.
fn oldest(page: &Page, log: &dyn Append, lookup: &Lookup) -> Time {
    let differs = |twilio: Time| {
        let log = log.log_time(log_of(lookup.lane), lookup.partition)?;
        Some(twilio.millis().saturating_sub(log.millis()))
    };
    let millis = page.answered_at.and_then(differs).unwrap_or(0);
    Time::from_millis(lookup.since.millis().saturating_add(millis)) - CLOCKS_DIFFER
}

/// The earliest of these messages that can be the one that is looked for.
fn earliest(messages: &[Listed], lookup: &Lookup, since: Time) -> Option<Ours> {
    let ours = messages.iter().filter_map(|message| Some((identity(message, lookup, since)?, message)));
    let ((_, sid), message) = ours.min_by(|(one, _), (other, _)| one.cmp(other))?;
    let failed = matches!(message.status.as_deref(), Some("failed" | "undelivered"));
    Some(Ours { sid, failed: failed.then(|| message.error_code.unwrap_or(0)) })
}

/// When Twilio accepted the message, and its id, if it can be the one that is looked for.
fn identity(message: &Listed, lookup: &Lookup, since: Time) -> Option<(Time, MessageSid)> {
    let sid: MessageSid = message.sid.parse().ok()?;
    let created = message.date_created.as_deref().and_then(read_date)?;
    let outbound = message.direction.as_deref().is_none_or(|direction| direction.starts_with("outbound"));
    let fits = outbound && created >= since && !lookup.taken.contains(&sid) && says_the_same(message, lookup);
    fits.then_some((created, sid))
}

fn says_the_same(message: &Listed, lookup: &Lookup) -> bool {
    let body = message.body.as_deref().unwrap_or_default();
    match lookup.letter.template.as_ref().filter(|_| lookup.as_template) {
        None => body.trim() == lookup.letter.body.trim(),
        // WhatsApp has the text of a template, and only the variables are ours to compare.
        Some(template) => template.variables.iter().all(|value| body.contains(value.as_str())),
    }
}
