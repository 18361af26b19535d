#[anvil::tool(intent = "Make a slug", examples(slugs("A b")? == "a-b", slug("a")? == "a"))]
fn slug(title: &str) -> anvil::Result<String>;

fn slugs(_: &str) -> anvil::Result<String> {
    Ok(String::new())
}

fn main() {}
