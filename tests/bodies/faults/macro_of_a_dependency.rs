fn glue(_body: fn(u64) -> Result<u64, ToolError>, _call: &anvil::guest::Call<'_>) -> anvil::guest::Outcome {
    Ok(Vec::new())
}

// The one macro within a body's reach that expands to `unsafe`.
anvil::export!(glue, successor);

pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + 1)
}
