struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        panic!("and again");
    }
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        let _guard = Spiteful;
        panic!("first");
    }
    Ok(x + 1)
}
