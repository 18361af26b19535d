//! What models may cost, and what happens once that is spent.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails has no more to say than what it unwraps"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{
    BoxFuture, ErrorKind, EventFilter, EventKind, LanguageModel, ModelError, ModelErrorKind,
    ModelInfo, ModelReply, ModelRequest, Price, Usage, Usd,
};
use anvil_tests::bodies::{DOES_NOT_COMPILE, ERRS, PANICS, RIGHT};
use anvil_tests::script::scripted;
use anvil_tests::tool::top_n;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whose answers say that they took so many tokens.
fn using(model: MockModel, input: u64, output: u64) -> MockModel {
    model.usage(input, output);
    model
}

/// Today's ledger, or yesterday's where midnight is passing.
fn ledger(anvil: &TestAnvil) -> PathBuf {
    let entries = fs::read_dir(anvil.tools_dir().join(".budgets")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
        .max()
        .unwrap()
}

fn asked(anvil: &TestAnvil) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let filter = EventFilter::new().kind(EventKind::ModelAsked);
    let events = anvil.logger().history(filter).into_iter().rev();
    events.map(|event| event.metadata).collect()
}

#[test]
fn nobody_is_asked_for_a_first_body_that_might_cost_more_than_there_is() {
    let model = scripted(&[RIGHT]);
    let _anvil = TestAnvil::configure(model.clone(), |builder| builder.tokens_per_day(0));
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    assert!(error.is_budget());
    let words = error.to_string();
    assert!(
        words.starts_with(
            "`top_n` needs a new body, but `tokens_per_day` allows 0 tokens for a day: \
             0 are spent today, and the next request may take "
        ),
        "{words}"
    );
    assert!(error.help().unwrap().contains("ANVIL_TOKENS_PER_DAY"));
    // That was none of its attempts, however often it is called.
    for _ in 0..4 {
        assert!(top_n(&[1], 1).unwrap_err().is_budget());
    }
    assert!(model.requests().is_empty());
}

#[test]
fn a_tool_whose_heal_would_cost_too_much_serves_on_as_it_is() {
    let model = using(scripted(&[PANICS, RIGHT]), 1_999_000, 900);
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_panic() && error.is_budget());
    let words = error.to_string();
    assert!(
        words.contains(
            "(tool.rs:4:14); not healed: `top_n` needs a new body, but `tokens_per_day` allows 2,000,000 tokens \
             for a day: 1,999,900 are spent today (`top_n` with mock 1,999,900), and the next request may take "
        ),
        "{words}"
    );
    assert!(error.help().unwrap().contains("00:00 UTC"));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(model.requests().len(), 1);
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 0);
}

#[test]
fn what_was_spent_outlives_the_process() {
    let anvil = TestAnvil::new(using(scripted(&[PANICS]), 1_999_900, 100));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let model = scripted(&[RIGHT]);
    let _anvil = anvil.reopen(model.clone());
    assert!(top_n(&[1], 3).unwrap_err().is_budget());
    assert!(model.requests().is_empty());
}

#[anvil::tool(intent = "Twice x")]
fn twice(x: u64) -> anvil::Result<u64>;

#[test]
fn a_tool_that_has_spent_its_own_leaves_the_others_theirs() {
    let body = "pub fn twice(x: u64) -> Result<u64, ToolError> { Ok(2 * x) }";
    let model = using(scripted(&[PANICS, RIGHT]).reply("twice", body), 90_000, 0);
    let _anvil = TestAnvil::configure(model, |builder| builder.tokens_per_tool(90_001));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let words = top_n(&[1], 3).unwrap_err().to_string();
    assert!(words.contains("`tokens_per_tool` allows 90,001 tokens for a tool and day: 90,000 are spent on it today"), "{words}");
    assert_eq!(twice(4).unwrap(), 8);
}

#[test]
fn a_heal_that_spends_its_budget_on_repairs_was_an_attempt_and_the_next_begins_anew() {
    let model = scripted(&[PANICS, DOES_NOT_COMPILE, DOES_NOT_COMPILE]);
    let model = using(model, 99_000, 999);
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.tokens_per_heal(100_000));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    for attempts in 1..=2 {
        let error = top_n(&[1], 3).unwrap_err();
        assert!(error.is_panic() && error.is_budget());
        let words = error.to_string();
        assert!(
            words.contains(
                "`tokens_per_heal` allows 100,000 tokens for a heal: 99,999 are spent on this one"
            ),
            "{words}"
        );
        assert!(error.help().unwrap().contains("ANVIL_TOKENS_PER_HEAL"));
        assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, attempts);
    }
    assert_eq!(model.requests().len(), 3);
    let words = top_n(&[1], 3).unwrap_err().to_string();
    assert!(
        words.contains("its heal attempts are spent (2 of 2)"),
        "{words}"
    );
}

#[test]
fn a_first_body_that_cannot_be_repaired_for_want_of_budget_was_an_attempt() {
    let model = using(scripted(&[DOES_NOT_COMPILE]), 100_000, 0);
    let _anvil = TestAnvil::configure(model, |builder| {
        builder.tokens_per_heal(100_000).max_heal_attempts(1)
    });
    let error = top_n(&[1], 1).unwrap_err();
    assert!(error.is_budget());
    let words = error.to_string();
    assert!(words.contains("100,000 are spent on this one"), "{words}");
    let words = top_n(&[1], 1).unwrap_err().to_string();
    assert!(
        words.contains("the attempts to write one are spent"),
        "{words}"
    );
}

