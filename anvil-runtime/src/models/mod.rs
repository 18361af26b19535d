//! Models to ask, and ways to put several together.

mod escalation;
mod fallback;

pub use escalation::Escalation;
pub use fallback::Fallback;
