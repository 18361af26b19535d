//! Machines that fill up, processes that are killed, files that change, kernels that lack something. Faults 12, 27,
//! 28 and 30.

use anvil::{EventKind, Isolation, Logger};
use anvil_tests::bodies::{PANICS, RIGHT, unbuilt};
use anvil_tests::built::Target;
use anvil_tests::program::Program;
use anvil_tests::script::wait_until;
use anvil_tests::tool::{Failed, Report, Script};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn script(tools: &Path, replies: &[&str], calls: &[usize]) -> Script {
    Script {
        tools_dir: Some(tools.to_owned()),
        replies: Some(replies.iter().map(|&reply| reply.to_owned()).collect()),
        calls: calls.to_vec(),
        ..Script::default()
    }
}

fn answers(report: &Report) -> Vec<Vec<i64>> {
    let calls = report.calls.iter();
    calls.map(|call| call.clone().unwrap()).collect()
}

fn error(report: &Report, call: usize) -> &Failed {
    report.calls[call].as_ref().unwrap_err()
}

/// No file may grow, or none beyond some kilobytes, as on a disk that is full; nobody has to be root for it. `faults.rs`
/// does it on a small disk, too, where it may make one.
pub(crate) fn fill_the_disk() -> Vec<String> {
    // A worker is handed its dylib in a file, too, if one that is on no disk.
    let program = || Program::new().env("ANVIL_ISOLATION", "in_process");
    let full = |blocks: u32| {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$1\"");
        let program = Program::new().wrapped(["sh", "-c", &limit]);
        program.env("ANVIL_ISOLATION", "in_process")
    };
    let long = format!("{RIGHT}\n// {}\n", "x".repeat(40_000));
    let tools = TempDir::new().unwrap();
    let _ = program().run(&script(tools.path(), &[PANICS], &[1]));
    let warm = TempDir::new().unwrap();
    let _ = program().run(&script(warm.path(), &[PANICS, &long], &[9])); // builds the next body
    let fail = script(tools.path(), &[&long], &[9, 1]);
    let [unasked, unwritten] = [0, 16].map(|blocks| full(blocks).run(&fail));
    for report in [&unasked, &unwritten] {
        assert_eq!(report.calls[1].as_ref().unwrap(), &[7], "1.0 still serves");
    }
    assert_eq!((unasked.requests, unwritten.requests), (0, 1));
    let freed = program().run(&fail);
    assert_eq!(answers(&freed), [vec![7, 6, 5], vec![7]]);

    // Nor can anything be built.
    let other = TempDir::new().unwrap();
    let body = unbuilt(RIGHT);
    let unbuilt = full(16).run(&script(other.path(), &[&body, RIGHT], &[1]));
    assert!(
        unbuilt.requests <= 1,
        "it is not the model's fault: {unbuilt:#?}"
    );
    [&unasked, &unwritten, &unbuilt]
        .map(|report| error(report, 0).line.clone())
        .into()
}

/// Eight processes fail at the same time, and one of them has the tool healed, for all.
pub(crate) fn fail_in_eight_processes() -> Vec<String> {
    let tools = TempDir::new().unwrap();
    let _ = Program::new().run(&script(tools.path(), &[PANICS], &[1]));
    let script = Script {
        thinks_ms: 500,
        ..script(tools.path(), &[RIGHT], &[9, 1])
    };
    let running: Vec<_> = (0..8).map(|_| Program::new().start(&script)).collect();
    let reports: Vec<Report> = running
        .into_iter()
        .map(|program| program.report())
        .collect();
    for report in &reports {
        assert_eq!(answers(report), [vec![7, 6, 5], vec![7]]);
    }
    let requests: usize = reports.iter().map(|report| report.requests).sum();
    let versions = fs::read_dir(tools.path().join("top_n/versions")).unwrap();
    assert_eq!(versions.count(), 2);
    vec![format!("{requests} request to the model")]
}

