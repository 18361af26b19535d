//! What waits for a person to approve it.

use crate::background;
use crate::declaration::Origin as DeclaredIn;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::Anvil;
use crate::healer::{self, review};
use crate::slot::Slot;
use crate::spec::is_tool_name;
use crate::store::{Origin, Pending};
use crate::version::Version;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// A body that was proven and waits for [`Anvil::approve`] or [`Anvil::reject`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingInfo {
    /// When it was made.
    pub created: Timestamp,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The failure that it answers; nothing where it is a first body.
    pub error: Option<String>,
    /// The version that it is to replace; nothing where there is none.
    pub replaces: Option<Version>,
    /// The request that it could not be tried without, as nothing that a person has yet to approve makes any; nothing
    /// where it was proven in full.
    pub unproven: Option<String>,
    /// The file that its source lies in.
    pub path: PathBuf,
}

impl Anvil {
    /// Puts into service what a model wrote for the tool under [`Approval::Review`](crate::Approval::Review): it
    /// becomes the next version, which is returned. Whoever reviews it need not be the process that had it made; others
    /// that share the store take it over as they do any version. Nothing else ever approves it. What a person does
    /// themselves, such as an edit, a rollback or an adoption, needs no approval.
    ///
    /// Blocks, for as long as a heal of the tool is under way and then, where it is not built yet, for a build.
    ///
    /// # Errors
    /// When nothing waits; the tool was declared or has changed otherwise since, is pinned, or was edited by hand;
    /// `pending.rs` is not what was proven; or it cannot be built or stored. What served before serves on.
    pub fn approve(&self, name: &str) -> Result<Version> {
        let slot = self.slot_with_pending(name)?;
        background::wait(review::approve(&self.0, &slot))
    }

    /// Drops what waits of the tool, and keeps it among those that were turned back. The next failure has another one
    /// made, if attempts are left. Blocks for as long as a heal of the tool is under way.
    ///
    /// # Errors
    /// When nothing waits, or the store cannot be written.
    pub fn reject(&self, name: &str) -> Result<()> {
        let slot = self.slot_with_pending(name)?;
        background::wait(review::refuse(&self.0, &slot))
    }

    /// What waits of the tool called `name`, also where it would be the tool's first body, of which
    /// [`tool_info`](Self::tool_info) knows nothing yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pending(&self, name: &str) -> Result<Option<PendingInfo>> {
        let pending = self.stored_pending(name)?;
        let Some(Pending { record, .. }) = pending else {
            return Ok(None);
        };
        let declared = self.0.slots().named(name);
        let declared = declared.filter(|slot| slot.declaration.origin() != DeclaredIn::Store);
        let fits = declared
            .as_ref()
            .is_none_or(|slot| record.is_for(&slot.declaration.spec().digest()));
        let stored = self.0.load(name)?;
        let current = match declared {
            Some(slot) => healer::current(slot.declaration, stored.as_ref()),
            None => stored.map(|stored| stored.record.current),
        };
        if !fits || !record.builds_on(current) {
            return Ok(None); // it is outdated, and gives way to the next
        }
        Ok(Some(PendingInfo {
            created: record.created,
            model: record.provenance.model,
            error: match record.provenance.origin {
                Origin::Healed { error } => Some(error),
                Origin::Generated | Origin::Adopted | Origin::Declared => None,
            },
            replaces: record.replaces,
            unproven: record.unproven,
            path: self.0.store().pending_path(name),
        }))
    }

    /// The source of what waits.
    ///
    /// # Errors
    /// When nothing waits, or the store cannot be read.
    pub fn pending_code(&self, name: &str) -> Result<String> {
        match self.stored_pending(name)? {
            Some(pending) => Ok(pending.body),
            None => Err(Error::new(
                ErrorKind::Configuration,
                format!("nothing of `{name}` waits to be approved"),
            )),
        }
    }

    pub(super) fn stored_pending(&self, name: &str) -> Result<Option<Pending>> {
        match is_tool_name(name) {
            true => self.0.pending(name),
            false => Ok(None),
        }
    }

    /// The tool's slot. Where nothing in this process has declared the tool, it is declared as the body was written
    /// for it, by this and for as long as this takes: calls here may be for what is stored.
    fn slot_with_pending(&self, name: &str) -> Result<Arc<Slot>> {
        let Some(Pending { record, .. }) = self.stored_pending(name)? else {
            return self.slot(name);
        };
        match self.0.slots().named(name) {
            Some(slot)
                if slot.declaration.origin() != DeclaredIn::Store
                    || record.is_for(&slot.declaration.spec().digest()) =>
            {
                Ok(slot)
            }
            _ => self.0.detached(self.trusted(record.spec)),
        }
    }
}
