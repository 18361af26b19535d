//! What happened, as facts: the vocabulary that logs, tests and users read.

use crate::isolation::Isolation;
use crate::text::one_line;
use crate::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Something that happened to a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// When it was over; RFC 3339 when serialized.
    pub timestamp: Timestamp,
    /// To which tool; empty where it is about all of them.
    pub tool_name: String,
    /// What.
    pub kind: EventKind,
    /// The version that it happened to.
    pub version: Option<Version>,
    /// Where the tool runs; nothing where it is not about one tool, such as about a chain.
    #[serde(default)] // earlier logs lack it
    pub isolation: Option<Isolation>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// What went wrong, in one line.
    pub error: Option<String>,
    /// More about it, by name.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// The sorts of [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The first body of a declaration was written, built and stored.
    ToolGenerated,
    /// A version went live in this process.
    ToolLoaded,
    /// A call was answered.
    ToolExecuted,
    /// A call failed, or there was no body for it.
    ToolFailed,
    /// A heal succeeded: the failing call is answered and a new version is live.
    ToolHealed,
    /// The model was asked, and answered or failed.
    ModelAsked,
    /// A page that the model is to read was asked for: `url`, `status` (`fetched`, `unchanged` or `failed`) and `bytes`
    /// of text are in the metadata. One that was fetched a moment ago is not asked for.
    DocsFetched,
    /// Something that is done for the tool takes longer than a second: what, is said in the metadata as `doing`, such as
    /// `building`. It is told after a second, and every ten seconds after that.
    StillWorking,
    /// A heal attempt failed; the old version goes on serving.
    HealFailed,
    /// A candidate did not compile.
    BuildFailed,
    /// A candidate was turned back before or after it was built.
    CandidateRejected,
    /// A candidate was proven and waits for a person; the old version goes on serving.
    CandidatePending,
    /// A person approved a candidate: it is live.
    CandidateApproved,
    /// A person refused a candidate.
    CandidateRefused,
    /// Somebody put an earlier version back into service.
    ToolRolledBack,
    /// An edit of `tool.rs` went live.
    ToolReloaded,
    /// An edit of `tool.rs` cannot be used; the version before it goes on serving.
    ReloadFailed,
    /// An edited tool was given back to Anvil.
    ToolAdopted,
    /// The live version was pinned: it is not replaced by a heal.
    ToolPinned,
    /// The pin was taken away.
    ToolUnpinned,
    /// A body logged a line, or printed one.
    ToolLogged,
    /// There is no sandbox on this system, and tools that were to run in it run in plain processes instead.
    IsolationDegraded,
    /// All steps of a chain were answered.
    ChainExecuted,
    /// A step of a chain failed.
    ChainFailed,
}

/// Milliseconds without their fraction.
pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The name that it has in JSON, such as `tool_healed`.
impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Event {
    pub(crate) fn new(kind: EventKind, tool: &str) -> Self {
        Self {
            timestamp: Timestamp::now(),
            tool_name: tool.to_owned(),
            kind,
            version: None,
            isolation: None,
            duration_ms: None,
            error: None,
            metadata: serde_json::Map::new(),
        }
    }

    pub(crate) fn version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    pub(crate) fn isolation(mut self, level: Isolation) -> Self {
        self.isolation = Some(level);
        self
    }

    pub(crate) fn took(mut self, duration: Duration) -> Self {
        self.duration_ms = Some(duration.as_secs_f64() * 1000.0);
        self
    }

    pub(crate) fn error(mut self, error: impl ToString) -> Self {
        self.error = Some(one_line(&error.to_string()));
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }
}
