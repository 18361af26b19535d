//! Where C meets Rust on the guest's side. All of the guest's `unsafe` is in this file.

#![expect(unsafe_code, reason = "this is the guest's side of the C boundary")]

use crate::abi::{ABI, Buffer, GuestTable, HostTable, MAGIC, Reply, Slice};
use crate::codec;
use crate::guest::call::{Call, Outcome};
use crate::guest::panics;
use std::slice;
use std::sync::{Mutex, PoisonError};

/// Exports a body: `anvil::export!(glue::call, tool::slugify);`
///
/// The first path is the glue's function, `fn(Body, &Call) -> Outcome`; the second the body's.
#[macro_export]
macro_rules! export {
    ($glue:path, $body:path) => {
        #[cfg(panic = "abort")]
        compile_error!("a tool's body must be built with panic = \"unwind\"");

        unsafe extern "C" fn call(
            host: *const $crate::abi::HostTable,
            arguments: $crate::abi::Slice,
        ) -> $crate::abi::Reply {
            // SAFETY: `serve` asks for what `GuestTable::call` promises.
            unsafe { $crate::guest::serve(host, arguments, &mut |call| $glue($body, call)) }
        }

        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub static ANVIL_GUEST: $crate::abi::GuestTable = $crate::guest::table(call);
    };
}

// SAFETY: the table is never written, and what it points at is static.
unsafe impl Sync for GuestTable {}

/// The table of a guest whose calls go to `call`.
#[must_use]
pub const fn table(call: unsafe extern "C" fn(*const HostTable, Slice) -> Reply) -> GuestTable {
    GuestTable {
        magic: MAGIC,
        abi: Slice::new(ABI.as_bytes()),
        call,
        free,
    }
}

/// Runs `run` as one call from the host, whatever it does short of ending the process.
///
/// Not generic: it is compiled once, here, and not again with each body.
///
/// # Safety
/// `host` must point to a table, and `arguments` to bytes, that stay valid and unchanged until this
/// returns.
pub unsafe fn serve(
    host: *const HostTable,
    arguments: Slice,
    run: &mut dyn FnMut(&Call<'_>) -> Outcome,
) -> Reply {
    let call = Call {
        // SAFETY: the caller keeps the bytes valid and unchanged while `call` lives.
        arguments: unsafe { slice::from_raw_parts(arguments.start, arguments.len) },
        // SAFETY: the caller keeps the table valid while `call` lives.
        host: unsafe { &*host },
    };
    let (outcome, bytes) = match panics::catch(&mut || run(&call)) {
        Ok(answer) => (Reply::ANSWER, answer),
        // Strings and numbers always encode; a host that gets nothing here says so.
        Err(failure) => (Reply::FAILURE, codec::encode(&failure).unwrap_or_default()),
    };
    Reply {
        outcome,
        bytes: Buffer::from(bytes),
    }
}

/// Frees a buffer that this guest handed out.
unsafe extern "C" fn free(buffer: Buffer) {
    // SAFETY: the caller returns, once, the parts of a `Vec<u8>` that `Buffer::from` took apart here.
    drop(unsafe { Vec::from_raw_parts(buffer.start, buffer.len, buffer.capacity) });
}

/// The way to the host of the call that is under way. It lives no longer than that, and nobody but its [`Context`] has
/// it.
///
/// [`Context`]: crate::Context
pub(crate) struct Door(Mutex<*const HostTable>);

// SAFETY: a host may be asked on any thread while the call runs, one at a time, which the lock sees to.
unsafe impl Send for Door {}

// SAFETY: as above.
unsafe impl Sync for Door {}

/// Runs `body` with a way to the host.
pub(super) fn with_door<T>(host: &HostTable, body: impl FnOnce(Door) -> T) -> T {
    // The call holds the table until `body` is done; threads that outlive it can have borrowed nothing of it.
    body(Door(Mutex::new(host)))
}

impl Door {
    /// Sends `request` to the host and copies its reply.
    pub(crate) fn ask(&self, request: &[u8]) -> Vec<u8> {
        let host = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: a door is only ever lent, for as long as the call's table lives.
        let host = unsafe { &**host };
        // SAFETY: the context is this table's own, and the request outlives the call.
        let reply = unsafe { (host.ask)(host.context, Slice::new(request)) };
        // SAFETY: the host handed over `len` valid bytes, which nobody else writes before `free`.
        let bytes = unsafe { slice::from_raw_parts(reply.start, reply.len) }.to_vec();
        // SAFETY: the buffer came from this table's `ask` and is freed once.
        unsafe { (host.free)(reply) };
        bytes
    }
}

/// Return addresses of the current stack relative to the start of this image, innermost first.
///
/// The unwinder is the one that panics use. Only ELF linkers define a symbol for the start of the image,
/// so elsewhere there is no stack.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn stack() -> Vec<u64> {
    use std::ffi::{c_int, c_void};

    /// Deep recursion is told by its innermost frames; more would only be bytes.
    const DEEPEST: usize = 128;
    const NO_REASON: c_int = 0;
    const END_OF_STACK: c_int = 5;

    unsafe extern "C" {
        static __ehdr_start: u8;
    }
    unsafe extern "C-unwind" {
        fn _Unwind_Backtrace(
            visit: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
            argument: *mut c_void,
        ) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }

    unsafe extern "C" fn visit(context: *mut c_void, addresses: *mut c_void) -> c_int {
        // SAFETY: `addresses` is the vector below, which nothing else touches during the walk.
        let addresses = unsafe { &mut *addresses.cast::<Vec<u64>>() };
        // SAFETY: the unwinder passes a context that is valid during this visit.
        addresses.push(unsafe { _Unwind_GetIP(context) } as u64);
        if addresses.len() < DEEPEST {
            NO_REASON
        } else {
            END_OF_STACK
        }
    }

    let mut addresses = Vec::<u64>::with_capacity(DEEPEST);
    // SAFETY: `visit` takes the vector that is passed with it, and the walk ends before this returns.
    unsafe { _Unwind_Backtrace(visit, (&raw mut addresses).cast()) };
    let start = (&raw const __ehdr_start) as u64;
    addresses
        .into_iter()
        .filter_map(|address| address.checked_sub(start))
        .collect()
}

