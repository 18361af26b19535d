//! What a person does to a tool. All of it takes effect in this process at once and in others that share the store
//! when they next look: at a failure, at their start, or, with [`Builder::watch`](crate::Builder::watch), soon.

use crate::background;
use crate::error::Result;
use crate::handle::Anvil;
use crate::healer::by_hand;
use crate::version::Version;

impl Anvil {
    /// Gives the tool called `name` its full number of heal attempts again. Unknown names are ignored.
    pub fn reset_heal_attempts(&self, name: &str) {
        if let Some(slot) = self.0.slots().named(name) {
            slot.reset_attempts();
        }
    }

    /// Gives every tool its full number of heal attempts again.
    pub fn reset_all_heal_attempts(&self) {
        for slot in self.0.slots().all() {
            slot.reset_attempts();
        }
    }

    /// Makes an earlier version the live one again. Calls that are running finish on the version that they
    /// started with; the next heal counts on from the highest version. Blocks, for as long as a heal of the tool is
    /// under way and then, where the version's build is no longer there, for a build.
    ///
    /// # Errors
    /// When there is no such tool or version, the version was written for another declaration, `tool.rs` was edited
    /// by hand, or the version cannot be built or stored. The version that served before serves on.
    pub fn rollback(&self, name: &str, version: Version) -> Result<()> {
        let slot = self.slot(name)?;
        background::wait(by_hand::roll_back(&self.0, &slot, version))
    }

    /// Keeps the tool's current version, which is returned: while it is pinned it is neither healed nor written anew,
    /// in any process that shares the store. Blocks for as long as a heal of the tool is under way, and then keeps
    /// what came of it; [`rollback`](Self::rollback) works on a pinned tool, too.
    ///
    /// # Errors
    /// When there is no such tool, it has no body yet, or the store cannot be written.
    pub fn pin(&self, name: &str) -> Result<Version> {
        let slot = self.slot(name)?;
        background::wait(by_hand::pin(&self.0, &slot, true))
    }

    /// Lets the tool change again. Returns its current version.
    ///
    /// # Errors
    /// As [`pin`](Self::pin).
    pub fn unpin(&self, name: &str) -> Result<Version> {
        let slot = self.slot(name)?;
        background::wait(by_hand::pin(&self.0, &slot, false))
    }

    /// Puts into service what the store holds now: an edit of `tool.rs`, or what another process made of the tool.
    /// Returns the version that serves, which an edit shares with the one that it was made of. Blocks for a build.
    ///
    /// # Errors
    /// When there is no such tool, or what is stored cannot be used: it says where it is wrong, and what served
    /// before serves on.
    pub fn reload(&self, name: &str) -> Result<Version> {
        let slot = self.slot(name)?;
        background::wait(by_hand::reload(&self.0, &slot))
    }

    /// Gives an edited tool back to Anvil: what `tool.rs` says becomes its next version, live, and is healed from
    /// then on like any other. A tool that was not edited stays as it is. Blocks for a build.
    ///
    /// # Errors
    /// When there is no such tool, the edit cannot be used, or the store cannot be written; the tool stays ejected.
    pub fn adopt(&self, name: &str) -> Result<Version> {
        let slot = self.slot(name)?;
        background::wait(by_hand::adopt(&self.0, &slot))
    }
}
