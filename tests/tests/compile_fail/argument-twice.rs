#[anvil::tool(intent = "Make a slug", intent = "Make two")]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
