//! The C tables that host and guest show each other, and how they tell that they fit.
//!
//! A guest exports one static, [`GuestTable`], under the name [`GUEST_SYMBOL`]. The host checks `magic`,
//! then [`ABI`], and only then uses the rest. With each call the host passes a [`HostTable`], through
//! which the running body may ask the host for things.
//!
//! Whoever allocated a [`Buffer`] frees it: host and guest may use different allocators. Nothing ever
//! unwinds across, and neither side keeps a [`Slice`] beyond the call that it was handed to.

use std::ffi::{CStr, c_void};

/// What a guest and a host compare before the first call: the version of the wire, the compiler, the
/// target and the sources of this crate. What only bytes cross for, such as the versions of serde and of the
/// codec's crate on either side, is left out: MessagePack is the same in all of them.
pub const ABI: &str = concat!(
    "wire 2, ",
    env!("ANVIL_RUSTC"),
    ", ",
    env!("ANVIL_TARGET"),
    ", anvil-core ",
    env!("ANVIL_CORE_SOURCES")
);

/// The target triple that this crate was built for.
pub const TARGET: &str = env!("ANVIL_TARGET");

/// The first eight bytes of every [`GuestTable`].
pub const MAGIC: u64 = u64::from_be_bytes(*b"anvil-01");

/// The name under which a guest exports its [`GuestTable`].
pub const GUEST_SYMBOL: &CStr = c"ANVIL_GUEST";

/// What a guest offers to the host.
#[repr(C)]
#[derive(Debug)]
pub struct GuestTable {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`ABI`] as the guest was built with it.
    pub abi: Slice,
    /// Runs the body once: decodes the arguments, encodes the answer or the failure, catches panics.
    ///
    /// # Safety
    /// The host's table and the arguments must stay valid and unchanged until the call returns.
    pub call: unsafe extern "C" fn(host: *const HostTable, arguments: Slice) -> Reply,
    /// Frees a buffer that came out of `call`.
    ///
    /// # Safety
    /// The buffer must come from this table's `call` and not have been freed before.
    pub free: unsafe extern "C" fn(Buffer),
}

/// What the host offers to a running body.
#[repr(C)]
#[derive(Debug)]
pub struct HostTable {
    /// The host's own note of which call this is; opaque to the guest.
    pub context: *const c_void,
    /// Sends the host an encoded [`Ask`](crate::ask::Ask) and returns its encoded [`Reply`](crate::ask::Reply).
    ///
    /// # Safety
    /// The first argument must be this table's `context`; the request must be valid until `ask` returns. Any thread
    /// may ask while the call runs, but one at a time.
    pub ask: unsafe extern "C" fn(context: *const c_void, request: Slice) -> Buffer,
    /// Frees a buffer that came out of `ask`.
    ///
    /// # Safety
    /// The buffer must come from this table's `ask` and not have been freed before.
    pub free: unsafe extern "C" fn(Buffer),
}

/// Bytes lent for the duration of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// The first byte; dangling, but not null, when `len` is 0.
    pub start: *const u8,
    /// How many bytes.
    pub len: usize,
}

impl Slice {
    /// Lends `bytes`. The caller keeps them alive for as long as the other side may read them.
    #[must_use]
    pub const fn new(bytes: &[u8]) -> Self {
        Self {
            start: bytes.as_ptr(),
            len: bytes.len(),
        }
    }
}

/// Bytes handed over: a `Vec<u8>` in parts, which goes back to the side that allocated it.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    /// The first byte; dangling, but not null, when `capacity` is 0.
    pub start: *mut u8,
    /// How many bytes are in use.
    pub len: usize,
    /// How many bytes were allocated.
    pub capacity: usize,
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        Self {
            start: bytes.as_mut_ptr(),
            len: bytes.len(),
            capacity: bytes.capacity(),
        }
    }
}

/// What came of a call.
#[repr(C)]
#[derive(Debug)]
pub struct Reply {
    /// [`Reply::ANSWER`] or [`Reply::FAILURE`].
    pub outcome: u32,
    /// The encoded answer, or the encoded [`Failure`](crate::failure::Failure).
    pub bytes: Buffer,
}

impl Reply {
    /// `bytes` are the answer, encoded.
    pub const ANSWER: u32 = 0;
    /// `bytes` are a [`Failure`](crate::failure::Failure), encoded.
    pub const FAILURE: u32 = 1;
}
