//! A task's store: its entities in memory with their due times and an index, and a journal of the open
//! transaction.
//!
//! Changes are made in place, and the journal keeps the previous values, so an abort plays the journal
//! backwards. The index and the due times follow every change in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use topics::codec::record::Outgoing;
use topics::values::ids::EventId;
use topics::values::time::Time;

/// An entry of a store, which may have a next due time.
pub trait Entity: Clone + Send {
    /// An index for finding entities other than by key; it is updated with every row.
    type Index: Default + Send;

    /// The next due time of the entity, or `None` if it has none.
    fn due(&self) -> Option<Time>;

    /// Switches off the due times of the entity because one of them failed, and marks it so that a person
    /// looks at it. An entity that can expire without a person keeps a due time for that, which lies well
    /// after `at`.
    fn disarm(&mut self, at: Time);

    /// Updates the index after the row of `key` changed from `old` to `new`.
    fn index(_index: &mut Self::Index, _key: &str, _old: Option<&Self>, _new: Option<&Self>) {}
}

/// A position in the journal that the store can be rolled back to.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint(usize);

/// A row that differs from the one in the store's topic.
#[derive(Debug)]
struct ChangedRow {
    /// The id of the record that last changed the row.
    cause: EventId,
    /// The encoded row, or `None` while the step that changes it is still running.
    written: Option<Outgoing>,
}

struct Undo<E> {
    key: String,
    before: Option<Box<E>>,
    change_before: Option<ChangedRow>,
}

/// The entities of one task, by key.
pub struct Store<E: Entity> {
    rows: BTreeMap<String, Box<E>>,
    due: BTreeSet<(Time, String)>,
    index: E::Index,
    journal: Vec<Undo<E>>,
    /// The rows that differ from the store's topic.
    changed: BTreeMap<String, ChangedRow>,
    /// Set while index and due times are being changed. If a panic leaves it set, both are rebuilt when the
    /// journal is rolled back.
    half_changed: bool,
}

impl<E: Entity> Default for Store<E> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            due: BTreeSet::new(),
            index: E::Index::default(),
            journal: Vec::new(),
            changed: BTreeMap::new(),
            half_changed: false,
        }
    }
}

impl<E: Entity> Store<E> {
    /// The entity of `key`, if the store has one.
    pub fn get(&self, key: &str) -> Option<&E> {
        self.rows.get(key).map(AsRef::as_ref)
    }

    /// The index for finding entities other than by key.
    pub const fn index(&self) -> &E::Index {
        &self.index
    }

