//! Tests of outages of hours that are no message's fault: what is still worth sending goes out afterwards.

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::{CallResult, ReceiptStatus};

use super::circuits::{alarms, deliver};
use super::script::{Script, answer, news, ring, ticket};
use crate::engine::effect::Effect;

const HOUR: u64 = 3600;

/// How calls end while something is broken.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Calls end without an answer, and the list does not have their messages.
    ServerErrors,
    /// Twilio accepts each message and reports this code.
    ReportedLater(u32),
    /// Twilio refuses each call with this code and HTTP status.
    Refused(u32, u16),
    NoCredentials,
    NoTemplate,
}

/// A script whose calls and lookups are answered as they come.
struct Outage {
    script: Script,
    settled: usize,
    calls: usize,
}

impl Outage {
    fn new() -> Self {
        Self { script: Script::new(), settled: 0, calls: 0 }
    }

    /// Lets time pass in steps of five seconds, and answers what is asked in them; without trouble all goes
    /// well.
    fn pass(&mut self, seconds: u64, trouble: Option<Trouble>) {
        for _ in 0..seconds / 5 {
            self.answer(trouble);
            self.script.pass(5);
        }
        self.answer(trouble);
    }

    fn answer(&mut self, trouble: Option<Trouble>) {
        for _ in 0..100 {
            let effects = self.script.effects.borrow().get(self.settled..).unwrap_or_default().to_vec();
            if effects.is_empty() {
                return;
            }
            self.settled += effects.len();
            for effect in effects {
                self.answer_one(&effect, trouble);
            }
        }
    }

    fn answer_one(&mut self, effect: &Effect, trouble: Option<Trouble>) {
        let script = &mut self.script;
        let (name, attempt) = match effect {
            Effect::Call(call) => (call.letter.body.trim_start_matches("text of ").to_owned(), call.attempt),
            Effect::Lookup(lookup) => {
                let name = lookup.letter.body.trim_start_matches("text of ").to_owned();
                return script.outcome(&name, lookup.attempt, CallResult::NotFound {});
            }
            Effect::CircuitOpened(_) | Effect::TemplateRefused(_) | Effect::GivenUp(_) => return,
        };
        self.calls += 1;
        match trouble {
            None => deliver(script, &name, attempt),
            Some(Trouble::ServerErrors) => script.outcome(&name, attempt, CallResult::Unknown {}),
            Some(Trouble::ReportedLater(code)) => {
                script.accepted(&name, attempt);
                script.receipt(&name, attempt, ReceiptStatus::Undelivered, Some(code));
            }
            Some(Trouble::Refused(code, http)) => script.refused(&name, attempt, code, http),
            Some(Trouble::NoCredentials) => script.outcome(&name, attempt, CallResult::NoCredentials {}),
            Some(Trouble::NoTemplate) => script.outcome(&name, attempt, CallResult::NoTemplate {}),
        }
    }

    fn row(&self, name: &str) -> OutgoingMessage {
        let id = super::script::notification(name);
        let records = self.script.driver.records("deliveries", 0);
        let record = records.iter().rev().find(|record| record.key_text() == Some(id.as_str())).unwrap();
        match record.decode::<topics::catalogue::Deliveries>(&ring()).unwrap().1 {
            Delivery::Delivery(row) => *row,
            other => panic!("{other:?}"),
        }
    }

    fn status(&self, name: &str) -> DeliveryStatus {
        self.row(name).status
    }
}

fn template_alarms(script: &Script) -> usize {
    script.effects.borrow().iter().filter(|effect| matches!(effect, Effect::TemplateRefused(_))).count()
}

#[test]
fn whatever_is_broken_for_three_hours_the_tracking_number_and_the_news_arrive_afterwards() {
    let mut troubles = vec![Trouble::ServerErrors, Trouble::NoCredentials, Trouble::Refused(0, 429)];
    let refused = [20429, 21611, 30001, 63017, 63018, 60728, 21730, 20003, 63007];
    troubles.extend(refused.map(|code| Trouble::Refused(code, 429)));
    let reported = [63012, 63010, 63009, 63023, 30500, 30410, 63017, 63018, 30001, 63020, 30002];
    troubles.extend(reported.map(Trouble::ReportedLater));
    for trouble in troubles {
        let mut outage = Outage::new();
        let mut number = answer("number", "A");
        number.ticket = Some(ticket("T"));
        outage.script.ask("number", number);
        outage.script.ask("question", answer("question", "B"));
        outage.script.ask("news", news("news", "C", "U"));
        outage.pass(3 * HOUR, Some(trouble));
        for name in ["number", "question", "news"] {
            let status = outage.status(name);
            assert!(status != DeliveryStatus::Failed && status != DeliveryStatus::NotSent, "{trouble:?}");
        }
        // At most one call in a minute and recipient: an outage makes no storm of calls.
        assert!(outage.calls < 3 * 180, "{trouble:?}: {} calls", outage.calls);
        outage.pass(1800, None);
        for name in ["number", "question", "news"] {
            assert_eq!(outage.status(name), DeliveryStatus::Delivered, "{trouble:?}: {name}");
        }
    }
}

