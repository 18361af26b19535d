//! One writer per tool, across processes.

use crate::store::StoreError;
use std::fs::File;
use std::path::Path;

/// Held while a new body is made for a tool. The operating system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else holds the lock of the tool in `folder`. Blocks.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(".lock");
        let taken = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file));
        match taken {
            Ok(file) => Ok(Self { _file: file }),
            Err(source) => Err(StoreError::Io {
                doing: "lock",
                path,
                source,
            }),
        }
    }
}
