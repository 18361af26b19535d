//! What host and worker say to each other. What the worker says is believed only as far as it was asked for.

use super::capabilities::Capabilities;
use super::channel::{Channel, ReceiveError};
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use anvil_worker::command::Refusal;
use anvil_worker::frame::{Frame, FrameError, Kind, PROTOCOL};
use std::time::Instant;

/// The host's side of it.
#[derive(Debug)]
pub(super) struct Conversation {
    channel: Channel,
    calls: u64,
}

/// Why nothing came of a call. Either way the worker is of no more use.
#[derive(Debug)]
pub(super) enum CallError {
    /// It was gone before it had read all of the call: the body has not begun.
    NotBegun,
    /// It is gone, too late, or speaks otherwise.
    Receive(ReceiveError),
}

impl Conversation {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, calls: 0 }
    }

    /// The first things that a worker says.
    pub(super) fn hear_whether_it_serves(
        &mut self,
        sandboxed: bool,
        deadline: Instant,
    ) -> Result<Result<(), Refusal>, ReceiveError> {
        if sandboxed {
            let Frame { kind, bytes, .. } = self.channel.receive(deadline)?;
            match kind {
                Kind::Shut => {}
                Kind::Refused => return refusal(&bytes).map(Err),
                kind => return Err(breach(format!("it began with {kind:?}"))),
            }
        }
        // From here on, what it says may be the words of the dylib's initialisers.
        let Frame { kind, bytes, .. } = self.channel.receive(deadline)?;
        match kind {
            Kind::Ready => match codec::decode::<u32>(&bytes) {
                Ok(PROTOCOL) => Ok(Ok(())),
                Ok(other) => Err(breach(format!(
                    "it speaks version {other} of the protocol, not {PROTOCOL}"
                ))),
                Err(error) => Err(breach(format!("its greeting cannot be read: {error}"))),
            },
            Kind::Refused => match refusal(&bytes)? {
                Refusal::NoSandbox(_) => Err(breach(
                    "it claims that it has no doors to shut, which it has shut".to_owned(),
                )),
                refusal => Ok(Err(refusal)),
            },
            kind => Err(breach(format!("it began with {kind:?}"))),
        }
    }

    /// One call: its answer, or the body's failure.
    pub(super) fn call(
        &mut self,
        arguments: &[u8],
        capabilities: &dyn Capabilities,
        deadline: Instant,
    ) -> Result<Result<Vec<u8>, Failure>, CallError> {
        self.calls += 1;
        let id = self.calls;
        match self.channel.send(Kind::Call, id, arguments, deadline) {
            Ok(()) => {}
            Err(ReceiveError::Frame(FrameError::End)) => return Err(CallError::NotBegun),
            Err(error) => return Err(error.into()),
        }
        let outcome = self.hear_out(id, capabilities, deadline)?;
        if self.channel.has_more() {
            let error = breach("it went on after its answer".to_owned());
            return Err(CallError::Receive(error));
        }
        Ok(outcome)
    }

    /// Answers what the body asks for until it has its own answer.
    fn hear_out(
        &mut self,
        id: u64,
        capabilities: &dyn Capabilities,
        deadline: Instant,
    ) -> Result<Result<Vec<u8>, Failure>, CallError> {
        let mut asked = None;
        loop {
            let frame = match self.channel.receive(deadline) {
                Err(ReceiveError::Frame(FrameError::Unread)) if asked.is_none() => {
                    return Err(CallError::NotBegun);
                }
                frame => frame?,
            };
            match frame.kind {
                Kind::Answer if frame.id == id => return Ok(Ok(frame.bytes)),
                Kind::Failure if frame.id == id => return Ok(Err(failure(&frame.bytes)?)),
                // Its own ids, each of them once.
                Kind::Ask if asked.is_none_or(|asked| frame.id > asked) => {
                    asked = Some(frame.id);
                    let reply = capabilities.reply(&frame.bytes, Some(deadline));
                    self.channel.send(Kind::Reply, frame.id, &reply, deadline)?;
                }
                kind => {
                    let id = frame.id;
                    let words = format!("it sent {kind:?} {id}, which nobody asked for");
                    return Err(breach(words).into());
                }
            }
        }
    }
}

