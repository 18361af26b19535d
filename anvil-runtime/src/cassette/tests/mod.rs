//! Recording and replaying, as one who asks sees it.

mod recording;
mod replaying;

use super::Cassette;
use crate::background::wait;
use crate::model::{
    BoxFuture, LanguageModel, ModelError, ModelErrorKind, ModelInfo, ModelReply, ModelRequest,
    Usage,
};
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

fn ask(cassette: &Cassette, request: &ModelRequest) -> Result<ModelReply, ModelError> {
    wait(cassette.complete(request))
}

fn said(text: &str) -> Result<ModelReply, ModelError> {
    Ok(ModelReply::new("m-1", text).with_usage(Usage::new(10, 2)))
}

/// A folder where these tasks about `a` are recorded, answered with their numbers.
fn recorded(tasks: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    let answers = (1..=tasks.len()).map(|number| said(&number.to_string()));
    let cassette = Cassette::record(folder.path(), Answers::new(answers));
    for task in tasks {
        ask(&cassette, &request("a", task)).unwrap();
    }
    folder
}

fn file(folder: &Path) -> String {
    fs::read_to_string(folder.join("a.json")).unwrap()
}

fn refused(cassette: &Cassette, request: &ModelRequest) -> ModelError {
    let error = ask(cassette, request).unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::NotRecorded, "{error}");
    error
}
