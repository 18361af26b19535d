//! A socket, one end of which is the worker's standard input.

use super::ReceiveError;
use anvil_worker::frame::{self, Frame, FrameError, Kind};
use std::io::{self, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The host's end.
#[derive(Debug)]
pub(crate) struct Channel {
    socket: BufReader<Timed>,
}

/// A socket that is read and written until a deadline, however slowly the other side goes on. Its own limit is changed only when it has to be: that is a system call.
#[derive(Debug)]
struct Timed {
    socket: UnixStream,
    limit: Duration,
    deadline: Instant,
}

impl Channel {
    /// A connection, and the worker's end of it.
    pub(crate) fn new() -> io::Result<(Self, Stdio)> {
        let (channel, theirs) = Self::with_peer()?;
        Ok((channel, OwnedFd::from(theirs).into()))
    }

    /// A connection, and its other end.
    pub(crate) fn with_peer() -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let socket = BufReader::new(Timed {
            socket: ours,
            limit: Duration::MAX,
            deadline: Instant::now(),
        });
        Ok((Self { socket }, theirs))
    }

    /// Sends a frame, by the deadline.
    pub(crate) fn send(
        &mut self,
        kind: Kind,
        id: u64,
        bytes: &[u8],
        deadline: Instant,
    ) -> Result<(), ReceiveError> {
        let timed = self.socket.get_mut();
        timed.deadline = deadline;
        frame::write(timed, kind, id, bytes).map_err(late_or)
    }

    /// Waits for a frame until the deadline.
    pub(crate) fn receive(&mut self, deadline: Instant) -> Result<Frame, ReceiveError> {
        self.socket.get_mut().deadline = deadline;
        frame::read(&mut self.socket).map_err(late_or)
    }

    /// Whether the worker has said something that nobody asked for.
    pub(crate) fn has_more(&self) -> bool {
        !self.socket.buffer().is_empty()
    }
}

fn late_or(error: FrameError) -> ReceiveError {
    match error {
        FrameError::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ) =>
        {
            ReceiveError::Late
        }
        error => ReceiveError::Frame(error),
    }
}

impl Timed {
    /// Sees to it that no wait ends long after the deadline.
    fn set_limit(&mut self) -> io::Result<()> {
        /// A limit of no time at all means none.
        const SHORTEST: Duration = Duration::from_millis(1);
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let near_enough = left..=left + left / 16 + Duration::from_millis(5);
        if !near_enough.contains(&self.limit) {
            // A little more than is left, so that the next call with the same timeout needs no change.
            let limit = (left + left / 32).max(SHORTEST);
            self.socket.set_read_timeout(Some(limit))?;
            self.socket.set_write_timeout(Some(limit))?;
            self.limit = limit;
        }
        Ok(())
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_limit()?;
        (&self.socket).read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.set_limit()?;
        (&self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
