//! The last records of `tickets` and `ticket-events`, for the streams of browsers and for the commands that
//! wait for their answer. One thread reads the topics; everything here is in memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, oneshot};
use topics::catalogue::{TicketEvents, Tickets, Topic};
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::records::ticket_events::{Event, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::ids::EventId;

/// The topics that the feed takes.
pub const TOPICS: [&str; 2] = [Tickets::SPEC.name, TicketEvents::SPEC.name];
/// How far back the feed begins when the process starts, so that browsers miss nothing by a restart.
pub const BACK: Duration = Duration::from_secs(600);
/// How many records are kept for browsers that connect again.
const KEPT: usize = 50_000;
/// How many records a slow browser may be behind before it has to load its page again.
const BEHIND: usize = 4_096;

/// The offset that is read next in each partition of each topic: what a browser has been told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<(u8, u32), i64>);

impl Positions {
    /// Everything before `next` of this partition is known. An offset never moves back.
    pub fn advance(&mut self, topic: &str, partition: u32, next: i64) {
        if let Some(number) = number_of(topic) {
            let known = self.0.entry((number, partition)).or_insert(next);
            *known = (*known).max(next);
        }
    }

    /// Whether a record of this offset is known.
    fn knows(&self, entry: &Entry) -> bool {
        self.0.get(&(entry.topic, entry.partition)).is_some_and(|next| entry.offset < *next)
    }

    /// Reads the text of an event id.
    pub fn read(text: &str) -> Option<Self> {
        let one = |part: &str| {
            let (topic, rest) = part.split_once('-')?;
            let (partition, next) = rest.split_once('.')?;
            Some(((topic.parse().ok()?, partition.parse().ok()?), next.parse().ok()?))
        };
        text.split('_').map(one).collect::<Option<BTreeMap<_, _>>>().map(Self)
    }
}

/// `0-3.51_1-3.87`: topic, partition and offset.
impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, ((topic, partition), next)) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "_" };
            write!(f, "{separator}{topic}-{partition}.{next}")?;
        }
        Ok(())
    }
}

fn number_of(topic: &str) -> Option<u8> {
    TOPICS.iter().position(|name| *name == topic).and_then(|number| u8::try_from(number).ok())
}

/// One record of the feed.
#[derive(Debug)]
pub struct Entry {
    topic: u8,
    partition: u32,
    offset: i64,
    /// What the record says.
    pub news: News,
}

impl Entry {
    /// A browser that continues after these positions has been told of the record.
    pub fn mark(&self, positions: &mut Positions) {
        let known = positions.0.entry((self.topic, self.partition)).or_default();
        *known = (*known).max(self.offset + 1);
    }
}

/// What a record of the feed says.
#[derive(Debug)]
pub enum News {
    /// The present state of a ticket.
    State(Box<Ticket>),
    /// Something happened to a ticket.
    Event(Box<TicketEvent>),
}

/// The feed of a process. Clones are the same feed.
#[derive(Clone)]
pub struct Feed {
    ring: Arc<KeyRing>,
    inner: Arc<Mutex<Inner>>,
    news: broadcast::Sender<Arc<Entry>>,
}

#[derive(Default)]
struct Inner {
    recent: VecDeque<Arc<Entry>>,
    /// The first offset of each partition from which `recent` is complete.
    first: Positions,
    next: Positions,
    waiting: HashMap<EventId, oneshot::Sender<TicketEvent>>,
}

/// What a browser gets when it connects.
pub struct Subscription {
    /// What it has missed.
    pub missed: Vec<Arc<Entry>>,
    /// What comes from now on.
    pub news: broadcast::Receiver<Arc<Entry>>,
    /// What it has been told, before `missed`.
    pub positions: Positions,
    /// What it has missed and the feed no longer has.
    pub gap: Option<Gap>,
}

/// Records that a browser has missed and that the feed no longer has: only another page shows what they
/// changed, once the tables are further than this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the page stands in each partition that has a gap.
    page: Positions,
    /// Where the feed begins in each of them.
    first: Positions,
}

impl Gap {
    fn between(page: &Positions, first: &Positions) -> Option<Self> {
        let has_gap = |(of, first): &(&(u8, u32), &i64)| page.0.get(*of).is_some_and(|page| page < *first);
        let first = Positions(first.0.iter().filter(has_gap).map(|(of, next)| (*of, *next)).collect());
        let page = page.0.iter().filter(|(of, _)| first.0.contains_key(*of));
        let page = Positions(page.map(|(of, next)| (*of, *next)).collect());
        (!first.0.is_empty()).then_some(Self { page, first })
    }

