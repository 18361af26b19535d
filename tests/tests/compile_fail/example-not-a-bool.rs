#[anvil::tool(intent = "Make a slug", examples(slug("A b")?, slug("a")))]
fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
