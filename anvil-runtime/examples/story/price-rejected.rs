pub fn price(text: &str) -> Result<f64, ToolError> {
    let (currency, amount) = text
        .split_once(' ')
        .ok_or_else(|| ToolError::invalid_input("an amount and a currency"))?;
    if currency.parse::<f64>().is_ok() {
        return Ok(currency.parse()?);
    }
    Ok(amount.parse()?)
}
