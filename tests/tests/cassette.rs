//! What a provider has answered once is replayed without it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::models::ChatCompletions;
use anvil::testing::{Cassette, MockModel, TestAnvil};
use anvil::{ErrorKind, EventFilter, EventKind};
use anvil_tests::bodies::{PANICS, RIGHT};
use anvil_tests::service::Service;
use anvil_tests::stand_in;
use anvil_tests::tool::top_n;
use std::fs;
use tempfile::{TempDir, tempdir};

const KEY: &str = "a-key-that-nobody-may-see";

/// A provider that answers with these bodies, in order.
fn provider(bodies: &[&str]) -> (TempDir, Service) {
    let folder = tempdir().unwrap();
    for (number, body) in (1..).zip(bodies) {
        fs::write(folder.path().join(format!("top_n.{number}.rs")), body).unwrap();
    }
    let service = stand_in::start(folder.path().to_owned());
    (folder, service)
}

/// Two calls, of which the second is healed; the version after them, and the tokens that they used.
fn life(cassette: &Cassette) -> (String, u64) {
    let anvil = TestAnvil::new(cassette.clone());
    assert_eq!(top_n(&[1, 3, 2], 2).unwrap(), [3, 2]);
    assert_eq!(top_n(&[1], 2).unwrap(), [1]);
    let stats = anvil.logger().stats("top_n");
    let version = anvil.tool_info("top_n").unwrap().version.to_string();
    (version, stats.input_tokens + stats.output_tokens)
}

#[test]
fn a_generation_and_a_heal_are_replayed_as_they_were_recorded_and_nobody_is_asked() {
    let (_bodies, provider) = provider(&[PANICS, RIGHT]);
    let folder = tempdir().unwrap();
    let model = ChatCompletions::at(&format!("{}/v1", provider.base), "stand-in-1").unwrap();
    let recorded = life(&Cassette::record(folder.path(), model.key(KEY)));
    assert_eq!(recorded.0, "1.1");
    assert_eq!(provider.seen().len(), 2);
    assert!(provider.seen()[0].headers.contains(KEY));

    let file = fs::read_to_string(folder.path().join("top_n.json")).unwrap();
    for never_written in [KEY, "chatcmpl", &provider.base] {
        assert!(!file.contains(never_written), "{file}");
    }

    let cassette = Cassette::replay(folder.path()).unwrap();
    assert_eq!(cassette.unused().len(), 2);
    assert_eq!(life(&cassette), recorded);
    assert_eq!(cassette.unused(), [""; 0]);
    assert_eq!(provider.seen().len(), 2);
}

#[test]
fn a_heal_that_was_not_recorded_fails_the_call_and_costs_no_attempt() {
    let folder = tempdir().unwrap();
    let model = MockModel::new().reply("top_n", PANICS);
    {
        let _anvil = TestAnvil::new(Cassette::record(folder.path(), model));
        assert_eq!(top_n(&[1, 3, 2], 2).unwrap(), [3, 2]);
    }
    let anvil = TestAnvil::new(Cassette::replay(folder.path()).unwrap());
    assert_eq!(top_n(&[1, 3, 2], 2).unwrap(), [3, 2]);
    let error = top_n(&[1], 2).unwrap_err();
    assert!(error.is_panic(), "{error:?}");
    let [attempt] = error.attempts() else {
        panic!("{error:?}");
    };
    let closest = "where that of exchange 1 comes closest: line 3 of `task` is ";
    assert!(attempt.error.contains(closest), "{attempt}");
    assert!(
        error
            .help()
            .unwrap()
            .contains("ANVIL_CASSETTE=record cargo test")
    );
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 0);
    let asked = EventFilter::new().kind(EventKind::ModelAsked).limit(1);
    let asked = &anvil.logger().history(asked)[0];
    assert_eq!(asked.metadata["error_type"], "not_recorded");
}

#[test]
fn a_first_body_that_was_not_recorded_is_an_error_of_configuration() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("top_n.json");
    {
        let model = MockModel::new().reply("top_n", RIGHT);
        let _anvil = TestAnvil::new(Cassette::record(folder.path(), model));
        top_n(&[1], 1).unwrap();
    }
    let other = fs::read_to_string(&file)
        .unwrap()
        .replace("Answer with one", "Reply with one");
    fs::write(&file, other).unwrap();
    let _anvil = TestAnvil::new(Cassette::replay(folder.path()).unwrap());
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.to_string().contains(
            "line 3 of `system` is `Answer with one whole Rust source file in a single ```rust fence, and nothing else.`, \
             and was `Reply with one"
        ),
        "{error}"
    );
}