#[test]
fn the_attempts_before_are_told_where_the_budget_allows_no_other() {
    let model = using(scripted(&[PANICS, ERRS, RIGHT]), 50_000, 0);
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.tokens_per_day(100_100));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_budget());
    assert_eq!(error.attempts().len(), 1);
    let words = error.to_string();
    assert!(
        words.contains("; not healed: `top_n` needs a new body, but"),
        "{words}"
    );
    assert!(
        words.contains("; 1 heal attempt failed, the last because it failed the same call"),
        "{words}"
    );
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 1);
    assert_eq!(model.requests().len(), 2);
}

#[test]
fn money_is_counted_where_the_price_is_known() {
    let model = using(scripted(&[PANICS, RIGHT]), 1_000_000, 100_000);
    let price = Price::new(Usd::from_dollars(1), Usd::from_dollars(10));
    let anvil = TestAnvil::configure(model, |builder| {
        builder
            .price("mock", price)
            .usd_per_day(Usd::from_dollars(2))
    });
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(asked(&anvil)[0]["usd"], 2.0);
    let stats = anvil.logger().stats("top_n");
    assert_eq!(stats.usd, Some(Usd::from_dollars(2)));
    // The model does not say what it is called, so nobody knows what the next request costs; there is nothing left.
    let words = top_n(&[1], 3).unwrap_err().to_string();
    assert!(
        words.contains(
            "`usd_per_day` allows $2.00 for a day: $2.00 is spent today (`top_n` with mock $2.00), \
             and what the next request costs is unknown"
        ),
        "{words}"
    );
}

#[test]
fn a_model_whose_price_is_unknown_counts_in_tokens_only_and_its_events_say_so() {
    let model = using(scripted(&[PANICS, RIGHT]), 1_000_000, 100);
    let anvil = TestAnvil::configure(model, |builder| builder.usd_per_day(Usd::from_cents(1)));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    for metadata in asked(&anvil) {
        assert_eq!(metadata["price"], "unknown");
        assert!(!metadata.contains_key("usd"));
    }
    assert_eq!(anvil.logger().stats("top_n").usd, None);
    let text = fs::read_to_string(ledger(&anvil)).unwrap();
    assert_eq!(text.matches("\"tokens\":1000100").count(), 2, "{text}");
}

#[test]
fn an_answer_that_does_not_say_what_it_took_is_counted_by_its_length() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let [metadata] = asked(&anvil).try_into().unwrap();
    assert_eq!(metadata["estimated"], true);
    assert_eq!(metadata["output_tokens"], RIGHT.len().div_ceil(3));
    assert!(metadata["input_tokens"].as_u64().unwrap() > 500);
}

#[test]
fn a_ledger_that_nobody_can_read_ends_the_spending_and_not_the_serving() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let path = ledger(&anvil);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("?{text}")).unwrap();
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_panic() && error.is_budget());
    let words = error.to_string();
    assert!(
        words.contains("; not healed: no model is asked, because the ledger of the budgets, `")
            && words.contains(".jsonl`, could not be understood in line 1: "),
        "{words}"
    );
    assert_eq!(model.requests().len(), 1);
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    fs::remove_file(path).unwrap();
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
}

/// Fails in another way each time, and answers then.
#[derive(Default)]
struct Moody(AtomicUsize);

impl LanguageModel for Moody {
    fn complete<'a>(
        &'a self,
        _: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        let failed = |tokens| {
            ModelError::of(ModelErrorKind::Unavailable, "it hung")
                .with_model("moody-1")
                .with_usage(Usage::new(tokens, 0))
        };
        Box::pin(async move {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => panic!("it is in no mood"),
                1 => Err(failed(20).after([failed(3)])),
                _ => Ok(ModelReply::new("moody-2", RIGHT)
                    .with_usage(Usage::new(500, 0))
                    .after([failed(40)])),
            }
        })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo::new("moody-1").with_max_output_tokens(10_000)
    }
}

#[test]
fn requests_that_came_to_nothing_count_and_a_panic_as_all_that_it_may_have_cost() {
    let anvil = TestAnvil::new(Moody::default());
    top_n(&[1], 1).unwrap_err();
    top_n(&[1], 1).unwrap_err();
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let tokens: Vec<u64> = asked(&anvil)
        .iter()
        .map(|it| it["input_tokens"].as_u64().unwrap() + it["output_tokens"].as_u64().unwrap())
        .collect();
    let [panicked, rest @ ..] = tokens.as_slice() else {
        panic!("nobody was asked");
    };
    assert!(*panicked > 10_000, "{panicked}");
    assert_eq!(rest, [3, 20, 40, 500]);
    // What the ledger adds up is what the events say.
    let text = fs::read_to_string(ledger(&anvil)).unwrap();
    let settled = text.lines().filter(|line| line.contains("settled"));
    let lines = settled.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let used: Vec<u64> = lines
        .flat_map(|line| line["settled"]["used"].as_array().unwrap().clone())
        .map(|used| used["tokens"].as_u64().unwrap())
        .collect();
    assert_eq!(used, tokens);
}

#[test]
fn what_an_answer_may_take_is_reserved_before_it_is_asked_for() {
    let anvil = TestAnvil::configure(Moody::default(), |builder| builder.tokens_per_day(10_000));
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    assert!(asked(&anvil).is_empty());
}
