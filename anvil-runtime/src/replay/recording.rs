//! [`Recording`]: exchanges, written down as they are made.

use super::exchange::Exchange;
use super::file;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What was exchanged so far, and where it is written down.
#[derive(Debug)]
pub(crate) struct Recording {
    path: PathBuf,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Recording {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            exchanges: Mutex::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an exchange to the file. The first one begins it anew. Blocks.
    pub(crate) fn add(&self, exchange: Exchange) -> io::Result<()> {
        let mut exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exchanges.push(exchange);
        file::write(&self.path, &exchanges)
    }
}
