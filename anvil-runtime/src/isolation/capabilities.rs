//! What a running body may ask its host for.

use anvil_worker::guest::Host;
use std::time::Instant;

/// The host, as one run of a body sees it.
pub(crate) trait Capabilities: Sync {
    /// The encoded reply to a body's encoded request. Blocks, but not beyond `until`, where the run ends there.
    fn reply(&self, request: &[u8], until: Option<Instant>) -> Vec<u8>;

    /// Takes what the body printed.
    fn printed(&self, text: &str);
}

/// The same for a body in this process. What that prints is printed by this process, and nobody can tell whose it is.
pub(super) struct InProcess<'a>(pub(super) &'a dyn Capabilities);

impl Host for InProcess<'_> {
    fn ask(&self, request: &[u8]) -> Vec<u8> {
        self.0.reply(request, None)
    }
}