/// This platform gives no stack.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn stack() -> Vec<u64> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{self, Ask, HttpAnswer, HttpRequest, Refusal};
    use crate::failure::{Cause, Failure, ToolError, ToolErrorKind};
    use crate::guest::{answer, raise};
    use std::ffi::c_void;

    /// A host that knows one secret and one service, and guests that run in this very process.
    unsafe extern "C" fn host(_: *const c_void, request: Slice) -> Buffer {
        // SAFETY: the guest lends the request for this call.
        let request = unsafe { slice::from_raw_parts(request.start, request.len) };
        let refused = |kind, message: &str| {
            let message = message.to_owned();
            codec::encode(&ask::Reply::<()>::Err(Refusal { kind, message }))
        };
        let reply = match codec::decode::<Ask>(request).unwrap() {
            Ask::Secret(name) if name == "KEY" => codec::encode(&ask::Reply::Ok("stand-in")),
            Ask::Secret(name) => refused(ToolErrorKind::MissingCredential, &name),
            Ask::Http(HttpRequest { headers, url, .. }) if url.starts_with("https://here/") => {
                codec::encode(&ask::Reply::Ok(HttpAnswer {
                    status: if url.ends_with("/gone") { 410 } else { 200 },
                    url,
                    body: format!("{{\"headers\":{}}}", headers.len()).into_bytes(),
                    headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                }))
            }
            _ => refused(ToolErrorKind::Denied, "nobody goes there"),
        };
        Buffer::from(reply.unwrap())
    }

    fn run(arguments: &[u8], mut glue: impl FnMut(&Call<'_>) -> Outcome) -> Outcome {
        let host = HostTable {
            context: std::ptr::null(),
            ask: self::host,
            free,
        };
        // SAFETY: table and arguments live until `serve` has returned.
        let reply = unsafe { serve(&raw const host, Slice::new(arguments), &mut glue) };
        // SAFETY: the buffer is valid until it is freed below.
        let bytes = unsafe { slice::from_raw_parts(reply.bytes.start, reply.bytes.len) }.to_vec();
        // SAFETY: it came from `serve` and is freed once.
        unsafe { free(reply.bytes) };
        if reply.outcome == Reply::ANSWER {
            Ok(bytes)
        } else {
            Err(codec::decode(&bytes).unwrap())
        }
    }

    fn fails(glue: impl FnMut(&Call<'_>) -> Outcome) -> Failure {
        run(&codec::encode(&()).unwrap(), glue).unwrap_err()
    }

    #[test]
    fn arguments_go_in_and_the_answer_comes_out() {
        let arguments = codec::encode(&("ab", 3_u8)).unwrap();
        let bytes = run(&arguments, |call| {
            let (text, times): (&str, u8) = call.arguments()?;
            answer(&text.repeat(times.into()))
        });
        assert_eq!(codec::decode::<String>(&bytes.unwrap()).unwrap(), "ababab");
    }

    #[test]
    fn a_running_body_makes_requests_through_its_host() {
        let bytes = run(&[], |call| {
            call.with_context(|cx| {
                let answers = std::thread::scope(|scope| {
                    let ask = || {
                        let key = cx.secret("KEY")?;
                        assert_eq!(
                            (key.to_string(), format!("{key:?}")),
                            ("stand-in".to_owned(), "Secret(\"KEY\")".to_owned())
                        );
                        let response = cx
                            .http()
                            .get("https://here/")
                            .header("x-key", key)
                            .header("x-n", 1)
                            .send()?;
                        assert_eq!(
                            response.headers().get("Content-Type").unwrap(),
                            "application/json"
                        );
                        let json: std::collections::BTreeMap<String, u8> =
                            response.error_for_status()?.json()?;
                        Ok::<_, ToolError>(json["headers"])
                    };
                    [scope.spawn(ask), scope.spawn(ask)].map(|thread| thread.join().unwrap())
                });
                let [one, other] = answers;
                answer(&(one? + other?))
            })
        });
        assert_eq!(codec::decode::<u8>(&bytes.unwrap()).unwrap(), 4);
    }

    #[test]
    fn what_the_host_refuses_is_an_error_with_the_place_in_the_body() {
        let failing = |url: &'static str| {
            fails(move |call| {
                call.with_context(|cx| {
                    let response = cx.http().get(url).send()?.error_for_status()?;
                    let text: Vec<u8> = response.json()?;
                    answer(&text)
                })
            })
        };
        let denied = failing("https://there/");
        assert_eq!(denied.cause, Cause::Returned(ToolErrorKind::Denied));
        assert_eq!(denied.message, "nobody goes there");
        let gone = failing("https://here/gone");
        assert_eq!(gone.cause, Cause::Returned(ToolErrorKind::Http(410)));
        assert_eq!(
            gone.message,
            "HTTP 410: GET https://here/gone: {\"headers\":0}"
        );
        let other = failing("https://here/");
        assert!(
            other.message.starts_with(
                "GET https://here/ answered 200 OK, and not the expected JSON (invalid type"
            ),
            "{}",
            other.message
        );
        for failure in [denied, gone, other] {
            assert_eq!(failure.location.unwrap().file, file!());
        }
        let missing = fails(|call| call.with_context(|cx| answer(&cx.secret("OTHER")?)));
        assert_eq!(
            missing.cause,
            Cause::Returned(ToolErrorKind::MissingCredential)
        );
        assert_eq!(missing.message, "OTHER is not set");
    }

    #[test]
    fn a_request_that_cannot_be_put_together_is_not_made() {
        let failure = fails(|call| {
            call.with_context(|cx| {
                let response = cx
                    .http()
                    .post("https://here/")
                    .query("text")
                    .json(&1)
                    .send()?;
                answer(&response.status().as_u16())
            })
        });
        assert!(
            failure
                .message
                .starts_with("POST https://here/: the query: "),
            "{}",
            failure.message
        );
    }

    #[test]
    fn a_returned_error_keeps_its_kind_and_place() {
        let failure = fails(|_| Err(ToolError::unavailable("down").into()));
        assert_eq!(failure.cause, Cause::Returned(ToolErrorKind::Unavailable));
        assert_eq!(failure.message, "down");
        assert_eq!(failure.location.unwrap().file, file!());
    }

    #[test]
    fn a_raised_error_is_a_returned_one() {
        let failure = fails(|_| raise(ToolError::invalid_input("not a date")));
        assert_eq!(failure.cause, Cause::Returned(ToolErrorKind::InvalidInput));
        assert_eq!(failure.message, "not a date");
        assert_eq!(failure.location.unwrap().file, file!());
    }

    #[test]
    fn an_error_raised_on_a_thread_of_the_body_is_told_with_the_failure() {
        let failure = fails(|_| {
            std::thread::spawn(|| raise(ToolError::new("deep down")))
                .join()
                .unwrap();
            unreachable!("join returned the error")
        });
        assert_eq!(failure.cause, Cause::Panic);
        assert!(failure.to_string().contains("deep down"), "{failure}");
    }

    #[test]
    fn arguments_of_another_signature_are_not_run() {
        let failure = fails(|call| {
            let (_,): (String,) = call.arguments()?;
            unreachable!("they do not decode")
        });
        assert_eq!(failure.cause, Cause::Arguments);
    }

    #[test]
    fn a_panic_is_told_with_message_place_and_stack() {
        let failure = fails(|_| panic!("no {} left", "tape"));
        assert_eq!(failure.cause, Cause::Panic);
        assert_eq!(failure.message, "no tape left");
        assert_eq!(failure.location.unwrap().file, file!());
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        assert!(!failure.frames.0.is_empty());
    }

    #[test]
    fn a_panic_whose_payload_panics_when_dropped_is_only_a_panic() {
        struct Spiteful;
        impl Drop for Spiteful {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        let failure = fails(|_| std::panic::panic_any(Spiteful));
        assert_eq!(failure.cause, Cause::Panic);
    }

    #[test]
    fn a_panic_on_a_thread_of_the_body_is_told_with_the_failure() {
        let failure = fails(|_| {
            std::thread::spawn(|| panic!("deep down")).join().unwrap();
            unreachable!("join returned the panic")
        });
        assert!(failure.to_string().contains("deep down"), "{failure}");
    }

    #[test]
    fn an_answer_that_refuses_to_be_encoded_is_a_failure() {
        struct Unspeakable;
        impl serde::Serialize for Unspeakable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("never"))
            }
        }
        let failure = fails(|_| answer(&Unspeakable));
        assert_eq!(
            (failure.cause, failure.message.as_str()),
            (Cause::Answer, "never")
        );
    }
}
