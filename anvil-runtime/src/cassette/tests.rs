//! Recording and replaying, as one who asks sees it.

use super::Cassette;
use super::cassette::Mode;
use super::environment::Way;
use crate::error::ErrorKind;
use crate::model::{
    BoxFuture, LanguageModel, ModelError, ModelErrorKind, ModelInfo, ModelReply, ModelRequest,
    Usage,
};
use crate::testing::MockModel;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use tempfile::{TempDir, tempdir};

fn request(tool: &str, task: &str) -> ModelRequest {
    ModelRequest {
        tool: tool.to_owned(),
        system: "Write well.".to_owned(),
        declaration: format!("fn {tool}();\nIt does nothing."),
        task: task.to_owned(),
        last: false,
    }
}

/// A model that gives these answers, in order, and has a key.
struct Answers(Mutex<Vec<Result<ModelReply, ModelError>>>);

const KEY: &str = "s3cret-of-the-model";

impl Answers {
    fn new(answers: impl IntoIterator<Item = Result<ModelReply, ModelError>>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self(Mutex::new(answers))
    }
}

impl LanguageModel for Answers {
    fn complete<'a>(
        &'a self,
        _: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        Box::pin(async { self.0.lock().unwrap().pop().unwrap() })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo::new("m-1").with_secret("MODEL_KEY", KEY.into())
    }
}

fn said(text: &str) -> Result<ModelReply, ModelError> {
    Ok(ModelReply::new("m-1", text).with_usage(Usage::new(10, 2)))
}

/// A folder where these tasks about `a` are recorded, answered with their numbers.
async fn recorded(tasks: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    let answers = (1..=tasks.len()).map(|number| said(&number.to_string()));
    let cassette = Cassette::record(folder.path(), Answers::new(answers));
    for task in tasks {
        cassette.complete(&request("a", task)).await.unwrap();
    }
    folder
}

fn file(folder: &Path) -> String {
    fs::read_to_string(folder.join("a.json")).unwrap()
}

async fn refused(cassette: &Cassette, request: &ModelRequest) -> ModelError {
    let error = cassette.complete(request).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::NotRecorded, "{error}");
    error
}

#[tokio::test]
async fn equal_requests_are_answered_in_the_order_in_which_they_were_recorded_each_once() {
    let folder = recorded(&["x", "y", "x"]).await;
    let cassette = Cassette::replay(folder.path()).unwrap();
    let all = [
        "a: exchange 1 of 3",
        "a: exchange 2 of 3",
        "a: exchange 3 of 3",
    ];
    assert_eq!(cassette.unused(), all);
    let x = request("a", "x");
    assert_eq!(cassette.complete(&x).await.unwrap().text, "1");
    let third = cassette.clone().complete(&x).await.unwrap();
    assert_eq!((&*third.text, &*third.model), ("3", "m-1"));
    assert_eq!(third.usage, Usage::new(10, 2));
    let words = refused(&cassette, &x).await.to_string();
    assert!(words.starts_with("the request is 2 times in "), "{words}");
    assert!(words.ends_with("a.json, and is made once more"), "{words}");
    assert_eq!(cassette.unused(), ["a: exchange 2 of 3"]);
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_told_with_the_closest_one_that_was() {
    let folder = recorded(&["write\nit\nwell", "mend\nit\nwell"]).await;
    let cassette = Cassette::replay(folder.path()).unwrap();
    let asked = request("a", "mend\nit\nbadly");
    let error = refused(&cassette, &asked).await;
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
        let words = refused(&cassette, &asked).await.to_string();
        assert!(words.contains("exchange 2 comes closest: "), "{words}");
    }
    let words = refused(&cassette, &request("b", "x")).await.to_string();
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

#[tokio::test]
async fn a_refusal_is_replayed_and_an_outage_is_asked_for_again() {
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
    let outage = cassette.complete(&x).await.unwrap_err();
    assert_eq!(outage.kind(), ModelErrorKind::Unavailable);
    assert!(!folder.path().join("a.json").exists());
    cassette.complete(&x).await.unwrap_err();
    cassette.complete(&x).await.unwrap();

    let cassette = Cassette::replay(folder.path()).unwrap();
    let error = cassette.complete(&x).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Refusal);
    assert_eq!(
        (error.to_string(), error.usage()),
        ("it would rather not".to_owned(), Usage::new(9, 1))
    );
    assert_eq!(cassette.complete(&x).await.unwrap().text, "fn a() {}");
    assert!(cassette.unused().is_empty());
}

