//! One writer per tool, across processes.

use crate::store::StoreError;
use std::fs::File;
use std::io;
use std::path::Path;

pub(super) const LOCK: &str = ".lock";

/// Held while a new body is made for a tool. The operating system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else holds the lock of the tool in `folder`. Blocks.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(LOCK);
        match open(&path).and_then(|file| file.lock().map(|()| file)) {
            Ok(file) => Ok(Self { _file: file }),
            Err(source) => Err(StoreError::Io {
                doing: "lock",
                path,
                source,
            }),
        }
    }

    /// The lock of the tool in `folder`, if it can be had at once.
    pub(super) fn try_take(folder: &Path) -> Option<Self> {
        let file = open(&folder.join(LOCK)).ok()?;
        file.try_lock().ok()?;
        Some(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}
