#[anvil::tool(intent = "Add")]
fn add((a, b): (u8, u8), _: u8, mut c: u8, #[cfg(unix)] d: u8) -> anvil::Result<u8>;

fn main() {}
