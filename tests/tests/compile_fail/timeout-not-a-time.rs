#[anvil::tool(intent = "Make a slug", timeout = "10")]
fn without_unit(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", timeout = "1h 30m")]
fn in_two_units(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", timeout = "0s")]
fn at_once(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", timeout = 10)]
fn as_a_number(title: &str) -> anvil::Result<String>;

fn main() {}
