//! What a mail to staff says: number, category, ward, deadline and a link; nothing of the resident.

use topics::values::staff_mail::MailReason;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Clock, Language};

use crate::rules::texts::{category, moment, say};

/// What a person is told of one ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Why the person is told.
    pub reason: MailReason,
    /// The tracking number of the ticket.
    pub tracking_number: String,
    /// What the ticket is about.
    pub category: Category,
    /// The code of the ward, if the place is known.
    pub ward: Option<String>,
    /// The clock whose deadline is named.
    pub clock: Clock,
    /// The deadline of that clock.
    pub due_at: Time,
    /// The address of the ticket at the desk.
    pub link: String,
}

/// A mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// The subject, which names the ticket or the number of events.
    pub subject: String,
    /// The body, plain text.
    pub body: String,
}

/// The mail about one event.
pub fn single(language: Language, notice: &Notice) -> MailText {
    let body = format!("{}\n\n{}\n", entry(language, notice), say(language, "staff-why", &[]));
    MailText { subject: subject(language, notice), body }
}

/// The mail with a list of events.
pub fn list(language: Language, notices: &[Notice]) -> MailText {
    let number = notices.len().to_string();
    let entries: Vec<String> = notices.iter().map(|notice| entry(language, notice)).collect();
    let body = format!("{}\n\n{}\n", entries.join("\n\n"), say(language, "staff-why", &[]));
    MailText { subject: say(language, "staff-subject-digest", &[("number", &number)]), body }
}

fn subject(language: Language, notice: &Notice) -> String {
    let values = [("n", notice.tracking_number.as_str()), ("category", &category(language, notice.category))];
    say(language, subject_name(notice.reason), &values)
}

/// The name of the text that is the subject of a mail for this reason.
const fn subject_name(reason: MailReason) -> &'static str {
    match reason {
        MailReason::Warning => "staff-subject-warning",
        MailReason::Breach => "staff-subject-breach",
        MailReason::Escalation => "staff-subject-escalation",
        MailReason::Assignment => "staff-subject-assignment",
        MailReason::Automation => "staff-subject-automation",
    }
}

/// The lines about one event: why, where, until when, and the link.
fn entry(language: Language, notice: &Notice) -> String {
    let deadline = match notice.clock {
        Clock::Response => "staff-response-due",
        Clock::Resolution => "staff-resolution-due",
    };
    let mut lines = vec![subject(language, notice)];
    lines.extend(notice.ward.as_ref().map(|ward| say(language, "staff-ward", &[("place", ward)])));
    lines.push(say(language, deadline, &[("deadline", &moment(language, notice.due_at))]));
    lines.push(notice.link.clone());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn notice(reason: MailReason) -> Notice {
        Notice {
            reason,
            tracking_number: "7K2M4P9QX".to_owned(),
            category: Category::Water,
            ward: Some("EKU-12".to_owned()),
            clock: Clock::Resolution,
            due_at: "2026-03-01T22:30:00.000Z".parse().unwrap(),
            link: "https://desk.example.org/tickets/0a1b".to_owned(),
        }
    }

    #[test]
    fn a_mail_says_the_number_the_category_the_ward_the_deadline_and_where_to_look() {
        let mail = single(Language::En, &notice(MailReason::Breach));
        assert_eq!(mail.subject, "Deadline missed: 7K2M4P9QX (water)");
        expect![[r#"
            Deadline missed: 7K2M4P9QX (water)
            Ward: EKU-12
            To be resolved by 2 March 2026 at 00:30
            https://desk.example.org/tickets/0a1b

            You get this mail from your municipality's service desk because of your work. Do not answer it.
        "#]]
        .assert_eq(&mail.body);
    }

    #[test]
    fn a_list_has_an_entry_for_each_event_in_the_language_of_the_person() {
        let mut second = notice(MailReason::Warning);
        second.ward = None;
        second.clock = Clock::Response;
        for (language, subject, first) in [
            (Language::En, "Your tickets: 2 notices", "Assigned to you: 7K2M4P9QX (water)"),
            (Language::Af, "U kaartjies: 2 kennisgewings", "Aan u toegewys: 7K2M4P9QX (water)"),
            (Language::Zu, "Amathikithi akho: izaziso ezingu-2", "Unikezwe lona: 7K2M4P9QX (amanzi)"),
        ] {
            let mail = list(language, &[notice(MailReason::Assignment), second.clone()]);
            assert_eq!(mail.subject, subject);
            assert!(mail.body.starts_with(first), "{}", mail.body);
            assert_eq!(mail.body.matches("https://desk.example.org/").count(), 2, "{}", mail.body);
            assert!(!mail.body.contains(['{', '}']), "{}", mail.body);
        }
    }

    #[test]
    fn every_reason_has_a_subject_of_its_own_in_every_language() {
        for language in [Language::En, Language::Zu, Language::Af] {
            let mut subjects: Vec<String> =
                MailReason::ALL.iter().map(|reason| single(language, &notice(*reason)).subject).collect();
            assert!(subjects.iter().all(|subject| subject.contains("7K2M4P9QX")), "{subjects:?}");
            subjects.dedup();
            assert_eq!(subjects.len(), MailReason::ALL.len(), "{subjects:?}");
        }
    }
}
