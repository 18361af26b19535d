//! Prints what to buy for the recipes in the files that are named.

use anvil::Anvil;
use recipes::{Ingredient, ingredient, shopping_list};
use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    Anvil::from_env()?.install();
    let mut ingredients: Vec<Ingredient> = Vec::new();
    for path in env::args().skip(1) {
        let recipe = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        for line in recipe.lines().filter(|line| !line.trim().is_empty()) {
            ingredients.push(ingredient(line)?);
        }
    }
    for line in shopping_list(&ingredients)? {
        println!("{line}");
    }
    Ok(())
}
