//! `tool.json`.

use crate::spec::ToolSpec;
use crate::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the store knows of a tool besides its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) format: u32,
    pub(crate) spec: ToolSpec,
    /// [`ToolSpec::digest`] of the declaration that the current body was written for.
    pub(crate) digest: String,
    pub(crate) current: Version,
    /// Oldest first.
    pub(crate) versions: Vec<VersionRecord>,
}

/// Why a version came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionRecord {
    pub(crate) version: Version,
    pub(crate) created: Timestamp,
    /// The model that wrote it, in the model's own words.
    pub(crate) model: String,
    #[serde(flatten)]
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub(crate) enum Origin {
    /// It is the first body for its declaration.
    Generated,
    /// It answers a call that its predecessor failed with `error`.
    Healed { error: String },
}

impl Record {
    /// The layout that this code reads and writes.
    pub(crate) const FORMAT: u32 = 1;

    /// The version of the next body: one that the tool never had.
    pub(crate) fn next_version(record: Option<&Self>, origin: &Origin) -> Version {
        let highest =
            record.and_then(|record| record.versions.iter().map(|known| known.version).max());
        match (highest, origin) {
            (None, _) => Version::FIRST,
            (Some(highest), Origin::Generated) => highest.next_major(),
            (Some(highest), Origin::Healed { .. }) => highest.next_minor(),
        }
    }

    /// The record once `next` is the current version.
    pub(crate) fn with_next(previous: Option<Self>, spec: &ToolSpec, next: VersionRecord) -> Self {
        let mut versions = previous.map_or_else(Vec::new, |record| record.versions);
        let current = next.version;
        versions.push(next);
        Self {
            format: Self::FORMAT,
            digest: spec.digest(),
            spec: spec.clone(),
            current,
            versions,
        }
    }
}
