//! The file of a tool: JSON that is meant to be committed, and reviewed.

use super::exchange::{Exchange, Reply, Request};
use super::text::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_atomically;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// The form in which files are written.
const FORMAT: u32 = 1;

/// How a cassette is recorded, for the first time or again.
pub(super) const RECORD_IT: &str = "record it: with `ANVIL_CASSETTE=record cargo test` where the test uses \
                                    `Cassette::from_env`, else with `Cassette::record`";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: u32,
    /// In the order in which they were made.
    exchanges: Vec<Written>,
}

/// What is the same in files of every format.
#[derive(Deserialize)]
struct Beginning {
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    request: WrittenRequest,
    reply: Reply,
}

/// A request, without what is the same as in the one before it: the rules and the declaration hardly ever change.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    system: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declaration: Option<Text>,
    task: Text,
    last: bool,
}

/// The exchanges as they stand in a file.
pub(super) fn written(exchanges: &[Exchange]) -> String {
    let mut before: Option<&Request> = None;
    let exchanges = exchanges.iter().map(|Exchange { request, reply }| {
        let earlier = before.replace(request);
        let unless_said = |part: fn(&Request) -> &Text| {
            let said = earlier.is_some_and(|earlier| part(earlier) == part(request));
            (!said).then(|| part(request).clone())
        };
        Written {
            request: WrittenRequest {
                system: unless_said(|request| &request.system),
                declaration: unless_said(|request| &request.declaration),
                task: request.task.clone(),
                last: request.last,
            },
            reply: reply.clone(),
        }
    });
    let contents = Contents {
        format: FORMAT,
        exchanges: exchanges.collect(),
    };
    let text = serde_json::to_string_pretty(&contents);
    text.expect("texts, numbers and truths are JSON") + "\n"
}

/// Writes them down in place of what was there. The folder must exist.
pub(super) fn write(path: &Path, exchanges: &[Exchange]) -> io::Result<()> {
    write_atomically(path, written(exchanges).as_bytes())
}

/// The exchanges that were written down.
///
/// # Errors
/// When what is there was not written by [`write()`].
pub(super) fn read(path: &Path) -> Result<Vec<Exchange>> {
    let file = path.display();
    let wrong =
        |message: String| Error::new(ErrorKind::Configuration, message).with_help(RECORD_IT);
    let text = fs::read_to_string(path)
        .map_err(|error| wrong(format!("the cassette {file} cannot be read")).because(error))?;
    let unlike = |error: serde_json::Error| {
        wrong(format!("{file} is no cassette of exchanges with a model")).because(error)
    };
    let Beginning { format } = serde_json::from_str(&text).map_err(unlike)?;
    if format != FORMAT {
        return Err(wrong(format!(
            "the cassette {file} is of format {format}, and this Anvil reads {FORMAT}"
        )));
    }
    let contents: Contents = serde_json::from_str(&text).map_err(unlike)?;
    let mut exchanges: Vec<Exchange> = Vec::new();
    for Written { request, reply } in contents.exchanges {
        let before = exchanges.last().map(|exchange| &exchange.request);
        let system = request.system.or_else(|| Some(before?.system.clone()));
        let declaration = request
            .declaration
            .or_else(|| Some(before?.declaration.clone()));
        let (Some(system), Some(declaration)) = (system, declaration) else {
            return Err(wrong(format!(
                "the first request in the cassette {file} has no `system` or no `declaration`"
            )));
        };
        let request = Request {
            system,
            declaration,
            task: request.task,
            last: request.last,
        };
        exchanges.push(Exchange { request, reply });
    }
    Ok(exchanges)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
  "format": 1,
  "exchanges": [
    {
      "request": {
        "system": "Write well.",
        "declaration": [
          "fn a();",
          "",
          "It does nothing."
        ],
        "task": "Write it.",
        "last": false
      },
      "reply": {
        "model": "m-1",
        "usage": {
          "input_tokens": 9,
          "output_tokens": 1
        },
        "text": "fn a() {}"
      }
    },
    {
      "request": {
        "task": [
          "Mend it.",
          ""
        ],
        "last": true
      },
      "reply": {
        "usage": {
          "input_tokens": 0,
          "output_tokens": 0
        },
        "error": "refusal",
        "text": "it would rather not"
      }
    },
    {
      "request": {
        "declaration": "fn b();",
        "task": "Write it.",
        "last": false
      },
      "reply": {
        "model": "m-1",
        "usage": {
          "input_tokens": 0,
          "output_tokens": 0
        },
        "text": ""
      }
    }
  ]
}
"#;

    #[test]
    fn a_file_is_written_as_it_was_read_and_says_once_what_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, FILE).unwrap();
        let exchanges = read(&path).unwrap();
        let parts = exchanges.iter().map(|one| {
            let Request {
                system,
                declaration,
                ..
            } = &one.request;
            (system.0.as_str(), declaration.0.as_str())
        });
        let a = ("Write well.", "fn a();\n\nIt does nothing.");
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [a, a, ("Write well.", "fn b();")]
        );
        write(&path, &exchanges).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
    }

    #[test]
    fn a_file_that_is_no_cassette_is_refused_by_name_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let check = |words: &str| {
            let error = read(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().contains("a.json"), "{error}");
            assert_eq!(error.help(), Some(RECORD_IT));
        };
        check("cannot be read: ");
        let without_system = FILE.replace("\"system\": \"Write well.\",", "");
        let misspelt = FILE.replace("\"system\"", "\"sytem\"");
        let cut = &FILE[..FILE.len() / 2];
        for (text, words) in [
            ("", "is no cassette of exchanges with a model: EOF"),
            (cut, "is no cassette of exchanges with a model: EOF"),
            ("{\"format\":1}", "missing field `exchanges`"),
            (
                "{\"format\":2,\"tapes\":[]}",
                "is of format 2, and this Anvil reads 1",
            ),
            (&misspelt, "unknown field `sytem`"),
            (&without_system, "has no `system` or no `declaration`"),
        ] {
            fs::write(&path, text).unwrap();
            check(words);
        }
    }
}