#[tokio::test]
async fn no_key_and_no_account_is_written_and_what_is_handed_on_is_what_is_replayed() {
    let folder = tempdir().unwrap();
    let quoted = format!("of org-A1b2C3d4E5f6G7h8, with {KEY}");
    let refusal = ModelError::of(ModelErrorKind::Refusal, &quoted).with_model(&quoted);
    let cassette = Cassette::record(folder.path(), Answers::new([said(&quoted), Err(refusal)]));
    let mut asked = request("a", &quoted);
    asked.system.push_str(&quoted);
    asked.declaration.push_str(&quoted);
    let said = cassette.complete(&asked).await.unwrap().text;
    let refused = cassette.complete(&asked).await.unwrap_err().to_string();

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
    assert_eq!(cassette.complete(&asked).await.unwrap().text, shown);
}

#[tokio::test]
async fn a_file_is_begun_anew_with_the_first_answer_and_is_whole_after_each() {
    let folder = recorded(&["old", "older"]).await;
    let before = file(folder.path());
    // What was recorded before by a process that has ended is not kept from being recorded again.
    let other = tempdir().unwrap();
    fs::write(other.path().join("a.json"), &before).unwrap();
    let down = Err(ModelError::of(ModelErrorKind::Unavailable, "it is down"));
    let cassette = Cassette::record(other.path(), Answers::new([down, said("1"), said("2")]));
    cassette.complete(&request("a", "x")).await.unwrap_err();
    assert_eq!(file(other.path()), before);
    for number in [1, 2] {
        cassette.complete(&request("a", "x")).await.unwrap();
        let unused = Cassette::replay(other.path()).unwrap().unused();
        assert_eq!(unused.len(), number);
    }
}

#[tokio::test]
async fn a_second_recording_of_a_file_is_refused_before_anything_is_overwritten() {
    let folder = recorded(&["x"]).await;
    let before = file(folder.path());
    let model = MockModel::new().reply("a", "2").reply("b", "3");
    let second = Cassette::record(folder.path().join("."), model.clone());
    let error = refused(&second, &request("a", "x")).await;
    assert!(
        error
            .to_string()
            .contains("another `Cassette` of this process"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("a folder of its own"));
    assert_eq!(file(folder.path()), before);
    assert!(model.requests().is_empty(), "nobody was asked in vain");
    second.complete(&request("b", "x")).await.unwrap();
}

#[tokio::test]
async fn nobody_is_asked_where_an_answer_could_not_be_written_down() {
    let folder = tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let model = MockModel::new().reply("a", "1");
    let cassette = Cassette::record(&taken, model.clone());
    let words = refused(&cassette, &request("a", "x")).await.to_string();
    assert!(words.starts_with("nobody was asked, because "), "{words}");
    assert!(words.contains("a.json"), "{words}");
    assert!(model.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_down_is_told_with_its_price_and_is_kept_elsewhere() {
    let folder = tempdir().unwrap();
    let in_the_way = folder.path().join("a.json");
    fs::create_dir(&in_the_way).unwrap();
    let cassette = Cassette::record(folder.path(), Answers::new([said("1"), said("2")]));
    let error = refused(&cassette, &request("a", "x")).await;
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
    cassette.complete(&request("a", "x")).await.unwrap();
    assert_eq!(Cassette::replay(folder.path()).unwrap().unused().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_tools_may_ask_at_the_same_time() {
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
        let asking = tools.map(|tool| {
            let cassette = cassette.clone();
            tokio::spawn(async move {
                for number in 0..5 {
                    let reply = cassette.complete(&request(tool, "x")).await.unwrap();
                    assert_eq!(reply.text, number.to_string());
                }
            })
        });
        for one in asking {
            one.await.unwrap();
        }
        assert!(cassette.unused().is_empty());
    }
}

#[tokio::test]
async fn the_model_is_made_where_it_is_asked_and_nothing_is_written_where_it_is_off() {
    let folder = tempdir().unwrap();
    let model = || Ok(MockModel::new().reply("a", "1"));
    let going = |way| Cassette::going(way, folder.path().to_owned(), model);
    let off = going(Way::Off).unwrap();
    assert_eq!(off.complete(&request("a", "x")).await.unwrap().text, "1");
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
    record.complete(&request("a", "x")).await.unwrap();
    let no_model = || -> crate::Result<MockModel> { panic!("a model was made") };
    let replay = Cassette::going(Way::Replay, folder.path().to_owned(), no_model).unwrap();
    assert!(matches!(replay.0, Mode::Replaying(_)));
    assert_eq!(replay.complete(&request("a", "x")).await.unwrap().text, "1");
}
