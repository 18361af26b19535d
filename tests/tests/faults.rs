//! Bad ends: a clear error, the old version still serving, nothing lost. Most of them happen to a process
//! of their own. Those that a hostile or unlucky body brings about stand in `thirty_faults`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{ErrorKind, Logger, ToolStats};
use anvil_tests::bodies::{PANICS, RIGHT, unbuilt};
use anvil_tests::built::Target;
use anvil_tests::program::Program;
use anvil_tests::script::wait_until;
use anvil_tests::tool::{Failed, Report, Script, top_n};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn script(tools: &Path, replies: &[&str], calls: &[usize]) -> Script {
    Script {
        tools_dir: Some(tools.to_owned()),
        replies: Some(replies.iter().map(|&reply| reply.to_owned()).collect()),
        calls: calls.to_vec(),
        ..Script::default()
    }
}

fn error(report: &Report, call: usize) -> &Failed {
    report.calls[call].as_ref().unwrap_err()
}

/// Asserts that the calls for 1 and 2 numbers, in that order, were answered without asking a model.
fn assert_serves(report: &Report) {
    let answers: Vec<_> = report
        .calls
        .iter()
        .map(|call| call.clone().unwrap())
        .collect();
    assert_eq!(answers, [vec![7], vec![7, 6]]);
    assert_eq!(report.requests, 0);
}

/// A store with one version of `top_n`, its body, and the dylib that was just built of it.
fn stored_and_built() -> (TempDir, String, PathBuf) {
    let tools = TempDir::new().unwrap();
    let body = unbuilt(RIGHT);
    let _ = Program::new().run(&script(tools.path(), &[&body], &[1]));
    let [dylib] = Target::shared().dylibs(&body).try_into().unwrap();
    (tools, body, dylib)
}

#[test]
fn without_cargo_the_error_says_so_and_what_to_do() {
    let tools = TempDir::new().unwrap();
    let body = unbuilt(RIGHT);
    let report = Program::new()
        .env("PATH", "")
        .run(&script(tools.path(), &[&body], &[1]));
    let Failed { line, whole } = error(&report, 0);
    assert_eq!(line, "`top_n` cannot be built: there is no `cargo` on PATH");
    assert!(
        whole.contains("help: tools are built where they run: install Rust"),
        "{whole}"
    );
}

#[test]
fn a_stored_tool_needs_neither_model_nor_cargo_nor_a_line_of_set_up() {
    // Another target directory, with what is finished; `tools` at the root of the workspace around it.
    let target = Target::new(Path::new(env!("CARGO_TARGET_TMPDIR")), "faults");
    let tools = target.path().with_file_name("tools");
    let _ = fs::remove_dir_all(&tools);
    let body = unbuilt(RIGHT);
    let report = Program::new().run(&script(&tools, &[&body], &[1]));
    assert_eq!(report.requests, 1);
    target.take_finished(&Target::shared(), &body);

    // Wherever the program is started.
    let elsewhere = TempDir::new().unwrap();
    let later = Program::below(target.path())
        .current_dir(elsewhere.path())
        .env("PATH", "")
        .run(&Script {
            calls: vec![1, 2],
            ..Script::default()
        });
    assert_serves(&later);
}

#[test]
fn without_an_installed_anvil_nothing_is_spent_and_the_error_says_what_to_write() {
    let empty = TempDir::new().unwrap();
    let report = Program::new().current_dir(empty.path()).run(&Script {
        calls: vec![1],
        ..Script::default()
    });
    let Failed { line, whole } = error(&report, 0);
    assert!(
        line.contains("no model is asked without an installed `Anvil`"),
        "{line}"
    );
    assert!(
        whole.contains(".install();` at the start of `main`"),
        "{whole}"
    );
    assert_eq!(
        fs::read_dir(empty.path()).unwrap().count(),
        0,
        "and nothing is written"
    );
}

#[test]
fn offline_no_model_is_asked_and_the_error_says_so() {
    let model = MockModel::new();
    let _anvil = TestAnvil::configure(model.clone(), |builder| builder.offline(true));
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoModel);
    assert!(error.to_string().contains("Anvil is offline"), "{error}");
    assert!(error.help().is_some());
    assert!(model.requests().is_empty());
}

