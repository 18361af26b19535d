#[anvil::tool(intent = "Double x", ensures(out > 1))]
fn condition(x: u32) -> anvil::Result<u32>;

#[anvil::tool(intent = "Double x", pure = true)]
fn value(x: u32) -> anvil::Result<u32>;

#[anvil::tool(intent = "Double x", heal_on_err("always"))]
fn words(x: u32) -> Result<u32, String>;

fn main() {}
