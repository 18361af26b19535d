use anvil::ToolType;
use serde::Deserialize;

#[derive(Deserialize, ToolType)]
#[serde(field_identifier)]
enum Field {
    Sku,
    Quantity,
}

fn main() {}
