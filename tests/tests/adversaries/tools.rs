//! The tool that is to be mended, thrice: with a contract, with what it answered before, and with both.

use anvil::{Builder, ToolResult};
use std::fmt;
use std::time::Duration;

/// What is there to hold against a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    Contract,
    Recordings,
    Both,
}

mod by_contract {
    #[anvil::tool(
        intent = "The nth field of a line, counted from 1, without blanks around it; the nearest one where there is none",
        examples(
            field("x,y", 2)? == "y",
            field("a, b,c", 2)? == "b",
            field("p,q", 9)? == "q",
        ),
        requires(|line| !line.is_empty()),
        ensures(|out| line.split(',').any(|field| field.trim() == out))
    )]
    pub(super) fn field(line: &str, n: usize) -> anvil::Result<String>;
}

mod by_recordings {
    #[anvil::tool(
        intent = "The nth field of a line, counted from 1, without blanks around it; the nearest one where there is none",
        pure
    )]
    pub(super) fn field(line: &str, n: usize) -> anvil::Result<String>;
}

mod by_both {
    #[anvil::tool(
        intent = "The nth field of a line, counted from 1, without blanks around it; the nearest one where there is none",
        examples(
            field("x,y", 2)? == "y",
            field("a, b,c", 2)? == "b",
            field("p,q", 9)? == "q",
        ),
        requires(|line| !line.is_empty()),
        ensures(|out| line.split(',').any(|field| field.trim() == out)),
        pure
    )]
    pub(super) fn field(line: &str, n: usize) -> anvil::Result<String>;
}

impl Under {
    /// Calls the tool.
    pub(crate) fn field(self, line: &str, n: usize) -> ToolResult<String> {
        match self {
            Self::Contract => by_contract::field::run_safe(line, n),
            Self::Recordings => by_recordings::field::run_safe(line, n),
            Self::Both => by_both::field::run_safe(line, n),
        }
    }
}

impl fmt::Display for Under {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Contract => "contract",
            Self::Recordings => "recordings",
            Self::Both => "both",
        })
    }
}

/// A body that does this with the `fields`.
pub(crate) fn body(does: &str) -> String {
    format!(
        "pub fn field(line: &str, n: usize) -> Result<String, ToolError> {{
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    {does}
}}"
    )
}

/// What serves: it panics when it is asked for field 0.
pub(crate) const LIVE: &str = "let at = n.checked_sub(1).expect(\"fields are counted from 1\");
    Ok(fields[at.min(fields.len() - 1)].to_owned())";

/// The same, which panics as well when there are fewer fields.
pub(crate) const FRAGILE: &str = "let at = n.checked_sub(1).expect(\"fields are counted from 1\");
    Ok(fields[at].to_owned())";

/// What would be right.
pub(crate) const RIGHT: &str = "Ok(fields[n.clamp(1, fields.len()) - 1].to_owned())";

/// What is called before, and what is answered.
pub(crate) const ANSWERED: &[((&str, usize), &str)] = &[
    (("x,y", 1), "x"),
    (("x,y", 2), "y"),
    (("a, b,c", 2), "b"),
    (("x,y", 9), "y"),
    (("k,l,m", 3), "m"),
];

/// The call that fails.
pub(crate) const FAILS: (&str, usize) = ("x,y", 0);

/// Enough for a body that does nothing out of the way, on a machine that does much else.
pub(crate) fn limits(builder: Builder) -> Builder {
    builder
        .timeout(Duration::from_secs(20))
        .memory(128_000_000)
        .breaker_deaths(1000)
}
