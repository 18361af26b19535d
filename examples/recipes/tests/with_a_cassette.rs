//! The tools with what a model has really answered: whether the declarations say enough for one to write them.
//!
//! `ANVIL_CASSETTE=record cargo test --test with_a_cassette` asks the model that the environment names, and writes down
//! what it is asked and what it answers. From then on `cargo test` replays that, without key and network, and fails when
//! it would ask anything else. (In Anvil's own repository `tests/record_recipes.sh` records it, from a stand-in.)

use anvil::models;
use anvil::testing::{Cassette, TestAnvil};
use recipes::{ingredient, shopping_list};

#[test]
fn a_recipe_becomes_a_shopping_list() -> anvil::Result<()> {
    let cassette = Cassette::from_env("tests/cassettes/shopping", models::from_env)?;
    let _anvil = TestAnvil::new(cassette.clone());

    let lines = ["1 1/2 cups flour", "2 eggs", "½ cup flour", "salt"];
    let ingredients = lines.iter().map(|line| ingredient(line));
    let ingredients = ingredients.collect::<anvil::Result<Vec<_>>>()?;
    let list = shopping_list(&ingredients)?;

    assert_eq!(list, ["2 eggs", "2 cup flour", "salt"]);
    assert_eq!(
        cassette.unused(),
        [""; 0],
        "the recording has more than is asked for"
    );
    Ok(())
}
