pub fn price(text: &str) -> Result<f64, ToolError> {
    let amount = text
        .split(' ')
        .find(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        .ok_or_else(|| ToolError::invalid_input("an amount and a currency"))?;
    Ok(amount.replace(',', ".").parse()?)
}
