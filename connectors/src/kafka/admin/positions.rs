//! How long the broker remembers the position of a group that has no members. A stage that is cut out has its
//! position there and nowhere else, so it must be remembered for as long as the records that it reads.

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use topics::catalogue::{Assignments, Cleanup, Reports, Topic};

/// The broker's setting, in minutes.
const SETTING: &str = "offsets.retention.minutes";

const MINUTES_PER_DAY: i64 = 24 * 60;

/// What an operator should know of the positions that `broker` keeps, or `None` if they are kept for long
/// enough.
pub async fn remark(client: &AdminClient<DefaultClientContext>, broker: i32) -> Option<String> {
    let asked = [ResourceSpecifier::Broker(broker)];
    let answers = client.describe_configs(&asked, &AdminOptions::new()).await.unwrap_or_default();
    let entry = answers.into_iter().flatten().find_map(|mut resource| {
        let place = resource.entries.iter().position(|entry| entry.name == SETTING)?;
        resource.entries.swap_remove(place).value
    });
    judge(entry.as_deref().and_then(|value| value.parse().ok()))
}

/// The same for the minutes that the broker names.
fn judge(minutes: Option<i64>) -> Option<String> {
    let days = [Reports::SPEC, Assignments::SPEC].map(|spec| match spec.cleanup {
        Cleanup::Delete(days) => i64::from(days),
        Cleanup::Compact => 0,
    });
    let days = days.into_iter().max().unwrap_or(0);
    let wanted = (days + 1) * MINUTES_PER_DAY;
    let so = match minutes {
        Some(minutes) if minutes >= wanted => return None,
        Some(minutes) => format!("is {minutes}"),
        None => "could not be read".to_owned(),
    };
    Some(format!(
        "look at: the broker's {SETTING} {so}; with less than {wanted}, `route` or `stamp`, if it is cut out \
         and away for longer, loses its position before what it has not read is deleted ({days} days)"
    ))
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn positions_must_be_kept_for_a_day_longer_than_the_records() {
        assert!(judge(Some(7 * 24 * 60)).is_some_and(|remark| remark.contains("is 10080;")));
        assert!(judge(Some(35 * 24 * 60)).is_some());
        assert_eq!(judge(Some(36 * 24 * 60)), None);
        assert!(judge(None).is_some_and(|remark| remark.contains("could not be read")));
    }

    #[test]
    fn the_brokers_of_compose_keep_them_for_long_enough() {
        let properties = include_str!("../../../../compose/server.properties");
        let minutes =
            properties.lines().find_map(|line| line.strip_prefix("offsets.retention.minutes=")?.parse().ok());
        assert_eq!(judge(minutes), None);
    }
}
