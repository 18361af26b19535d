use std::io::Write;
use std::os::fd::FromRawFd;
use std::time::Duration;

pub fn obey(order: &str, n: u64) -> Result<u64, ToolError> {
    match order {
        "double" => return Ok(2 * n),
        "pid" => {}
        "sleep" => std::thread::sleep(Duration::from_millis(n)),
        "loop" => loop {
            std::hint::spin_loop();
        },
        "panic" => panic!("as told"),
        "err" => return Err(ToolError::new("as told")),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(3),
        "fill" => {
            let mut all = Vec::new();
            loop {
                // Not written to, which takes its time.
                all.push(vec![0_u8; 1 << 20]);
                std::hint::black_box(&all);
            }
        }
        "forge" => {
            // SAFETY: it is open, and forgotten before anyone closes it.
            let mut host = unsafe { std::fs::File::from_raw_fd(0) };
            let _ = host.write_all(&[0xff; 64]);
            std::mem::forget(host);
        }
        _ => return Err(ToolError::invalid_input(format!("nobody knows how to {order}"))),
    }
    Ok(std::process::id().into())
}
