//! Bad fixes that are offered one after another for one call, and that are all turned back.

use crate::tally;
use crate::tools::{ANSWERED, FAILS, LIVE, RIGHT, Under, body, limits};
use anvil::testing::{MockModel, TestAnvil};
use anvil::{Builder, Event, EventFilter, EventKind, ToolResult};
use std::fs;

/// What a body does with the `fields` of the line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Code {
    /// This first, then what is right.
    Before(&'static str),
    /// This.
    Instead(&'static str),
    /// It is this.
    Whole(&'static str),
}

/// Where a fix is turned back, and a part of the reason.
pub(crate) type Back = (&'static str, &'static str);

impl Code {
    pub(crate) fn body(self) -> String {
        match self {
            Self::Before(does) => body(&format!("{does}\n    {RIGHT}")),
            Self::Instead(does) => body(does),
            Self::Whole(text) => text.to_owned(),
        }
    }
}

/// Offers `fixes`, one for each attempt, and asserts that they are turned back like this. Returns the reasons, and the
/// prompts.
pub(crate) fn turned_back(
    under: Under,
    fixes: &[Code],
    backs: &[Back],
    settings: fn(Builder) -> Builder,
) -> (Vec<String>, Vec<String>) {
    let bodies: Vec<String> = fixes.iter().map(|fix| fix.body()).collect();
    let model = MockModel::new().reply("field", body(LIVE));
    let model = bodies
        .iter()
        .fold(model, |model, body| model.reply("field", body));
    let attempts = u32::try_from(fixes.len()).unwrap();
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        settings(limits(builder)).max_heal_attempts(attempts)
    });
    serves(under);

    tally::offer(fixes.len());
    let result = under.field(FAILS.0, FAILS.1);
    tally::look(anvil.tool_info("field").unwrap().versions.len(), 1);

    told(&result, fixes.len());
    let events = rejections(&anvil);
    assert_eq!(events.len(), backs.len(), "{events:#?}");
    for ((event, (step, words)), body) in events.iter().zip(backs).zip(&bodies) {
        is_kept(&anvil, event, step, words, body);
    }
    let info = anvil.tool_info("field").unwrap();
    assert_eq!(info.version.to_string(), "1.0");
    assert_eq!(anvil.tool_code("field").unwrap().trim(), body(LIVE));
    serves(under);
    let reasons = events.into_iter().map(|event| event.error.unwrap());
    let prompts = model.requests().into_iter().map(|request| request.text());
    (reasons.collect(), prompts.collect())
}

/// Asserts that the live version answers what it always answered.
pub(crate) fn serves(under: Under) {
    for ((line, n), answer) in ANSWERED {
        let result = under.field(line, *n);
        assert_eq!(result.data.as_deref(), Some(*answer), "{result:?}");
    }
}

/// Asserts that the caller got the failure itself, with the story of so many attempts in vain.
pub(crate) fn told(result: &ToolResult<String>, in_vain: usize) {
    let error = result.error.as_ref();
    let error = error.unwrap_or_else(|| panic!("it was answered: {result:?}"));
    assert!(error.is_panic(), "{error}");
    assert!(
        error.to_string().contains("fields are counted from 1"),
        "{error}"
    );
    let attempts = error.attempts().iter();
    let told: Vec<_> = attempts
        .filter(|attempt| attempt.version.is_none())
        .collect();
    assert_eq!(told.len(), in_vain, "{error:?}");
    let story = format!("{error:?}");
    assert!(
        told.iter().all(|attempt| story.contains(&attempt.error)),
        "{story}"
    );
}

/// What is told of candidates that were turned back, oldest first.
pub(crate) fn rejections(anvil: &TestAnvil) -> Vec<Event> {
    let kinds = [EventKind::CandidateRejected, EventKind::BuildFailed];
    let events = anvil.logger().history(EventFilter::new()).into_iter().rev();
    events.filter(|event| kinds.contains(&event.kind)).collect()
}

/// Asserts that a candidate was turned back at this step, for this reason, and is kept with it.
pub(crate) fn is_kept(anvil: &TestAnvil, event: &Event, step: &str, words: &str, body: &str) {
    let reason = event.error.as_deref().unwrap();
    assert_eq!(event.metadata["step"], step, "{reason}");
    assert!(reason.contains(words), "no {words:?} in {reason:?}");
    let path = event.metadata["kept"].as_str().unwrap();
    let file = anvil.tools_dir().join("field").join(path);
    let kept = fs::read_to_string(file).unwrap();
    assert!(kept.starts_with(body.trim_end()), "{kept}");
    assert!(kept.contains(words), "no {words:?} in {kept}");
}
