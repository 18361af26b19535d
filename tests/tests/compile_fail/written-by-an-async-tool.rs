#[anvil::tool(intent = "Sort")]
async fn sort(xs: &mut Vec<u8>);

fn main() {}
