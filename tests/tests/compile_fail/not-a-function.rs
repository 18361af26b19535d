#[anvil::tool(intent = "Make a slug")]
struct Slug;

fn main() {}
