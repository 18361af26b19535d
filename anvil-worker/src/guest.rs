//! A dylib as a guest of this process: a worker's, or, for tools that run there, the host's.
//!
//! A guest is opened once and never closed: thread-locals and statics of a closed library may still be
//! pointed at, and a crash at thread exit is the result. What that costs is some hundred kilobytes a version.

#![expect(unsafe_code, reason = "this is the host's side of the C boundary")]

use anvil_core::abi::{ABI, Buffer, GUEST_SYMBOL, GuestTable, HostTable, MAGIC, Reply, Slice};
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use libloading::{Library, Symbol};
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::slice;

/// A loaded body. Copies share the library, which stays for as long as the process.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    table: &'static GuestTable,
}

/// What a running body can ask for.
pub trait Host {
    /// The encoded reply to an encoded request.
    fn ask(&self, request: &[u8]) -> Vec<u8>;
}

/// Why a dylib did not become a guest.
#[derive(Debug, Clone, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum LoadError {
    /// The system's loader did not take it.
    #[error("the system refused to load it: {0}")]
    Open(String),
    /// It exports no table of a guest.
    #[error("it is not a tool of Anvil's")]
    NotAGuest,
    /// Compiler, target or wire are not this host's.
    #[error("it was built for another host ({found}; this one is {ABI})")]
    OtherAbi {
        /// What it was built for.
        found: String,
    },
}

impl Guest {
    /// Opens a dylib.
    ///
    /// # Errors
    /// When it is not a guest, or none for this host.
    ///
    /// # Safety
    /// Loading runs the dylib's initialisers and trusts its table. It has to be one that cargo built from a generated
    /// package, and its file must not be written any more.
    pub unsafe fn open(dylib: &Path) -> Result<Self, LoadError> {
        // SAFETY: the caller vouches for the initialisers.
        let library = unsafe { open(dylib) }.map_err(|error| LoadError::Open(error.to_string()))?;
        let library = ManuallyDrop::new(library);
        // SAFETY: a symbol of this name is a `GuestTable` in all versions; its first field says whether the
        // rest can be read.
        let table: Symbol<'_, *const GuestTable> =
            unsafe { library.get(GUEST_SYMBOL) }.map_err(|_| LoadError::NotAGuest)?;
        // SAFETY: the symbol's address stays valid, because the library is never closed.
        let table: &'static GuestTable = unsafe { &**table };
        if table.magic != MAGIC {
            return Err(LoadError::NotAGuest);
        }
        // SAFETY: `abi` is static text of the guest's, at the same place in every table with this magic.
        let found = unsafe { slice::from_raw_parts(table.abi.start, table.abi.len) };
        if found != ABI.as_bytes() {
            let found = String::from_utf8_lossy(found).into_owned();
            return Err(LoadError::OtherAbi { found });
        }
        Ok(Self { table })
    }

    /// Runs the body once, on this thread. What it asks for goes to `host`.
    ///
    /// # Errors
    /// With the body's failure.
    pub fn call(&self, arguments: &[u8], host: &dyn Host) -> Result<Answer, Failure> {
        let host = HostTable {
            context: (&raw const host).cast(),
            ask,
            free,
        };
        // SAFETY: the table has our ABI; it, the arguments and what `context` points at live until `call` returns.
        let reply = unsafe { (self.table.call)(&raw const host, Slice::new(arguments)) };
        let bytes = Answer {
            buffer: ManuallyDrop::new(reply.bytes),
            guest: *self,
        };
        match reply.outcome {
            Reply::ANSWER => Ok(bytes),
            _ => Err(codec::decode(&bytes).unwrap_or_else(|error| {
                let words = format!("and its failure cannot be read: {error}");
                Failure::outside(Cause::Answer, words)
            })),
        }
    }
}

/// An encoded answer in the guest's memory, which goes back there when it is dropped.
#[derive(Debug)]
pub struct Answer {
    buffer: ManuallyDrop<Buffer>,
    guest: Guest,
}

// SAFETY: the buffer is plain memory that nobody else refers to, and a guest frees it from any thread.
unsafe impl Send for Answer {}

impl Deref for Answer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the guest handed over `len` valid bytes, which live until they are freed in `drop`.
        unsafe { slice::from_raw_parts(self.buffer.start, self.buffer.len) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: the buffer is taken once, here.
        let buffer = unsafe { ManuallyDrop::take(&mut self.buffer) };
        // SAFETY: it came from this guest's `call`.
        unsafe { (self.guest.table.free)(buffer) };
    }
}

#[cfg(unix)]
unsafe fn open(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix;
    // SAFETY: the caller vouches for the library's initialisers.
    let library = unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) };
    library.map(Library::from)
}

#[cfg(not(unix))]
unsafe fn open(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: the caller vouches for the library's initialisers.
    unsafe { Library::new(path) }
}

/// Hands a running body's request to the [`Host`] of its call.
unsafe extern "C" fn ask(context: *const c_void, request: Slice) -> Buffer {
    // SAFETY: the guest passes the context of the table that it was called with, which `call` made of this.
    let host = unsafe { *context.cast::<&dyn Host>() };
    // SAFETY: the guest lends the request until this returns.
    let request = unsafe { slice::from_raw_parts(request.start, request.len) };
    // Nothing unwinds across: a host that panics gives the body an empty reply, which it cannot decode.
    let reply = panic::catch_unwind(AssertUnwindSafe(|| host.ask(request)));
    Buffer::from(reply.unwrap_or_default())
}

/// Frees a buffer that [`ask`] handed out.
unsafe extern "C" fn free(buffer: Buffer) {
    // SAFETY: the guest returns, once, the parts of a `Vec<u8>` that `Buffer::from` took apart here.
    drop(unsafe { Vec::from_raw_parts(buffer.start, buffer.len, buffer.capacity) });
}
