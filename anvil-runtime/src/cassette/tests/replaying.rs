//! What was recorded is answered, strictly.

use super::{Answers, ask, recorded, refused, request, said};
use crate::cassette::Cassette;
use crate::cassette::environment::Way;
use crate::cassette::model::Mode;
use crate::error::ErrorKind;
use crate::model::{ModelError, ModelErrorKind, ModelRequest, Usage};
use crate::testing::MockModel;
use std::fs;
use tempfile::tempdir;

#[test]
fn equal_requests_are_answered_in_the_order_in_which_they_were_recorded_each_once() {
    let folder = recorded(&["x", "y", "x"]);
    let cassette = Cassette::replay(folder.path()).unwrap();
    let all = [
        "a: exchange 1 of 3",
        "a: exchange 2 of 3",
        "a: exchange 3 of 3",
    ];
    assert_eq!(cassette.unused(), all);
    let x = request("a", "x");
    assert_eq!(ask(&cassette, &x).unwrap().text, "1");
    let third = ask(&cassette.clone(), &x).unwrap();
    assert_eq!((&*third.text, &*third.model), ("3", "m-1"));
    assert_eq!(third.usage, Usage::new(10, 2));
    let words = refused(&cassette, &x).to_string();
    assert!(words.starts_with("the request is 2 times in "), "{words}");
    assert!(words.ends_with("a.json, and is made once more"), "{words}");
    assert_eq!(cassette.unused(), ["a: exchange 2 of 3"]);
}

#[test]
fn a_request_that_was_not_recorded_is_told_with_the_closest_one_that_was() {
    let folder = recorded(&["write\nit\nwell", "mend\nit\nwell"]);
    let cassette = Cassette::replay(folder.path()).unwrap();
    let asked = request("a", "mend\nit\nbadly");
    let error = refused(&cassette, &asked);
    let words = error.to_string();
    assert!(
        words.ends_with(
            "a.json, where that of exchange 2 comes closest: line 3 of `task` is `badly`, and was `well`"
        ),
        "{words}"
    );
    assert!(
        error
            .help()
            .unwrap()
            .contains("ANVIL_CASSETTE=record cargo test")
    );
    for change in [
        (|one| one.system.push('!')) as fn(&mut ModelRequest),
        |one| one.declaration.push('!'),
        |one| one.task.push('\n'),
        |one| one.last = true,
    ] {
        let mut asked = request("a", "mend\nit\nwell");
        change(&mut asked);
        let words = refused(&cassette, &asked).to_string();
        assert!(words.contains("exchange 2 comes closest: "), "{words}");
    }
    let words = refused(&cassette, &request("b", "x")).to_string();
    assert!(
        words.contains("nothing is recorded of `b`: ") && words.contains("b.json"),
        "{words}"
    );
    assert_eq!(
        cassette.unused().len(),
        2,
        "what was refused has used nothing"
    );
}

#[test]
fn a_refusal_is_replayed_and_an_outage_is_asked_for_again() {
    let folder = tempdir().unwrap();
    let refusal = ModelError::of(ModelErrorKind::Refusal, "it would rather not");
    let cassette = Cassette::record(
        folder.path(),
        Answers::new([
            Err(ModelError::of(ModelErrorKind::Unavailable, "it is down")),
            Err(refusal.with_usage(Usage::new(9, 1))),
            said("fn a() {}"),
        ]),
    );
    let x = request("a", "x");
    let outage = ask(&cassette, &x).unwrap_err();
    assert_eq!(outage.kind(), ModelErrorKind::Unavailable);
    assert!(!folder.path().join("a.json").exists());
    ask(&cassette, &x).unwrap_err();
    ask(&cassette, &x).unwrap();

    let cassette = Cassette::replay(folder.path()).unwrap();
    let error = ask(&cassette, &x).unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Refusal);
    assert_eq!(
        (error.to_string(), error.usage()),
        ("it would rather not".to_owned(), Usage::new(9, 1))
    );
    assert_eq!(ask(&cassette, &x).unwrap().text, "fn a() {}");
    assert!(cassette.unused().is_empty());
}

#[test]
fn the_model_is_made_where_it_is_asked_and_nothing_is_written_where_it_is_off() {
    let folder = tempdir().unwrap();
    let model = || Ok(MockModel::new().reply("a", "1"));
    let going = |way| Cassette::going(way, folder.path().to_owned(), model);
    let off = going(Way::Off).unwrap();
    assert_eq!(ask(&off, &request("a", "x")).unwrap().text, "1");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let nothing = going(Way::Replay).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::Configuration);
    assert!(
        nothing.to_string().contains("there is no cassette in "),
        "{nothing}"
    );
    let missing = Cassette::replay(folder.path().join("missing")).unwrap_err();
    assert!(
        missing.to_string().contains("cannot be read: "),
        "{missing}"
    );

    let record = going(Way::Record).unwrap();
    ask(&record, &request("a", "x")).unwrap();
    let no_model = || -> crate::Result<MockModel> { panic!("a model was made") };
    let replay = Cassette::going(Way::Replay, folder.path().to_owned(), no_model).unwrap();
    assert!(matches!(replay.0, Mode::Replaying(_)));
    assert_eq!(ask(&replay, &request("a", "x")).unwrap().text, "1");
}
