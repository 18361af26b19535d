#[anvil::tool(intent = "Count", crates(regex = "latest", serde = "1", "left pad" = "1"))]
fn with_what_is_no_crate(text: &str) -> anvil::Result<u64>;

#[anvil::tool(intent = "Count", crates(regex))]
fn with_a_crate_of_any_version(text: &str) -> anvil::Result<u64>;

#[anvil::tool(intent = "Count", crates(regex = { path = "../regex" }))]
fn with_a_crate_that_lies_somewhere(text: &str) -> anvil::Result<u64>;

fn main() {}
