struct Invoice;

#[anvil::tool(intent = "Write an invoice")]
fn invoice(total: f64) -> anvil::Result<Invoice>;

fn main() {}
