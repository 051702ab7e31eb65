//! The slot of a process among its copies: the lowest free lock in the state folder. The same slot gives the
//! same transactional ids and group instance ids, so that a restart aborts its own open transactions.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::kafka::LogError;

/// How many copies one state folder serves.
const MOST: u32 = 256;

/// An instance slot, locked until this value is dropped.
#[derive(Debug)]
pub struct InstanceSlot {
    /// The number of the slot, from 0.
    pub number: u32,
    _lock: File,
}

impl InstanceSlot {
    /// Locks the lowest slot of `chain` that no running process with this folder holds.
    ///
    /// # Errors
    /// The folder cannot be written, or all slots are taken.
    pub fn take(folder: &Path, chain: &str) -> Result<Self, LogError> {
        let unusable = |error: std::io::Error| unusable(folder, &error);
        std::fs::create_dir_all(folder).map_err(unusable)?;
        for number in 0..MOST {
            let path = folder.join(format!("{chain}.{number}.lock"));
            let file =
                OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
            match file.try_lock() {
                Ok(()) => return Ok(Self { number, _lock: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
        }
        Err(LogError::Alarm(format!(
            "{MOST} copies of {chain} run on {}; use another STATE_DIR",
            folder.display()
        )))
    }
}

fn unusable(folder: &Path, error: &std::io::Error) -> LogError {
    LogError::Alarm(format!(
        "the state folder {} cannot be used: {error}; set STATE_DIR to a folder that this process may write",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_process_is_gone() {
        let folder = std::env::temp_dir().join(format!("slots-{}", std::process::id()));
        let first = InstanceSlot::take(&folder, "tickets").unwrap();
        let second = InstanceSlot::take(&folder, "tickets").unwrap();
        assert_eq!((first.number, second.number), (0, 1));
        drop(first);
        assert_eq!(InstanceSlot::take(&folder, "tickets").unwrap().number, 0);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
