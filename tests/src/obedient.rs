//! A tool that does as it is told, so that a test can have each of its calls end as it wants.

/// Does `order` and answers with the number of its process, where it answers: `pid`, `sleep` for `n` milliseconds,
/// `double` (the one whose answer is `2 * n`), and, for ends that are no answer, `loop`, `panic`, `err`, `abort`,
/// `exit`, `fill` all memory, `forge` what it says to its host.
#[anvil::tool(intent = "Do as you are told")]
pub fn obey(order: &str, n: u64) -> anvil::Result<u64>;

/// The same, for callers that do not want to wait.
#[anvil::tool(
    intent = "Do as you are told",
    name = "obey_later",
    handle = ObeyLater,
)]
pub async fn obey_later(order: &str, n: u64) -> anvil::Result<u64>;

/// The body of [`obey`](obey()). No policy lets it pass but the one without rules.
pub const OBEYS: &str = include_str!("../bodies/obeys.rs");

/// The body of [`obey_later`].
#[must_use]
pub fn obeys_later() -> String {
    OBEYS.replace("fn obey(", "fn obey_later(")
}
