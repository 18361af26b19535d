//! Requires: a proven body, and that it is in the store. Produces: a version that answers callers.

use crate::backtrace::{self, Frame};
use crate::cargo::Dylib;
use crate::isolation::{Answer, Isolation, NoAnswer, Runner};
use crate::native::Native;
use crate::pipeline::Proven;
use crate::recordings::Recordings;
use crate::session::Session;
use crate::spec::ToolSpec;
use crate::store::{Lock, Provenance, Store, StoreError};
use crate::version::Version;
use anvil_core::failure::Frames;

/// A version in service.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) version: Version,
    pub(crate) body: String,
    /// What it was built into; nothing where it stands in the declaration.
    pub(crate) dylib: Option<Dylib>,
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
        let Self { body, unproven, .. } = &self;
        store.put_pending(lock, spec, replaces, body, unproven.as_deref(), provenance)?;
        Ok(self.body)
    }

    /// The body came out of the store.
    pub(crate) fn already_stored(self, version: Version) -> Live {
        Live {
            version,
            body: self.body,
            dylib: Some(self.dylib),
            recordings: self.recordings,
            runner: self.runner,
        }
    }
}

impl Live {
    /// The body in the declaration, which is a part of this program.
    pub(crate) fn declared(
        version: Version,
        native: Native,
        body: String,
        recordings: Recordings,
    ) -> Self {
        Self {
            version,
            body,
            dylib: None,
            recordings,
            runner: Runner::Declared(native),
        }
    }

    /// Calls the body. This is the one place where a live version is called.
    pub(crate) fn call(&self, session: &Session) -> Result<Answer, NoAnswer> {
        let outcome = self
            .runner
            .call(session.arguments(), session, session.cancel());
        let outcome = outcome.map_err(|why| match &self.dylib {
            Some(dylib) => backtrace::no_answer_in_the_bodys_terms(dylib, why),
            None => why,
        });
        session.settle(outcome)
    }

    /// Whether it is the body in the declaration: code of the user's, in this program.
    pub(crate) fn is_declared(&self) -> bool {
        self.dylib.is_none()
    }

    /// Where it runs, if that is not where the tool's bodies do.
    pub(crate) fn place(&self) -> Option<Isolation> {
        self.is_declared().then_some(Isolation::InProcess)
    }

    /// The body's functions on the stack of a failure, innermost first. Takes milliseconds.
    pub(crate) fn backtrace(&self, frames: &Frames) -> Vec<Frame> {
        let dylib = self.dylib.as_ref();
        dylib.map_or_else(Vec::new, |dylib| backtrace::resolve(dylib, frames))
    }
}
