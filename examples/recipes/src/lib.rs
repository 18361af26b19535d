//! From recipes to shopping lists, with two tools whose bodies a language model writes.

use anvil::ToolType;
use serde::{Deserialize, Serialize};

/// What a line of a recipe asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
pub struct Ingredient {
    /// Nothing where the line says none.
    pub amount: Option<f64>,
    /// In the singular, such as `cup`. Nothing where things are counted, or the line says none.
    pub unit: Option<String>,
    /// As the line has it.
    pub name: String,
}

/// Units are cup, tsp, tbsp, g, kg, ml, l and pinch. Anything else is a part of the name.
#[anvil::tool(
    intent = "Read a line of a recipe, such as '1 1/2 cups flour', '2 eggs' or 'salt'",
    examples(
        ingredient("1 1/2 cups flour")?.amount == Some(1.5),
        ingredient("1 1/2 cups flour")?.unit.as_deref() == Some("cup"),
        ingredient("2 eggs")?.name == "eggs",
        ingredient("salt")?.amount.is_none(),
        ingredient("  ").is_err(),
    ),
    ensures(|out| !out.name.is_empty() && !out.name.starts_with(char::is_numeric)),
    pure
)]
pub fn ingredient(line: &str) -> anvil::Result<Ingredient>;

/// A line reads like `1.5 cup flour`, and has no more than it needs: `2 eggs`, `salt`.
#[anvil::tool(
    intent = "What to buy for these ingredients: a line for each name and unit, in the order of the names, with the sum \
              of the amounts",
    ensures(|out| out.len() <= ingredients.len() && out.iter().all(|line| !line.is_empty())),
    pure
)]
pub fn shopping_list(ingredients: &[Ingredient]) -> anvil::Result<Vec<String>>;
