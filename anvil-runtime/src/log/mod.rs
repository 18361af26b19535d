//! The event log of one `Anvil`: what happened, in memory, as it happens, and on disk.
//!
//! ```text
//! anvil.log        one event a line, as JSON; each line is appended whole, by whichever process
//! anvil.log.1      the file before it, and so on: the higher the number, the older
//! anvil.log.lock   held by whoever moves these files on, in whichever process
//! ```

mod logger;

mod filter;
mod ring;
mod stats;
mod subscription;

mod file;
mod load;
mod rotation;

pub use filter::EventFilter;
pub use load::LoadedLog;
pub(crate) use logger::LogSettings;
pub use logger::Logger;
pub use stats::{DurationStats, ToolStats};
pub use subscription::Subscription;