impl From<ReceiveError> for CallError {
    fn from(error: ReceiveError) -> Self {
        Self::Receive(error)
    }
}

/// More of a worker's words than this are not read.
const LONGEST_WORDS: usize = 1 << 20;

fn refusal(bytes: &[u8]) -> Result<Refusal, ReceiveError> {
    if bytes.len() > LONGEST_WORDS {
        return Err(breach("its refusal has no end".to_owned()));
    }
    codec::decode(bytes).map_err(|error| breach(format!("its refusal cannot be read: {error}")))
}

/// A body's failure, unless it claims what only its host can see.
fn failure(bytes: &[u8]) -> Result<Failure, ReceiveError> {
    if bytes.len() > LONGEST_WORDS {
        return Err(breach("its failure has no end".to_owned()));
    }
    let failure: Failure = codec::decode(bytes)
        .map_err(|error| breach(format!("its failure cannot be read: {error}")))?;
    match failure.cause {
        Cause::Panic | Cause::Returned(_) | Cause::Arguments | Cause::Answer => Ok(failure),
        cause => Err(breach(format!("it claims {cause:?} and is still there"))),
    }
}

fn breach(words: String) -> ReceiveError {
    ReceiveError::Frame(FrameError::Breach(words))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use anvil_core::failure::ToolErrorKind;
    use anvil_worker::frame;
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::Duration;

    /// Says what it hears.
    struct Echo;

    impl Capabilities for Echo {
        fn reply(&self, request: &[u8], until: Option<Instant>) -> Vec<u8> {
            assert!(until.is_some(), "a worker's call ends some time");
            [request, b"!"].concat()
        }

        fn printed(&self, _text: &str) {}
    }

    /// What a host makes of a worker that answers its first call, which has the id 1, by doing this.
    fn call(peer: impl FnOnce(&mut UnixStream) + Send + 'static) -> Result<Vec<u8>, String> {
        let (channel, mut theirs) = Channel::with_peer().unwrap();
        let peer = thread::spawn(move || {
            let call = frame::read(&mut theirs).unwrap();
            assert_eq!((call.kind, call.id), (Kind::Call, 1));
            peer(&mut theirs);
            theirs
        });
        let deadline = Instant::now() + Duration::from_secs(5);
        let outcome = Conversation::new(channel).call(b"arguments", &Echo, deadline);
        let stream = peer.join().unwrap();
        drop(stream);
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => Err(failure.to_string()),
            Err(CallError::NotBegun) => Err("not begun".to_owned()),
            Err(CallError::Receive(ReceiveError::Late)) => Err("late".to_owned()),
            Err(CallError::Receive(ReceiveError::Frame(error))) => Err(error.to_string()),
        }
    }

    fn say(to: &mut UnixStream, kind: Kind, id: u64, bytes: &[u8]) {
        frame::write(to, kind, id, bytes).unwrap();
    }

    #[test]
    fn an_answer_under_the_calls_own_id_is_taken() {
        let answer = call(|host| say(host, Kind::Answer, 1, b"answer"));
        assert_eq!(answer.unwrap(), b"answer");
    }

    #[test]
    fn a_running_body_may_ask_its_host_again_and_again() {
        let answer = call(|host| {
            for id in [3, 4, 9] {
                say(host, Kind::Ask, id, b"a key, please");
                let reply = frame::read(host).unwrap();
                assert_eq!((reply.kind, reply.id), (Kind::Reply, id));
                assert_eq!(reply.bytes, b"a key, please!");
            }
            say(host, Kind::Answer, 1, b"without, then");
        });
        assert_eq!(answer.unwrap(), b"without, then");
    }

    #[test]
    fn what_was_not_asked_for_ends_the_conversation() {
        let claimed = codec::encode(&Failure::outside(Cause::Deadline, "")).unwrap();
        type Peer = Box<dyn FnOnce(&mut UnixStream) + Send>;
        let peers: Vec<(&str, Peer)> = vec![
            (
                "it sent Answer 2, which nobody asked for",
                Box::new(|host| say(host, Kind::Answer, 2, b"forged")),
            ),
            (
                "it sent Failure 0, which nobody asked for",
                Box::new(|host| say(host, Kind::Failure, 0, b"")),
            ),
            (
                "it sent Ready 1, which nobody asked for",
                Box::new(|host| say(host, Kind::Ready, 1, b"")),
            ),
            (
                "it sent Ask 5, which nobody asked for",
                Box::new(|host| {
                    say(host, Kind::Ask, 5, b"");
                    say(host, Kind::Ask, 5, b"");
                }),
            ),
            (
                "it went on after its answer",
                Box::new(|host| {
                    let mut twice = Vec::new();
                    frame::write(&mut twice, Kind::Answer, 1, b"one").unwrap();
                    frame::write(&mut twice, Kind::Answer, 1, b"two").unwrap();
                    host.write_all(&twice).unwrap();
                }),
            ),
            (
                "its failure cannot be read",
                Box::new(|host| say(host, Kind::Failure, 1, b"oh no")),
            ),
            (
                "it claims Deadline and is still there",
                Box::new(move |host| say(host, Kind::Failure, 1, &claimed)),
            ),
            (
                "longer than the 67108864",
                Box::new(|host| host.write_all(&[255; 13]).unwrap()),
            ),
            (
                "a kind that there is not",
                Box::new(|host| host.write_all(&[0; 13]).unwrap()),
            ),
        ];
        for (words, peer) in peers {
            let error = call(peer).unwrap_err();
            assert!(error.contains(words), "{words}: {error}");
        }
    }

    #[test]
    fn a_bodys_own_failure_is_taken() {
        let told = Failure::outside(Cause::Returned(ToolErrorKind::Failed), "no such row");
        let bytes = codec::encode(&told).unwrap();
        let error = call(move |host| say(host, Kind::Failure, 1, &bytes)).unwrap_err();
        assert_eq!(error, "no such row");
    }

    #[test]
    fn one_that_drips_is_not_waited_for_beyond_the_deadline() {
        let (channel, mut theirs) = Channel::with_peer().unwrap();
        let dripping = thread::spawn(move || {
            // A frame of many bytes, one at a time, for as long as anybody listens.
            let mut byte = [10, 0, 1, 0, 4].into_iter().chain(std::iter::repeat(0));
            while theirs.write_all(&[byte.next().unwrap_or(0)]).is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        });
        let start = Instant::now();
        let deadline = start + Duration::from_millis(200);
        let outcome = Conversation::new(channel).call(b"", &Echo, deadline);
        assert!(matches!(
            outcome,
            Err(CallError::Receive(ReceiveError::Late))
        ));
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(200), "{took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        dripping.join().unwrap();
    }

    #[test]
    fn one_that_is_gone_before_it_has_read_its_call_has_not_begun() {
        for after in [0, 50].map(Duration::from_millis) {
            let (channel, theirs) = Channel::with_peer().unwrap();
            // While it is torn down, what is sent to it seems to arrive.
            let dying = thread::spawn(move || {
                thread::sleep(after);
                drop(theirs);
            });
            let deadline = Instant::now() + Duration::from_secs(5);
            let outcome = Conversation::new(channel).call(b"", &Echo, deadline);
            assert!(matches!(outcome, Err(CallError::NotBegun)), "{outcome:?}");
            dying.join().unwrap();
        }
    }
}
