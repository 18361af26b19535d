//! What is answered is written down.

use super::{Answers, KEY, ask, file, recorded, refused, request, said};
use crate::cassette::Cassette;
use crate::model::{LanguageModel, ModelError, ModelErrorKind, Usage};
use crate::testing::MockModel;
use std::fs;
use std::thread;
use tempfile::tempdir;

#[test]
fn no_key_and_no_account_is_written_and_what_is_handed_on_is_what_is_replayed() {
    let folder = tempdir().unwrap();
    let quoted = format!("of org-A1b2C3d4E5f6G7h8, with {KEY}");
    let refusal = ModelError::of(ModelErrorKind::Refusal, &quoted).with_model(&quoted);
    let cassette = Cassette::record(folder.path(), Answers::new([said(&quoted), Err(refusal)]));
    let mut asked = request("a", &quoted);
    asked.system.push_str(&quoted);
    asked.declaration.push_str(&quoted);
    let said = ask(&cassette, &asked).unwrap().text;
    let refused = ask(&cassette, &asked).unwrap_err().to_string();

    let written = file(folder.path());
    assert!(
        !written.contains(KEY) && !written.contains("A1b2"),
        "{written}"
    );
    let shown = "of org-[redacted], with [secret MODEL_KEY]";
    assert_eq!(written.matches(shown).count(), 7, "{written}");
    assert_eq!([&*said, &*refused], [shown; 2]);

    let cassette = Cassette::replay(folder.path()).unwrap();
    // As Anvil, which does not know the key either, would ask.
    for text in [&mut asked.system, &mut asked.declaration, &mut asked.task] {
        *text = text.replace(KEY, "[secret MODEL_KEY]");
    }
    assert_eq!(ask(&cassette, &asked).unwrap().text, shown);
}

#[test]
fn a_file_is_begun_anew_with_the_first_answer_and_is_whole_after_each() {
    let folder = recorded(&["old", "older"]);
    let before = file(folder.path());
    // What was recorded before by a process that has ended is not kept from being recorded again.
    let other = tempdir().unwrap();
    fs::write(other.path().join("a.json"), &before).unwrap();
    let down = Err(ModelError::of(ModelErrorKind::Unavailable, "it is down"));
    let cassette = Cassette::record(other.path(), Answers::new([down, said("1"), said("2")]));
    ask(&cassette, &request("a", "x")).unwrap_err();
    assert_eq!(file(other.path()), before);
    for number in [1, 2] {
        ask(&cassette, &request("a", "x")).unwrap();
        let unused = Cassette::replay(other.path()).unwrap().unused();
        assert_eq!(unused.len(), number);
    }
}

#[test]
fn a_second_recording_of_a_file_is_refused_before_anything_is_overwritten() {
    let folder = recorded(&["x"]);
    let before = file(folder.path());
    let model = MockModel::new().reply("a", "2").reply("b", "3");
    let second = Cassette::record(folder.path().join("."), model.clone());
    let error = refused(&second, &request("a", "x"));
    assert!(
        error
            .to_string()
            .contains("another `Cassette` of this process"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("a folder of its own"));
    assert_eq!(file(folder.path()), before);
    assert!(model.requests().is_empty(), "nobody was asked in vain");
    ask(&second, &request("b", "x")).unwrap();
}

#[test]
fn nobody_is_asked_where_an_answer_could_not_be_written_down() {
    let folder = tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let model = MockModel::new().reply("a", "1");
    let cassette = Cassette::record(&taken, model.clone());
    let words = refused(&cassette, &request("a", "x")).to_string();
    assert!(words.starts_with("nobody was asked, because "), "{words}");
    assert!(words.contains("a.json"), "{words}");
    assert!(model.requests().is_empty());
}

#[test]
fn an_answer_that_cannot_be_written_down_is_told_with_its_price_and_is_kept_elsewhere() {
    let folder = tempdir().unwrap();
    let in_the_way = folder.path().join("a.json");
    fs::create_dir(&in_the_way).unwrap();
    let cassette = Cassette::record(folder.path(), Answers::new([said("1"), said("2")]));
    let error = refused(&cassette, &request("a", "x"));
    assert_eq!(
        (error.usage(), error.model()),
        (Usage::new(10, 2), Some("m-1"))
    );
    let words = error.to_string();
    assert!(
        words.contains("the answer could not be written to "),
        "{words}"
    );
    let (_, kept) = words.split_once("what was recorded is in ").unwrap();
    let written = fs::read_to_string(kept).unwrap();
    fs::remove_file(kept).unwrap();
    assert!(written.contains(r#""text": "1""#), "{written}");

    fs::remove_dir(&in_the_way).unwrap();
    ask(&cassette, &request("a", "x")).unwrap();
    assert_eq!(Cassette::replay(folder.path()).unwrap().unused().len(), 1);
}

#[test]
fn several_tools_may_ask_at_the_same_time() {
    let folder = tempdir().unwrap();
    let tools = ["a", "b", "c", "d"];
    let model = tools.iter().fold(MockModel::new(), |model, tool| {
        (0..5).fold(model, |model, number| {
            model.reply(*tool, number.to_string())
        })
    });
    let recording = Cassette::record(folder.path(), model);
    for round in 0..2 {
        let cassette = match round {
            0 => recording.clone(),
            _ => Cassette::replay(folder.path()).unwrap(),
        };
        thread::scope(|scope| {
            for tool in tools {
                let cassette = &cassette;
                scope.spawn(move || {
                    for number in 0..5 {
                        let reply = ask(cassette, &request(tool, "x")).unwrap();
                        assert_eq!(reply.text, number.to_string());
                    }
                });
            }
        });
        assert!(cassette.unused().is_empty());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this is somebody else's runtime")]
fn whoever_asks_may_have_a_runtime_of_one_thread() {
    let folder = tempdir().unwrap();
    let cassette = Cassette::record(folder.path(), Answers::new([said("1")]));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    let reply = runtime.block_on(cassette.complete(&request("a", "x")));
    assert_eq!(reply.unwrap().text, "1");
}
