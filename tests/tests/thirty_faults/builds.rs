//! Bodies that are a fault to build, and builds that are brought to an end. Faults 9 to 11 and 13.

use crate::fault::{limits, refused, serves, successor};
use crate::leftovers::descendants;
use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventKind, Policy};
use anvil_tests::bodies::{fault as body, unbuilt};
use anvil_tests::program::Program;
use anvil_tests::tool::{Report, Script};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TOKEN: &str = "a-token-of-the-hosts-own";

/// A body has no build script, and cannot get a dependency that has one. What it can do is read as it is compiled.
pub(crate) fn read_the_environment() -> Vec<String> {
    let tools = TempDir::new().unwrap();
    let run = |names: &[&str]| -> Report {
        let replies = names.iter().map(|name| unbuilt(&body(name)));
        let report = Program::new().env("ANVIL_TESTS_TOKEN", TOKEN).run(&Script {
            tools_dir: Some(tools.path().to_owned()),
            replies: Some(replies.collect()),
            unchecked: true,
            calls: vec![1],
            ..Script::default()
        });
        assert!(!serde_json::to_string(&report).unwrap().contains(TOKEN));
        report
    };
    // With nothing to answer after it, the refusal is what the caller is told.
    let refusal = |name| run(&[name]).calls[0].as_ref().unwrap_err().whole.clone();
    let told = vec![
        refusal("needs_the_environment_as_it_is_built"),
        refusal("includes_the_environment"),
    ];
    let answered = run(&["reads_the_environment_as_it_is_built"]);
    assert_eq!(
        answered.calls[0].as_ref().unwrap(),
        &[7],
        "it found nothing"
    );
    told
}

/// A build that takes too long is stopped, and it is the body that is turned back for it.
pub(crate) fn compile_without_end() -> Vec<String> {
    let trait_ = refused(&unbuilt(&body("recursive_trait")), |builder| builder);
    // The glue is built by now.
    let constant = refused(&unbuilt(&body("endless_constant")), |builder| {
        builder.build_timeout(Duration::from_secs(3))
    });
    vec![trait_, constant]
}

/// So is one that takes too much memory.
pub(crate) fn compile_without_measure() -> Vec<String> {
    vec![refused(&unbuilt(&body("macro_bomb")), |builder| {
        builder.build_memory(700_000_000)
    })]
}

/// A compiler that is killed may have died of the body; cargo has not. The tool can be built at the next call.
pub(crate) fn kill_the_build() -> Vec<String> {
    let model = MockModel::new()
        .reply("successor", unbuilt(&body("right")))
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model, limits);
    let (failed, _) = thread::scope(|scope| {
        let killer = scope.spawn(|| kill_when_there("/cargo build"));
        (successor(1), killer.join().unwrap())
    });
    let cargo = failed.unwrap_err().to_string();
    assert_eq!(successor(1).unwrap(), 2);
    serves(&anvil, "1.0");
    drop(anvil);

    let slow = unbuilt(&body("endless_constant"));
    let model = MockModel::new()
        .reply("successor", slow)
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model, |builder| limits(builder).policy(Policy::unchecked()));
    thread::scope(|scope| {
        scope.spawn(|| kill_when_there("--crate-name successor_"));
        assert_eq!(successor(1).unwrap(), 2);
    });
    serves(&anvil, "1.0");
    let [rustc] = crate::fault::errors(&anvil, &[EventKind::BuildFailed])
        .try_into()
        .unwrap();
    vec![cargo, rustc]
}

/// Kills, as `kill -9` does, the process below this one whose command line holds `words`. Those that are to start it
/// say so, too: the innermost is the one.
fn kill_when_there(words: &str) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        let found = descendants()
            .into_iter()
            .rfind(|process| process.line.contains(words));
        if let Some(process) = found {
            let killed = Command::new("kill")
                .args(["-9", &process.id.to_string()])
                .status();
            assert!(killed.unwrap().success());
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("there was no {words}");
}
