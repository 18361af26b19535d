//! A person at a terminal is asked for a secret that is set nowhere, where the program allows it; nobody else is.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use rexpect::session::PtySession;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_asks");

/// The program at a terminal, once it asks.
fn asked() -> PtySession {
    let mut session = rexpect::spawn(PROGRAM, Some(120_000)).unwrap();
    session
        .exp_string("`knock` needs the secret DOOR_KEY, for 127.0.0.1:*")
        .unwrap();
    session.exp_string("go on without): ").unwrap();
    session
}

#[test]
fn what_is_typed_is_not_shown_and_the_call_goes_on_with_it() {
    let mut session = asked();
    session.send_line("open-sesame").unwrap();
    let shown = session.exp_eof().unwrap();
    assert_eq!(shown.matches("it says come in").count(), 2, "{shown}");
    assert!(
        !shown.contains("sesame") && !shown.contains("needs the secret"),
        "{shown}"
    );
}

#[test]
fn who_types_nothing_is_not_asked_again_and_the_call_says_what_is_missing() {
    let mut session = asked();
    session.send_line("").unwrap();
    let shown = session.exp_eof().unwrap();
    assert_eq!(
        shown
            .matches("it fails: `knock` 1.0: DOOR_KEY is not set")
            .count(),
        2,
        "{shown}"
    );
    assert!(
        shown.contains("set it in the environment, in `.env`"),
        "{shown}"
    );
    assert!(!shown.contains("needs the secret"), "{shown}");
}

#[test]
fn nothing_is_shown_over_the_question_while_it_is_thought_about() {
    let mut command = Command::new(PROGRAM);
    command.arg("while something else is done");
    let mut session = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
    session.exp_string("go on without): ").unwrap();
    // What takes longer than a second is shown.
    sleep(Duration::from_millis(1_300));
    session.send_line("open-sesame").unwrap();
    let shown = session.exp_eof().unwrap();
    let (meanwhile, _) = shown.split_once('\n').unwrap();
    assert_eq!(meanwhile, "\r", "{shown}");
    assert_eq!(shown.matches("it says come in").count(), 2, "{shown}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let output = Command::new(PROGRAM).stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(shown.matches("DOOR_KEY is not set").count(), 2, "{shown}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