    /// Whether a page that is made from tables at these positions is newer where this one has a gap. While it
    /// is not, loading it again would only show the same.
    pub fn is_older_than(&self, tables: &Positions) -> bool {
        self.page.0.iter().any(|(of, page)| tables.0.get(of).is_some_and(|tables| tables > page))
    }

    /// The browser was told of the gap: it goes on behind it.
    pub fn skip(self, positions: &mut Positions) {
        for (of, first) in self.first.0 {
            let next = positions.0.entry(of).or_insert(first);
            *next = (*next).max(first);
        }
    }
}

impl Feed {
    /// An empty feed, which opens records with these keys.
    pub fn new(ring: Arc<KeyRing>) -> Self {
        let (news, _) = broadcast::channel(BEHIND);
        Self { ring, inner: Arc::default(), news }
    }

    /// The partition is read from this offset on.
    pub fn begin(&self, topic: &str, partition: u32, offset: i64) {
        let mut inner = self.lock();
        inner.first.advance(topic, partition, offset);
        inner.next.advance(topic, partition, offset);
    }

    /// Takes the next record of a partition.
    pub fn take(&self, record: &Incoming) {
        let news = self.read(record);
        let mut inner = self.lock();
        inner.next.advance(&record.topic, record.partition, record.offset + 1);
        let (Some(news), Some(topic)) = (news, number_of(&record.topic)) else { return };
        if let News::Event(event) = &news
            && let Event::Applied { command, .. } | Event::Refused { command, .. } = &event.event
            && let Some(waiting) = inner.waiting.remove(command)
        {
            // The send fails if the page no longer waits.
            let _ = waiting.send(event.as_ref().clone());
        }
        let entry = Arc::new(Entry { topic, partition: record.partition, offset: record.offset, news });
        inner.recent.push_back(entry.clone());
        if inner.recent.len() > KEPT
            && let Some(oldest) = inner.recent.pop_front()
        {
            oldest.mark(&mut inner.first);
        }
        // Sent under the lock, so that a browser that connects now gets the record exactly once. It fails if
        // there is no browser.
        let _ = self.news.send(entry);
    }

    /// A task's own row, a deleted ticket and a record that cannot be read are not news.
    fn read(&self, record: &Incoming) -> Option<News> {
        if record.topic == Tickets::SPEC.name {
            record.decode::<Tickets>(&self.ring).ok().map(|(_, ticket)| News::State(Box::new(ticket)))
        } else {
            record.decode::<TicketEvents>(&self.ring).ok().map(|(_, event)| News::Event(Box::new(event)))
        }
    }

    /// Waits for the event that answers `command`. Call this before the command is appended.
    pub fn answer_to(&self, command: EventId) -> oneshot::Receiver<TicketEvent> {
        let (sender, receiver) = oneshot::channel();
        let mut inner = self.lock();
        inner.waiting.retain(|_, waiting| !waiting.is_closed());
        inner.waiting.insert(command, sender);
        receiver
    }

    /// Subscribes a browser that has been told everything before `since`, or everything until now.
    pub fn subscribe(&self, since: Option<Positions>) -> Subscription {
        let inner = self.lock();
        let positions = since.unwrap_or_else(|| inner.next.clone());
        let gap = Gap::between(&positions, &inner.first);
        let unknown = |entry: &&Arc<Entry>| !positions.knows(entry);
        let missed = inner.recent.iter().filter(unknown).cloned().collect();
        Subscription { missed, news: self.news.subscribe(), positions, gap }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each change of the feed is complete even after a panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Positions {
        Positions::read(text).unwrap()
    }

    #[test]
    fn a_page_is_loaded_again_only_when_the_tables_are_further_than_it_where_it_has_a_gap() {
        let first = at("0-0.500_0-1.40_1-0.900");
        assert_eq!(Gap::between(&at("0-0.500_0-1.90_1-0.900"), &first), None, "the feed has all");
        assert_eq!(Gap::between(&at("0-7.3"), &first), None, "a partition that the feed does not read");
        let page = at("0-0.200_0-1.50_1-0.901");
        let gap = Gap::between(&page, &first).unwrap();
        for (tables, is_older) in [
            ("0-0.200_0-1.50_1-0.901", false),
            ("0-0.200_0-1.99_1-0.999", false),
            ("0-0.150_0-1.50", false),
            ("0-1.99", false),
            ("0-0.201_0-1.50", true),
            ("0-0.900_0-1.90", true),
        ] {
            assert_eq!(gap.is_older_than(&at(tables)), is_older, "{tables}");
        }
        let mut told = page;
        gap.skip(&mut told);
        assert_eq!(told, at("0-0.500_0-1.50_1-0.901"), "a connection that is made again has no gap");
        assert_eq!(Gap::between(&told, &first), None);
    }
}
