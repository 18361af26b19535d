pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + 1)
}

#[unsafe(no_mangle)]
pub static ANVIL_GUEST: [u64; 8] = [666; 8];