#[test]
fn a_message_that_fails_alone_ends_when_it_is_too_old_and_not_before() {
    for trouble in [Trouble::ServerErrors, Trouble::Refused(0, 429), Trouble::Refused(63018, 429)] {
        for (name, life) in [("question", 6), ("number", 24)] {
            let mut outage = Outage::new();
            let mut message = answer(name, "A");
            message.ticket = (name == "number").then(|| ticket("T"));
            outage.script.ask(name, message);
            outage.pass(life * HOUR - 1200, Some(trouble));
            assert_ne!(outage.status(name), DeliveryStatus::Failed, "{trouble:?}: {name}");
            outage.pass(1200, Some(trouble));
            assert_eq!(outage.status(name), DeliveryStatus::Failed, "{trouble:?}: {name}");
        }
    }
}

#[test]
fn without_credentials_messages_wait_with_one_alarm_and_go_out_within_a_minute_of_having_them() {
    let mut outage = Outage::new();
    outage.script.ask("news", news("news", "A", "T"));
    outage.pass(2 * 24 * HOUR, Some(Trouble::NoCredentials));
    assert_eq!(outage.status("news"), DeliveryStatus::Queued);
    assert_eq!(alarms(&outage.script), 1);
    assert!(outage.script.effects.borrow().iter().any(|effect| matches!(
        effect,
        Effect::CircuitOpened(opened) if opened.fault.as_str() == "credentials"
    )));
    outage.script.crash();
    outage.pass(65, None);
    assert_eq!(outage.status("news"), DeliveryStatus::Delivered);
}

#[test]
fn a_template_that_is_not_named_or_not_approved_keeps_its_messages_waiting_and_no_others() {
    let mut troubles = vec![Trouble::NoTemplate, Trouble::Refused(21655, 400)];
    troubles.extend([63016, 63027, 63040, 63041, 63042].map(Trouble::ReportedLater));
    for trouble in troubles {
        let mut outage = Outage::new();
        let mut late = news("news", "A", "T");
        late.window_end = Some(super::script::START);
        outage.script.ask("news", late);
        outage.pass(HOUR, Some(trouble));
        assert_eq!(template_alarms(&outage.script), 1, "{trouble:?}");
        assert_eq!(alarms(&outage.script), 0, "{trouble:?}");
        // The resident writes meanwhile: the answers do not wait for the template.
        outage.script.ask("answer", answer("answer", "A"));
        outage.script.accepted("answer", 1);
        assert_eq!(outage.status("answer"), DeliveryStatus::Sent, "{trouble:?}");
        outage.settled = outage.script.effects.borrow().len();
        outage.pass(3 * 24 * HOUR, Some(trouble));
        assert_ne!(outage.status("news"), DeliveryStatus::Failed, "{trouble:?}");
        outage.pass(1200, None);
        assert_eq!(outage.status("news"), DeliveryStatus::Delivered, "{trouble:?}");
        assert_eq!(template_alarms(&outage.script), 1, "{trouble:?}");
    }
}

#[test]
fn a_message_that_the_channel_refuses_alone_stops_no_other_and_is_not_given_up_by_a_count() {
    let mut outage = Outage::new();
    outage.script.ask("bad", answer("bad", "Z"));
    for round in 1..=8 {
        let name = format!("good {round}");
        let attempt = outage.row("bad").attempt;
        if outage.status("bad") == DeliveryStatus::Sending {
            outage.script.accepted("bad", attempt);
            outage.script.receipt("bad", attempt, ReceiptStatus::Undelivered, Some(63012));
        }
        outage.script.ask(&name, answer(&name, &name));
        outage.script.pass(5);
        deliver(&mut outage.script, &name, 1);
        outage.script.pass(895);
    }
    assert_eq!(alarms(&outage.script), 1, "only the first one, of which nothing better was known");
    assert_ne!(outage.status("bad"), DeliveryStatus::Failed);
    for round in 1..=8 {
        assert_eq!(outage.status(&format!("good {round}")), DeliveryStatus::Delivered);
    }
}

#[test]
fn another_kind_of_fault_while_the_circuit_is_open_is_another_alarm() {
    let mut outage = Outage::new();
    outage.script.ask("a", answer("a", "A"));
    outage.script.ask("b", answer("b", "B"));
    outage.pass(HOUR, Some(Trouble::ReportedLater(63012)));
    assert_eq!(alarms(&outage.script), 1);
    outage.pass(HOUR, Some(Trouble::Refused(20003, 401)));
    assert_eq!(alarms(&outage.script), 2);
    outage.pass(HOUR, Some(Trouble::NoCredentials));
    assert_eq!(alarms(&outage.script), 3);
}
