#[anvil::tool(intent = "Make a slug", memory = "512")]
fn without_unit(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", memory = "0.5GB")]
fn in_parts(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", memory = "1MB")]
fn too_little(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", memory = 512_000_000)]
fn as_a_number(title: &str) -> anvil::Result<String>;

fn main() {}
