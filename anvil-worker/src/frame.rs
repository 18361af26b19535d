//! The protocol between a host and a worker: frames, one after another, both ways.
//!
//! ```text
//! length of the bytes: u32 · kind: u8 · id: u64 · bytes      (little endian)
//! ```
//!
//! The worker speaks first: [`Shut`](Kind::Shut) where it is to shut the doors, then [`Ready`](Kind::Ready); or
//! [`Refused`](Kind::Refused) and the end. Between the two it loads the dylib, so that whatever it says later may be
//! the dylib's words, and only before is it believed that there is no sandbox. Then the host sends a
//! [`Call`](Kind::Call) and the worker, one call at a time, an [`Answer`](Kind::Answer) or a
//! [`Failure`](Kind::Failure) under the same id. While a call runs, the worker may [`Ask`](Kind::Ask) the host for
//! something, any number of times, and gets a [`Reply`](Kind::Reply) under the id of its request.
//!
//! Neither side trusts the other's lengths: what is longer than [`LONGEST`] is a breach, and room is made only for
//! what has arrived. Whoever meets a breach ends the worker: there is nothing to be saved in one that speaks otherwise.

use std::io::{self, Read, Write};

/// The version of the protocol. Host and worker are built from the same sources; it tells a defect early.
pub const PROTOCOL: u32 = 1;

/// The most bytes that a frame may carry: 64 MiB.
pub const LONGEST: usize = 64 << 20;

/// The most bytes that room is made for before they have come.
const IN_ONE_GO: usize = 64 << 10;

/// The bytes of a frame's head.
const HEAD: usize = 13;
/// Up to so many bytes are copied to follow their head in the same system call.
const COPIED: usize = 32 << 10;

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// The worker serves. The bytes are its [`PROTOCOL`], encoded.
    Ready = 1,
    /// The worker cannot serve and ends. The bytes are a [`Refusal`](crate::command::Refusal), encoded.
    Refused = 2,
    /// The host calls the body. The bytes are the arguments.
    Call = 3,
    /// The body answered. The bytes are the answer.
    Answer = 4,
    /// The body gave no answer. The bytes are a [`Failure`](anvil_core::failure::Failure), encoded.
    Failure = 5,
    /// The running body asks the host for something.
    Ask = 6,
    /// What the host says to an [`Ask`](Self::Ask).
    Reply = 7,
    /// The doors are shut, and nothing of the dylib has run yet.
    Shut = 8,
}

impl Kind {
    fn read(byte: u8) -> Option<Self> {
        const ALL: [Kind; 8] = [
            Kind::Ready,
            Kind::Refused,
            Kind::Call,
            Kind::Answer,
            Kind::Failure,
            Kind::Ask,
            Kind::Reply,
            Kind::Shut,
        ];
        ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it says.
    pub kind: Kind,
    /// Which call or request it is about.
    pub id: u64,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why there is no next frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The other side is gone.
    #[error("the other side is gone")]
    End,
    /// The other side is gone, and it had not read all that it was sent.
    #[error("the other side is gone and has not read what it was sent")]
    Unread,
    /// What came is not a frame.
    #[error("{0}")]
    Breach(String),
    /// It could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes a frame: in one go, unless copying it would take longer than going twice.
///
/// # Errors
/// [`FrameError::Breach`] when `bytes` are longer than [`LONGEST`], [`FrameError::End`] when nobody reads, and
/// whatever `to` says.
pub fn write(to: &mut impl Write, kind: Kind, id: u64, bytes: &[u8]) -> Result<(), FrameError> {
    if bytes.len() > LONGEST {
        return Err(too_long(bytes.len() as u64));
    }
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let (with_head, apart) = match bytes.len() <= COPIED {
        true => (bytes, &[][..]),
        false => (&[][..], bytes),
    };
    let mut frame = Vec::with_capacity(HEAD + with_head.len());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.push(kind as u8);
    frame.extend_from_slice(&id.to_le_bytes());
    frame.extend_from_slice(with_head);
    // Not as a list of slices: only a plain write to a socket raises no signal where nobody reads any more.
    let written = to.write_all(&frame).and_then(|()| to.write_all(apart));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => FrameError::End,
        _ => FrameError::Io(error),
    })
}

