//! The log on disk, as it is read back.

use crate::event::Event;
use crate::log::rotation;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// A log that was read from disk.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct LoadedLog {
    /// Its events in the order in which they were written, the oldest first.
    pub events: Vec<Event>,
    /// How many lines were left out because they are no events: cut short, or written by a newer Anvil.
    pub skipped: usize,
}

pub(super) fn load(path: &Path) -> io::Result<LoadedLog> {
    let mut loaded = LoadedLog::default();
    for file in rotation::open_all(path)? {
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(&line) {
                Ok(event) => loaded.events.push(event),
                Err(_) => loaded.skipped += 1,
            }
        }
    }
    Ok(loaded)
}
