#[anvil::tool(intent = "Make a slug", heal = "no", max_heal_attempts = 3)]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