#[test]
fn an_entry_that_is_not_ours_is_named_and_left_alone() {
    let model = MockModel::new().reply("top_n", RIGHT);
    let anvil = TestAnvil::new(model.clone());
    let theirs = anvil.tools_dir().join("top_n");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("main.py"), "print('mine')").unwrap();

    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(
        error.to_string().contains("not a tool of Anvil's"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("move it away"));
    assert!(model.requests().is_empty());
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1);
}

#[test]
fn a_dylib_that_was_cut_short_is_built_again_and_not_loaded() {
    let (tools, _, dylib) = stored_and_built();
    let whole = fs::read(&dylib).unwrap();
    fs::write(&dylib, &whole[..whole.len() / 2]).unwrap();

    assert_serves(&Program::new().run(&script(tools.path(), &[], &[1, 2])));
    assert_eq!(fs::read(&dylib).unwrap().len(), whole.len());
}

#[test]
fn a_dylib_from_another_compiler_is_built_again_and_not_called() {
    let (tools, body, dylib) = stored_and_built();

    let mut other = fs::read(&dylib).unwrap();
    let abi = anvil_core::abi::ABI.as_bytes();
    let at = other
        .windows(abi.len())
        .position(|window| window == abi)
        .unwrap();
    other[at + "wire 1, rustc ".len()] = b'9';
    fs::remove_file(&dylib).unwrap();
    let disguised = blake3::hash(&other).to_hex();
    let disguised = dylib.with_file_name(format!("{disguised}{}", std::env::consts::DLL_SUFFIX));
    fs::write(&disguised, &other).unwrap();

    assert_serves(&Program::new().run(&script(tools.path(), &[], &[1, 2])));
    assert_eq!(
        Target::shared().dylibs(&body),
        [dylib],
        "the other one is gone"
    );
}

#[test]
fn processes_that_need_the_same_tool_at_once_have_it_written_once() {
    let tools = TempDir::new().unwrap();
    let script = Script {
        thinks_ms: 300,
        ..script(tools.path(), &[RIGHT], &[1, 2])
    };
    let running: Vec<_> = (0..4).map(|_| Program::new().start(&script)).collect();
    let reports: Vec<_> = running
        .into_iter()
        .map(|program| program.report())
        .collect();
    assert_eq!(
        reports.iter().map(|report| report.requests).sum::<usize>(),
        1
    );
    for report in &reports {
        assert_serves(&Report {
            requests: 0,
            ..report.clone()
        });
    }
}

#[test]
fn processes_that_share_a_log_lose_no_event_of_it_though_it_is_put_aside_all_the_time() {
    let folder = TempDir::new().unwrap();
    let _ = Program::new().run(&script(folder.path(), &[RIGHT], &[1]));
    let log = folder.path().join("logs/anvil.log");
    let script = Script {
        log: Some((log.clone(), 2_000)),
        ..script(folder.path(), &[], &[1; 200])
    };
    let running: Vec<_> = (0..4).map(|_| Program::new().start(&script)).collect();
    for program in running {
        let _ = program.report();
    }
    let loaded = Logger::load(&log).unwrap();
    assert_eq!(loaded.skipped, 0);
    assert_eq!(ToolStats::of(&loaded.events, "top_n").executed, 4 * 200);
    assert!(log.with_file_name("anvil.log.9").exists());
}

#[test]
fn a_process_that_is_killed_while_it_writes_a_tool_keeps_nobody_from_it() {
    let tools = TempDir::new().unwrap();
    let lock = tools.path().join("top_n/.lock");
    let stuck = Script {
        thinks_ms: 600_000,
        ..script(tools.path(), &[RIGHT], &[1])
    };
    let stuck = Program::new().start(&stuck);
    wait_until(|| lock.exists());
    stuck.kill();
    let report = Program::new().run(&script(tools.path(), &[RIGHT], &[1, 2]));
    assert_serves(&Report {
        requests: report.requests - 1,
        ..report
    });
}

