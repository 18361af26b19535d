//! [`Tapes`]: exchanges, given out as they were recorded.

use super::differences::{differences, distance};
use super::exchange::{Exchange, Request};
use super::file::{self, RECORD_IT};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelError, ModelErrorKind, ModelReply, ModelRequest};
use crate::privacy::Redactor;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was recorded of each tool, each exchange to be given once.
#[derive(Debug)]
pub(super) struct Tapes {
    folder: PathBuf,
    tools: Mutex<BTreeMap<String, Vec<Recorded>>>,
}

#[derive(Debug)]
struct Recorded {
    exchange: Exchange,
    given: bool,
}

impl Tapes {
    /// What is recorded in this folder.
    ///
    /// # Errors
    /// When there is nothing, or something that is no cassette.
    pub(super) fn read(folder: PathBuf) -> Result<Self> {
        let wrong =
            |message: String| Error::new(ErrorKind::Configuration, message).with_help(RECORD_IT);
        let files = files(&folder).map_err(|error| {
            wrong(format!(
                "the folder of cassettes {} cannot be read",
                folder.display()
            ))
            .because(error)
        })?;
        let mut tools = BTreeMap::new();
        for (tool, path) in files {
            let exchanges = file::read(&path)?.into_iter().map(|exchange| Recorded {
                exchange,
                given: false,
            });
            tools.insert(tool, exchanges.collect());
        }
        if tools.is_empty() {
            return Err(wrong(format!(
                "there is no cassette in {}",
                folder.display()
            )));
        }
        Ok(Self {
            folder,
            tools: Mutex::new(tools),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The answer to this request: of equal ones that which comes next. It is not given again.
    pub(super) fn answer(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        let tool = &request.tool;
        let asked = Request::new(request, &Redactor::default());
        let mut tools = self.tools();
        let recorded = tools.get_mut(tool).map_or(&mut [][..], Vec::as_mut_slice);
        let next = recorded
            .iter_mut()
            .find(|one| !one.given && one.exchange.request == asked);
        match next {
            Some(next) => {
                next.given = true;
                next.exchange.reply.clone().given()
            }
            None => {
                let words = self.why_not(tool, &asked, recorded);
                Err(ModelError::of(ModelErrorKind::NotRecorded, words).with_help(RECORD_IT))
            }
        }
    }

    /// What was not asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        let tools = self.tools();
        let all = tools.iter().flat_map(|(tool, recorded)| {
            let unused = (1..).zip(recorded).filter(|(_, one)| !one.given);
            unused
                .map(move |(number, _)| format!("{tool}: exchange {number} of {}", recorded.len()))
        });
        all.collect()
    }

    fn why_not(&self, tool: &str, asked: &Request, recorded: &[Recorded]) -> String {
        let path = file_of(&self.folder, tool);
        let path = path.display();
        let same = recorded
            .iter()
            .filter(|one| one.exchange.request == *asked)
            .count();
        if same > 0 {
            let times = match same {
                1 => "once".to_owned(),
                _ => format!("{same} times"),
            };
            return format!("the request is {times} in {path}, and is made once more");
        }
        let closest = (1..).zip(recorded).min_by_key(|(_, one)| {
            let request = &one.exchange.request;
            (distance(asked, request), one.given)
        });
        match closest {
            Some((number, closest)) => format!(
                "the request is not in {path}, where that of exchange {number} comes closest: {}",
                differences(asked, &closest.exchange.request).join("; ")
            ),
            None => format!("nothing is recorded of `{tool}`: {path} is missing or empty"),
        }
    }

    fn tools(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Recorded>>> {
        self.tools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the exchanges about this tool lie.
pub(super) fn file_of(folder: &Path, tool: &str) -> PathBuf {
    folder.join(format!("{tool}.json"))
}

/// The tools that something is recorded of, and where.
fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let named = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if let Some(tool) = path.file_stem().and_then(|stem| stem.to_str())
            && named
        {
            files.push((tool.to_owned(), path));
        }
    }
    Ok(files)
}
