pub fn successor(x: u64) -> Result<u64, ToolError> {
    Ok(x + 1)
}

pub mod tool {
    pub fn successor(_: u64) -> u64 {
        666
    }
}

pub mod glue {
    pub fn call() -> u64 {
        666
    }
}

pub fn call(_: u64) -> u64 {
    666
}

pub static ANVIL_GUEST: u64 = 666;
pub struct GuestTable;
pub type Body = fn() -> u64;
