//! The table.

use crate::fault::{Done, Fault, Outcome};
use crate::{bodies, builds, doors, machine, models, processes};
use Done::{Answered, By, Live};
use Outcome::{Harmless, Healed, Refused, Serves};

/// The faults, in the order in which they have been numbered for ever.
#[rustfmt::skip] // a table
pub(crate) const FAULTS: &[Fault] = &[
    row(1, "an unsafe block", Answered(&["unsafe_block"]), &["`unsafe` is refused"], Refused),
    row(2, "include_str! of a secret file", By(bodies::include_a_secret), &["`include_str!` is refused", "couldn't read"], Refused),
    row(3, "a std path built by a macro", Answered(&["path_by_a_macro"]), &["hidden paths"], Refused),
    row(4, "a dependency's macro with unsafe in it: none but Anvil's own is in reach", Answered(&["macro_of_a_dependency"]), &["internals"], Refused),
    row(5, "a body that closes its function, and items that clash with the glue", By(bodies::clash_with_the_glue), &["unexpected closing delimiter", "ANVIL_GUEST"], Refused),
    row(6, "an answer that is empty, 10 MB long, not UTF-8, prose, or in two fences", By(bodies::answers_that_are_none), &["the answer is empty", "the answer is longer than", "error", "holds no Rust code"], Refused),
    row(7, "an unknown crate", Answered(&["unknown_crate", "extern_crate"]), &["left_pad_ultra", "`extern` is refused"], Refused),
    row(8, "an impossible version", By(bodies::ask_for_a_version), &["frontmatter", "holds no Rust code"], Refused),
    row(9, "a build that reads the environment", By(builds::read_the_environment), &["ANVIL_TESTS_TOKEN", "couldn't read"], Refused),
    row(10, "a recursive trait, and an endless constant", By(builds::compile_without_end), &["overflow evaluating", "the compiler was stopped after 3s"], Refused),
    row(11, "a macro bomb", By(builds::compile_without_measure), &["the compiler did not survive it: it ran out of memory"], Refused),
    row(12, "a full disk", By(machine::fill_the_disk), &["no model is asked, because the ledger", "versions/1.1.rs: File too large", "the compiler could not write: the disk is full"], Serves),
    row(13, "cargo, or the compiler, killed in a build", By(builds::kill_the_build), &["cargo was ended by SIGKILL", "the compiler did not survive it: signal 9, SIGKILL"], Refused),
    row(14, "a panic", Live(&["panics"]), &["panicked: an unlucky number"], Healed),
    row(15, "a panic in a drop, also in one that a panic causes", Live(&["panics_in_a_drop", "panics_in_a_drop_as_it_panics"]), &["panicked: as it was dropped", "SIGABRT"], Healed),
    row(16, "a panic whose payload panics when it is dropped", Live(&["panics_with_a_payload_that_panics"]), &["panicked: "], Healed),
    row(17, "an abort", Live(&["aborts"]), &["SIGABRT: it aborted"], Healed),
    row(18, "a write to null", Live(&["writes_to_null"]), &["SIGSEGV"], Healed),
    row(19, "a recursion without end", Live(&["recurses"]), &["stack overflow"], Healed),
    row(20, "an endless loop", By(processes::loop_for_ever), &["passed its deadline: no answer within 2s"], Healed),
    row(21, "10 GB of memory, at once and bit by bit", Live(&["allocates_10_gb", "allocates_bit_by_bit"]), &["ran out of memory", "ran out of memory"], Healed),
    row(22, "3,000 threads", Live(&["starts_3000_threads"]), &["failed to spawn thread"], Healed),
    row(23, "exit(0), and every file closed", Live(&["exits", "closes_every_file", "closes_every_file_and_hangs"]), &["exited with code 0", "crashed", "it closed its connection"], Healed),
    row(24, "shadow, stat, TCP, UDP, exec, the host's memory: 20 doors", By(doors::open_every_door), &["Permission denied", "`process_vm_readv`", "`ptrace`", "`io_uring_setup`"], Serves),
    row(25, "forged replies", By(doors::forge_replies), &["another type", "it went on after its answer", "it sent Answer", "longer than", "middle of a frame", "a kind that there is not (99)", "longer than", "its failure cannot be read", "it sent Call", "it sent Ask"], Serves),
    row(26, "1 GiB of output", Live(&["prints_1_gib", "prints_1_gib_come_what_may"]), &["it printed more than it may", "it printed more than it may"], Healed),
    row(27, "eight processes that fail at once", By(machine::fail_in_eight_processes), &["1 request to the model"], Healed),
    row(28, "kill -9 as it writes, 60 times; and a dylib with a flipped bit", By(machine::kill_while_it_writes), &["60 killed", "built again"], Harmless),
    row(29, "a model that answers 429, 529, wrong, half, or never", By(models::answer_badly), &["429", "529", "still unlucky", "error", "it is being healed"], Healed),
    row(29, "an injection and a key in the text of a panic", By(models::inject), &["[redacted]", "hidden paths"], Healed),
    row(30, "no Landlock", By(machine::take_landlock_away), &["Landlock is not to be had", "Landlock is not to be had", "Landlock is not to be had"], Serves),
];

/// Those that are done, or met, with what only Linux has: its sandbox, its limits, `/proc`.
pub(crate) const ON_LINUX: &[u8] = &[2, 9, 11, 12, 13, 18, 21, 22, 23, 24, 25, 26, 30];

#[rustfmt::skip] // it is short
const fn row(
    number: u8,
    name: &'static str,
    done: Done,
    causes: &'static [&'static str],
    outcome: Outcome,
) -> Fault {
    Fault {
        number,
        name,
        done,
        causes,
        outcome,
    }
}
