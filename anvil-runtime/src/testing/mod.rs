//! What users need to test their tools: `cargo test` with no key and no network.
//!
//! ```no_run
//! use anvil::testing::{MockModel, TestAnvil};
//!
//! #[anvil::tool(intent = "Double x")]
//! fn double(x: u64) -> anvil::Result<u64>;
//!
//! // in a #[test]
//! let model = MockModel::new()
//!     .reply("double", "pub fn double(x: u64) -> Result<u64, ToolError> { Ok(x * 2) }");
//! let anvil = TestAnvil::new(model.clone());
//! assert_eq!(double(21).unwrap(), 42);
//! assert_eq!(model.requests_for("double").len(), 1);
//! assert_eq!(anvil.tool_info("double").unwrap().version.to_string(), "1.0");
//! ```
//!
//! | you want to know | you use |
//! |---|---|
//! | whether your program does right, whatever a model answers: a first body, a heal, a model that is down | [`MockModel`], which is told what to answer |
//! | whether your declaration says enough for a model to write the tool | [`Cassette`], which records a real model once |
//! | whether a tool makes of a service's answers what it should | [`HttpReplay`], which records the service once |
//!
//! The first two are models, and given to a [`TestAnvil`]; the third is given to its builder, beside either. The folder
//! `examples/recipes` of Anvil's repository is a whole project with tests of both kinds.

mod mock_model;
mod test_anvil;

pub use crate::cassette::Cassette;
pub use crate::replay::HttpReplay;
pub use mock_model::MockModel;
pub use test_anvil::TestAnvil;
