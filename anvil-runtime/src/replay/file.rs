//! The file of a recording: JSON that is meant to be committed, and may be edited by hand.

use super::exchange::Exchange;
use super::layout::indented;
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_atomically;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// The form in which files are written.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents<E> {
    format: u32,
    /// In the order in which they were made.
    exchanges: E,
}

/// What is the same in files of every format.
#[derive(Deserialize)]
struct Beginning {
    format: u32,
}

/// Writes the exchanges down, in place of what was there. The folder is made where there is none.
pub(super) fn write(path: &Path, exchanges: &[Exchange]) -> io::Result<()> {
    let contents = Contents {
        format: FORMAT,
        exchanges,
    };
    let text = indented(&serde_json::to_string(&contents)?) + "\n";
    // One that is only a name lies in the current folder.
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let path = match folder {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            path
        }
        None => &Path::new(".").join(path),
    };
    write_atomically(path, text.as_bytes())
}

/// The exchanges that were written down, at least one.
///
/// # Errors
/// When there are none, or what is there was not written by [`write()`].
pub(super) fn read(path: &Path) -> Result<Vec<Exchange>> {
    let file = path.display();
    let again = format!("record it with `HttpReplay::record({path:?})`");
    let wrong = |message: String| Error::new(ErrorKind::Configuration, message);
    let text = fs::read_to_string(path).map_err(|error| {
        wrong(format!("the recording {file} cannot be read"))
            .with_help(again.clone())
            .because(error)
    })?;
    let unlike = |error: serde_json::Error| {
        wrong(format!("{file} is no recording of HTTP exchanges"))
            .with_help(format!("mend it, or {again}"))
            .because(error)
    };
    let Beginning { format } = serde_json::from_str(&text).map_err(unlike)?;
    if format != FORMAT {
        let message =
            format!("the recording {file} is of format {format}, and this Anvil reads {FORMAT}");
        return Err(wrong(message).with_help(again));
    }
    let contents: Contents<Vec<Exchange>> = serde_json::from_str(&text).map_err(unlike)?;
    if contents.exchanges.is_empty() {
        let message = format!("the recording {file} has no exchanges in it");
        return Err(wrong(message).with_help(again));
    }
    let exchanges = contents.exchanges.into_iter();
    Ok(exchanges.map(Exchange::in_order).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written_and_as_it_was_edited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("replays/titles.json");
        let written = r#"{
  "format": 1,
  "exchanges": [
    {
      "request": {
        "method": "GET",
        "url": "http://shop/titles",
        "headers": [
          "accept: a",
          "x-own: b"
        ]
      },
      "reply": {
        "answer": {
          "status": 200,
          "content": {
            "json": [
              1.50
            ]
          }
        }
      }
    }
  ]
}
"#;
        fs::create_dir(folder.path().join("replays")).unwrap();
        let edited = written.replace("\"accept: a\",", "");
        let edited = edited.replace("\"x-own: b\"", "\"X-Own: b\", \"Accept: a\"");
        for text in [written, &edited] {
            fs::write(&path, text).unwrap();
            let exchanges = read(&path).unwrap();
            write(&path, &exchanges).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), written);
        }
        let elsewhere = folder.path().join("a/b.json");
        write(&elsewhere, &[]).unwrap();
        assert!(elsewhere.exists());
    }

    #[test]
    fn a_file_that_is_no_recording_is_refused_by_name_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("titles.json");
        let again = format!("record it with `HttpReplay::record({path:?})`");
        let check = |words: &str, help: &str| {
            let error = read(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().contains("titles.json"), "{error}");
            assert_eq!(error.help(), Some(help));
        };
        check("cannot be read: ", &again);
        let mend = format!("mend it, or {again}");
        for (text, words, help) in [
            ("", "is no recording of HTTP exchanges: EOF", &mend),
            ("{\"format\":1}", "missing field `exchanges`", &mend),
            (
                r#"{"format":1,"exchanges":[{"request":{"method":"GET","url":"x","header":[]}}]}"#,
                "unknown field `header`",
                &mend,
            ),
            (
                "{\"format\":1,\"exchanges\":[]}",
                "has no exchanges",
                &again,
            ),
            (
                "{\"format\":2,\"pages\":[]}",
                "is of format 2, and this Anvil reads 1",
                &again,
            ),
        ] {
            fs::write(&path, text).unwrap();
            check(words, help);
        }
    }
}
