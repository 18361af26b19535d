#[derive(anvil::ToolType)]
union Bits {
    float: f32,
    whole: u32,
}

fn main() {}
