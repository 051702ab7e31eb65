//! What a conversation hears, knows and cannot read.

use std::collections::BTreeMap;

use topics::catalogue::{Conversations, Messages, UnscreenedMessages};
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::conversations::{
    Asked, Choice, Conversation, Draft, DraftQuestion, HeardPin, HeardText, KnownTicket, Pace, PlaceQuestion,
    ProposedPlace, Protection, Question, Reach, Silence, State, TicketChoice, Wish,
};
use topics::records::messages::{Finding, FromDelivery, FromResident, FromTicket, Message, Notice};
use topics::records::reports::{Account, PlaceBasis};
use topics::records::ticket_actions::Refusal;
use topics::records::unscreened::{Unreadable, Unscreened, UnscreenedContent};
use topics::values::ids::EventId;
use topics::values::vocabulary::{
    Category, HoldReason, Language, Outcome, PlaceSource, Queue, Sentiment, Severity, Status,
};

use super::control;
use crate::example::{Example, RING, example, written_example};
use crate::values::*;

pub fn all() -> Vec<Example> {
    let mut all = vec![from_resident(), from_caller()];
    all.extend(from_delivery());
    all.extend(from_ticket());
    all.extend(control::<Messages>(Message::Edition, Message::Tick));
    all.extend(conversations());
    all.extend(unscreened());
    all
}

fn from_resident() -> Example {
    let first = sid(1);
    let form = [
        ("MessageSid", first.as_str()),
        ("From", ADDRESS),
        ("To", SENDER),
        ("Body", WORDS),
        ("NumMedia", "0"),
        ("NumMedia", "0"),
    ];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let message = Message::FromResident(FromResident {
        sid: sid(1),
        received_at: at(0),
        form: Sealed(form),
        entered_at_desk: false,
    });
    let envelope = Envelope::root(EventId::from(&sid(1)), at(0));
    let key = citizen().to_string();
    let written =
        encode::<Messages>(&RING, "whatsapp", &envelope, Address::ByKey(12), key, &message).unwrap();
    written_example::<Messages>("a resident writes in isiZulu", written, message)
}

fn from_caller() -> Example {
    let second = sid(2);
    let form = [("From", ADDRESS), ("To", SENDER), ("MessageSid", second.as_str()), ("Body", WORDS)];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let message = FromResident { sid: sid(2), received_at: at(0), form: Sealed(form), entered_at_desk: true };
    let message = Message::FromResident(message);
    let envelope = Envelope::root(EventId::from(&sid(2)), at(0));
    let key = citizen().to_string();
    let written = encode::<Messages>(&RING, "desk", &envelope, Address::ByKey(12), key, &message).unwrap();
    written_example::<Messages>("staff enter what a caller says", written, message)
}

fn from_delivery() -> Vec<Example> {
    let tells = |name, finding| {
        let told = FromDelivery { at: at(2), edition: 3, recipient: Sealed(citizen()), finding };
        example::<Messages>(name, "deliver", notification(), Message::FromDelivery(told))
    };
    vec![
        tells("a delivery found that the number has no WhatsApp", Finding::Unreachable { code: 63024 }),
        tells("a message about a ticket was sent", Finding::Sent { ticket: ticket(1), sid: sid(7) }),
    ]
}

fn from_ticket() -> Vec<Example> {
    let says = |name, status, notice| {
        let notice = FromTicket {
            ticket: ticket(1),
            at: at(2),
            edition: 3,
            tracking_number: tracking(41),
            category: Category::Water,
            municipality: Some(open("ETH")),
            status,
            version: 5,
            resolution_due_at: matches!(notice, Notice::Promised {}).then(|| at(20_160)),
            notice,
        };
        example::<Messages>(name, "track", ticket(1), Message::FromTicket(Box::new(notice)))
    };
    let opened = Notice::Opened {
        severity: Severity::High,
        resolution_due_at: at(10_080),
        queue: Some(Queue::Unassigned),
    };
    let refused = Notice::Answered { command: command(), refused: Some(Refusal::TooLate), had_place: false };
    let granted = Notice::Answered { command: command(), refused: None, had_place: true };
    vec![
        says("a ticket was opened and waits in a queue", Status::Open, opened),
        says(
            "a ticket closed because its resident did not answer",
            Status::Closed,
            Notice::Status { outcome: Some(Outcome::Unanswered) },
        ),
        says(
            "the staff write to the resident",
            Status::InProgress,
            Notice::Reply { text: Sealed(WORDS.to_owned()) },
        ),
        says("a resident's wish came too late", Status::Closed, refused),
        says("a resident's wish was granted", Status::InProgress, granted),
        says(
            "the work waits",
            Status::InProgress,
            Notice::Held { reason: HoldReason::WaitingForParts, until: at(2_000) },
        ),
        says("the work takes longer", Status::Escalated, Notice::Delayed {}),
        says("the staff corrected the category, and so the promise", Status::Open, Notice::Promised {}),
    ]
}

