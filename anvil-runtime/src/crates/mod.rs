//! The crates that bodies may use.
//!
//! ```text
//! default     the set that every body may choose from
//! named       which crates a source names
//! Wanted      what one body's package depends on
//! pins        their versions: the `Cargo.lock` of the store
//! ```
//!
//! The model proposes a crate by naming it in its source, and by nothing else. What it names is looked for in the default
//! set and in the declaration's `crates(…)`, and nowhere else: a name that is in neither is the compiler's to refuse,
//! and nothing is fetched for it. Versions are those of the store's lock file, which a person commits, and only
//! [`Anvil::prepare_dependencies`](crate::Anvil::prepare_dependencies) ever goes out for one.

mod default;

mod named;

mod pins;

pub use pins::PinnedCrate;

pub(crate) use pins::{Pins, PinsError, all_lines};

use crate::spec::ToolSpec;
use cargo_metadata::semver::VersionReq;
use default::{DEFAULT, Default};
use std::fmt::Write;

/// The crates of one body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crates {
    pub(crate) wanted: Vec<Wanted>,
    /// The lock file with their versions; empty where there are none.
    pub(crate) lock: String,
    /// All of it that has a say in what they are.
    pub(crate) digest: String,
}

/// What a body's package depends on, beyond what all bodies do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    /// The crate's name.
    pub(crate) name: String,
    /// Which versions of it.
    pub(crate) requirement: String,
    /// Its features, where they are not the default ones.
    pub(crate) features: Option<&'static [&'static str]>,
}

impl Wanted {
    /// The crates that `source`, a body of `spec`'s, names.
    pub(crate) fn by(spec: &ToolSpec, source: &str) -> Vec<Self> {
        let named = named::crates(source);
        let mut wanted = Self::of(spec);
        wanted.retain(|wanted| named.contains(&wanted.name.replace('-', "_")));
        wanted
    }

    /// All that bodies of `spec`'s may name. What is declared goes before the default set.
    pub(crate) fn of(spec: &ToolSpec) -> Vec<Self> {
        let declared = spec.crates.iter().map(|(name, requirement)| Self {
            name: name.clone(),
            requirement: requirement.clone(),
            features: None,
        });
        let default = DEFAULT
            .iter()
            .filter(|one| !spec.crates.contains_key(one.name));
        declared.chain(default.map(Self::from)).collect()
    }

    /// Its line in a manifest, under the name `key`.
    pub(crate) fn line(&self, key: &str) -> String {
        let mut line = format!(
            "{key} = {{ package = {:?}, version = {:?}",
            self.name, self.requirement
        );
        if let Some(features) = self.features {
            // Writing to text cannot fail.
            let _ = write!(line, ", default-features = false, features = {features:?}");
        }
        line + " }\n"
    }
}

impl From<&Default> for Wanted {
    fn from(default: &Default) -> Self {
        Self {
            name: default.name.to_owned(),
            requirement: default.requirement.to_owned(),
            features: Some(default.features),
        }
    }
}

/// What has the name already in every body.
const TAKEN: [&str; 11] = [
    "alloc",
    "anvil",
    "anvil_core",
    "core",
    "crate",
    "glue",
    "proc_macro",
    "self",
    "serde",
    "serde_json",
    "std",
];

/// Whether `crates(…)` may say this. The macro has told the same of what stands in the source.
pub(crate) fn can_be_declared(name: &str, version: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.chars().all(plain)
        && !TAKEN.contains(&name.replace('-', "_").as_str())
        && VersionReq::parse(version).is_ok()
}

/// The names of the default set.
#[cfg(test)]
pub(crate) fn default_names() -> impl Iterator<Item = &'static str> {
    DEFAULT.iter().map(|one| one.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(spec: &ToolSpec, source: &str) -> Vec<String> {
        let wanted = Wanted::by(spec, source).into_iter();
        wanted
            .map(|one| format!("{} {}", one.name, one.requirement))
            .collect()
    }

    #[test]
    fn a_body_is_built_with_the_crates_of_the_set_that_it_names_and_no_others() {
        let spec = ToolSpec::new("a", "a", "", "").dependency("my-crate", "0.3");
        let source =
            "use unicode_segmentation::UnicodeSegmentation;\nfn a() { my_crate::go(other::x()) }";
        assert_eq!(
            names(&spec, source),
            ["my-crate 0.3", "unicode-segmentation 1"]
        );
        assert_eq!(names(&spec, "fn a() { std::process::exit(1) }"), [""; 0]);
    }

    #[test]
    fn what_is_declared_goes_before_the_set() {
        let spec = ToolSpec::new("a", "a", "", "").dependency("regex", "=1.10.0");
        assert_eq!(names(&spec, "use regex::Regex;"), ["regex =1.10.0"]);
        let lines: String = Wanted::by(&spec, "use regex::Regex; use csv::Reader;")
            .iter()
            .map(|one| one.line(&one.name))
            .collect();
        assert_eq!(
            lines,
            "regex = { package = \"regex\", version = \"=1.10.0\" }\n\
             csv = { package = \"csv\", version = \"1\", default-features = false, features = [] }\n"
        );
    }
}
