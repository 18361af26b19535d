//! What `#[anvil::tool]` leaves in the program: one static per declaration.

use crate::returns::ToolReturn;
use crate::spec::{Returns, ToolSpec};
use anvil_core::codec::{self, CodecError};
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A declared tool. `slugify::tool()` returns it, [`Builder::tools`](crate::Builder::tools) takes it.
pub struct Declaration {
    place: Place,
    describe: fn() -> ToolSpec,
    returns: fn() -> Returns,
    decodes: fn(&[u8]) -> Result<(), CodecError>,
    heal: bool,
    max_heal_attempts: Option<u32>,
    spec: OnceLock<ToolSpec>,
    index: OnceLock<usize>,
}

/// Where in the user's source a tool is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line of the attribute, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Declaration {
    /// Written by the macro: a tool that returns `R`; `describe` says the rest of its spec.
    #[doc(hidden)]
    #[must_use]
    pub const fn new<R: ToolReturn>(place: Place, describe: fn() -> ToolSpec) -> Self {
        Self {
            place,
            describe,
            returns: R::declared,
            decodes: |answer| codec::decode::<R::Answer>(answer).map(drop),
            heal: true,
            max_heal_attempts: None,
            spec: OnceLock::new(),
            index: OnceLock::new(),
        }
    }

    /// Written by the macro for `heal = …`.
    #[doc(hidden)]
    #[must_use]
    pub const fn heal(mut self, heal: bool) -> Self {
        self.heal = heal;
        self
    }

    /// Written by the macro for `max_heal_attempts = …`.
    #[doc(hidden)]
    #[must_use]
    pub const fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.max_heal_attempts = Some(attempts);
        self
    }

    /// What was declared, as data.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        self.spec.get_or_init(|| ToolSpec {
            returns: (self.returns)(),
            ..(self.describe)()
        })
    }

    /// Where it was declared.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether `answer` is one of the declared type.
    pub(crate) fn decodes(&self, answer: &[u8]) -> Result<(), CodecError> {
        (self.decodes)(answer)
    }

    pub(crate) fn may_heal(&self) -> bool {
        self.heal
    }

    pub(crate) fn own_max_heal_attempts(&self) -> Option<u32> {
        self.max_heal_attempts
    }

    /// A number of this declaration's own, small and the same for all of the process: each `Anvil` finds
    /// the tool's slot under it without looking at names.
    pub(crate) fn index(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        *self
            .index
            .get_or_init(|| NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("name", &self.spec().name)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
