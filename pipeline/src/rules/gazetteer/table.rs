//! A table from hashes to numbers. The hash is the same on every platform, and what is found is always
//! compared with the name itself, so nothing depends on it.

/// The hash of no letters.
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of some letters and one more (FNV-1a).
pub const fn with(hash: u64, letter: u8) -> u64 {
    (hash ^ letter as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The hash of letters.
pub fn hash(letters: impl IntoIterator<Item = u8>) -> u64 {
    letters.into_iter().fold(EMPTY, with)
}

/// Numbers by hash; a hash may have several.
#[derive(Debug, Default)]
pub struct HashIndex {
    /// The upper half of the hash, and the number plus one; 0 for a free slot.
    slots: Vec<(u32, u32)>,
    /// A bit for each hash, small enough for the processor's cache: most hashes that are looked up have no
    /// number.
    known: Vec<u64>,
}

impl HashIndex {
    /// Puts the entries into a table of at most half of its slots.
    pub fn new(entries: &[(u64, u32)]) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let slots = (entries.len() * 2).next_power_of_two();
        let mut table = Self { slots: vec![(0, 0); slots], known: vec![0; (slots / 16).max(1)] };
        for (hash, number) in entries {
            let (word, bit) = table.bit(*hash);
            table.known.get_mut(word).into_iter().for_each(|bits| *bits |= bit);
            let mut index = table.first_index(*hash);
            while let Some(slot) = table.slots.get_mut(index) {
                if slot.1 == 0 {
                    *slot = (tag(*hash), number + 1);
                    break;
                }
                index = (index + 1) & (slots - 1);
            }
        }
        table
    }

    /// The numbers that may belong to the hash.
    pub fn get(&self, hash: u64) -> impl Iterator<Item = u32> {
        let (word, bit) = self.bit(hash);
        let is_known = self.known.get(word).is_some_and(|bits| bits & bit != 0);
        let mut next = is_known.then(|| self.first_index(hash));
        std::iter::from_fn(move || self.next_number(hash, &mut next))
    }

    /// The next number of the hash from the slot `next` on, which then is the slot after it.
    fn next_number(&self, hash: u64, next: &mut Option<usize>) -> Option<u32> {
        loop {
            let index = (*next)?;
            let (found, number) = *self.slots.get(index)?;
            let number = number.checked_sub(1)?;
            *next = Some((index + 1) & (self.slots.len() - 1));
            if found == tag(hash) {
                return Some(number);
            }
        }
    }

    /// The word of [`Self::known`] and the bit in it.
    fn bit(&self, hash: u64) -> (usize, u64) {
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let word = usize::try_from(mixed >> 6).unwrap_or(0) & self.known.len().saturating_sub(1);
        (word, 1 << (mixed & 63))
    }

    fn first_index(&self, hash: u64) -> usize {
        let mixed = hash ^ (hash >> 29);
        usize::try_from(mixed & 0xffff_ffff).unwrap_or(0) & self.slots.len().saturating_sub(1)
    }
}

fn tag(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}
