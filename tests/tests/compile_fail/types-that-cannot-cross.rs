#[anvil::tool(intent = "Do it")]
fn run(
    a: impl Fn(),
    b: &dyn Send,
    c: fn(u8) -> u8,
    d: *const u8,
    e: Option<&mut Vec<u8>>,
    f: Option<Option<u8>>,
    g: Vec<&[u8]>,
    h: &'static str,
) -> anvil::Result<()>;

fn main() {}
