//! What a body tries that wants out: every door, and the one connection that it has. Faults 24 and 25.

use crate::fault::{limits, serves, successor};
use anvil::testing::{MockModel, TestAnvil};
use anvil::{Isolation, Policy};
use anvil_tests::bodies::fault as body;
use std::fs;
use std::net::TcpListener;
use tempfile::TempDir;

#[anvil::tool(intent = "Try a door", heal = false)]
fn open_door(door: &str, host: i32, at: &str) -> anvil::Result<String>;

/// Doors that are shut: the body gets an error, as any program would.
const SHUT: [&str; 17] = [
    "shadow",
    "a readable file",
    "a new file",
    "stat",
    "a folder",
    "the memory of the host",
    "the environment of the host",
    "the environment",
    "TCP",
    "a TCP server",
    "UDP",
    "a Unix socket",
    "exec",
    "fork",
    "a signal to the host",
    "new code",
    "a file in memory",
];

/// System calls that only an attack makes: they end the process, and are named.
const FATAL: [&str; 3] = ["process_vm_readv", "ptrace", "io_uring_setup"];

/// Returns what was said of the first shut door and of the fatal ones.
pub(crate) fn open_every_door() -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("readable");
    fs::write(&file, "by everyone").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let socket = folder.path().join("socket");
    #[cfg(unix)]
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let at = |door: &str| match door {
        "a readable file" | "stat" => file.to_str().unwrap().to_owned(),
        "TCP" => address.clone(),
        "a Unix socket" => socket.to_str().unwrap().to_owned(),
        _ => String::new(),
    };

    let model = MockModel::new().reply("open_door", body("doors"));
    let anvil = TestAnvil::configure(model, |builder| {
        limits(builder)
            .isolation(Isolation::Sandboxed)
            .policy(Policy::unchecked())
    });
    let host = i32::try_from(std::process::id()).unwrap();
    let knock = |door: &str| match open_door(door, host, &at(door)) {
        Ok(words) => panic!("{words}"),
        Err(error) => error.to_string(),
    };
    let mut told = Vec::new();
    for door in SHUT {
        let words = knock(door);
        let denied = words.to_lowercase().contains("permission denied");
        assert!(words.contains("shut: ") && denied, "{door}: {words}");
        told.push(words);
    }
    told.truncate(1);
    told.extend(FATAL.map(knock));
    // The same version still serves.
    assert_eq!(
        open_door("none", host, "").unwrap(),
        "there is no such door"
    );
    assert_eq!(
        anvil.tool_info("open_door").unwrap().version.to_string(),
        "1.0"
    );
    told
}

/// A body writes to the connection itself. What the host cannot take for an answer costs the worker its life.
pub(crate) fn forge_replies() -> Vec<String> {
    let model = MockModel::new()
        .reply("successor", body("forges"))
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        limits(builder)
            .policy(Policy::unchecked())
            .self_healing(false)
    });
    let mut told = Vec::new();
    for x in 101..=110 {
        told.push(successor(x).unwrap_err().to_string());
        settle();
        serves(&anvil, "1.0");
    }
    // A single well-formed answer is the body's own, be it right or not; the one after it is nobody's.
    let forged = successor(111);
    assert!(matches!(forged, Ok(7)) || forged.unwrap_err().to_string().contains("went on after"));
    settle();
    serves(&anvil, "1.0");
    told
}

/// What a body does after its answer is met by the next call, and fails that one.
fn settle() {
    if let Err(error) = successor(1) {
        let words = error.to_string();
        assert!(
            words.contains("it sent Answer") || words.contains("exited"),
            "{words}"
        );
    }
}