#[test]
#[cfg(unix)]
fn a_machine_without_a_linker_is_not_the_models_fault() {
    use std::os::unix::fs::symlink;

    let bin = TempDir::new().unwrap();
    for tool in ["cargo", "rustc"] {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path).map(|folder| folder.join(tool));
        symlink(
            found.into_iter().find(|file| file.exists()).unwrap(),
            bin.path().join(tool),
        )
        .unwrap();
    }
    let tools = TempDir::new().unwrap();
    let (body, other) = (unbuilt(RIGHT), unbuilt(RIGHT));
    let report =
        Program::new()
            .env("PATH", bin.path())
            .run(&script(tools.path(), &[&body, &other], &[1]));
    let line = &error(&report, 0).line;
    assert!(
        line.starts_with("`top_n` cannot be built") && line.contains("linker"),
        "{line}"
    );
    assert_eq!(report.requests, 1, "the model was asked once");
}

#[test]
#[cfg(unix)]
fn when_a_version_cannot_be_written_the_old_one_serves_and_nothing_is_torn() {
    let tools = TempDir::new().unwrap();
    // A worker is handed its dylib in a file, too, if one that is on no disk.
    let program = || Program::new().env("ANVIL_ISOLATION", "in_process");
    let _ = program().run(&script(tools.path(), &[PANICS], &[1]));
    let warm = TempDir::new().unwrap();
    let long = format!("{RIGHT}\n// {}\n", "x".repeat(40_000));
    let _ = program().run(&script(warm.path(), &[PANICS, &long], &[9])); // builds the next body
    let fail = script(tools.path(), &[&long], &[9, 1]);

    // No file may grow beyond some kilobytes, as on a disk that is full, and nobody has to be root for it.
    let full = Program::new()
        .wrapped(["sh", "-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$1\""])
        .env("ANVIL_ISOLATION", "in_process")
        .run(&fail);
    let line = &error(&full, 0).line;
    assert!(
        line.contains("panicked") && line.contains("versions/1.1.rs: File too large"),
        "{line}"
    );
    assert_eq!(full.calls[1].as_ref().unwrap(), &[7], "1.0 still serves");

    let freed = program().run(&fail);
    assert_eq!(
        freed.calls[0].as_ref().unwrap(),
        &[7, 6, 5],
        "and heals once there is room"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_full_disk_the_old_version_serves_and_nothing_is_torn() {
    if !may_mount() {
        eprintln!(
            "skipped: this system lets nobody mount a small disk; the test before covers the rest"
        );
        return;
    }
    // In a mount namespace of its own: generate on a small disk, fill it, then fail and heal.
    const STEPS: &str = r#"
        mount -t tmpfs -o size=64k tmpfs "$TOOLS" || exit 1
        "$0" "$GENERATE" >&2 || exit 1
        dd if=/dev/zero of="$TOOLS/filler" bs=1k 2>/dev/null
        "$0" "$1"
        rm "$TOOLS/filler"
        "$0" "$1"
    "#;
    let tools = TempDir::new().unwrap();
    let generate = script(tools.path(), &[PANICS], &[1]);
    let fail = script(tools.path(), &[RIGHT], &[9, 1]);
    let run = |steps: &str| {
        Program::new()
            .wrapped([
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                steps,
            ])
            .env("TOOLS", tools.path())
            .env("GENERATE", serde_json::to_string(&generate).unwrap())
            .run(&fail)
    };
    let full = run(STEPS.rsplit_once("rm ").unwrap().0);
    let line = &error(&full, 0).line;
    assert!(
        line.contains("panicked") && line.contains("versions/1.1.rs"),
        "{line}"
    );
    assert!(line.contains("No space left"), "{line}");
    assert_eq!(full.calls[1].as_ref().unwrap(), &[7], "1.0 still serves");

    let freed = run(STEPS);
    assert_eq!(
        freed.calls[0].as_ref().unwrap(),
        &[7, 6, 5],
        "and heals once there is room"
    );
}

/// Whether this user may have a mount namespace; some systems and containers forbid it.
#[cfg(target_os = "linux")]
fn may_mount() -> bool {
    let mut unshare = std::process::Command::new("unshare");
    unshare.args([
        "--user",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "tmpfs",
        "/mnt",
    ]);
    unshare.output().is_ok_and(|output| output.status.success())
}