    /// The number of entities in the store.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the store has no entities.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All entities, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &E)> {
        self.rows.iter().map(|(key, row)| (key.as_str(), row.as_ref()))
    }

    /// The first `most` keys after `cursor`, in order.
    pub fn keys_after(&self, cursor: &str, most: usize) -> Vec<String> {
        let range = (Bound::Excluded(cursor), Bound::Unbounded);
        self.rows.range::<str, _>(range).take(most).map(|(key, _)| key.clone()).collect()
    }

    /// The earliest due time, with the key of its entity.
    pub fn next_due(&self) -> Option<(Time, &str)> {
        self.due.first().map(|(time, key)| (*time, key.as_str()))
    }

    /// The keys of the first `most` entities that are due at `now`, by due time and key.
    pub fn due_at(&self, now: Time, most: usize) -> Vec<String> {
        self.due.iter().take_while(|(time, _)| *time <= now).take(most).map(|(_, key)| key.clone()).collect()
    }

    /// Sets or removes the entity of `key` because of the record `cause`. If this panics, the change can
    /// still be rolled back.
    pub fn set(&mut self, key: &str, entity: Option<E>, cause: &EventId) {
        let new = entity.map(Box::new);
        let due_before = self.get(key).and_then(Entity::due);
        let due_now = new.as_ref().and_then(|row| row.due());
        let before = self.rows.remove(key);
        let change_before =
            self.changed.insert(key.to_owned(), ChangedRow { cause: cause.clone(), written: None });
        self.half_changed = true;
        self.journal.push(Undo { key: key.to_owned(), before, change_before });
        let before = self.journal.last().and_then(|undo| undo.before.as_deref());
        E::index(&mut self.index, key, before, new.as_deref());
        self.reschedule(key, due_before, due_now);
        self.rows.extend(new.map(|row| (key.to_owned(), row)));
        self.half_changed = false;
    }

    /// Sets or removes a row read from the store's topic, without the journal.
    pub fn restore(&mut self, key: &str, entity: Option<E>) {
        self.replace(key, entity.map(Box::new));
    }

    fn replace(&mut self, key: &str, new: Option<Box<E>>) {
        let old = self.rows.remove(key);
        E::index(&mut self.index, key, old.as_deref(), new.as_deref());
        self.reschedule(key, old.as_ref().and_then(|row| row.due()), new.as_ref().and_then(|row| row.due()));
        self.rows.extend(new.map(|row| (key.to_owned(), row)));
    }

    fn reschedule(&mut self, key: &str, before: Option<Time>, now: Option<Time>) {
        if before != now {
            if let Some(time) = before {
                self.due.remove(&(time, key.to_owned()));
            }
            if let Some(time) = now {
                self.due.insert((time, key.to_owned()));
            }
        }
    }

    /// The current position in the journal.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.journal.len())
    }

    /// Undoes all changes made since `savepoint`.
    pub fn roll_back_to(&mut self, savepoint: Savepoint) {
        while self.journal.len() > savepoint.0 {
            let Some(Undo { key, before, change_before }) = self.journal.pop() else { break };
            if self.half_changed {
                self.rows.remove(&key);
                self.rows.extend(before.map(|row| (key.clone(), row)));
            } else {
                self.replace(&key, before);
            }
            match change_before {
                Some(change) => self.changed.insert(key, change),
                None => self.changed.remove(&key),
            };
        }
        if std::mem::take(&mut self.half_changed) {
            self.rebuild_index();
        }
    }

    /// Rebuilds the index and the due times from the rows.
    fn rebuild_index(&mut self) {
        self.index = E::Index::default();
        self.due = BTreeSet::new();
        for (key, row) in &self.rows {
            E::index(&mut self.index, key, None, Some(row));
            self.due.extend(row.due().map(|time| (time, key.clone())));
        }
    }

    /// Undoes all changes of the open transaction.
    pub fn roll_back(&mut self) {
        self.roll_back_to(Savepoint(0));
    }

    /// Keeps the changes of the open transaction, which has been committed.
    pub fn commit(&mut self) {
        self.journal.clear();
        self.changed.clear();
    }

    /// The rows that were changed since `savepoint` and are not encoded yet, each as its key and the id of
    /// the record that last changed it.
    pub fn unwritten(&self, savepoint: Savepoint) -> Vec<(String, EventId)> {
        let keys: BTreeSet<&String> = self.journal.iter().skip(savepoint.0).map(|undo| &undo.key).collect();
        let unwritten = |key: &String| {
            let change = self.changed.get(key).filter(|change| change.written.is_none())?;
            Some((key.clone(), change.cause.clone()))
        };
        keys.into_iter().filter_map(unwritten).collect()
    }

    /// Keeps the encoded row of `key` until the transaction is closed.
    pub fn written(&mut self, key: &str, row: Outgoing) {
        if let Some(change) = self.changed.get_mut(key) {
            change.written = Some(row);
        }
    }

    /// Takes the encoded rows that the open transaction changed, in the order of their keys. Call it once per
    /// transaction.
    pub fn take_written(&mut self) -> Vec<Outgoing> {
        self.changed.values_mut().filter_map(|change| change.written.take()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Timer(i64);

    impl Entity for Timer {
        type Index = BTreeSet<(i64, String)>;
        fn due(&self) -> Option<Time> {
            (self.0 >= 0).then(|| Time::from_millis(self.0))
        }
        fn disarm(&mut self, _: Time) {
            self.0 = -1;
        }
        fn index(index: &mut Self::Index, key: &str, old: Option<&Self>, new: Option<&Self>) {
            if let Some(old) = old {
                index.remove(&(old.0, key.to_owned()));
            }
            if let Some(new) = new {
                assert_ne!(new.0, 13, "an index may have a mistake");
                index.insert((new.0, key.to_owned()));
            }
        }
    }

    fn changes() -> impl Strategy<Value = Vec<(u8, Option<i64>, bool)>> {
        prop::collection::vec((0u8..5, prop::option::of(-1i64..9), any::<bool>()), 0..60)
    }

    fn picture(store: &Store<Timer>) -> String {
        format!("{:?} {:?} {:?} {:?}", store.rows, store.due, store.index, store.changed)
    }

    proptest! {
        #[test]
        fn rolling_back_leaves_no_trace(changes in changes()) {
            let mut store = Store::<Timer>::default();
            let cause = |n: usize| EventId::of(&[&n.to_be_bytes()]);
            for (n, (key, value, commit)) in changes.iter().enumerate() {
                store.set(&key.to_string(), value.map(Timer), &cause(n));
                if *commit { store.commit(); }
            }
            store.commit();
            let before = picture(&store);
            for (n, (key, value, _)) in changes.iter().enumerate() {
                store.set(&key.to_string(), value.map(Timer), &cause(n + 1000));
            }
            let half = store.savepoint();
            let middle = picture(&store);
            store.set("0", None, &cause(5000));
            store.set("9", Some(Timer(3)), &cause(5001));
            store.roll_back_to(half);
            prop_assert_eq!(picture(&store), middle);
            store.roll_back();
            prop_assert_eq!(picture(&store), before);
        }
    }

    #[test]
    fn a_panic_within_the_index_is_rolled_back_too() {
        let mut store = Store::<Timer>::default();
        store.set("1", Some(Timer(3)), &EventId::of(&[b"first"]));
        store.commit();
        let before = picture(&store);
        store.set("2", Some(Timer(4)), &EventId::of(&[b"second"]));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.set("1", Some(Timer(13)), &EventId::of(&[b"third"]))
        }));
        assert!(outcome.is_err());
        store.roll_back();
        assert_eq!(picture(&store), before);
        assert_eq!(store.next_due(), Some((Time::from_millis(3), "1")));
    }
}
