//! A body that was proven and waits for a person: `pending.rs`, which is there to be read, and `pending.json`, which
//! says what it is.
//!
//! `pending.json` comes last, renamed into place, and goes first: without it nothing waits, whatever a process that was
//! killed has left. It knows the body by its digest, so that nothing is approved but what was proven.

use crate::spec::ToolSpec;
use crate::store::folder::{failed, remove};
use crate::store::read::read_json;
use crate::store::text::{with_pending_footer, without_footer};
use crate::store::write::write;
use crate::store::{Lock, Provenance, Record, Store, StoreError};
use crate::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;

/// What waits.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) record: PendingRecord,
    /// What `pending.rs` says.
    pub(crate) body: String,
}

/// `pending.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingRecord {
    format: u32,
    pub(crate) spec: ToolSpec,
    /// [`ToolSpec::digest`] of the declaration that it was written for.
    pub(crate) digest: String,
    /// The version that it is to replace; nothing where there is none.
    pub(crate) replaces: Option<Version>,
    pub(crate) created: Timestamp,
    /// The digest of the body that was proven.
    body: String,
    /// The request that it could not be tried without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unproven: Option<String>,
    #[serde(flatten)]
    pub(crate) provenance: Provenance,
}

impl Pending {
    /// Whether the body is the one that was proven.
    pub(crate) fn is_as_proven(&self) -> bool {
        digest(&self.body) == self.record.body
    }
}

impl PendingRecord {
    /// Whether it was made for the declaration with this digest.
    pub(crate) fn is_for(&self, digest: &str) -> bool {
        self.digest == digest
    }

    /// Whether nothing else took the place of what it is to replace. `current` is the current version in the store,
    /// which may have been removed from it.
    pub(crate) fn builds_on(&self, current: Option<Version>) -> bool {
        current.is_none() || current == self.replaces
    }
}

impl Store {
    /// What waits for a person. Waits for nobody itself.
    pub(crate) fn pending(&self, tool: &str) -> Result<Option<Pending>, StoreError> {
        let path = self.pending_record_path(tool);
        let Some(record) = read_json::<PendingRecord>(&path)? else {
            return Ok(None);
        };
        if record.spec.name != tool {
            let found = record.spec.name;
            return Err(StoreError::OtherTool { path, found });
        }
        let path = self.pending_path(tool);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(failed("read", path))?,
        };
        Ok(Some(Pending {
            record,
            body: without_footer(&text).trim_end().to_owned(),
        }))
    }

    /// Leaves `body` for a person to approve, in the place of what waited before. The caller holds the tool's
    /// [`Lock`].
    pub(crate) fn put_pending(
        &self,
        lock: &Lock,
        spec: &ToolSpec,
        replaces: Option<Version>,
        body: &str,
        unproven: Option<&str>,
        provenance: Provenance,
    ) -> Result<(), StoreError> {
        let tool = &spec.name;
        self.drop_pending(lock, tool)?;
        let record = PendingRecord {
            format: Record::FORMAT,
            spec: spec.clone(),
            digest: spec.digest(),
            replaces,
            created: Timestamp::now(),
            body: digest(body),
            unproven: unproven.map(str::to_owned),
            provenance,
        };
        let text = with_pending_footer(body, tool, replaces);
        write(&self.pending_path(tool), &text)?;
        let json = serde_json::to_string_pretty(&record).expect("a record always serializes");
        write(&self.pending_record_path(tool), &(json + "\n"))
    }

    /// Takes away what waits, if anything does. The caller holds the tool's [`Lock`].
    pub(crate) fn drop_pending(&self, _lock: &Lock, tool: &str) -> Result<(), StoreError> {
        remove(self.pending_record_path(tool))?;
        remove(self.pending_path(tool))
    }

    /// Where the source of what waits lies.
    pub(crate) fn pending_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join(PENDING[0])
    }

    pub(super) fn pending_record_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join(PENDING[1])
    }
}

pub(super) const PENDING: [&str; 2] = ["pending.rs", "pending.json"];

/// Blank lines at its end are not part of a body in a file.
fn digest(body: &str) -> String {
    blake3::hash(body.trim_end().as_bytes())
        .to_hex()
        .to_string()
}
