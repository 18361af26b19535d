type Maybe = Option<u8>;

#[anvil::tool(intent = "Find")]
fn find(wanted: Option<Maybe>) -> anvil::Result<u8>;

fn main() {}
