struct Order;

#[anvil::tool(intent = "Total an order")]
fn total(order: &Order) -> anvil::Result<f64>;

fn main() {}
