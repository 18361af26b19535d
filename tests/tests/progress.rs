//! What takes longer than a second is told: in the log, and to a person at a terminal.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind};
use anvil_tests::provider::Provider;
use std::process::Command;
use std::time::Duration;

#[anvil::tool(intent = "Double x")]
fn double(x: u64) -> anvil::Result<u64>;

const DOUBLES: &str = "pub fn double(x: u64) -> Result<u64, ToolError> {\n    Ok(x * 2)\n}\n";

#[test]
fn what_takes_longer_than_a_second_is_an_event() {
    let model = MockModel::new().reply("double", DOUBLES);
    model.delay(Duration::from_millis(1_300));
    let anvil = TestAnvil::new(model);
    assert_eq!(double(2).unwrap(), 4);
    let still = EventFilter::new().kind(EventKind::StillWorking);
    let still = anvil.logger().history(still.tool("double"));
    let asking: Vec<_> = still
        .iter()
        .filter(|event| event.metadata["doing"] == "asking the model")
        .collect();
    assert_eq!(asking.len(), 1, "{still:?}");
    let after = asking[0].duration_ms.unwrap();
    assert!(after >= 1_000.0, "{after}");
}

/// The program, which asks a model that does not answer for as long.
fn program(provider: &Provider, folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_env"));
    command
        .env("ANVIL_PROVIDER", "anthropic")
        .env("ANTHROPIC_API_KEY", "sk-ant-the-key-of-a-test")
        .env("ANTHROPIC_BASE_URL", &provider.base)
        .env("ANVIL_TOOLS_DIR", folder);
    command
}

#[cfg(unix)]
#[test]
fn a_person_at_a_terminal_sees_what_is_being_done_and_no_trace_of_it_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start("anthropic", &["unhurried"]);
    let command = program(&provider, folder.path());
    let mut session = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
    session
        .exp_string("double: asking claude-opus-5-5 (1s)")
        .unwrap();
    // The cursor goes back to where the line begins, so that nothing that is printed meanwhile is cleared with it.
    assert_eq!(session.exp_char('\r').unwrap(), "");
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("it answers 42"), "{rest}");
    let (_, after) = rest.split_once("it answers").unwrap();
    assert!(!after.contains("double: asking"), "{after}");
}

#[test]
fn nothing_is_shown_where_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start("anthropic", &["unhurried"]);
    let output = program(&provider, folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("StillWorking"), "{shown}");
}
