//! [`Recording`]: exchanges, written down as they are made.

use super::claims::Recorder;
use super::exchange::{Exchange, Reply, Request};
use super::file;
use super::tapes::file_of;
use crate::background::blocking;
use crate::model::{LanguageModel, ModelError, ModelErrorKind, ModelReply, ModelRequest};
use crate::privacy::Redactor;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A model, what it was asked so far, and where that is written down.
pub(super) struct Recording {
    recorder: Recorder,
    folder: PathBuf,
    model: Box<dyn LanguageModel>,
    redactor: Redactor,
    tools: Mutex<BTreeMap<String, Vec<Exchange>>>,
}

/// Why an exchange is not written down.
#[derive(Debug)]
struct NotWritten {
    words: String,
    help: String,
}

impl Recording {
    pub(super) fn new(folder: PathBuf, model: impl LanguageModel) -> Self {
        Self {
            recorder: Recorder::new(),
            folder,
            redactor: Redactor::new(model.info().secrets),
            model: Box::new(model),
            tools: Mutex::default(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn model(&self) -> &dyn LanguageModel {
        &*self.model
    }

    /// Asks the model, and writes down what it answers. What is handed on is what was written.
    pub(super) async fn ask(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        // Before the model is asked: its answer has a price.
        blocking(|| self.prepare(&request.tool)).map_err(NotWritten::into_error)?;
        let came = self.model.complete(request).await;
        let Some(reply) = Reply::new(&came, &self.redactor) else {
            return came;
        };
        let exchange = Exchange {
            request: Request::new(request, &self.redactor),
            reply: reply.clone(),
        };
        match blocking(|| self.add(&request.tool, exchange)) {
            Ok(()) => reply.given_as(came),
            Err(not_written) => Err(not_written.in_place_of(came)),
        }
    }

    /// Sees to it that an answer can be written down.
    fn prepare(&self, tool: &str) -> Result<(), NotWritten> {
        let folder = fs::create_dir_all(&self.folder)
            .and_then(|()| tempfile::tempfile_in(&self.folder))
            .and_then(|_| self.folder.canonicalize());
        let file = file_of(&self.folder, tool);
        let file = file.display();
        let folder = folder.map_err(|error| NotWritten {
            words: format!(
                "nobody was asked, because the answer could not be written to {file}: {error}"
            ),
            help: "make the folder one that can be written".to_owned(),
        })?;
        match self.recorder.claims(file_of(&folder, tool)) {
            true => Ok(()),
            false => Err(NotWritten {
                words: format!("another `Cassette` of this process has recorded {file}, which would be overwritten"),
                help: "give each test a folder of its own, or let them share one `Cassette` by cloning it".to_owned(),
            }),
        }
    }

    /// Adds an exchange to the tool's file. The first one begins it anew.
    fn add(&self, tool: &str, exchange: Exchange) -> Result<(), NotWritten> {
        let path = file_of(&self.folder, tool);
        let mut tools = self.tools.lock().unwrap_or_else(PoisonError::into_inner);
        let exchanges = tools.entry(tool.to_owned()).or_default();
        exchanges.push(exchange);
        file::write(&path, exchanges).map_err(|error| {
            let kept = match keep(exchanges) {
                Ok(kept) => format!("what was recorded is in {}", kept.display()),
                Err(error) => format!("nor could it be written elsewhere ({error})"),
            };
            // It was not handed on, so it would be asked for again.
            exchanges.pop();
            NotWritten {
                words: format!(
                    "the answer could not be written to {}: {error}; {kept}",
                    path.display()
                ),
                help: "make the folder one that can be written, and record it again".to_owned(),
            }
        })
    }
}

/// Writes the exchanges down where that is most likely possible.
fn keep(exchanges: &[Exchange]) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("anvil-cassette-")
        .suffix(".json")
        .tempfile()?;
    file.write_all(file::written(exchanges).as_bytes())?;
    let (_, path) = file.keep()?;
    Ok(path)
}

impl NotWritten {
    fn into_error(self) -> ModelError {
        ModelError::of(ModelErrorKind::NotRecorded, self.words).with_help(self.help)
    }

    /// The error that has the price of the answer which it keeps back.
    fn in_place_of(self, came: Result<ModelReply, ModelError>) -> ModelError {
        let error = self.into_error();
        match came {
            Ok(reply) => error
                .with_model(reply.model)
                .with_usage(reply.usage)
                .after(reply.earlier),
            Err(kept_back) => {
                let error = error
                    .with_usage(kept_back.usage())
                    .after(kept_back.earlier().to_vec());
                match kept_back.model() {
                    Some(model) => error.with_model(model),
                    None => error,
                }
            }
        }
    }
}
