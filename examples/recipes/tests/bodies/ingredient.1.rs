const UNITS: [&str; 8] = ["cup", "tsp", "tbsp", "g", "kg", "ml", "l", "pinch"];

pub fn ingredient(line: &str) -> Result<Ingredient, ToolError> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let mut amount = None;
    while let Some(word) = words.first() {
        if !word.starts_with(|first: char| first.is_ascii_digit()) {
            break;
        }
        amount = Some(amount.unwrap_or(0.0) + number(word)?);
        words.remove(0);
    }
    let mut unit = None;
    if let (Some(_), Some(word)) = (amount, words.first()) {
        let singular = word.strip_suffix('s').unwrap_or(word);
        if UNITS.contains(&singular) {
            unit = Some(singular.to_owned());
            words.remove(0);
        }
    }
    if words.is_empty() {
        return Err(ToolError::invalid_input("the line names nothing"));
    }
    Ok(Ingredient { amount, unit, name: words.join(" ") })
}

fn number(word: &str) -> Result<f64, ToolError> {
    match word.split_once('/') {
        Some((above, below)) => Ok(above.parse::<f64>()? / below.parse::<f64>()?),
        None => Ok(word.parse()?),
    }
}
