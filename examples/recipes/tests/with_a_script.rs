//! The tools with a model that says what it is told to say: what becomes of an answer, and of none.
//!
//! The answers lie in `tests/bodies`. A test of this kind is about your program: how it takes a first call, a heal, a
//! model that is down.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{ErrorKind, EventFilter, EventKind};
use recipes::{Ingredient, ingredient, shopping_list};

/// Takes `½` for a part of the name, which the declaration does not allow.
const FIRST: &str = include_str!("bodies/ingredient.1.rs");
const HEALED: &str = include_str!("bodies/ingredient.2.rs");

#[test]
fn the_first_call_has_a_body_written_and_the_next_one_has_not() -> anvil::Result<()> {
    let model = MockModel::new().reply("ingredient", FIRST);
    let anvil = TestAnvil::new(model.clone());

    let flour = ingredient("1 1/2 cups flour")?;
    let expected = Ingredient {
        amount: Some(1.5),
        unit: Some("cup".to_owned()),
        name: "flour".to_owned(),
    };
    assert_eq!(flour, expected);
    assert_eq!(ingredient("2 eggs")?.name, "eggs");

    assert_eq!(model.requests_for("ingredient").len(), 1);
    assert_eq!(anvil.tool_info("ingredient")?.version.to_string(), "1.0");
    Ok(())
}

#[test]
fn an_answer_that_is_against_the_contract_reaches_nobody_and_heals_the_tool() -> anvil::Result<()> {
    let model = MockModel::new()
        .reply("ingredient", FIRST)
        .reply("ingredient", HEALED);
    let anvil = TestAnvil::new(model.clone());

    assert_eq!(ingredient("2 eggs")?.amount, Some(2.0));
    assert_eq!(ingredient("½ cup sugar")?.amount, Some(0.5));

    assert_eq!(anvil.tool_info("ingredient")?.version.to_string(), "1.1");
    let healed = EventFilter::new().kind(EventKind::ToolHealed);
    assert_eq!(anvil.logger().history(healed).len(), 1);
    let asked = &model.requests_for("ingredient")[1];
    assert!(asked.task.contains("½ cup sugar"), "{}", asked.task);
    Ok(())
}

#[test]
fn a_body_that_breaks_an_example_never_goes_live() -> anvil::Result<()> {
    let wrong = FIRST.replace(
        "above.parse::<f64>()? / below",
        "above.parse::<f64>()? + below",
    );
    let model = MockModel::new()
        .reply("ingredient", wrong)
        .reply("ingredient", FIRST);
    let _anvil = TestAnvil::new(model.clone());

    assert_eq!(ingredient("1/4 cup milk")?.amount, Some(0.25));

    let told = &model.requests_for("ingredient")[1].task;
    assert!(
        told.contains("Your last answer, below, breaks an example"),
        "{told}"
    );
    Ok(())
}

#[test]
fn while_the_model_is_down_the_version_that_is_there_serves_on() -> anvil::Result<()> {
    let model = MockModel::new()
        .reply("ingredient", FIRST)
        .fail("ingredient", "it is down")
        .fail("shopping_list", "it is down");
    let _anvil = TestAnvil::new(model);

    assert_eq!(ingredient("2 eggs")?.name, "eggs");
    let unread = ingredient("½ cup sugar").err();
    assert_eq!(unread.map(|error| error.kind()), Some(ErrorKind::Contract));
    assert_eq!(ingredient("3 eggs")?.amount, Some(3.0));

    let unwritten = shopping_list(&[]).err();
    assert_eq!(unwritten.map(|error| error.kind()), Some(ErrorKind::Model));
    Ok(())
}
