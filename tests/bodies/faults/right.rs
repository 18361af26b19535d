pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + 1)
}
