#[anvil::tool(intent = "Make a slug")]
fn slug(title: &str) -> anvil::Result<String> {
    Ok(title.to_owned())
}

fn main() {}
