//! Guests in this process. All of the host's `unsafe` is in this file.
//!
//! A guest is opened once and never closed: thread-locals and statics of a closed library may still be
//! pointed at, and a crash at thread exit is the result. What that costs is some hundred kilobytes a version.

#![expect(unsafe_code, reason = "this is the host's side of the C boundary")]

use crate::cargo::Dylib;
use anvil_core::abi::{ABI, Buffer, GUEST_SYMBOL, GuestTable, HostTable, MAGIC, Reply, Slice};
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use libloading::{Library, Symbol};
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::path::Path;
use std::slice;

/// A loaded body. Copies share the library, which stays for as long as the process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guest {
    table: &'static GuestTable,
}

/// Why a dylib did not become a guest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the system refused to load it: {0}")]
    Open(#[from] libloading::Error),
    #[error("it is not a tool of Anvil's")]
    NotAGuest,
    #[error("it was built for another host ({found}; this one is {ABI})")]
    OtherAbi { found: String },
}

impl Guest {
    /// Opens a dylib. Its content was checked, and its file is never written again, only replaced.
    pub(crate) fn open(dylib: &Dylib) -> Result<Self, LoadError> {
        // SAFETY: initialisers run now; the dylib is one that cargo built from the generated package, whose
        // only initialisers are the standard library's.
        let library = unsafe { open(dylib.path()) }?;
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

    /// Runs the body once, on this thread.
    pub(crate) fn call(&self, arguments: &[u8]) -> Result<Answer, Failure> {
        let host = HostTable {
            context: std::ptr::null(),
            ask: refuse,
            free,
        };
        // SAFETY: the table has our ABI; it and the arguments live until `call` returns.
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
pub(crate) struct Answer {
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

/// Answers whatever a running body asks for. No declaration can grant anything yet, so each request is
/// refused: the reply is an encoded `Err` with the reason.
unsafe extern "C" fn refuse(_context: *const c_void, _request: Slice) -> Buffer {
    let reply: Result<(), &str> = Err("this tool was declared without capabilities");
    Buffer::from(codec::encode(&reply).unwrap_or_default())
}

/// Frees a buffer that [`refuse`] handed out.
unsafe extern "C" fn free(buffer: Buffer) {
    // SAFETY: the guest returns, once, the parts of a `Vec<u8>` that `Buffer::from` took apart here.
    drop(unsafe { Vec::from_raw_parts(buffer.start, buffer.len, buffer.capacity) });
}
