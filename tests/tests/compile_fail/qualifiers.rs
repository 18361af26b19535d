#[anvil::tool(intent = "Make a slug")]
const unsafe extern "C" fn slug(title: &str) -> anvil::Result<String>;

fn main() {}
