//! The rules, as data.

use std::fmt;

/// More than this many bytes is no body.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Something that bodies do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    Unsafe,
    Extern,
    Files,
    Network,
    Processes,
    Environment,
    System,
    Include,
    BuildEnvironment,
    Assembly,
    Attributes,
    InnerAttributes,
    ModuleFiles,
    Internals,
    HiddenPaths,
    Length,
}

/// Each rule, the name that a user writes, and what a body does instead.
pub(crate) const RULES: [(Rule, &str, &str); 16] = [
    (
        Rule::Unsafe,
        "unsafe",
        "a body is safe Rust; use what the standard library offers safely",
    ),
    (
        Rule::Extern,
        "extern",
        "a body links nothing; it has the standard library, `serde` and `serde_json`",
    ),
    (
        Rule::Files,
        "std::fs",
        "a body opens no files; take what is to be read as an argument, and return what is to be written",
    ),
    (
        Rule::Network,
        "std::net",
        "a body opens no connections; take what is to be fetched as an argument (addresses as mere values are in \
         `core::net`)",
    ),
    (
        Rule::Processes,
        "std::process",
        "a body neither starts nor ends a process; when it cannot go on, return `Err(ToolError::new(…))`",
    ),
    (
        Rule::Environment,
        "std::env",
        "a body does not look around; take the value as an argument",
    ),
    (
        Rule::System,
        "std::os",
        "a body has no business with the operating system (C's types are in `std::ffi`)",
    ),
    (
        Rule::Include,
        "include!",
        "a body is one file; write the data into it, or take it as an argument",
    ),
    (
        Rule::BuildEnvironment,
        "env!",
        "nothing of where it is built goes into a body; write the value into it, or take it as an argument",
    ),
    (
        Rule::Assembly,
        "asm!",
        "a body is Rust; use the integer and float methods of the standard library",
    ),
    (
        Rule::Attributes,
        "attributes",
        "this attribute reaches out of the body; leave it out",
    ),
    (
        Rule::InnerAttributes,
        "inner attributes",
        "of these only `//!` may stand in a body; write `#[…]` at the item that it is for, and lints not at all",
    ),
    (
        Rule::ModuleFiles,
        "mod",
        "a body is one file; write the module out, in braces",
    ),
    (
        Rule::Internals,
        "internals",
        "that is not for bodies; call your own items by their plain names, and of `anvil` use what is in scope",
    ),
    (
        Rule::HiddenPaths,
        "hidden paths",
        "write paths out and under the names that they have, such as `std::fmt::Write`, also in macros; give a \
         variable that is called like a crate another name",
    ),
    (
        Rule::Length,
        "length",
        "a body has at most 262,144 bytes; compute what can be computed",
    ),
];

impl Rule {
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    pub(super) fn instead(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        RULES[self as usize]
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let row = RULES.iter().find(|(_, known, _)| *known == name);
        row.map(|(rule, ..)| *rule)
    }
}

/// A rule that a body breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    /// What was found, as code.
    pub(super) found: String,
    pub(super) line: usize,
}

impl Violation {
    pub(crate) fn too_long(body: &str) -> Self {
        Self {
            rule: Rule::Length,
            found: format!("{} bytes", body.len()),
            line: 1,
        }
    }
}

/// What was found and where, which rule it breaks where that is called otherwise, and what to use instead.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, found, line } = self;
        write!(f, "line {line}: `{found}` is refused")?;
        if found != rule.name() {
            write!(f, " ({})", rule.name())?;
        }
        write!(f, ": {}", rule.instead())
    }
}
