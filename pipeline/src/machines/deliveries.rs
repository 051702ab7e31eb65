//! The deliveries machines: one for the municipal lane and one for the police lane, with the same rules.

use std::marker::PhantomData;

use topics::catalogue::{
    Deliveries as DeliveriesTopic, IntakeDeadLetters, Notifications, ProtectedDeadLetters,
    ProtectedDeliveries, ProtectedNotifications, Topic,
};
use topics::records::control::Control;
use topics::records::dead_letters::{DeadClass, DeadLetter};
use topics::records::deliveries::Delivery;
use topics::records::notifications::Notification;
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::engine::machine::Machine;
use crate::engine::step::{Reject, Step};
use crate::engine::store::{Entity, Store};
use crate::stages::deliver::index::Index;
use crate::stages::deliver::{STAGE, disarm, due, outcome, queue, receipt, stop};

/// The topics of a lane's deliveries.
pub trait DeliveryTopics: Send + 'static {
    /// The log of requests for messages, outcomes and receipts.
    type Log: Topic<Record = Notification>;
    /// The store of deliveries.
    type Store: Topic<Record = Delivery>;
    /// The topic of the dead letters.
    type DeadLetters: Topic<Record = DeadLetter>;
}

/// The deliveries of the municipal lane.
#[derive(Clone, Copy, Debug)]
pub enum Municipal {}

/// The deliveries of the police lane.
#[derive(Clone, Copy, Debug)]
pub enum Protected {}

impl DeliveryTopics for Municipal {
    type Log = Notifications;
    type Store = DeliveriesTopic;
    // Its log belongs to the intake: a record that cannot be read may be about any resident.
    type DeadLetters = IntakeDeadLetters;
}

impl DeliveryTopics for Protected {
    type Log = ProtectedNotifications;
    type Store = ProtectedDeliveries;
    type DeadLetters = ProtectedDeadLetters;
}

/// The machine of deliveries in lane `L`.
#[derive(Clone, Copy, Debug)]
pub struct Deliveries<L>(PhantomData<fn() -> L>);

impl<L> Default for Deliveries<L> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<L: DeliveryTopics> Deliveries<L> {
    const LANE: Lane = <L::Store as Topic>::SPEC.lane;
}

impl<L: DeliveryTopics> Machine for Deliveries<L> {
    type Log = L::Log;
    type Store = L::Store;
    type Entity = Delivery;
    type DeadLetters = L::DeadLetters;

    const STAGES: &'static [&'static str] = &[STAGE];

    fn control(record: &Notification) -> Option<Control> {
        match record {
            Notification::Tick(_) => Some(Control::Tick),
            Notification::Edition(notice) => Some(Control::Edition(notice.number)),
            _ => None,
        }
    }

    fn entity(&self, _store: &Store<Delivery>, key: &str, record: &Notification) -> Option<String> {
        let id = match record {
            // All messages of a sender go through its partition, because the sender's rate is limited there.
            Notification::Notify(notify) => (notify.letter.from == key).then_some(&notify.notification)?,
            Notification::Outcome(outcome) => &outcome.notification,
            Notification::Receipt(receipt) => &receipt.notification,
            Notification::Stop(opt) | Notification::Start(opt) => return Some(stop::key(key, &opt.citizen)),
            Notification::Edition(_) | Notification::Tick(_) => return None,
        };
        Some(id.as_str().to_owned())
    }

    fn apply(
        &self,
        step: &mut Step<'_, Delivery>,
        entity: Option<&str>,
        record: Notification,
    ) -> Result<(), Reject> {
        let Some(entity) = entity else { return Err(Reject(DeadClass::Misplaced)) };
        let result = match record {
            Notification::Notify(notify) => queue::notify(step, Self::LANE, *notify),
            Notification::Stop(opt) => stop::stop(step, entity, opt),
            Notification::Start(_) => stop::start(step, entity),
            Notification::Outcome(outcome) => outcome::outcome(step, Self::LANE, outcome),
            Notification::Receipt(receipt) => receipt::receipt(step, Self::LANE, receipt),
            Notification::Edition(_) | Notification::Tick(_) => return Ok(()),
        };
        step.count(STAGE, result);
        Ok(())
    }

    fn fire(&self, step: &mut Step<'_, Delivery>, entity: &str) {
        due::fire(step, Self::LANE, entity);
    }
}

impl Entity for Delivery {
    type Index = Index;

    fn due(&self) -> Option<Time> {
        due::of(self)
    }

    fn disarm(&mut self, at: Time) {
        disarm(self, at);
    }

    fn index(index: &mut Index, key: &str, old: Option<&Self>, new: Option<&Self>) {
        index.replace(key, old, new);
    }
}
