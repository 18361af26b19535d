//! The life of a worker.

use crate::command::{NOT_SHUT, NOT_STARTED, Refusal, Serve};
use crate::frame::{self, Frame, FrameError, Kind, PROTOCOL};
use crate::guest::{Guest, Host};
use crate::sandbox;
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufReader};
use std::ops::Deref;
use std::process::ExitCode;

/// Serves until the host is gone.
pub(crate) fn run(serve: &Serve) -> ExitCode {
    sandbox::begin(serve.memory);
    let host = match Connection::open() {
        Ok(host) => host,
        Err(error) => {
            eprintln!("anvil-worker: it cannot talk to its host: {error}");
            return ExitCode::from(NOT_STARTED);
        }
    };
    let guest = match load(serve, &host) {
        Ok(guest) => guest,
        Err(NotLoaded::Refused(refusal)) => {
            let words = codec::encode(&refusal).unwrap_or_default();
            let _ = host.say(Kind::Refused, 0, &words);
            return ExitCode::from(NOT_SHUT);
        }
        // Told as a death: what is said over the connection from here on may be the words of the dylib.
        Err(NotLoaded::Broken(words)) => {
            eprintln!("anvil-worker: {words}");
            return ExitCode::from(NOT_STARTED);
        }
    };
    let protocol = codec::encode(&PROTOCOL).unwrap_or_default();
    let served = host
        .say(Kind::Ready, 0, &protocol)
        .and_then(|()| answer_calls(&host, |arguments, host| guest.call(arguments, host)));
    match served {
        Ok(()) | Err(FrameError::End | FrameError::Unread) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("anvil-worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why there is nothing to serve.
enum NotLoaded {
    /// The host is told.
    Refused(Refusal),
    /// Something went wrong that does not happen.
    Broken(String),
}

/// Shuts the doors and loads the dylib on the way.
fn load(serve: &Serve, host: &Connection) -> Result<Guest, NotLoaded> {
    if serve.sandboxed {
        load_what_dylibs_need();
        sandbox::shut_before_loading().map_err(|missing| {
            let words = missing.to_string();
            NotLoaded::Refused(Refusal::NoSandbox(words))
        })?;
        host.say(Kind::Shut, 0, &[])
            .map_err(|error| NotLoaded::Broken(error.to_string()))?;
    }
    let guest = open(serve).map_err(NotLoaded::Refused)?;
    print_to_the_log().map_err(|error| NotLoaded::Broken(error.to_string()))?;
    if serve.sandboxed {
        sandbox::shut_after_loading().map_err(|missing| NotLoaded::Broken(missing.to_string()))?;
    }
    Ok(guest)
}

/// What a body prints goes to the standard error, which is the log. Until now, the dylib may have come in there.
#[cfg(unix)]
fn print_to_the_log() -> io::Result<()> {
    rustix::stdio::dup2_stdout(io::stderr()).map_err(io::Error::from)
}

/// Elsewhere the standard output leads to the host.
#[cfg(not(unix))]
fn print_to_the_log() -> io::Result<()> {
    Ok(())
}

#[expect(unsafe_code, reason = "loading runs the dylib's initialisers")]
fn open(serve: &Serve) -> Result<Guest, Refusal> {
    // SAFETY: the host names a dylib that it had cargo build and whose content it has checked. Should that lie, it
    // is this process that suffers, which is what it is for.
    let guest = unsafe { Guest::open(&serve.dylib) };
    guest.map_err(Refusal::Load)
}

/// Once all files are out of reach, the system's libraries that a dylib may need are, too.
fn load_what_dylibs_need() {
    #[cfg(target_os = "linux")]
    for name in ["libm.so.6", "libgcc_s.so.1", "libc.so.6"] {
        #[expect(unsafe_code, reason = "loading runs a library's initialisers")]
        // SAFETY: these are the system's own.
        let library = unsafe { libloading::Library::new(name) };
        std::mem::forget(library);
    }
}

/// Answers one call after another.
fn answer_calls<A: Deref<Target = [u8]>>(
    connection: &Connection,
    call: impl Fn(&[u8], &dyn Host) -> Result<A, Failure>,
) -> Result<(), FrameError> {
    loop {
        let Frame { kind, id, bytes } = connection.hear()?;
        if kind != Kind::Call {
            return Err(FrameError::Breach(format!(
                "it expected a call, not a {kind:?}"
            )));
        }
        let outcome = call(&bytes, connection);
        // Between calls there is nothing of the last one's left to hold.
        drop(bytes);
        match outcome {
            Ok(answer) if answer.len() > frame::LONGEST => {
                let words = format!(
                    "it is {} bytes long, and at most {} may cross",
                    answer.len(),
                    frame::LONGEST
                );
                let failure = Failure::outside(Cause::Answer, words);
                connection.fail(id, failure)?;
            }
            Ok(answer) => connection.say(Kind::Answer, id, &answer)?,
            Err(failure) => connection.fail(id, failure)?,
        }
    }
}

/// Of a failure's words, so many bytes are told.
const LONGEST_WORDS: usize = 128 << 10;
const MOST_THREADS_TOLD: usize = 16;

fn shorten(text: &mut String, longest: usize) {
    text.truncate(text.floor_char_boundary(longest));
}

/// The two directions to the host.
struct Connection {
    from: RefCell<BufReader<File>>,
    to: File,
    asked: Cell<u64>,
}

impl Connection {
    fn open() -> io::Result<Self> {
        let (from, to) = streams()?;
        Ok(Self {
            from: RefCell::new(BufReader::new(from)),
            to,
            asked: Cell::new(0),
        })
    }

    fn say(&self, kind: Kind, id: u64, bytes: &[u8]) -> Result<(), FrameError> {
        frame::write(&mut &self.to, kind, id, bytes)
    }

    /// A failure tells what it is with its first words; more of them than a host reads would be a breach.
    fn fail(&self, id: u64, mut failure: Failure) -> Result<(), FrameError> {
        shorten(&mut failure.message, LONGEST_WORDS);
        let others = &mut failure.other_threads;
        others.truncate(MOST_THREADS_TOLD);
        others
            .iter_mut()
            .for_each(|words| shorten(words, LONGEST_WORDS / MOST_THREADS_TOLD));
        let bytes = codec::encode(&failure).unwrap_or_default();
        self.say(Kind::Failure, id, &bytes)
    }

    fn hear(&self) -> Result<Frame, FrameError> {
        frame::read(&mut *self.from.borrow_mut())
    }
}

impl Host for Connection {
    fn ask(&self, request: &[u8]) -> Vec<u8> {
        let id = self.asked.get() + 1;
        self.asked.set(id);
        let reply = self.say(Kind::Ask, id, request).and_then(|()| self.hear());
        match reply {
            Ok(Frame {
                kind: Kind::Reply,
                id: replied,
                bytes,
            }) if replied == id => bytes,
            // The host is gone, or is none: nothing that this body does matters any more.
            _ => std::process::exit(1),
        }
    }
}

/// The socket to the host, once for each direction.
#[cfg(unix)]
fn streams() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    Ok((File::from(socket.try_clone()?), File::from(socket)))
}

/// The pipes to and from the host.
#[cfg(windows)]
fn streams() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    let from = io::stdin().as_handle().try_clone_to_owned()?;
    let to = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((File::from(from), File::from(to)))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::thread;

    #[test]
    fn a_body_asks_its_host_in_the_middle_of_a_call() {
        let (mut host, theirs) = UnixStream::pair().unwrap();
        let worker = thread::spawn(move || {
            let file = |stream: UnixStream| File::from(OwnedFd::from(stream));
            let connection = Connection {
                from: RefCell::new(BufReader::new(file(theirs.try_clone().unwrap()))),
                to: file(theirs),
                asked: Cell::new(0),
            };
            answer_calls(&connection, |arguments, host| match arguments {
                b"fail" => Err(Failure::outside(Cause::Panic, "ow")),
                name => Ok([host.ask(name), host.ask(b"and more")].concat()),
            })
        });
        let mut asked = 0;
        for call in 1..=2 {
            frame::write(&mut host, Kind::Call, call, b"a name").unwrap();
            for request in [&b"a name"[..], b"and more"] {
                asked += 1;
                let ask = frame::read(&mut host).unwrap();
                assert_eq!((ask.kind, ask.id, &*ask.bytes), (Kind::Ask, asked, request));
                frame::write(&mut host, Kind::Reply, asked, b"here. ").unwrap();
            }
            let answer = frame::read(&mut host).unwrap();
            assert_eq!((answer.kind, answer.id), (Kind::Answer, call));
            assert_eq!(answer.bytes, b"here. here. ");
        }
        frame::write(&mut host, Kind::Call, 3, b"fail").unwrap();
        let failed = frame::read(&mut host).unwrap();
        assert_eq!((failed.kind, failed.id), (Kind::Failure, 3));
        drop(host);
        assert!(matches!(worker.join().unwrap(), Err(FrameError::End)));
    }
}
