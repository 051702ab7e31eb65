//! announce: turns the news of a ticket into a text in the resident's current language. It makes no decision
//! about the ticket and does not know the resident's address.

use topics::records::conversations::Wish;
use topics::records::messages::{FromTicket, Notice};
use topics::records::notifications::Template;
use topics::records::ticket_actions::Refusal;
use topics::values::vocabulary::{Class, Language, Queue, Severity};

use crate::rules::edition::Edition;
use crate::rules::{emergency, texts};

/// A text for a resident, ready to be addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The text of the message.
    pub body: String,
    /// The template that carries the same content outside of the 24-hour window.
    pub template: Option<Template>,
    /// The urgency class of the message.
    pub class: Class,
}

/// The WhatsApp templates for news of a ticket, with its number and status as variables. There is one for
/// each language, such as `status_update_en`.
pub const STATUS_TEMPLATE: &str = "status_update";
/// The WhatsApp templates for messages from staff, with the number and the text as variables. There is one
/// for each language, such as `staff_reply_en`.
pub const REPLY_TEMPLATE: &str = "staff_reply";

/// Words the news of a ticket, or returns `None` if the resident is sent nothing. `wish` is what the resident
/// had asked of the ticket, if this is the answer.
pub fn announce(
    notice: &FromTicket,
    wish: Option<Wish>,
    language: Language,
    edition: &Edition,
) -> Option<Announcement> {
    match &notice.notice {
        Notice::Opened { severity, resolution_due_at, queue } => {
            let mut lines = Vec::new();
            if *severity == Severity::Critical {
                lines.extend(emergency::text(language, edition));
            }
            let number = ("n", notice.tracking_number.as_str());
            let category = texts::category(language, notice.category);
            if *queue == Some(Queue::Referred) {
                // A referred ticket gets no promise of a deadline, because no team here handles it.
                let values = [number, ("category", &category), ("municipality", owner(notice, edition))];
                lines.push(texts::say(language, "opened-referred", &values));
            } else {
                let deadline = texts::moment(language, *resolution_due_at);
                lines.push(texts::say(
                    language,
                    "opened",
                    &[number, ("category", &category), ("deadline", &deadline)],
                ));
            }
            if *queue == Some(Queue::Unlocated) {
                lines.push(texts::say(language, "opened-unlocated", &[]));
            }
            Some(Announcement {
                body: lines.join("\n"),
                template: Some(status_template(notice, language)),
                class: Class::Answer,
            })
        }
        Notice::Status { .. } => Some(Announcement {
            body: update(notice, language),
            template: Some(status_template(notice, language)),
            class: Class::Status,
        }),
        Notice::Promised {} => None,
        Notice::Held { reason, until } => {
            let number = notice.tracking_number.as_str();
            let until = texts::moment(language, *until);
            let body =
                texts::say(language, &format!("held-{reason}"), &[("n", number), ("deadline", &until)]);
            let template = template(REPLY_TEMPLATE, language, [number, &body]);
            Some(Announcement { body, template: Some(template), class: Class::Status })
        }
        Notice::Delayed {} => {
            let number = notice.tracking_number.as_str();
            let body = texts::say(language, "delayed", &[("n", number)]);
            let template = template(REPLY_TEMPLATE, language, [number, &body]);
            Some(Announcement { body, template: Some(template), class: Class::Status })
        }
        Notice::Reply { text } => {
            let values = [("n", notice.tracking_number.as_str()), ("text", text.as_str())];
            let template =
                template(REPLY_TEMPLATE, language, [notice.tracking_number.as_str(), text.as_str()]);
            Some(Announcement {
                body: texts::say(language, "reply", &values),
                template: Some(template),
                class: Class::Answer,
            })
        }
        Notice::Answered { refused, had_place, .. } => {
            let number = [("n", notice.tracking_number.as_str())];
            let body = match (wish?, refused) {
                (_, Some(refusal)) => refused_because(notice, *refusal, language),
                (Wish::Confirm | Wish::Reopen | Wish::Withdraw, None) => update(notice, language),
                (Wish::Add, None) => texts::say(language, "added", &number),
                // The ticket keeps its current place.
                (Wish::Locate, None) if *had_place => texts::say(language, "relocated", &number),
                (Wish::Locate, None) => texts::say(language, "located", &number),
            };
            Some(Announcement { body, template: None, class: Class::Answer })
        }
    }
}

/// The name of the municipality that is responsible, or its code if the edition does not contain it any more.
fn owner<'a>(notice: &'a FromTicket, edition: &'a Edition) -> &'a str {
    notice
        .municipality
        .as_ref()
        .map_or("", |code| edition.municipality(code).map_or(code.as_str(), |known| known.name.as_str()))
}

fn status_template(notice: &FromTicket, language: Language) -> Template {
    template(
        STATUS_TEMPLATE,
        language,
        [notice.tracking_number.as_str(), &texts::status(language, notice.status)],
    )
}

/// A template with its variables, each on one line: WhatsApp does not accept newlines, tabs or runs of spaces
/// in them.
fn template(name: &str, language: Language, variables: [&str; 2]) -> Template {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Template { name: format!("{name}_{}", language.answered_in()), variables: variables.map(one_line).into() }
}

fn update(notice: &FromTicket, language: Language) -> String {
    texts::say(
        language,
        "update",
        &[("n", notice.tracking_number.as_str()), ("s", &texts::status(language, notice.status))],
    )
}

/// The text that tells the resident why a wish was not fulfilled.
fn refused_because(notice: &FromTicket, refusal: Refusal, language: Language) -> String {
    let name = match refusal {
        Refusal::UnknownTicket => "refused-unknown_ticket",
        Refusal::TooLate => "refused-too_late",
        Refusal::NothingToDo => "refused-nothing_to_do",
        _ => "refused-other",
    };
    let values = [("n", notice.tracking_number.as_str()), ("s", &texts::status(language, notice.status))];
    texts::say(language, name, &values)
}
