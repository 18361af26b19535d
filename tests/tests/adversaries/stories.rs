//! Bad fixes that take more than one call, or more than a look at why they were turned back.

use crate::bad_fix::{Code, is_kept, rejections, serves, told, turned_back};
use crate::tally;
use crate::tools::{FAILS, FRAGILE, LIVE, RIGHT, Under, body, limits};
use Code::{Before, Instead};
use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind};

/// The same source twice makes for a fresh start without it, which is no better here.
pub(crate) fn repeats_itself(under: Under) -> Vec<String> {
    let again = Instead(
        "let nowhere: &str = fields.get(n.max(1) - 1).ok_or_else(|| ToolError::new(\"too few\"))?; Ok(nowhere.to_owned())",
    );
    let afresh = Before("if n == 0 { return Err(ToolError::new(\"no field 0\")); }");
    let step = match under {
        Under::Recordings => "recorded",
        Under::Contract | Under::Both => "example",
    };
    let backs = [
        (step, "too few"),
        (step, "too few"),
        ("prove", "no field 0"),
    ];
    let (told, prompts) = turned_back(under, &[again, again, afresh], &backs, |builder| builder);
    let [_, first, second, third] = &*prompts else {
        panic!("{} prompts", prompts.len())
    };
    assert!(!first.contains("nowhere") && second.contains("nowhere"));
    assert!(!third.contains("nowhere"), "{third}");
    assert!(
        third.contains("Start afresh") && third.contains("too few"),
        "{third}"
    );
    told
}

/// A first heal is offered what breaks an earlier call, then what is good; a second one what is good for its own call,
/// and fails what the first mended.
pub(crate) fn brings_a_failure_back(under: Under) -> Vec<String> {
    let breaks_an_earlier_call = Instead("let _ = n; Ok(fields[fields.len() - 1].to_owned())");
    let brings_it_back = Instead("Ok(fields[n.max(1) - 1].to_owned())");
    let bodies = [breaks_an_earlier_call.body(), brings_it_back.body()];
    let model = MockModel::new()
        .reply("field", body(FRAGILE))
        .reply("field", &bodies[0])
        .reply("field", body(LIVE))
        .reply("field", &bodies[1]);
    let anvil = TestAnvil::configure(model, |builder| limits(builder).max_heal_attempts(3));
    tally::offer(2);
    let answers = [1, 9].map(|n| under.field("x,y", n).data);
    let result = under.field(FAILS.0, FAILS.1);
    tally::look(anvil.tool_info("field").unwrap().versions.len(), 2);

    assert_eq!(answers, [Some("x".to_owned()), Some("y".to_owned())]);
    told(&result, 2);
    let events = rejections(&anvil);
    let [first, second] = &*events else {
        panic!("{events:#?}")
    };
    let words = "`line = \"x,y\", n = 1`: expected \"x\"";
    is_kept(&anvil, first, "recorded", words, &bodies[0]);
    let words = "`line = \"x,y\", n = 9`: panicked: index out of bounds";
    is_kept(&anvil, second, "recorded", words, &bodies[1]);
    assert_eq!(anvil.tool_info("field").unwrap().version.to_string(), "1.1");
    serves(under);
    [first, second]
        .map(|event| event.error.clone().unwrap())
        .into()
}

/// No trial can tell: it would have to be as long as the life that follows. But a broken contract is found in every
/// answer, and heals. What keeps the contract and is wrong, nobody has said to be.
pub(crate) fn outlasts_its_trial(under: Under) -> Vec<String> {
    let outlasts = Before(
        "use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    if CALLS.fetch_add(1, Ordering::Relaxed) >= 20 { return Ok(\"none\".to_owned()); }",
    );
    let model = [body(LIVE), outlasts.body(), body(RIGHT)]
        .iter()
        .fold(MockModel::new(), |model, body| model.reply("field", body));
    let anvil = TestAnvil::configure(model, limits);
    serves(under);
    for _ in 0..40 {
        let result = under.field(FAILS.0, FAILS.1);
        assert_eq!(result.data.as_deref(), Some("x"), "{result:?}");
    }
    assert_eq!(anvil.tool_info("field").unwrap().version.to_string(), "1.2");
    let failures = EventFilter::new().kind(EventKind::ToolFailed);
    let failures = anvil.logger().history(failures);
    let [broken, _] = &*failures else {
        panic!("{failures:#?}")
    };
    let words = broken.error.clone().unwrap();
    assert!(words.contains("the answer is \"none\""), "{words}");
    vec![format!("found after its trial, and healed: {words}")]
}
