//! What the user chose, and what is left of it for one tool.

use crate::error::{Error, ErrorKind};
use crate::policy::rules::{RULES, Rule};

/// What bodies must not reach for. [`Builder::policy`](crate::Builder::policy) takes it.
///
/// A body that breaks a rule is turned back before it is built; the model, or whoever edited `tool.rs`, is told the
/// line and what to use instead. That holds for what a model writes and, each time it is loaded, for what is stored.
/// The default has all rules. A rule can be lifted by hand, for one tool or for all; nothing that a model answers
/// and no heal ever lifts one.
///
/// ```
/// use anvil::{Anvil, Policy};
///
/// # fn main() -> anvil::Result<()> {
/// # let tools = std::env::temp_dir();
/// let policy = Policy::default()
///     .allow_for("first_line", "std::fs") // this one tool may read files
///     .allow("asm!");
/// let anvil = Anvil::builder().policy(policy).tools_dir(tools).build()?;
///
/// let misspelt = Anvil::builder().policy(Policy::default().allow("std::file"));
/// assert!(misspelt.build().unwrap_err().help().unwrap().contains("`std::fs`"));
/// # Ok(())
/// # }
/// ```
///
/// # Rules
///
/// | name | refuses |
/// |---|---|
/// | `unsafe` | `unsafe`, anywhere. Where it is allowed, the compiler does not forbid it either |
/// | `extern` | `extern` blocks, functions and crates |
/// | `std::fs`, `std::net`, `std::process`, `std::env`, `std::os` | these modules, in paths and in `use` |
/// | `include!` | `include!`, `include_str!`, `include_bytes!` |
/// | `env!` | `env!`, `option_env!` |
/// | `asm!` | `asm!`, `global_asm!`, `naked_asm!` |
/// | `attributes` | `path`, `no_mangle`, `export_name`, `link`, `link_name`, `link_section`, `global_allocator`, `panic_handler`, `macro_export`, `used` |
/// | `inner attributes` | `#![…]` other than `//!` |
/// | `mod` | modules in files of their own |
/// | `internals` | `crate::…`, Anvil's own modules and generated code, what crates hide behind `__` |
/// | `hidden paths` | `std` under another name, `use std::*`, paths that a macro puts together |
/// | `length` | more than 256 KiB of source; of a model, no longer answer is taken anyway |
///
/// # It is a lint
///
/// The rules are about the text. They save the time that it takes to build and run what cannot work, and say so in
/// words; they do not confine a body that is bent on mischief, and are not meant to. That takes a process without
/// files, network and environment.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Policy {
    unchecked: bool,
    allowed: Vec<Allowed>,
}

/// A rule that was lifted.
#[derive(Debug, Clone)]
struct Allowed {
    /// For this tool, or for all.
    tool: Option<String>,
    rule: String,
}

impl Policy {
    /// No rule at all: for tests of the doors behind it.
    pub fn unchecked() -> Self {
        Self {
            unchecked: true,
            allowed: Vec::new(),
        }
    }

    /// Lifts a rule for all tools. A name that no rule has is an error of [`Builder::build`](crate::Builder::build).
    pub fn allow(mut self, rule: impl Into<String>) -> Self {
        self.allowed.push(Allowed {
            tool: None,
            rule: rule.into(),
        });
        self
    }

    /// Lifts a rule for the tool of this name.
    pub fn allow_for(mut self, tool: impl Into<String>, rule: impl Into<String>) -> Self {
        self.allowed.push(Allowed {
            tool: Some(tool.into()),
            rule: rule.into(),
        });
        self
    }

    /// Refuses names that no rule has.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut names = self.allowed.iter().map(|allowed| &allowed.rule);
        let Some(unknown) = names.find(|name| Rule::named(name).is_none()) else {
            return Ok(());
        };
        let known: Vec<String> = RULES
            .iter()
            .map(|(_, name, _)| format!("`{name}`"))
            .collect();
        let message = format!("the policy allows `{unknown}`, but no rule is called that");
        Err(Error::new(ErrorKind::Configuration, message)
            .with_help(format!("the rules are {}", known.join(", "))))
    }

    /// What holds for `tool`.
    pub(crate) fn gate(&self, tool: &str) -> Gate {
        let holds = |allowed: &&Allowed| allowed.tool.as_deref().is_none_or(|named| named == tool);
        let allowed = self.allowed.iter().filter(holds);
        let mut lifted: Vec<Rule> = allowed
            .filter_map(|allowed| Rule::named(&allowed.rule))
            .collect();
        lifted.sort();
        lifted.dedup();
        Gate {
            open: self.unchecked,
            lifted,
        }
    }
}

/// The rules for one tool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    /// There are none.
    open: bool,
    /// In the order of [`RULES`].
    lifted: Vec<Rule>,
}

impl Gate {
    pub(crate) fn refuses(&self, rule: Rule) -> bool {
        !self.open && !self.lifted.contains(&rule)
    }

    /// Whether nothing is refused at all.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// The names of the rules that were lifted, always in the same order.
    pub(crate) fn lifted(&self) -> impl Iterator<Item = &'static str> {
        self.lifted.iter().map(|rule| rule.name())
    }
}
