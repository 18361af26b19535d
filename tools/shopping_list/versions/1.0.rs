use std::collections::BTreeMap;

pub fn shopping_list(ingredients: &[Ingredient]) -> Result<Vec<String>, ToolError> {
    let mut sums: BTreeMap<(&str, Option<&str>), Option<f64>> = BTreeMap::new();
    for Ingredient { amount, unit, name } in ingredients {
        let sum = sums.entry((name.as_str(), unit.as_deref())).or_default();
        if let Some(amount) = amount {
            *sum = Some(sum.unwrap_or(0.0) + amount);
        }
    }
    let lines = sums.into_iter().map(|((name, unit), sum)| {
        let amount = sum.map(|sum| sum.to_string());
        let parts = [amount.as_deref(), unit, Some(name)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    Ok(lines.collect())
}

// anvil: `shopping_list` 1.0. Edit tool.rs and it is yours: it runs, and is never rewritten.