/// At any instant of a heal; and nothing but the candidate is ever lost.
pub(crate) fn kill_while_it_writes() -> Vec<String> {
    const KILLS: [(&str, u64); 5] = [
        ("", 12),
        ("versions/1.0.rs", 12),
        ("tool.json", 12),
        ("tool.rs", 12),
        ("versions/1.1.rs", 12),
    ];
    let warm = TempDir::new().unwrap();
    let _ = Program::new().run(&script(warm.path(), &[PANICS, RIGHT], &[9])); // builds both bodies
    let mut kills = 0;
    for (file, times) in KILLS {
        // As soon as the file is there, and then some time later.
        for delay in 0..times {
            let tools = TempDir::new().unwrap();
            let script = script(tools.path(), &[PANICS, RIGHT], &[9, 1]);
            let awaited = tools.path().join("top_n").join(file);
            let doomed = Program::new().start(&script);
            wait_until(|| awaited.exists());
            std::thread::sleep(Duration::from_micros(500 * delay));
            doomed.kill();
            kills += 1;

            let report = Program::new().run(&script);
            assert_eq!(
                answers(&report),
                [vec![7, 6, 5], vec![7]],
                "{delay} after {file:?}"
            );
            let read = |file: &str| fs::read_to_string(tools.path().join("top_n").join(file));
            assert_eq!(read("tool.rs").unwrap(), read("versions/1.1.rs").unwrap());
        }
    }
    vec![format!("{kills} killed"), flip_a_byte()]
}

/// Whatever was changed is not loaded but built again.
fn flip_a_byte() -> String {
    let target = Target::shared();
    let tools = TempDir::new().unwrap();
    let body = unbuilt(RIGHT);
    let _ = Program::new().run(&script(tools.path(), &[&body], &[1]));
    let [dylib] = target.dylibs(&body).try_into().unwrap();
    let whole = fs::read(&dylib).unwrap();
    for at in [0x10, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x40;
        fs::write(&dylib, &flipped).unwrap();
        let report = Program::new().run(&script(tools.path(), &[], &[1, 2]));
        assert_eq!(answers(&report), [vec![7], vec![7, 6]]);
        assert_eq!(report.requests, 0);
        assert!(fs::read(&dylib).unwrap() != flipped);
    }
    "built again".to_owned()
}

/// A kernel without Landlock: nothing runs, unless the user would rather go on without, which is then said.
pub(crate) fn take_landlock_away() -> Vec<String> {
    let run = |tools: &TempDir, body: &str, degrade: Option<&str>| {
        let log = tools.path().join("anvil.log");
        let mut program = Program::new().wrapped([env!("CARGO_BIN_EXE_without_landlock")]);
        if let Some(yes) = degrade {
            program = program.env("ANVIL_DEGRADE_ISOLATION", yes);
        }
        let report = program.run(&Script {
            log: Some((log.clone(), 1 << 20)),
            ..script(tools.path(), &[body, body], &[1, 2])
        });
        (report, Logger::load(&log).unwrap().events)
    };
    // The sandbox of a build, and that of a body which was built before.
    let warm = TempDir::new().unwrap();
    let _ = Program::new().run(&script(warm.path(), &[RIGHT], &[1]));
    let mut told = Vec::new();
    for body in [unbuilt(RIGHT), RIGHT.to_owned()] {
        let (report, _) = run(&TempDir::new().unwrap(), &body, None);
        let Failed { line, whole } = error(&report, 0);
        assert!(whole.contains(".degrade_isolation(true)"), "{whole}");
        told.push(line.clone());
        assert!(report.calls[1].is_err());
    }
    let (report, events) = run(&TempDir::new().unwrap(), &unbuilt(RIGHT), Some("1"));
    assert_eq!(answers(&report), [vec![7], vec![7, 6]]);
    let degraded: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::IsolationDegraded)
        .collect();
    assert_eq!(degraded.len(), 1, "{events:?}");
    told.extend(degraded[0].error.clone());
    let executed = events
        .iter()
        .filter(|event| event.kind == EventKind::ToolExecuted);
    assert!(executed.clone().count() == 2);
    for event in executed {
        assert_eq!(event.isolation, Some(Isolation::Worker));
    }
    told
}
