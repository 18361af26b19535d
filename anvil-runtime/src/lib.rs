//! Declare what a tool does; a language model writes it, and Anvil builds, loads and heals it while your
//! process runs.
//!
//! ```no_run
//! #[anvil::tool(intent = "ASCII, lower case, words joined by '-', at most `max_len` characters")]
//! pub fn slugify(title: &str, max_len: usize) -> anvil::Result<String>;
//!
//! # fn main() -> anvil::Result<()> {
//! # let model = anvil::testing::MockModel::new();
//! anvil::Anvil::builder().model(model).build()?.install();
//! println!("{}", slugify("Hello, World!", 80)?); // first call: written, built, loaded; then just called
//! # Ok(())
//! # }
//! ```
//!
//! # The way of one call
//!
//! The modules, in the order in which a call passes through them:
//!
//! 1. The macro leaves a [`Declaration`] in the program: a [`ToolSpec`] made through [`types`] and
//!    [`returns`], and an index.
//! 2. `call` asks `current` for the [`Anvil`] that the call belongs to, and its `slots` for the tool's
//!    slot, which holds the live version behind one atomic load. Calling that is all that most calls do.
//! 3. Where there is no live version, the `healer` prepares one: from the `store`, else from the
//!    [`model`](LanguageModel), through the `pipeline` of typed states, which builds with `cargo` and loads
//!    with `loader`.
//! 4. Where the live version fails, the `healer` has a better one made. Until it is proven, the old one
//!    serves.
//!
//! Everything that happens becomes an [`Event`] in the [`Logger`]. All `unsafe` on this side is in
//! `loader`; all processes are started in `cargo`.

extern crate self as anvil;

mod spec;
mod version;

mod returns;
mod types;

mod declaration;

mod builder;
mod current;
mod handle;

mod engine;
mod slot;
mod slots;

mod call;

mod healer;

mod pipeline;

mod backtrace;
mod cargo;
mod loader;
mod model;
mod store;

mod error;
mod event;
mod logger;

mod background;
mod files;

pub mod testing;

pub use crate::backtrace::Frame;
pub use crate::builder::Builder;
pub use crate::call::ToolResult;
pub use crate::current::Entered;
pub use crate::declaration::{Declaration, Place};
pub use crate::error::{Error, ErrorKind, HealAttempt, Result};
pub use crate::event::{Event, EventKind};
pub use crate::handle::{Anvil, ToolInfo};
pub use crate::logger::{EventFilter, Logger};
pub use crate::model::{BoxFuture, LanguageModel, ModelError, ModelReply, ModelRequest};
pub use crate::returns::ToolReturn;
pub use crate::spec::{Parameter, ReturnKind, Returns, ToolSpec};
pub use crate::types::{ToolArgument, ToolType};
pub use crate::version::{ParseVersionError, Version};
pub use anvil_macros::tool;

/// What the macro writes calls to. Not for anyone else; it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::call::{Arguments, call, call_async, run_safe, run_safe_async};
    pub use anvil_core::codec::encode;

    use crate::spec::ToolSpec;

    #[must_use]
    pub fn describe(name: &str, function: &str, intent: &str, docs: &str) -> ToolSpec {
        ToolSpec::new(name, function, intent, docs)
    }
}
