#[derive(anvil::ToolType)]
struct Line {
    sku: String,
}

fn main() {}
