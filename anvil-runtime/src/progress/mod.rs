//! What is being done, for as long as it takes: nothing within the first second, then an [`Event`](crate::Event) now and
//! then, and where a person sits at a terminal a line there, until it is done.
//!
//! ```text
//! Doing       from the beginning of some work to its end
//!   screen      the line at the terminal
//! ```

mod doing;
mod screen;

pub(crate) use doing::{doing, doing_for_all};
pub(crate) use screen::cover;
