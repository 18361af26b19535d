//! What a process is to others: its parent, its limits, its user.

#![expect(
    unsafe_code,
    reason = "the C library has no safe face for three of these"
)]

use super::Missing;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getpid, getrlimit, getuid, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, Gid, Uid, capabilities, capability_is_in_bounding_set,
    remove_capability_from_bounding_set, set_capabilities, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};
use std::fs;

/// A body prints and answers; it opens nothing.
const MOST_FILES: u64 = 64;
/// Threads of a body. Only where the host is root can they be counted apart from all else that its user runs; else what
/// bounds them is the limit on memory.
const MOST_THREADS: u64 = 64;
/// Bytes that one call may print.
const MOST_OUTPUT: u64 = 1 << 20;
/// Bytes that a file of a build may have.
const LARGEST_FILE: u64 = 4 << 30;
/// Room for the dylib and for what the C library sets aside, beyond what the body is given.
const HEADROOM: u64 = 32 << 20;

/// The kernel kills this process when the thread that started it ends, and with it the host.
pub(super) fn die_with_parent() {
    // Where this is not to be had, the end of the input still ends an idle worker.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Closes whatever the host left open in its children, except for the standard streams.
pub(super) fn close_inherited() {
    const FIRST: libc::c_uint = 3;
    // SAFETY: nothing in this process has opened a file yet, so nobody's is closed.
    unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) };
}

/// Limits for a worker whose body may use `memory` bytes.
pub(super) fn limit(memory: u64) {
    tune_the_allocator();
    let addresses = memory.saturating_add(in_use()).saturating_add(HEADROOM);
    lower(Resource::As, addresses);
    lower(Resource::Core, 0);
    lower(Resource::Fsize, MOST_OUTPUT);
    lower(Resource::Nofile, MOST_FILES);
}

/// The GNU C library's allocator, for a process that serves one call at a time within a limit on addresses.
#[cfg(target_env = "gnu")]
fn tune_the_allocator() {
    // Each arena sets 64 MiB of addresses aside, one for each thread: that would count.
    const ARENAS: libc::c_int = 1;
    // A call takes and gives back some copies of its arguments and its answer. By default what is more than 128 KiB
    // goes back to the system, and each page of it has to be made again for the next call: for 64 KB of text that took
    // longer than all the rest.
    const KEPT: libc::c_int = 4 << 20;
    const APART: libc::c_int = 1 << 20;
    for (parameter, value) in [
        (libc::M_ARENA_MAX, ARENAS),
        (libc::M_TRIM_THRESHOLD, KEPT),
        (libc::M_MMAP_THRESHOLD, APART),
    ] {
        // SAFETY: `mallopt` has no precondition, and there is one thread.
        unsafe { libc::mallopt(parameter, value) };
    }
}

/// Others are left as they are.
#[cfg(not(target_env = "gnu"))]
fn tune_the_allocator() {}

/// Limits for the processes of a build.
pub(super) fn limit_build(memory: u64) {
    lower(Resource::As, memory);
    lower(Resource::Core, 0);
    lower(Resource::Fsize, LARGEST_FILE);
}

/// Nobody of the same user may look into this process.
pub(super) fn hide() -> Result<(), Missing> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| {
        Missing(format!(
            "this process cannot be hidden from others: {error}"
        ))
    })
}

/// Makes root somebody who owns nothing, and takes root's rights from whoever has some. What others may do, the later
/// doors take.
pub(super) fn drop_root() -> Result<(), Missing> {
    if getuid().is_root() {
        become_nobody();
    }
    keep_rights(CapabilitySet::empty())?;
    // The kernel has forgotten both at the change of users.
    die_with_parent();
    hide()
}

/// A build stays who it is, because what it makes is the user's. Of root's rights it keeps the one over files, which
/// Landlock bounds.
pub(super) fn drop_rights_for_a_build() -> Result<(), Missing> {
    match getuid().is_root() {
        true => keep_rights(CapabilitySet::DAC_OVERRIDE),
        false => keep_rights(CapabilitySet::empty()),
    }
}

/// Keeps these rights, as far as there are any, and those of no program that is started later.
fn keep_rights(rights: CapabilitySet) -> Result<(), Missing> {
    let failed = |error| Missing(format!("root's rights cannot be given up: {error}"));
    let now = capabilities(None).map_err(failed)?;
    // What root starts has all rights again that are still within its bounds.
    for right in CapabilitySet::all().difference(rights).iter() {
        if capability_is_in_bounding_set(right).unwrap_or(false) {
            let _ = remove_capability_from_bounding_set(right);
        }
    }
    let kept = CapabilitySets {
        effective: now.effective & rights,
        permitted: now.permitted & rights,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, kept).map_err(failed)
}

/// Where there is nobody else to become, as in a user namespace with one user, root keeps its name.
fn become_nobody() {
    // A user of its own for each worker: they count threads apart, and cannot signal each other.
    const FIRST: u32 = 0x7000_0000;
    const NOBODY: u32 = 65_534;
    let _ = set_thread_groups(&[]);
    let own = FIRST + getpid().as_raw_nonzero().get().unsigned_abs();
    match become_user(own) {
        // Only with such a user does this count the body's threads and nobody else's.
        Ok(()) => lower(Resource::Nproc, MOST_THREADS),
        // Few users are mapped in a user namespace.
        Err(_) => {
            let _ = become_user(NOBODY);
        }
    }
}

fn become_user(id: u32) -> rustix::io::Result<()> {
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)
}

/// Lowers a limit, for good. One that is lower already stays.
fn lower(resource: Resource, to: u64) {
    let now = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = Some(to.min(now));
    // Lowering is always allowed.
    let _ = setrlimit(
        resource,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    );
}

/// The bytes of addresses that this process uses already.
fn in_use() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
