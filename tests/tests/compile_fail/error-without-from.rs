#[anvil::tool(intent = "Parse")]
fn parse(text: &str) -> Result<f64, u8>;

fn main() {}
