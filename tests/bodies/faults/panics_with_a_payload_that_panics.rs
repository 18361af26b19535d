struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        panic!("as it was dropped");
    }
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        std::panic::panic_any(Spiteful);
    }
    Ok(x + 1)
}
