//! System calls, by seccomp.
//!
//! Filters add up: of all that are installed, the strictest answer counts. What is denied fails with `EACCES`, so
//! that a body that tries a door gets an ordinary error; what only an attack would try ends the process.

use super::Missing;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;
use std::env::consts::ARCH;

/// What a body takes that computes, allocates, starts threads, waits, prints and ends, and no condition on them.
const RUNNING: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3, // which does not exist for a body, see `without_clone3`
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// What loading a library takes beyond that, and installing the second filter, and no condition on them.
const LOADING: &[i64] = &[
    libc::SYS_dup3,
    libc::SYS_fstat,
    libc::SYS_getcwd,
    libc::SYS_lseek,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pread64,
    libc::SYS_readlinkat,
    libc::SYS_seccomp,
    libc::SYS_statx,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
];

/// What nothing that means well would try: to look into other processes, or to get round the other doors.
const ATTACKS: &[(i64, &str)] = &[
    (libc::SYS_add_key, "add_key"),
    (libc::SYS_bpf, "bpf"),
    (libc::SYS_chroot, "chroot"),
    (libc::SYS_delete_module, "delete_module"),
    (libc::SYS_finit_module, "finit_module"),
    (libc::SYS_init_module, "init_module"),
    (libc::SYS_io_uring_enter, "io_uring_enter"),
    (libc::SYS_io_uring_register, "io_uring_register"),
    (libc::SYS_io_uring_setup, "io_uring_setup"),
    (libc::SYS_kexec_load, "kexec_load"),
    (libc::SYS_keyctl, "keyctl"),
    (libc::SYS_mount, "mount"),
    (libc::SYS_open_by_handle_at, "open_by_handle_at"),
    (libc::SYS_perf_event_open, "perf_event_open"),
    (libc::SYS_personality, "personality"),
    (libc::SYS_pidfd_getfd, "pidfd_getfd"),
    (libc::SYS_pivot_root, "pivot_root"),
    (libc::SYS_process_vm_readv, "process_vm_readv"),
    (libc::SYS_process_vm_writev, "process_vm_writev"),
    (libc::SYS_ptrace, "ptrace"),
    (libc::SYS_reboot, "reboot"),
    (libc::SYS_request_key, "request_key"),
    (libc::SYS_setns, "setns"),
    (libc::SYS_umount2, "umount2"),
    (libc::SYS_unshare, "unshare"),
    (libc::SYS_userfaultfd, "userfaultfd"),
];

/// What a build has no use for either: the network, other processes, devices and mounts, what outlives it, and what is
/// done to files that Landlock does not look at.
const NOT_FOR_BUILDS: &[i64] = &[
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_fremovexattr,
    libc::SYS_fsetxattr,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_ioprio_set,
    libc::SYS_kexec_file_load,
    libc::SYS_lremovexattr,
    libc::SYS_lsetxattr,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_mq_open,
    libc::SYS_msgget,
    libc::SYS_open_tree,
    libc::SYS_pidfd_send_signal,
    libc::SYS_removexattr,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_semget,
    libc::SYS_setpriority,
    libc::SYS_setxattr,
    libc::SYS_shmat,
    libc::SYS_shmget,
    libc::SYS_socket,
    libc::SYS_syslog,
    libc::SYS_truncate,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
];

/// The name of one of [`ATTACKS`].
pub(super) fn attack_name(number: i64) -> Option<&'static str> {
    let attack = ATTACKS.iter().find(|(attack, _)| *attack == number)?;
    Some(attack.1)
}

fn attacks() -> impl Iterator<Item = i64> {
    ATTACKS.iter().map(|(attack, _)| *attack)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The first filter of a worker: what loading and running take.
pub(super) fn allow_loading() -> Result<(), Missing> {
    let calls = RUNNING.iter().chain(LOADING);
    let mut rules: Rules = calls.map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, vec![threads_only()?]);
    // A library's initialisers run before the second filter, and must not undo what was done, nor reach the host.
    rules.insert(libc::SYS_tgkill, vec![to_itself()?]);
    let fcntl_reads = libc::F_GETFD.unsigned_abs().into();
    rules.insert(
        libc::SYS_fcntl,
        vec![equals(1, u32::MAX.into(), fcntl_reads)?],
    );
    let prctls = [
        libc::PR_SET_NAME,
        libc::PR_SET_NO_NEW_PRIVS,
        libc::PR_SET_SECCOMP,
    ];
    let prctls = prctls.map(|option| equals(0, u32::MAX.into(), option.unsigned_abs().into()));
    rules.insert(
        libc::SYS_prctl,
        prctls.into_iter().collect::<Result<_, _>>()?,
    );
    // Attacks must reach the filter that ends them.
    rules.extend(attacks().map(|call| (call, Vec::new())));
    install(rules, SeccompAction::Errno(denied()), SeccompAction::Allow)?;
    without_clone3()?;
    let attacks = attacks().map(|call| (call, Vec::new())).collect();
    install(attacks, SeccompAction::Allow, SeccompAction::Trap)
}

