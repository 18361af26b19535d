macro_rules! bomb {
    ($($t:tt)*) => {
        bomb!($($t)* $($t)*)
    };
}

pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + bomb!(1 + 1))
}
