use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the call, as host and worker count.
static CALLS: AtomicU64 = AtomicU64::new(0);

const CALL: u8 = 3;
const ANSWER: u8 = 4;
const FAILURE: u8 = 5;
const ASK: u8 = 6;

/// Writes to the first that leads to the host.
fn send(bytes: &[u8]) {
    for file in [0, 3, 4, 5, 6, 7, 8] {
        let mut file = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(file) });
        if file.write_all(bytes).is_ok() {
            return;
        }
    }
}

fn frame(length: u32, kind: u8, id: u64, bytes: &[u8]) -> Vec<u8> {
    [&length.to_le_bytes()[..], &[kind], &id.to_le_bytes(), bytes].concat()
}

/// Sends what the host does not expect, as `x` says. What is not a number above 100 is answered.
pub fn successor(x: u64) -> Result<u64, ToolError> {
    let id = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let text = b"\xa6forged";
    match x {
        101 => {
            send(&frame(7, ANSWER, id, text));
            std::process::exit(0);
        }
        102 => send(&frame(1, ANSWER, id, b"\x07").repeat(2)),
        103 => send(&frame(1, ANSWER, id + 1, b"\x07")),
        104 => send(&frame(u32::MAX, ANSWER, id, text)),
        105 => {
            send(&frame(7, ANSWER, id, b"\xa6fo"));
            std::process::exit(0);
        }
        106 => send(&frame(0, 99, id, b"")),
        107 => send(&[0xff; 64]),
        108 => send(&frame(7, FAILURE, id, text)),
        109 => send(&frame(1, CALL, id, b"\x07")),
        110 => loop {
            send(&frame(1, ASK, id, b"\x07"));
        },
        111 => send(&frame(1, ANSWER, id, b"\x07")),
        _ => {}
    }
    Ok(x + 1)
}