/// Reads the next frame. `from` should be buffered.
///
/// # Errors
/// [`FrameError::End`] and [`FrameError::Unread`] when the other side is gone, [`FrameError::Breach`] when it sent
/// something else than frames, or half a one, and whatever `from` says.
pub fn read(from: &mut impl Read) -> Result<Frame, FrameError> {
    let mut head = [0; HEAD];
    let read = match read_up_to(from, &mut head) {
        Err(error) if is_reset(&error) => return Err(FrameError::Unread),
        read => read?,
    };
    if read < HEAD {
        return Err(match read {
            0 => FrameError::End,
            _ => FrameError::Breach("it ended in the middle of a frame".to_owned()),
        });
    }
    let [l0, l1, l2, l3, kind, id @ ..] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if length as usize > LONGEST {
        return Err(too_long(length.into()));
    }
    let Some(kind) = Kind::read(kind) else {
        let words = format!("it sent a frame of a kind that there is not ({kind})");
        return Err(FrameError::Breach(words));
    };
    // Not with the room that was announced: with no more than has come already, or than comes in one go.
    let length = length as usize;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let filled = bytes.len();
        let room = (length - filled).min(filled.max(IN_ONE_GO));
        bytes.resize(filled + room, 0);
        match read_up_to(from, &mut bytes[filled..]) {
            Ok(read) if read == room => {}
            Err(error) if !is_reset(&error) => return Err(error.into()),
            _ => {
                let words = "it ended in the middle of a frame".to_owned();
                return Err(FrameError::Breach(words));
            }
        }
    }
    let id = u64::from_le_bytes(id);
    Ok(Frame { kind, id, bytes })
}

fn too_long(length: u64) -> FrameError {
    FrameError::Breach(format!(
        "a frame of {length} bytes is longer than the {LONGEST} that may cross"
    ))
}

/// Reads until `buffer` is full or there is no more.
fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Before the first byte, that it was reset says more than that it is over.
            Err(error) if is_reset(&error) && filled > 0 => break,
            other => match other? {
                0 => break,
                read => filled += read,
            },
        }
    }
    Ok(filled)
}

/// A side that was killed may reset the connection instead of closing it.
fn is_reset(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionReset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, id: u64, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, kind, id, bytes).unwrap();
        out
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut stream = written(Kind::Call, 7, b"arguments");
        stream.extend(written(Kind::Reply, u64::MAX, b""));
        let mut stream = stream.as_slice();
        let first = read(&mut stream).unwrap();
        assert_eq!(
            (first.kind, first.id, &*first.bytes),
            (Kind::Call, 7, &b"arguments"[..])
        );
        let second = read(&mut stream).unwrap();
        assert_eq!(
            (second.kind, second.id, second.bytes.len()),
            (Kind::Reply, u64::MAX, 0)
        );
        assert!(matches!(read(&mut stream), Err(FrameError::End)));
    }

    #[test]
    fn whatever_is_no_frame_is_a_breach() {
        let whole = written(Kind::Answer, 1, b"answer");
        let mut unknown = whole.clone();
        unknown[4] = 99;
        let mut endless = whole.clone();
        endless[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        for (bytes, words) in [
            (&whole[..5], "middle"),
            (&whole[..whole.len() - 1], "middle"),
            (&unknown, "a kind that there is not (99)"),
            (&endless, "longer than the 67108864"),
        ] {
            match read(&mut &*bytes) {
                Err(FrameError::Breach(said)) => assert!(said.contains(words), "{said}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn no_room_is_made_for_bytes_that_do_not_come() {
        let mut announced = written(Kind::Answer, 1, b"");
        announced[..4].copy_from_slice(&u32::try_from(LONGEST).unwrap().to_le_bytes());
        assert!(matches!(
            read(&mut announced.as_slice()),
            Err(FrameError::Breach(_))
        ));
    }

    #[test]
    fn more_than_may_cross_is_not_sent() {
        let mut out = Vec::new();
        let bytes = vec![0; LONGEST + 1];
        assert!(write(&mut out, Kind::Call, 1, &bytes).is_err());
        assert!(out.is_empty());
    }
}
