#[anvil::tool(intent = "Make a slug", retries = 3)]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
