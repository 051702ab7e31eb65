//! A task's store: its entities in memory, with their due times and an index, and a journal of the open transaction.
//!
//! Changes are made in place and the journal holds what was there before, so that dropping the transaction's overlay is
//! playing the journal backwards. Index and due times follow every change, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use topics::ids::EventId;
use topics::time::Time;

/// What a store holds: something that lives, with a next due time.
pub trait Entity: Clone + Send {
    /// What finds entities other than by key; kept in step with the rows.
    type Index: Default + Send;

    /// The next moment at which something has to happen by itself.
    fn due(&self) -> Option<Time>;

    /// Switches its due times off because one of them failed, and marks it so that a person looks.
    fn disarm(&mut self, at: Time);

    /// Keeps the index in step: the row of `key` was `old` and is `new`.
    fn index(_index: &mut Self::Index, _key: &str, _old: Option<&Self>, _new: Option<&Self>) {}
}

/// A point in the journal to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint(usize);

struct Undo<E> {
    key: String,
    before: Option<Box<E>>,
    cause_before: Option<EventId>,
}

/// The entities of one task.
pub struct Store<E: Entity> {
    rows: BTreeMap<String, Box<E>>,
    due: BTreeSet<(Time, String)>,
    index: E::Index,
    journal: Vec<Undo<E>>,
    /// The rows that differ from the store's topic, each with the record that last changed it.
    dirty: BTreeMap<String, EventId>,
}

impl<E: Entity> Default for Store<E> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), due: BTreeSet::new(), index: E::Index::default(), journal: Vec::new(), dirty: BTreeMap::new() }
    }
}

impl<E: Entity> Store<E> {
    /// The entity of `key`.
    pub fn get(&self, key: &str) -> Option<&E> {
        self.rows.get(key).map(AsRef::as_ref)
    }

    /// What finds entities other than by key.
    pub const fn index(&self) -> &E::Index {
        &self.index
    }

    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All entities, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &E)> {
        self.rows.iter().map(|(key, row)| (key.as_str(), row.as_ref()))
    }

    /// The first `most` keys after `cursor`.
    pub fn keys_after(&self, cursor: &str, most: usize) -> Vec<String> {
        let range = (Bound::Excluded(cursor), Bound::Unbounded);
        self.rows.range::<str, _>(range).take(most).map(|(key, _)| key.clone()).collect()
    }

    /// The earliest due time, and whose it is.
    pub fn next_due(&self) -> Option<(Time, &str)> {
        self.due.first().map(|(time, key)| (*time, key.as_str()))
    }

    /// The keys of the first `most` entities that are due at `now`, by due time and key.
    pub fn due_at(&self, now: Time, most: usize) -> Vec<String> {
        self.due.iter().take_while(|(time, _)| *time <= now).take(most).map(|(_, key)| key.clone()).collect()
    }

    /// Sets or removes the entity of `key`, because of the record `cause`.
    pub fn set(&mut self, key: &str, entity: Option<E>, cause: &EventId) {
        let cause_before = self.dirty.insert(key.to_owned(), cause.clone());
        let before = self.replace(key, entity.map(Box::new));
        self.journal.push(Undo { key: key.to_owned(), before, cause_before });
    }

    /// Sets or removes a row as the store's topic has it.
    pub fn restore(&mut self, key: &str, entity: Option<E>) {
        self.replace(key, entity.map(Box::new));
    }

    fn replace(&mut self, key: &str, new: Option<Box<E>>) -> Option<Box<E>> {
        let old = self.rows.remove(key);
        E::index(&mut self.index, key, old.as_deref(), new.as_deref());
        let (due_before, due_now) = (old.as_ref().and_then(|row| row.due()), new.as_ref().and_then(|row| row.due()));
        if due_before != due_now {
            if let Some(time) = due_before {
                self.due.remove(&(time, key.to_owned()));
            }
            if let Some(time) = due_now {
                self.due.insert((time, key.to_owned()));
            }
        }
        if let Some(row) = new {
            self.rows.insert(key.to_owned(), row);
        }
        old
    }

    /// Where the journal is now.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.journal.len())
    }

    /// Undoes what was changed since `savepoint`.
    pub fn roll_back_to(&mut self, savepoint: Savepoint) {
        while self.journal.len() > savepoint.0 {
            let Some(undo) = self.journal.pop() else { break };
            self.replace(&undo.key, undo.before);
            match undo.cause_before {
                Some(cause) => self.dirty.insert(undo.key, cause),
                None => self.dirty.remove(&undo.key),
            };
        }
    }

    /// Undoes the open transaction.
    pub fn roll_back(&mut self) {
        self.roll_back_to(Savepoint(0));
    }

    /// Keeps the open transaction: it is committed.
    pub fn commit(&mut self) {
        self.journal.clear();
        self.dirty.clear();
    }

    /// The rows that the open transaction changed: key, value now (none is a tombstone), the record that last changed it.
    pub fn changes(&self) -> impl Iterator<Item = (&str, Option<&E>, &EventId)> {
        self.dirty.iter().map(|(key, cause)| (key.as_str(), self.get(key), cause))
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
                index.insert((new.0, key.to_owned()));
            }
        }
    }

    fn picture(store: &Store<Timer>) -> String {
        format!("{:?} {:?} {:?} {:?}", store.rows, store.due, store.index, store.dirty)
    }

    proptest! {
        #[test]
        fn rolling_back_leaves_no_trace(changes in prop::collection::vec((0u8..5, prop::option::of(-1i64..9), any::<bool>()), 0..60)) {
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
}
