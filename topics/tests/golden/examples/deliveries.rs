//! Messages out, of both lanes, and how far they got.

use topics::catalogue::{Deliveries, Notifications, ProtectedDeliveries, ProtectedNotifications, Topic};
use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Circuit, Delivery, DeliveryStatus, OutgoingMessage, Stopped};
use topics::records::notifications::{
    AttemptOutcome, CallResult, Notification, Notify, OptOut, OutgoingContent, Receipt, ReceiptStatus,
    Template,
};
use topics::values::vocabulary::{Class, Language};

use super::control;
use crate::example::{Example, example};
use crate::values::*;

pub fn all() -> Vec<Example> {
    let mut all = logs::<Notifications>();
    all.extend(logs::<ProtectedNotifications>());
    all.extend(stores::<Deliveries>());
    all.extend(stores::<ProtectedDeliveries>());
    all
}

fn letter(template: Option<Template>) -> Sealed<OutgoingContent> {
    let body = "Isibuyekezo se-{n}: Umbiko wakho manje wamukelwe futhi ibhekwa.\nPhendula.".to_owned();
    Sealed(OutgoingContent {
        citizen: citizen(),
        to: ADDRESS.to_owned(),
        from: SENDER.to_owned(),
        body,
        template,
    })
}

fn logs<T: Topic<Record = Notification>>() -> Vec<Example> {
    let template = Template {
        name: "ticket_status_zu".to_owned(),
        variables: vec![tracking(41).to_string(), "ivaliwe".to_owned()],
    };
    let news = Notify {
        notification: notification(),
        at: at(2),
        edition: 3,
        class: Class::Status,
        language: Language::Zu,
        ticket: Some(ticket(1)),
        window_end: Some(at(1_440)),
        ignores_stop: false,
        letter: letter(Some(template)),
    };
    let help = Notify {
        class: Class::Answer,
        ticket: None,
        window_end: None,
        ignores_stop: true,
        letter: letter(None),
        ..news.clone()
    };
    let opt_out = OptOut { at: at(3), edition: 3, citizen: Sealed(citizen()) };
    let receipt = |status, code| {
        Notification::Receipt(Receipt {
            notification: notification(),
            attempt: 1,
            received_at: at(4),
            sid: sid(77),
            status,
            code,
        })
    };
    let log = |name, stage, record| example::<T>(name, stage, SENDER, record);
    let mut all = vec![
        log("news of a ticket, with a template", "announce", Notification::Notify(Box::new(news))),
        log("help for one who said STOP", "converse", Notification::Notify(Box::new(help))),
        log("a resident said STOP", "converse", Notification::Stop(opt_out.clone())),
        log("a resident said START", "converse", Notification::Start(opt_out)),
        log("the phone has it", "whatsapp", receipt(ReceiptStatus::Delivered, None)),
        log("it could not be delivered", "whatsapp", receipt(ReceiptStatus::Undelivered, Some(63016))),
    ];
    all.extend(results().map(|(name, result)| {
        log(
            name,
            "twilio",
            Notification::Outcome(AttemptOutcome {
                notification: notification(),
                attempt: 1,
                at: at(3),
                result,
            }),
        )
    }));
    all.extend(control::<T>(Notification::Edition, Notification::Tick));
    all
}

fn results() -> [(&'static str, CallResult); 10] {
    [
        ("Twilio took it", CallResult::Accepted { sid: sid(77) }),
        ("Twilio refused it", CallResult::Refused { code: 21610, http: 400 }),
        ("the connection was refused", CallResult::Unreachable {}),
        ("the call did not start in time", CallResult::NotStarted {}),
        ("there are no credentials", CallResult::NoCredentials {}),
        ("the template is not configured", CallResult::NoTemplate {}),
        ("a time-out", CallResult::Unknown {}),
        ("Twilio's list has it", CallResult::Found { sid: sid(77) }),
        ("Twilio's list has it not", CallResult::NotFound {}),
        ("Twilio's list could not be asked", CallResult::ListFailed {}),
    ]
}

fn stores<T: Topic<Record = Delivery>>() -> Vec<Example> {
    let queued = OutgoingMessage {
        notification: notification(),
        at: at(2),
        edition: 3,
        version: 1,
        serial: 12,
        status: DeliveryStatus::Queued,
        class: Class::Answer,
        language: Language::Zu,
        ticket: None,
        queued_at: at(2),
        attempt: 0,
        failed_attempt: 0,
        retries: 0,
        lookups: 0,
        deadline: None,
        next_at: None,
        window_end: None,
        as_template: false,
        ignores_stop: false,
        sid: None,
        code: None,
        blamed: None,
        expire_at: None,
        disarmed_at: None,
        letter: letter(None),
    };
    let failed = OutgoingMessage {
        version: 9,
        status: DeliveryStatus::Failed,
        class: Class::Status,
        ticket: Some(ticket(1)),
        attempt: 4,
        failed_attempt: 4,
        retries: 3,
        lookups: 2,
        deadline: Some(at(10)),
        next_at: Some(at(11)),
        window_end: Some(at(1_440)),
        as_template: true,
        ignores_stop: true,
        sid: Some(sid(77)),
        code: Some(63016),
        expire_at: Some(at(43_200)),
        disarmed_at: Some(at(12)),
        ..queued.clone()
    };
    let stopped = |code, expire_at| {
        Delivery::Stopped(Stopped { at: at(3), code, expire_at, citizen: Sealed(citizen()) })
    };
    let circuit = Delivery::Circuit(Circuit {
        at: at(3),
        retry_at: Some(at(8)),
        code: 20003,
        times: 2,
        reported_at: None,
        closes_at: None,
        refused_serial: None,
        several: false,
    });
    let store = |name, key: &str, row| example::<T>(name, "deliver", key, row);
    vec![
        store("a message that waits", notification().as_str(), Delivery::Delivery(Box::new(queued))),
        store(
            "a message that will not arrive",
            notification().as_str(),
            Delivery::Delivery(Box::new(failed)),
        ),
        store("a resident said STOP", ticket(40).as_str(), stopped(None, None)),
        store("a number without WhatsApp", ticket(41).as_str(), stopped(Some(63024), Some(at(10_080)))),
        store("an account that takes no calls", "circuit", circuit),
    ]
}
