//! Who records which file in this process.
//!
//! A recording begins its file anew, so a second one would take the place of the first, whether that has ended or not:
//! tests of one program that share a folder lose each other's exchanges. That is found out here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// One that records; it is a different one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorder(u64);

static RECORDED: Mutex<BTreeMap<PathBuf, Recorder>> = Mutex::new(BTreeMap::new());

impl Recorder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether this file, named by its whole path, is this one's to write. It is that of whoever asked first, from then
    /// on until the process ends.
    pub(super) fn claims(self, file: PathBuf) -> bool {
        let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
        *recorded.entry(file).or_insert(self) == self
    }
}