fn known() -> KnownTicket {
    KnownTicket {
        tracking_number: tracking(41),
        category: Category::Water,
        located: true,
        point: None,
        too_late: false,
        spoken_at: at(1),
        status: Some(Status::Resolved),
        outcome: None,
        closed_at: None,
        version: 7,
        at: at(3),
        resolution_due_at: Some(at(10_080)),
        waiting: Some(Wish::Add),
        asked: BTreeMap::from([(command(), Wish::Confirm)]),
        sent: vec![sid(7)],
    }
}

fn quiet() -> State {
    State {
        address: ADDRESS.to_owned(),
        number: SENDER.to_owned(),
        numbers: vec![SENDER.to_owned()],
        language: Language::Zu,
        chosen_language: None,
        told_of_english: false,
        silence: None,
        pace: Pace { since: at(0), count: 1, alarmed: false },
        heard: BTreeMap::from([(sid(1), at(0))]),
        heard_in_private: BTreeMap::new(),
        draft: None,
        choice: None,
        which: None,
        question: None,
        tickets: BTreeMap::new(),
        protected: None,
        reach: None,
        last_pin: None,
        recent_texts: vec![HeardText { at: at(0), text: "No water since Monday".to_owned() }],
        called_at: None,
    }
}

fn conversations() -> Vec<Example> {
    let draft = Draft {
        first: sid(2),
        reported_at: at(4),
        language: Language::Af,
        category: None,
        severity: Severity::Medium,
        sentiment: Sentiment::Neutral,
        reopened_from: Some(ticket(9)),
        account: account(),
        asked_at: at(4),
        reminded: true,
        question: Some(DraftQuestion { at: at(4), place: PlaceQuestion::Again }),
        proposed: Vec::new(),
        menu: true,
    };
    let choice = Choice { first: sid(3), reported_at: at(5), asked_at: at(5), account: Account::default() };
    let basis = PlaceBasis { source: PlaceSource::Name, precision_m: Some(1500) };
    let proposed = ProposedPlace { point: point(), basis, label: "KwaMashu, eThekwini".to_owned() };
    let asked_about = State {
        draft: Some(Box::new(Draft { proposed: vec![proposed], question: None, ..draft.clone() })),
        last_pin: Some(HeardPin { at: at(3), point: point() }),
        ..quiet()
    };
    let full = State {
        silence: Some(Silence::SaidStop),
        draft: Some(Box::new(draft)),
        choice: Some(Box::new(choice)),
        which: Some(TicketChoice {
            tickets: vec![ticket(1), ticket(9)],
            wish: Wish::Reopen,
            more: account(),
            asked_at: at(6),
        }),
        tickets: BTreeMap::from([(ticket(1), known())]),
        protected: Some(Protection { report: ticket(3), until: at(65), helped: true }),
        reach: Some(Reach {
            language: Language::En,
            chosen_language: None,
            number: SENDER.to_owned(),
            heard_at: Some(at(2)),
        }),
        ..quiet()
    };
    let asked = State {
        language: Language::Xh,
        chosen_language: Some(Language::Xh),
        told_of_english: true,
        question: Some(Box::new(Question {
            about: Asked::Number { near: Some(ticket(1)), wish: Some(Wish::Add) },
            message: sid(4),
            received_at: at(6),
            more: account(),
            asked_at: at(6),
        })),
        tickets: BTreeMap::from([(ticket(1), KnownTicket { point: account().point, ..known() })]),
        ..quiet()
    };
    let row = |name, due_at, state| {
        let conversation = Conversation {
            at: at(6),
            edition: 3,
            due_at,
            last_heard_at: Some(at(6)),
            disarmed_at: None,
            state: Sealed(state),
        };
        example::<Conversations>(name, "converse", citizen(), conversation)
    };
    vec![
        row("a resident who wrote once", None, quiet()),
        row("a resident with every question open", Some(at(14)), full),
        row("a resident who is asked about a place", Some(at(64)), asked_about),
        row("a resident who asked for a language and mistyped a number", Some(at(66)), asked),
        row("a resident who wrote, and called later", None, State { called_at: Some(at(6)), ..quiet() }),
    ]
}

fn unscreened() -> Vec<Example> {
    let row = |name, why, number| {
        let content = UnscreenedContent { citizen: citizen(), from: ADDRESS.to_owned(), account: account() };
        let unscreened = Unscreened {
            message: sid(number),
            at: at(1),
            edition: 3,
            received_at: at(0),
            why,
            content: Sealed(content),
        };
        example::<UnscreenedMessages>(name, "converse", sid(number), unscreened)
    };
    vec![
        row("a voice note", Unreadable::Voice, 4),
        row("a language that nobody here knows", Unreadable::UnknownLanguage, 5),
        row("words about a report that is not known", Unreadable::UnknownTicket, 6),
    ]
}
