//! The default set: small, well known, and of no harm to a build.
//!
//! Each is there for what bodies do often and the standard library does not, has no build script or procedural macro
//! beyond those that every body is built with (serde's), and is a dependency of this crate, too, with the same features: so it was downloaded when
//! the user's program was built, and bodies build offline from the first day.

/// A crate of the set.
#[derive(Debug)]
pub(super) struct Default {
    pub(super) name: &'static str,
    pub(super) requirement: &'static str,
    pub(super) features: &'static [&'static str],
}

/// The set, by name.
pub(super) const DEFAULT: [Default; 8] = [
    // Encoding: what services wrap bytes in. One crate.
    plain("base64", "0.23", &["std"]),
    // Numbers: whole ones beyond 128 bits, for which the standard library has none. One crate.
    plain("bnum", "0.13", &[]),
    // Text: tables, quotes and all, which hand-written splitting gets wrong. Three crates of its own.
    plain("csv", "1", &[]),
    // Time: dates, durations and time zones, whose data it brings along, because a body can read no file. Three crates.
    plain("jiff", "1", &["serde", "std", "tzdb-bundle-always"]),
    // Encoding: parts of URLs. One crate.
    plain("percent-encoding", "2", &["std"]),
    // Text: patterns, in linear time whatever the input. Five crates, and the longest to build.
    plain("regex", "1", &["perf", "std", "unicode"]),
    // Text: one form for the same letters, and letters without their accents. Two crates.
    plain("unicode-normalization", "0.1", &["std"]),
    // Text: what people take for letters, words and sentences. One crate.
    plain("unicode-segmentation", "1", &[]),
];

const fn plain(
    name: &'static str,
    requirement: &'static str,
    features: &'static [&'static str],
) -> Default {
    Default {
        name,
        requirement,
        features,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_what_this_crate_depends_on_too() {
        let manifest = include_str!("../../Cargo.toml")
            .parse::<toml::Table>()
            .unwrap();
        for Default {
            name,
            requirement,
            features,
        } in &DEFAULT
        {
            let ours = &manifest["dependencies"][*name];
            let version = ours.as_str().or_else(|| ours["version"].as_str()).unwrap();
            assert_eq!(version, *requirement, "{name}");
            for feature in *features {
                let default = ours.get("default-features").is_none();
                let named = ours.get("features").and_then(|all| all.as_array());
                let named =
                    named.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(feature)));
                assert!(default || named, "{name} without {feature}");
            }
        }
    }
}
