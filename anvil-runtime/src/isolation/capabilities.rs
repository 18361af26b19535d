//! What a running body may ask its host for.

use anvil_core::codec;
use anvil_worker::guest::Host;

/// The encoded reply to a body's encoded request. No declaration can grant anything yet, so each request is refused:
/// the reply is an encoded `Err` with the reason.
pub(super) fn answer(_request: &[u8]) -> Vec<u8> {
    let reply: Result<(), &str> = Err("this tool was declared without capabilities");
    codec::encode(&reply).unwrap_or_default()
}

/// The same for a body in this process.
#[derive(Debug)]
pub(super) struct InProcess;

impl Host for InProcess {
    fn ask(&self, request: &[u8]) -> Vec<u8> {
        answer(request)
    }
}
