//! The host's end of the connection to a worker: frames, and no waiting beyond a deadline.

#[cfg(any(not(unix), test))]
#[cfg_attr(unix, expect(dead_code, reason = "it is compiled here to be tested"))]
mod pipes;
#[cfg(unix)]
mod socket;

#[cfg(not(unix))]
pub(super) use pipes::Channel;
#[cfg(unix)]
pub(super) use socket::Channel;

use anvil_worker::frame::FrameError;

/// Why nothing was received.
#[derive(Debug)]
pub(super) enum ReceiveError {
    /// The deadline has passed.
    Late,
    /// The worker is gone, or speaks otherwise.
    Frame(FrameError),
}
