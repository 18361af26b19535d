use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToolType)]
#[anvil(name = "line")]
struct Line {
    #[anvil(private)]
    sku: String,
}

#[derive(Serialize, Deserialize, ToolType)]
#[anvil(heal)]
enum Failure {
    #[anvil(mend)]
    Broken(#[anvil(heal)] String),
    #[anvil(heal = true)]
    Worse,
}

fn main() {}
