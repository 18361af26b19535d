//! A tool in a library crate, public, with documentation.

use serde::{Deserialize, Serialize};

/// The largest numbers.
///
/// Ties keep their order.
#[anvil::tool(intent = "Return the n largest numbers of `xs`, largest first")]
pub fn top_n(
    /// in any order
    xs: &[i64],
    n: usize,
) -> anvil::Result<Vec<i64>>;

/// What the `user` program is to do: its first argument, as JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Script {
    /// Where the tools are; the default of Anvil's where nothing is said.
    pub tools_dir: Option<std::path::PathBuf>,
    /// What the model answers, in order. Without it the program makes no `Anvil` at all.
    pub replies: Option<Vec<String>>,
    /// Whether its bodies may do what bodies must not.
    #[serde(default)]
    pub unchecked: bool,
    /// How long the model thinks, in milliseconds.
    pub thinks_ms: u64,
    /// Where events are written, if anywhere, and at how many bytes the file is put aside.
    pub log: Option<(std::path::PathBuf, u64)>,
    /// The `n` of each call; the numbers are 5, 6 and 7.
    pub calls: Vec<usize>,
    /// How long the program stays when its calls are done, in milliseconds.
    pub lingers_ms: u64,
}

/// What came of it: the program's output, as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What each call said.
    pub calls: Vec<Result<Vec<i64>, Failed>>,
    /// How long each call took.
    pub took: Vec<std::time::Duration>,
    /// How often the model was asked.
    pub requests: usize,
}

/// An error in all its forms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failed {
    /// In one line.
    pub line: String,
    /// As a `main` would print it.
    pub whole: String,
}
