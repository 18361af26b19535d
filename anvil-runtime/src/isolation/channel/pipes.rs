//! Two pipes, where there are no sockets to hand to a child: a thread reads the one, so that its reader can stop
//! waiting.

use super::ReceiveError;
use anvil_worker::frame::{self, Frame, FrameError, Kind};
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

/// The host's end.
pub(crate) struct Channel {
    to: Box<dyn Write + Send>,
    from: Receiver<Result<Frame, FrameError>>,
}

impl Channel {
    /// The connection to a worker with these standard streams.
    pub(crate) fn new(
        to: impl Write + Send + 'static,
        from: impl Read + Send + 'static,
    ) -> io::Result<Self> {
        // One frame at a time: who sends more than it was asked for waits.
        let (frames, received) = sync_channel(1);
        let reader = thread::Builder::new().name("anvil-worker-reader".to_owned());
        reader.spawn(move || {
            let mut from = BufReader::new(from);
            loop {
                let frame = frame::read(&mut from);
                let last = frame.is_err();
                if frames.send(frame).is_err() || last {
                    return;
                }
            }
        })?;
        Ok(Self {
            to: Box::new(to),
            from: received,
        })
    }

    /// Sends a frame. A worker reads its call before it runs the body, and each reply before the body goes on: only one
    /// that floods its host with requests, which is malice, keeps this waiting beyond the deadline.
    pub(crate) fn send(
        &mut self,
        kind: Kind,
        id: u64,
        bytes: &[u8],
        _deadline: Instant,
    ) -> Result<(), ReceiveError> {
        frame::write(&mut self.to, kind, id, bytes).map_err(ReceiveError::Frame)
    }

    /// Waits for a frame until the deadline.
    pub(crate) fn receive(&mut self, deadline: Instant) -> Result<Frame, ReceiveError> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.from.recv_timeout(left) {
            Ok(frame) => frame.map_err(ReceiveError::Frame),
            Err(RecvTimeoutError::Timeout) => Err(ReceiveError::Late),
            Err(RecvTimeoutError::Disconnected) => Err(ReceiveError::Frame(FrameError::End)),
        }
    }

    /// Whether the worker has said something that nobody asked for: it is noticed by its id, as the next frame.
    pub(crate) fn has_more(&self) -> bool {
        false
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn frames_go_both_ways_and_nothing_waits_beyond_the_deadline() {
        let (mut to_host, from_worker) = {
            let (reader, writer) = io::pipe().unwrap();
            (writer, reader)
        };
        let (mut from_host, to_worker) = io::pipe().unwrap();
        let mut channel = Channel::new(to_worker, from_worker).unwrap();
        let soon = || Instant::now() + Duration::from_millis(50);

        channel.send(Kind::Call, 1, b"arguments", soon()).unwrap();
        assert_eq!(frame::read(&mut from_host).unwrap().bytes, b"arguments");
        assert!(matches!(channel.receive(soon()), Err(ReceiveError::Late)));

        frame::write(&mut to_host, Kind::Answer, 1, b"answer").unwrap();
        let later = Instant::now() + Duration::from_secs(5);
        assert_eq!(channel.receive(later).unwrap().bytes, b"answer");

        drop(to_host);
        let gone = channel.receive(later);
        assert!(matches!(gone, Err(ReceiveError::Frame(FrameError::End))));
    }
}
