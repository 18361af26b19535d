pub fn price(text: &str) -> Result<f64, ToolError> {
    let (amount, _currency) = text
        .split_once(' ')
        .ok_or_else(|| ToolError::invalid_input("an amount and a currency"))?;
    Ok(amount.parse()?)
}
