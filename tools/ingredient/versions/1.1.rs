const UNITS: [&str; 8] = ["cup", "tsp", "tbsp", "g", "kg", "ml", "l", "pinch"];
const SIGNS: [(char, f64); 5] = [('¼', 0.25), ('½', 0.5), ('¾', 0.75), ('⅓', 1.0 / 3.0), ('⅔', 2.0 / 3.0)];

pub fn ingredient(line: &str) -> Result<Ingredient, ToolError> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let mut amount = None;
    while let Some(word) = words.first() {
        if !word.starts_with(char::is_numeric) {
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

/// `2`, `1/2`, `½` and `1½`.
fn number(word: &str) -> Result<f64, ToolError> {
    if let Some((at, sign)) = word.char_indices().next_back()
        && let Some((_, value)) = SIGNS.iter().find(|(known, _)| *known == sign)
    {
        return match &word[..at] {
            "" => Ok(*value),
            whole => Ok(whole.parse::<f64>()? + value),
        };
    }
    match word.split_once('/') {
        Some((above, below)) => Ok(above.parse::<f64>()? / below.parse::<f64>()?),
        None => Ok(word.parse()?),
    }
}

// anvil: `ingredient` 1.1. Edit tool.rs and it is yours: it runs, and is never rewritten.
