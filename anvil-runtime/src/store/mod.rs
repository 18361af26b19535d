//! Specs, bodies and their history on disk: the part of Anvil's files that users commit.
//!
//! ```text
//! tools/<name>/tool.json        the record: spec, current version, why each version came to be
//! tools/<name>/tool.rs          the live body, so that a heal reviews as a diff
//! tools/<name>/versions/1.0.rs  every body that ever went live; never changed once it is in the record
//! tools/<name>/pending.rs       a body that was proven and waits for a person, who may read and approve it
//! tools/<name>/pending.json     what it is
//! tools/<name>/rejected/…       the latest bodies that were turned back, each with the reason; for people to look into
//! tools/<name>/.lock            held by whoever is writing a new body, in whichever process
//! tools/<name>/.behind          there while `tool.rs` is not yet what the record says
//! ```
//!
//! A new version is written in three steps: `versions/x.y.rs`, then `tool.json`, renamed into place, then
//! `tool.rs`. The second is the commit. A process that is killed before it leaves a body that the record
//! does not know, which the next write replaces; one that is killed after it leaves the former `tool.rs` and
//! the sign that it is behind, and the next process repairs it. Without that sign a `tool.rs` that differs
//! is the user's, also when an older version was copied there. Only who holds the lock writes; readers wait for nobody.

mod folder;
mod lock;

mod read;
mod write;

mod pending;
mod rejected;

mod record;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use folder::Store;
pub(crate) use lock::Lock;
pub(crate) use pending::{Pending, PendingRecord};
pub(crate) use read::{LiveFile, Stored};
pub(crate) use record::{Origin, Provenance, Record, VersionRecord};
pub(crate) use rejected::Rejected;

use std::io;
use std::path::PathBuf;

/// Why the store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} is there but is not a tool of Anvil's: it has no tool.json", .0.display())]
    NotOurs(PathBuf),
    #[error("{} was edited by hand meanwhile, and is not overwritten", .0.display())]
    Edited(PathBuf),
    #[error("cannot understand {}", path.display())]
    Record {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{} is of a tool called {found:?}", path.display())]
    OtherTool { path: PathBuf, found: String },
    #[error("{} has format {found}, and this Anvil knows {}", path.display(), Record::FORMAT)]
    OtherFormat { path: PathBuf, found: u32 },
}
