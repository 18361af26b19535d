//! The Rust file in a model's answer.

/// Why an answer holds no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SourceError {
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the answer holds no Rust code, it begins: {0:?}")]
    Prose(String),
    #[error("the answer holds {fences} blocks of code, and none of them defines `fn {function}`")]
    NoneOfSeveral { fences: usize, function: String },
}

/// A body longer than this is a mistake.
const LONGEST: usize = 256 * 1024;

/// The file in `answer`: what the fence holds that defines `function`, of several the last, or all of it where there is no
/// fence. Prose around a fence does not matter.
pub(crate) fn source_in(answer: &str, function: &str) -> Result<String, SourceError> {
    if answer.len() > LONGEST {
        return Err(SourceError::TooLong);
    }
    let answer = answer.replace("\r\n", "\n");
    let mut file = answer.trim_start_matches('\n').trim_end().to_owned();
    let mut fenced = fences(&file);
    while let Some(last) = fenced.last() {
        let code = fenced.iter().rfind(|code| defines(code, function));
        if code.is_none() && fenced.len() > 1 && !last.trim_start().starts_with("```") {
            return Err(SourceError::NoneOfSeveral {
                fences: fenced.len(),
                function: function.to_owned(),
            });
        }
        file = code.unwrap_or(last).trim_end().to_owned();
        // Some put a fence into a fence. Each turn is shorter by one at least.
        fenced = match file.trim_start().starts_with("```") {
            true => fences(&file),
            false => Vec::new(),
        };
    }
    if file.trim().is_empty() {
        return Err(SourceError::Empty);
    }
    if !file.contains("fn ") {
        let beginning = file.chars().take(60).collect();
        return Err(SourceError::Prose(beginning));
    }
    Ok(format!("{file}\n"))
}

fn defines(code: &str, function: &str) -> bool {
    code.contains(&format!("fn {function}("))
}

/// What stands between lines that open and close a fence. A fence closes with at least as many marks as
/// it was opened with, so that one can hold another; one that is never closed reaches to the end.
fn fences(text: &str) -> Vec<String> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        let marks = line.trim_start().bytes().take_while(|b| *b == b'`').count();
        let bare = line.trim().len() == marks;
        open = match open.take() {
            None if marks >= 3 => Some((marks, String::new())),
            None => None,
            Some((opened, code)) if bare && marks >= opened => {
                fences.push(code);
                None
            }
            Some((opened, mut code)) => {
                code.push_str(line);
                code.push('\n');
                Some((opened, code))
            }
        };
    }
    fences.extend(open.map(|(_, code)| code));
    fences
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "pub fn add(a: u8) -> u8 {\n    a\n}\n";

    fn found(answer: &str) -> String {
        source_in(answer, "add").unwrap()
    }

    #[test]
    fn a_bare_file_and_a_fenced_one_are_the_same_file() {
        for answer in [
            FILE.to_owned(),
            format!("\n\n{FILE}\n\n"),
            format!("```rust\n{FILE}```"),
            format!("Sure!\n\n```\n{FILE}```\n\nIt adds."),
            format!("````markdown\n{FILE}````"),
            format!("````markdown\n```rust\n{FILE}```\n````"),
            format!("```rust\n```rust\n{FILE}```\n```"),
            format!("```rust\n{FILE}"),
            FILE.replace('\n', "\r\n"),
        ] {
            assert_eq!(found(&answer), FILE, "{answer:?}");
        }
    }

    #[test]
    fn of_several_fences_the_last_that_defines_the_function_counts() {
        let answer = format!(
            "It used to be\n```rust\npub fn add() {{}}\n```\nand now is\n```rust\n{FILE}```\nRun\n```sh\ncargo test\n```"
        );
        assert_eq!(found(&answer), FILE);
    }

    #[test]
    fn of_several_fences_without_the_function_none_is_guessed_at() {
        let answer = "```sh\ncargo new it\n```\nand\n```rust\npub fn subtract() {}\n```";
        let error = source_in(answer, "add").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the answer holds 2 blocks of code, and none of them defines `fn add`"
        );
    }

    #[test]
    fn an_answer_without_code_is_said_to_be_one() {
        assert_eq!(source_in(" \n", "add"), Err(SourceError::Empty));
        assert_eq!(source_in("```rust\n```", "add"), Err(SourceError::Empty));
        assert_eq!(
            source_in("I am sorry, Dave.", "add"),
            Err(SourceError::Prose("I am sorry, Dave.".to_owned()))
        );
        assert_eq!(
            source_in(&"x".repeat(LONGEST + 1), "add"),
            Err(SourceError::TooLong)
        );
    }
}
