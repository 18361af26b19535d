//! `tool.json`.

use crate::contract::Contract;
use crate::model::Usage;
use crate::spec::ToolSpec;
use crate::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the store knows of a tool besides its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) format: u32,
    pub(crate) spec: ToolSpec,
    pub(crate) current: Version,
    /// When the current version became that.
    pub(crate) changed: Timestamp,
    /// Whether the current version stays, whatever fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pinned: bool,
    /// Oldest first.
    pub(crate) versions: Vec<VersionRecord>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionRecord {
    pub(crate) version: Version,
    /// [`ToolSpec::digest`] of the declaration that it was written for.
    pub(crate) digest: String,
    pub(crate) created: Timestamp,
    #[serde(flatten)]
    pub(crate) provenance: Provenance,
}

/// Why a version came to be, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    #[serde(flatten)]
    pub(crate) origin: Origin,
    /// The model that wrote it, in the model's own words; nothing where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// What all requests for it used.
    #[serde(default, skip_serializing_if = "Usage::is_nothing")]
    pub(crate) usage: Usage,
    /// How long it took until it was proven.
    pub(crate) took_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub(crate) enum Origin {
    /// It is the first body for its declaration.
    Generated,
    /// It answers a call that its predecessor failed with `error`.
    Healed { error: String },
    /// Somebody wrote it, and then gave it to Anvil.
    Adopted,
    /// It stands in the declaration, in the user's own crate.
    Declared,
}

impl VersionRecord {
    /// The body that stands in a declaration.
    pub(crate) fn declared(version: Version, digest: &str, created: Timestamp) -> Self {
        Self {
            version,
            digest: digest.to_owned(),
            created,
            provenance: Provenance {
                origin: Origin::Declared,
                model: None,
                usage: Usage::default(),
                took_ms: 0,
            },
        }
    }
}

impl Record {
    /// The layout that this code reads and writes.
    pub(crate) const FORMAT: u32 = 2;

    /// The digest of the declaration that `version` was written for; nothing if there never was such a version.
    pub(crate) fn digest_of(&self, version: Version) -> Option<&str> {
        let known = self.versions.iter().find(|known| known.version == version);
        known.map(|known| known.digest.as_str())
    }

    /// Why `version` came to be.
    pub(crate) fn origin_of(&self, version: Version) -> Option<&Origin> {
        let known = self.versions.iter().find(|known| known.version == version);
        known.map(|known| &known.provenance.origin)
    }

    /// Whether there is a version for the declaration with this digest.
    pub(crate) fn knows(&self, digest: &str) -> bool {
        self.versions.iter().any(|known| known.digest == digest)
    }

    /// The version of the body that stands in the declaration with this digest.
    pub(crate) fn version_of_declared(record: Option<&Self>, digest: &str) -> Version {
        let known = record.and_then(|record| {
            record
                .versions
                .iter()
                .find(|known| known.digest == digest && known.provenance.origin == Origin::Declared)
        });
        match known {
            Some(known) => known.version,
            None => Self::next_version(record, digest),
        }
    }

    /// Whether the current version was written for the declaration with this digest.
    pub(crate) fn fits(&self, digest: &str) -> bool {
        self.digest_of(self.current) == Some(digest)
    }

    /// Whether the current version is known to keep this contract.
    pub(crate) fn keeps(&self, contract: &Contract) -> bool {
        let known = &self.spec.contract;
        known.examples == contract.examples
            && known.requires == contract.requires
            && known.ensures == contract.ensures
    }

    /// The version of the next body: one that the tool never had. It begins a major version where the highest
    /// one was written for another declaration.
    pub(crate) fn next_version(record: Option<&Self>, digest: &str) -> Version {
        let highest =
            record.and_then(|record| record.versions.iter().max_by_key(|one| one.version));
        match highest {
            None => Version::FIRST,
            Some(highest) if highest.digest == digest => highest.version.next_minor(),
            Some(highest) => highest.version.next_major(),
        }
    }

    /// The record once `next` is the current version.
    pub(crate) fn with_next(previous: Option<Self>, spec: &ToolSpec, next: VersionRecord) -> Self {
        let pinned = previous.as_ref().is_some_and(|record| record.pinned);
        let mut versions = previous.map_or_else(Vec::new, |record| record.versions);
        let (current, changed) = (next.version, next.created);
        versions.push(next);
        Self {
            format: Self::FORMAT,
            spec: spec.clone(),
            current,
            changed,
            pinned,
            versions,
        }
    }
}
