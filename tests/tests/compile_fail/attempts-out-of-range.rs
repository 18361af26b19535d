#[anvil::tool(intent = "Make a slug", max_heal_attempts = 5_000_000_000)]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
