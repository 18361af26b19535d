//! What is known of a tool.

use crate::error::{Error, Result};
use crate::handle::{Anvil, PendingInfo, unknown};
use crate::healer::review;
use crate::isolation::Isolation;
use crate::model::Usage;
use crate::slot::Slot;
use crate::spec::is_tool_name;
use crate::store::{LiveFile, Origin, Record, Stored, VersionRecord};
use crate::version::Version;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is known of a tool.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ToolInfo {
    /// Its name.
    pub name: String,
    /// What it should do.
    pub intent: String,
    /// The version that answers calls; before the first call, the one that is stored.
    pub version: Version,
    /// How it is doing.
    pub status: ToolStatus,
    /// Where it runs.
    pub isolation: Isolation,
    /// Whether it was pinned: then no heal replaces its version.
    pub pinned: bool,
    /// When its first version was made.
    pub created: Timestamp,
    /// When its current version became that.
    pub changed: Timestamp,
    /// How many heal attempts count against it in this process: since they were last reset, and within
    /// [`Builder::heal_window`](crate::Builder::heal_window). A first body that was asked for in vain counts as well.
    pub heal_attempts: u32,
    /// How many heal attempts it may still make.
    pub heal_attempts_left: u32,
    /// What is wrong with it, where its status is not [`ToolStatus::Active`] and there is something to say: the
    /// latest failure that was not healed, or why an edit of `tool.rs` does not serve.
    pub problem: Option<Error>,
    /// When that failure happened.
    pub failed: Option<Timestamp>,
    /// What would replace its version, once somebody approved it.
    pub pending: Option<PendingInfo>,
    /// Every version, oldest first.
    pub versions: Vec<VersionInfo>,
}

/// How a tool is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolStatus {
    /// It serves.
    Active,
    /// It failed a call in this process and was not healed since, or is only being. It goes on serving the calls
    /// that work.
    Failing,
    /// Somebody edited its `tool.rs`. It serves, and is neither healed nor written anew until
    /// [`Anvil::adopt`] gives it back.
    Ejected,
}

impl fmt::Display for ToolStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Ejected => "ejected",
        })
    }
}

/// One version of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionInfo {
    /// Which.
    pub version: Version,
    /// Why it came to be.
    pub origin: VersionOrigin,
    /// When it was made.
    pub created: Timestamp,
    /// The model that wrote it; nothing where a person did.
    pub model: Option<String>,
    /// What the requests for it used.
    pub usage: Usage,
    /// How long it took from the first request until it was proven.
    pub took: Duration,
    /// The failure that it answers, where it is a heal.
    pub error: Option<String>,
}

/// Why a version came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionOrigin {
    /// It is the first body for its declaration.
    Generated,
    /// It answers a call that its predecessor failed.
    Healed,
    /// Somebody wrote it, and then gave it to Anvil.
    Adopted,
    /// It stands in the declaration, in the user's own crate.
    Declared,
}

impl Anvil {
    /// What is known of the tool called `name`.
    ///
    /// # Errors
    /// When there is no such tool, it has no body yet, or only one that waits for approval
    /// ([`Error::is_pending_approval`](crate::Error::is_pending_approval)), or the store cannot be read.
    pub fn tool_info(&self, name: &str) -> Result<ToolInfo> {
        let (slot, stored) = self.known(name)?;
        let mut info = of_record(&stored, self.0.level(&stored.record.spec));
        info.heal_attempts_left = self.0.limit(&stored.record.spec).most;
        info.pending = self.pending(name)?;
        if let Some(slot) = slot {
            self.complete(&mut info, &slot, &stored);
        }
        Ok(info)
    }

    /// The source of the version that answers calls.
    ///
    /// # Errors
    /// As [`tool_info`](Self::tool_info).
    pub fn tool_code(&self, name: &str) -> Result<String> {
        let live = self.0.slots().named(name).and_then(|slot| slot.live());
        match live {
            Some(live) => Ok(live.body.clone()),
            None => Ok(self.known(name)?.1.body),
        }
    }