/// The second filter of a worker: what running takes.
pub(super) fn allow_running() -> Result<(), Missing> {
    let calls = RUNNING.iter().copied().chain(attacks());
    let mut rules: Rules = calls.map(|call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, vec![threads_only()?]);
    // Memory, but never such as can be run.
    let no_code = || equals(2, libc::PROT_EXEC.unsigned_abs().into(), 0);
    rules.insert(libc::SYS_mmap, vec![no_code()?]);
    rules.insert(libc::SYS_mprotect, vec![no_code()?]);
    rules.insert(libc::SYS_tgkill, vec![to_itself()?]);
    // Threads have names.
    let set_name = u64::from(libc::PR_SET_NAME.unsigned_abs());
    rules.insert(libc::SYS_prctl, vec![equals(0, u32::MAX.into(), set_name)?]);
    install(rules, SeccompAction::Errno(denied()), SeccompAction::Allow)
}

/// The filter of a build: all but attacks and what it has no use for.
pub(super) fn allow_building() -> Result<(), Missing> {
    let calls = NOT_FOR_BUILDS.iter().copied().chain(attacks());
    let calls = calls.flat_map(|call| [Some(call), other_number(call)]);
    let mut rules: Rules = calls.flatten().map(|call| (call, Vec::new())).collect();
    // Its own limits, and nobody else's.
    let somebodys = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, 0);
    rules.insert(libc::SYS_prlimit64, vec![rule(somebodys)?]);
    // Processes and threads, but no namespaces, in which it would be root.
    let namespaces = [
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWUTS,
    ];
    let namespaces = namespaces.map(|flag| u64::from(flag.unsigned_abs()));
    let namespaces = namespaces.map(|flag| equals(0, flag, flag));
    rules.insert(
        libc::SYS_clone,
        namespaces.into_iter().collect::<Result<_, _>>()?,
    );
    install(rules, SeccompAction::Allow, SeccompAction::Errno(denied()))?;
    without_clone3()
}

/// The number of the same call in the x32 convention, which some kernels of x86-64 take, too.
fn other_number(call: i64) -> Option<i64> {
    const X32: i64 = 0x4000_0000;
    cfg!(target_arch = "x86_64").then_some(call | X32)
}

/// `clone3` keeps its flags in memory, where no filter can see them. Where it does not exist, `clone` is used.
fn without_clone3() -> Result<(), Missing> {
    let rules = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let absent = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    install(rules, SeccompAction::Allow, absent)
}

fn denied() -> u32 {
    libc::EACCES.unsigned_abs()
}

/// `clone` that makes a thread and not a process.
fn threads_only() -> Result<SeccompRule, Missing> {
    let thread = libc::CLONE_THREAD | libc::CLONE_VM;
    let thread = u64::from(thread.unsigned_abs());
    equals(0, thread, thread)
}

/// `abort` signals the process itself.
fn to_itself() -> Result<SeccompRule, Missing> {
    equals(0, u32::MAX.into(), std::process::id().into())
}

/// The argument, seen through the mask, is `value`.
fn equals(argument: u8, mask: u64, value: u64) -> Result<SeccompRule, Missing> {
    rule(SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(mask),
        value,
    ))
}

fn rule(
    condition: Result<SeccompCondition, seccompiler::BackendError>,
) -> Result<SeccompRule, Missing> {
    condition
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| missing(&error.to_string()))
}

fn install(rules: Rules, others: SeccompAction, these: SeccompAction) -> Result<(), Missing> {
    let installed = || {
        let filter = SeccompFilter::new(rules, others, these, ARCH.try_into()?)?;
        let program: BpfProgram = filter.try_into()?;
        Ok::<_, seccompiler::BackendError>(seccompiler::apply_filter(&program))
    };
    match installed() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(missing(&error.to_string())),
        Err(error) => Err(missing(&error.to_string())),
    }
}

fn missing(words: &str) -> Missing {
    Missing(format!(
        "seccomp is not to be had ({words}): it takes Linux on x86-64 or 64-bit ARM, with seccomp filters switched on"
    ))
}
