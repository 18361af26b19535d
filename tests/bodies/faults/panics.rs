pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        panic!("an unlucky number");
    }
    Ok(x + 1)
}
