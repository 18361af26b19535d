#[anvil::tool]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
