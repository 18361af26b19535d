#[anvil::tool(intent = " ")]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
