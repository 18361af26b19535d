//! Candidates that were turned back, for whoever looks into it. Nothing ever reads them again.

use crate::store::folder::{create, failed};
use crate::store::write::write;
use crate::store::{Lock, Store, StoreError};
use crate::version::Version;
use jiff::Timestamp;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// So many are kept of each tool; then the oldest gives way.
const KEPT: usize = 20;

/// Why a candidate was turned back.
#[derive(Debug)]
pub(crate) struct Rejected<'a> {
    pub(crate) body: &'a str,
    /// The version that it was to replace; nothing where there was none.
    pub(crate) replaces: Option<Version>,
    /// The step that it did not pass, in one word.
    pub(crate) step: &'a str,
    /// What was wrong with it, in as many lines as it takes.
    pub(crate) words: &'a str,
}

impl Store {
    /// Keeps a candidate that was turned back, in a file below the tool's folder, whose path in it is returned. The
    /// caller holds the tool's [`Lock`].
    pub(crate) fn keep_rejected(
        &self,
        _lock: &Lock,
        tool: &str,
        rejected: &Rejected<'_>,
    ) -> Result<String, StoreError> {
        let folder = self.rejected_path(tool);
        create(&folder)?;
        make_room(&folder)?;
        let mut at = Timestamp::now();
        let path = loop {
            let path = format!("{REJECTED}/{}.rs", at.strftime("%Y-%m-%dT%H%M%S.%3fZ"));
            if !self.folder(tool).join(&path).exists() {
                break path;
            }
            at += Duration::from_millis(1);
        };
        write(&self.folder(tool).join(&path), &text(tool, at, rejected))?;
        Ok(path)
    }
}

pub(super) const REJECTED: &str = "rejected";

/// The body comes first: line numbers stay its own.
fn text(tool: &str, at: Timestamp, rejected: &Rejected<'_>) -> String {
    let Rejected {
        body,
        replaces,
        step,
        words,
    } = rejected;
    let what = match replaces {
        Some(version) => format!("a candidate for `{tool}`, to replace {version}"),
        None => format!("a first body for `{tool}`"),
    };
    let mut text = format!(
        "{}\n\n// anvil: {what}; turned back at the step `{step}`, {at:.0}:\n//\n",
        body.trim_end()
    );
    for line in words.lines() {
        text.push_str(format!("// {line}").trim_end());
        text.push('\n');
    }
    text
}

/// Removes the oldest, so that one more makes no more than are kept. What else somebody put there stays.
fn make_room(folder: &Path) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map_err(failed("read", folder.to_owned()))?;
    let mut kept: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    kept.sort();
    let too_many = (kept.len() + 1).saturating_sub(KEPT);
    for path in kept.drain(..too_many) {
        fs::remove_file(&path).map_err(failed("remove", path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_latest_are_kept_in_the_order_in_which_they_were_turned_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().to_owned());
        let lock = store.lock("add").unwrap();
        let paths: Vec<String> = (0..KEPT + 3)
            .map(|number| {
                let rejected = Rejected {
                    body: &format!("fn number_{number}() {{}}"),
                    replaces: None,
                    step: "gate",
                    words: "no",
                };
                store.keep_rejected(&lock, "add", &rejected).unwrap()
            })
            .collect();
        assert!(paths.is_sorted(), "{paths:?}");
        for (number, path) in paths.iter().enumerate() {
            let text = fs::read_to_string(folder.path().join("add").join(path));
            match number < 3 {
                true => assert!(text.is_err(), "{path}"),
                false => assert!(text.unwrap().contains(&format!("number_{number}("))),
            }
        }
        let ignored = fs::read_to_string(folder.path().join(".gitignore")).unwrap();
        assert!(ignored.lines().any(|line| line == "rejected/"));
        assert!(
            store.load("add").unwrap().is_none(),
            "the folder is ours still"
        );
    }

    #[test]
    fn the_body_comes_first_and_every_line_of_the_reason_is_a_comment() {
        let at = "2026-11-26T03:23:22Z".parse().unwrap();
        let rejected = |replaces| Rejected {
            body: "pub fn add() {}\n",
            replaces,
            step: "build",
            words: "error[E0308]: mismatched types\n --> tool.rs:1:1\n\n*/ fn not_code() {}",
        };
        expect![[r#"
            pub fn add() {}

            // anvil: a candidate for `add`, to replace 1.0; turned back at the step `build`, 2026-11-26T03:23:22Z:
            //
            // error[E0308]: mismatched types
            //  --> tool.rs:1:1
            //
            // */ fn not_code() {}
        "#]]
        .assert_eq(&text("add", at, &rejected(Some(Version::FIRST))));
        let first = text("add", at, &rejected(None));
        assert!(
            first.contains("// anvil: a first body for `add`; "),
            "{first}"
        );
    }
}
