pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(unsafe { std::ptr::read(&x) } + 1)
}
