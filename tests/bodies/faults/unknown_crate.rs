use left_pad_ultra::pad;

pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(pad(x) + 1)
}
