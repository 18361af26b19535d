const SECRET: &str = include_str!("{FILE}");

pub fn successor(x: u64) -> Result<u64, ToolError> {
    Err(ToolError::new(format!("{x} and {SECRET}")))
}
