//! What a process keeps of the topic `editions`: the cut of the topic set, the newest edition, and older ones
//! for as long as a task needs them.
//!
//! A real edition is large, and tasks only go forward. So an edition that is not the newest stays while a
//! task holds it and for a while after; a task that needs one that is gone (a partition far behind, taken
//! over from another process) asks for it, and it is read again from the topic, which keeps them all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pipeline::rules::edition::Edition;
use topics::catalogue::cut::Cut;

/// An older edition that no task holds stays this long: others of the process may be about to ask for it.
const GRACE: Duration = Duration::from_secs(60);

/// The editions that this process holds. Clones share one cache.
#[derive(Clone, Debug, Default)]
pub struct EditionCache(Arc<Mutex<CachedEditions>>);

#[derive(Debug, Default)]
struct CachedEditions {
    newest: Option<Arc<Edition>>,
    older: BTreeMap<u32, (Arc<Edition>, Instant)>,
    asked: BTreeSet<u32>,
    /// The offset of the last notice of the cut, and the cut.
    cut: Option<(i64, Cut)>,
}

impl EditionCache {
    fn lock(&self) -> MutexGuard<'_, CachedEditions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an edition, which becomes the newest if its number is not below the newest one's.
    pub fn add(&self, edition: Edition) {
        let held = &mut *self.lock();
        held.asked.remove(&edition.number);
        let edition = Arc::new(edition);
        let older = if held.newest.as_ref().is_none_or(|newest| newest.number <= edition.number) {
            held.newest.replace(edition)
        } else {
            Some(edition)
        };
        held.older.extend(older.map(|edition| (edition.number, (edition, Instant::now()))));
    }

    /// The newest edition; `None` before the first is published.
    pub fn newest(&self) -> Option<Arc<Edition>> {
        self.lock().newest.clone()
    }

    /// The edition of this number; `None` if it must be fetched first, and the caller is to ask again.
    pub fn ask(&self, number: u32) -> Option<Arc<Edition>> {
        let held = &mut *self.lock();
        let newest = held.newest.iter().find(|newest| newest.number == number);
        let found = newest.or_else(|| held.older.get(&number).map(|(edition, _)| edition)).cloned();
        if found.is_none() {
            held.asked.insert(number);
        }
        found
    }

    /// The cut of the topic set, by the last notice that was read.
    pub fn cut(&self) -> Cut {
        self.lock().cut.map_or_else(Cut::default, |(_, cut)| cut)
    }

    /// Takes the cut from the notice at this offset; a notice that is read again changes nothing.
    pub(super) fn cut_at(&self, offset: i64, cut: Cut) {
        let held = &mut *self.lock();
        if held.cut.is_none_or(|(last, _)| last < offset) {
            held.cut = Some((offset, cut));
        }
    }

    /// The editions that were requested and are not in the cache.
    pub(super) fn asked(&self) -> BTreeSet<u32> {
        self.lock().asked.clone()
    }

    /// Drops the older editions that no task holds and whose grace period is over.
    pub(super) fn tidy(&self) {
        self.lock()
            .older
            .retain(|_, (edition, since)| Arc::strong_count(edition) > 1 || since.elapsed() < GRACE);
    }
}

#[cfg(test)]
mod tests {
    use topics::records::editions::Reference;

    use super::*;

    fn edition(number: u32) -> Edition {
        Edition::new(number, Reference::default()).unwrap()
    }

    /// Behaves as if all editions had been in the cache for longer than the grace period.
    fn later(editions: &EditionCache) {
        for (_, since) in editions.lock().older.values_mut() {
            *since = since.checked_sub(GRACE).unwrap();
        }
        editions.tidy();
    }

    #[test]
    fn an_old_edition_stays_while_a_task_holds_it_and_no_longer() {
        let editions = EditionCache::default();
        assert!(editions.newest().is_none());
        (1..=3).for_each(|number| editions.add(edition(number)));
        let held = editions.ask(2).unwrap();
        later(&editions);
        assert_eq!(editions.newest().map(|edition| edition.number), Some(3));
        assert!(editions.ask(2).is_some() && editions.asked().is_empty());
        drop(held);
        later(&editions);
        assert!(editions.ask(2).is_none() && editions.ask(1).is_none());
        assert_eq!(editions.asked(), [1, 2].into());
    }

    #[test]
    fn the_last_word_on_the_cut_counts_however_often_the_topic_is_read() {
        let editions = EditionCache::default();
        assert_eq!(editions.cut(), Cut::Nowhere);
        for (offset, cut) in [(3, Cut::Route), (7, Cut::Both), (3, Cut::Route)] {
            editions.cut_at(offset, cut);
        }
        assert_eq!(editions.cut(), Cut::Both);
    }

    #[test]
    fn what_was_asked_for_comes_beside_the_newest() {
        let editions = EditionCache::default();
        editions.add(edition(3));
        assert!(editions.ask(1).is_none());
        editions.add(edition(1));
        assert!(editions.asked().is_empty());
        assert_eq!(editions.ask(1).map(|edition| edition.number), Some(1));
        assert_eq!(editions.newest().map(|edition| edition.number), Some(3));
    }
}
