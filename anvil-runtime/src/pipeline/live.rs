//! Requires: a proven body, and that it is in the store. Produces: a version that answers callers.

use crate::backtrace::{self, Frame};
use crate::cargo::Dylib;
use crate::isolation::{Answer, Cancel, NoAnswer, Runner};
use crate::pipeline::Proven;
use crate::recordings::Recordings;
use crate::spec::ToolSpec;
use crate::store::{Lock, Provenance, Store, StoreError};
use crate::version::Version;
use anvil_core::failure::Frames;

/// A version in service.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) version: Version,
    pub(crate) body: String,
    pub(crate) dylib: Dylib,
    /// What it answered, if that is kept.
    pub(crate) recordings: Recordings,
    runner: Runner,
}

impl Proven {
    /// Makes the body the tool's current version on disk.
    pub(crate) fn commit(
        self,
        store: &Store,
        lock: &Lock,
        spec: &ToolSpec,
        provenance: Provenance,
    ) -> Result<Live, StoreError> {
        let version = store.commit(lock, spec, &self.body, provenance)?;
        Ok(self.already_stored(version))
    }

    /// Leaves the body for a person to approve, and returns it: it answers nobody, and its process ends.
    pub(crate) fn leave_pending(
        self,
        store: &Store,
        lock: &Lock,
        spec: &ToolSpec,
        replaces: Option<Version>,
        provenance: Provenance,
    ) -> Result<String, StoreError> {
        store.put_pending(lock, spec, replaces, &self.body, provenance)?;
        Ok(self.body)
    }

    /// The body came out of the store.
    pub(crate) fn already_stored(self, version: Version) -> Live {
        Live {
            version,
            body: self.body,
            dylib: self.dylib,
            recordings: self.recordings,
            runner: self.runner,
        }
    }
}

impl Live {
    /// Calls the body. This is the one place where a live version is called.
    pub(crate) fn call(&self, arguments: &[u8], cancel: &Cancel) -> Result<Answer, NoAnswer> {
        self.runner
            .call(arguments, cancel)
            .map_err(|why| backtrace::no_answer_in_the_bodys_terms(&self.dylib, why))
    }

    /// The body's functions on the stack of a failure, innermost first. Takes milliseconds.
    pub(crate) fn backtrace(&self, frames: &Frames) -> Vec<Frame> {
        backtrace::resolve(&self.dylib, frames)
    }
}