    /// The source of one version, which need not be the one that answers calls.
    ///
    /// # Errors
    /// When the store has no such version.
    pub fn tool_code_at(&self, name: &str, version: Version) -> Result<String> {
        if !is_tool_name(name) {
            return Err(unknown(name));
        }
        match self.0.store().body(name, version) {
            Ok(body) => Ok(body),
            Err(error) => match self.known(name) {
                // What stands in the declaration need not be stored.
                Ok((_, stored)) if stored.is_declared_as(version) => Ok(stored.body),
                _ => Err(self.0.store_error(name, error)),
            },
        }
    }

    fn known(&self, name: &str) -> Result<(Option<Arc<Slot>>, Stored)> {
        let slot = self.0.slots().named(name);
        let stored = match is_tool_name(name) {
            true => self.0.load(name)?,
            false => None,
        };
        match (stored, slot) {
            (Some(stored), slot) => Ok((slot, stored)),
            (None, Some(slot)) if slot.declaration.native_body().is_some() => {
                let stored = in_declaration(&slot);
                Ok((Some(slot), stored))
            }
            (None, _) if self.pending(name)?.is_some() => Err(review::waits(&self.0, name, None)),
            (None, Some(slot)) => Err(slot.not_stored()),
            (None, None) => Err(unknown(name)),
        }
    }

    /// Adds what only this process knows.
    fn complete(&self, info: &mut ToolInfo, slot: &Slot, stored: &Stored) {
        let spec = slot.declaration.spec();
        if let Some(live) = slot.live() {
            info.version = live.version;
            info.intent.clone_from(&spec.intent);
        }
        let place = slot.live().and_then(|live| live.place());
        info.isolation = place.unwrap_or_else(|| self.0.level(spec));
        let limit = self.0.limit(spec);
        let state = slot.state();
        info.heal_attempts = state.attempts.used(limit, Instant::now());
        info.heal_attempts_left = limit.most.saturating_sub(info.heal_attempts);
        if let Some(unhealed) = &state.unhealed {
            info.problem = Some(unhealed.error.clone());
            info.failed = Some(unhealed.at);
            if !stored.edited() {
                info.status = ToolStatus::Failing;
            }
        }
        if let Some(edit) = &state.broken_edit
            && edit.body == stored.body
        {
            info.problem = Some(edit.error.clone());
        }
    }
}

/// The tool as it would be stored if it had to be: so far its body is that of its declaration.
fn in_declaration(slot: &Slot) -> Stored {
    let spec = slot.declaration.spec();
    let declared = VersionRecord::declared(Version::FIRST, &spec.digest(), slot.since);
    Stored {
        record: Record::with_next(None, spec, declared),
        body: spec
            .body
            .as_ref()
            .map_or_else(String::new, |body| body.source.clone()),
        live_file: LiveFile::Current,
    }
}

fn of_record(stored: &Stored, isolation: Isolation) -> ToolInfo {
    let record = &stored.record;
    ToolInfo {
        name: record.spec.name.clone(),
        intent: record.spec.intent.clone(),
        version: record.current,
        status: match stored.edited() {
            true => ToolStatus::Ejected,
            false => ToolStatus::Active,
        },
        isolation,
        pinned: record.pinned,
        created: record
            .versions
            .first()
            .map_or(record.changed, |first| first.created),
        changed: record.changed,
        heal_attempts: 0,
        heal_attempts_left: 0,
        problem: None,
        failed: None,
        pending: None,
        versions: record.versions.iter().map(of_version).collect(),
    }
}

fn of_version(record: &VersionRecord) -> VersionInfo {
    let provenance = &record.provenance;
    let (origin, error) = match &provenance.origin {
        Origin::Generated => (VersionOrigin::Generated, None),
        Origin::Healed { error } => (VersionOrigin::Healed, Some(error.clone())),
        Origin::Adopted => (VersionOrigin::Adopted, None),
        Origin::Declared => (VersionOrigin::Declared, None),
    };
    VersionInfo {
        version: record.version,
        origin,
        created: record.created,
        model: provenance.model.clone(),
        usage: provenance.usage,
        took: Duration::from_millis(provenance.took_ms),
        error,
    }
}
