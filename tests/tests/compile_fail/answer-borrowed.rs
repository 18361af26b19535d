#[anvil::tool(intent = "Find")]
fn find(text: &str) -> &str;

#[anvil::tool(intent = "Find")]
fn find_all(text: &str) -> anvil::Result<Vec<&str>>;

fn main() {}
