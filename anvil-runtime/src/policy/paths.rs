//! Which paths are refused, and what may lead to them under another name.

use crate::policy::rules::Rule;

/// Where paths to what is refused begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// `std`, and `core` and `alloc`, which have some of it.
    Std(&'static str),
    Anvil,
    /// The generated package between a body and the host.
    Glue,
}

impl Root {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "std" => Some(Self::Std("std")),
            "core" => Some(Self::Std("core")),
            "alloc" => Some(Self::Std("alloc")),
            "anvil" => Some(Self::Anvil),
            "glue" => Some(Self::Glue),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Std(name) => name,
            Self::Anvil => "anvil",
            Self::Glue => "glue",
        }
    }

    /// The rule against `<root>::<name>`.
    pub(super) fn rule(self, name: &str) -> Option<Rule> {
        match (self, name) {
            (_, "self") => Some(Rule::HiddenPaths), // `use std::self as s`
            (Self::Std("std"), "fs") => Some(Rule::Files),
            (Self::Std("std"), "net") => Some(Rule::Network),
            (Self::Std("std"), "process") => Some(Rule::Processes),
            (Self::Std("std"), "env") => Some(Rule::Environment),
            (Self::Std("std"), "os") => Some(Rule::System),
            (Self::Std(_), "env") => Some(Rule::BuildEnvironment),
            (Self::Std(_), "include") => Some(Rule::Include),
            (Self::Anvil, "guest" | "abi" | "ask" | "codec" | "export") | (Self::Glue, _) => {
                Some(Rule::Internals)
            }
            _ => None,
        }
    }
}

/// Whether a path of unknown beginning may lead, by this name, to something that is refused.
pub(super) fn is_refused_somewhere(name: &str) -> bool {
    [Root::Std("std"), Root::Anvil]
        .iter()
        .any(|root| root.rule(name).is_some())
}

/// Methods of `Path` that do what `std::fs` does, and whose names mean nothing else.
pub(super) fn reads_files(method: &str) -> bool {
    matches!(method, "read_dir" | "read_link" | "symlink_metadata")
}
