//! Several declarations, processes and people with one store.

use anvil::Version;
use anvil::testing::{MockModel, TestAnvil};
use anvil_tests::bodies::{PANICS, RIGHT};
use anvil_tests::script::scripted;
use anvil_tests::tool::top_n;

#[test]
fn an_older_declaration_never_heals_over_a_newer_one() {
    fn old(x: u8) -> anvil::Result<u8> {
        #[anvil::tool(intent = "Halve x")]
        fn half(x: u8) -> anvil::Result<u8>;
        half(x)
    }
    fn new(x: u8) -> anvil::Result<u8> {
        #[anvil::tool(intent = "Halve x, rounding up")]
        fn half(x: u8) -> anvil::Result<u8>;
        half(x)
    }
    let body = |code: &str| format!("pub fn half(x: u8) -> Result<u8, ToolError> {{ {code} }}");
    let model = MockModel::new()
        .reply("half", body("assert!(x < 9); Ok(x / 2)"))
        .reply("half", body("Ok(x / 2)"));
    let older = TestAnvil::new(model.clone());
    assert_eq!(old(2).unwrap(), 1);

    let newer = anvil::Anvil::builder().tools_dir(older.tools_dir());
    let newer = newer
        .model(MockModel::new().reply("half", body("Ok(x.div_ceil(2))")))
        .build()
        .unwrap();
    {
        let _entered = newer.enter();
        assert_eq!(new(3).unwrap(), 2);
    }
    let error = old(10).unwrap_err();
    assert!(
        error.is_panic() && error.to_string().contains("another declaration"),
        "{error}"
    );
    assert_eq!(old(2).unwrap(), 1, "what worked still works");
    assert_eq!(newer.tool_info("half").unwrap().version.to_string(), "2.0");
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn a_process_that_may_not_heal_any_more_takes_over_what_another_one_healed() {
    let first = TestAnvil::new(scripted(&[PANICS]));
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let builder = || anvil::Anvil::builder().tools_dir(first.tools_dir());
    let spent = builder().max_heal_attempts(0).model(MockModel::new());
    let offline = builder().offline(true);
    let others = [spent.build().unwrap(), offline.build().unwrap()];
    for other in &others {
        let _entered = other.enter();
        assert!(top_n(&[1], 3).unwrap_err().is_panic());
    }
    let healer = builder().model(scripted(&[RIGHT])).build().unwrap();
    {
        let _entered = healer.enter();
        assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    }
    for other in &others {
        let _entered = other.enter();
        assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    }
}

#[test]
fn a_changed_declaration_has_its_body_written_anew_as_the_next_major_version() {
    fn first() -> anvil::Result<u8> {
        #[anvil::tool(intent = "Return one")]
        fn number() -> anvil::Result<u8>;
        number()
    }
    fn second() -> anvil::Result<u8> {
        #[anvil::tool(intent = "Return two")]
        fn number() -> anvil::Result<u8>;
        number()
    }
    let body = |n: u8| format!("pub fn number() -> Result<u8, ToolError> {{ Ok({n}) }}");
    let before = TestAnvil::new(MockModel::new().reply("number", body(1)));
    assert_eq!(first().unwrap(), 1);

    let model = MockModel::new().reply("number", body(2));
    let after = before.reopen(model.clone());
    assert_eq!(second().unwrap(), 2);
    assert_eq!(
        after.tool_info("number").unwrap().version.to_string(),
        "2.0"
    );
    assert_eq!(
        after.tool_code_at("number", Version::FIRST).unwrap().trim(),
        body(1)
    );
    assert!(
        model.requests()[0].text().contains("Ok(1)"),
        "the model sees the former body"
    );
}

#[test]
fn a_body_that_was_edited_by_hand_runs_and_is_never_rewritten() {
    let model = scripted(&[RIGHT]);
    let anvil = TestAnvil::new(model);
    top_n(&[1], 1).unwrap();
    let path = anvil.tools_dir().join("top_n/tool.rs");
    let edited = std::fs::read_to_string(&path)
        .unwrap()
        .replace("b.cmp(a)", "a.cmp(b)");
    std::fs::write(&path, edited.replace("truncate(n)", "drain(n..)")).unwrap();

    let model = scripted(&[RIGHT]);
    let _anvil = anvil.reopen(model.clone());
    assert_eq!(
        top_n(&[2, 1], 1).unwrap(),
        [1],
        "smallest first, as the user wants it"
    );
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.to_string().contains("edited by hand"), "{error}");
    assert!(model.requests().is_empty());
    assert!(std::fs::read_to_string(&path).unwrap().contains("a.cmp(b)"));
}
