#[anvil::tool(intent = "Make a slug", name = "../slug")]
fn slug(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug")]
fn makeSlug(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug")]
fn nul(title: &str) -> anvil::Result<String>;

fn main() {}
