#[anvil::tool(intent = "Make a slug")]
fn slug<'a, T, const N: usize>(title: &'a str) -> anvil::Result<String>
where
    T: Clone;

fn main() {}
