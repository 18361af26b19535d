pub fn price(text: &str) -> Result<f64, ToolError> {
    let amount = text
        .split(' ')
        .find(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        .ok_or_else(|| ToolError::invalid_input("an amount and a currency"))?;
    Ok(decimal(amount).parse()?)
}

/// The last separator is the decimal one; those before it group digits.
fn decimal(amount: &str) -> String {
    match amount.rfind(['.', ',']) {
        Some(at) => {
            let whole: String = amount[..at].chars().filter(char::is_ascii_digit).collect();
            format!("{whole}.{}", &amount[at + 1..])
        }
        None => amount.to_owned(),
    }
}
