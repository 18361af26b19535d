#[anvil::tool(intent = "Make a slug", approval = "reviewed")]
fn misspelt(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", approval = true)]
fn as_a_flag(title: &str) -> anvil::Result<String>;

fn main() {}
