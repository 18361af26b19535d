//! Which types cross to a body, and how they are written there.
//!
//! What a type is follows from these traits, never from how a signature spells it: the macros only name
//! the types, so aliases and re-exports work. Types of the user's own are written into a [`Types`], from where they
//! become a module of the body's glue.

mod argument;
mod tool_type;

mod definitions;
mod traits;

pub use argument::ToolArgument;
pub use definitions::{Argument, Part, Types, UserType};
pub use tool_type::ToolType;
pub use traits::Written;

pub(crate) use tool_type::each;
