pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + 1)
}
}

mod tool {
    pub fn successor(_: u64) -> u64 {
        666
    }
