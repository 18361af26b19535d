//! A fault, and the two ordinary ways to meet one: a live body has it, or an answer of the model's.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Builder, EventFilter, EventKind, Policy};
use anvil_tests::bodies::fault as body;
use std::fmt;
use std::time::Duration;

/// One line of the table.
pub(crate) struct Fault {
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    pub(crate) done: Done,
    /// What a user is told of each cause, in the order in which they are met, or a part of it.
    pub(crate) causes: &'static [&'static str],
    pub(crate) outcome: Outcome,
}

/// What is done.
pub(crate) enum Done {
    /// The live body, one after another of these, does it when it is called with 13.
    Live(&'static [&'static str]),
    /// The model's first answer, one after another of these, holds it.
    Answered(&'static [&'static str]),
    /// Something else. Says what a user was told.
    By(fn() -> Vec<String>),
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The call is answered by the next version.
    Healed,
    /// It never goes live; the model is told, and its next answer does.
    Refused,
    /// The call fails, and the version from before goes on.
    Serves,
    /// Nothing is wrong for anybody.
    Harmless,
}

/// The tool that has most of the faults.
#[anvil::tool(intent = "Return x plus one")]
pub(crate) fn successor(x: u64) -> anvil::Result<u64>;

impl Fault {
    /// Does it, and asserts that all is as the table says. Returns what a user was told.
    pub(crate) fn check(&self) -> Vec<String> {
        let told: Vec<String> = match self.done {
            Done::Live(names) => names.iter().map(|name| heals(name)).collect(),
            Done::Answered(names) => names
                .iter()
                .map(|name| refused(&body(name), |b| b))
                .collect(),
            Done::By(run) => run(),
        };
        assert_eq!(told.len(), self.causes.len(), "{told:#?}");
        for (told, cause) in told.iter().zip(self.causes) {
            assert!(told.contains(cause), "no {cause:?} in {told:?}");
        }
        told
    }
}

/// Enough for a body that does nothing out of the way, on a machine that does much else.
pub(crate) fn limits(builder: Builder) -> Builder {
    builder
        .timeout(Duration::from_secs(20))
        .memory(128_000_000)
        .breaker_deaths(1000)
        // What a model that lies says is long.
        .tokens_per_day(u64::MAX)
}

/// The body called `name` is live, its call with 13 fails, and is answered by the next version. Returns the cause.
pub(crate) fn heals(name: &str) -> String {
    heals_within(name, Duration::from_secs(20))
}

/// [`heals`], with another time limit.
pub(crate) fn heals_within(name: &str, timeout: Duration) -> String {
    let model = MockModel::new()
        .reply("successor", body(name))
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        limits(builder).timeout(timeout).policy(Policy::unchecked())
    });
    assert_eq!(successor(1).unwrap(), 2);
    assert_eq!(successor(13).unwrap(), 14);
    serves(&anvil, "1.1");
    assert_eq!(model.requests().len(), 2);
    let [cause] = errors(&anvil, &[EventKind::ToolFailed]).try_into().unwrap();
    assert!(
        model.requests()[1].task.contains(&cause),
        "the model is told"
    );
    cause
}

/// The model answers `answer`, which does not go live; its next answer does. Returns why.
pub(crate) fn refused(answer: &str, settings: impl FnOnce(Builder) -> Builder) -> String {
    let model = MockModel::new()
        .reply("successor", answer)
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model.clone(), |builder| settings(limits(builder)));
    assert_eq!(successor(1).unwrap(), 2);
    serves(&anvil, "1.0");
    assert_eq!(model.requests().len(), 2);
    let kinds = [EventKind::CandidateRejected, EventKind::BuildFailed];
    let [cause] = errors(&anvil, &kinds).try_into().unwrap();
    cause
}

/// Asserts that this version answers good calls, rightly.
pub(crate) fn serves(anvil: &TestAnvil, version: &str) {
    for x in [1, 41, 1 << 40] {
        assert_eq!(successor(x).unwrap(), x + 1);
    }
    let info = anvil.tool_info("successor").unwrap();
    assert_eq!(info.version.to_string(), version);
}

/// What events of these kinds tell, oldest first.
pub(crate) fn errors(anvil: &TestAnvil, kinds: &[EventKind]) -> Vec<String> {
    let events = anvil.logger().history(EventFilter::new()).into_iter().rev();
    let events = events.filter(|event| kinds.contains(&event.kind));
    events.map(|event| event.error.unwrap()).collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:2} {}", self.number, self.name)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healed => "healed to 1.1",
            Self::Refused => "refused, the next answer is 1.0",
            Self::Serves => "the call fails, the version before serves",
            Self::Harmless => "harmless, nothing changes",
        })
    }
}
