//! The names of variants, which a body's `{:?}` tells whatever serde calls them.

/// The variants that a value of type `ty` may be made of, as the definitions in `types` name them.
pub(crate) fn variants(types: &str, ty: &str) -> Vec<String> {
    let mut items: Vec<&str> = types.split("\n\n").collect();
    let mut variants = Vec::new();
    let mut open: Vec<&str> = words(ty).collect();
    while let Some(word) = open.pop() {
        let Some(at) = items.iter().position(|item| name(item) == Some(word)) else {
            continue;
        };
        // Taken out, so that a type that leads back to itself is looked at once.
        let item = items.swap_remove(at);
        let code = || {
            item.lines()
                .filter(|line| !line.trim_start().starts_with("///"))
        };
        open.extend(code().flat_map(words));
        if code().any(|line| line.starts_with("pub enum ")) {
            variants.extend(code().filter_map(variant).map(str::to_owned));
        }
    }
    variants
}

/// The name that the item defines.
fn name(item: &str) -> Option<&str> {
    let mut lines = item.lines();
    lines.find_map(|line| {
        let rest = line
            .strip_prefix("pub enum ")
            .or_else(|| line.strip_prefix("pub struct "))?;
        words(rest.trim_start_matches("r#")).next()
    })
}

/// The variant that the line of an enum begins.
fn variant(line: &str) -> Option<&str> {
    let line = line.strip_prefix("    ")?.trim_start_matches("r#");
    line.starts_with(is_of_word)
        .then(|| words(line).next())
        .flatten()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_word(c))
        .filter(|word| !word.is_empty())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ToolSpec, ToolType};
    use serde::{Deserialize, Serialize};

    /// Not a Stranger.
    #[derive(Serialize, Deserialize, ToolType)]
    struct Patient {
        /// A Stranger's.
        finding: Option<Finding>,
    }

    #[derive(Serialize, Deserialize, ToolType)]
    #[serde(rename_all = "kebab-case")]
    enum Finding {
        /// Nothing at all.
        NothingFound,
        #[serde(rename = "?")]
        r#Unclear(
            /// until then
            u8,
        ),
        Later {
            since: Vec<Patient>,
        },
    }

    #[derive(Serialize, Deserialize, ToolType)]
    enum Stranger {
        Unknown(Patient),
    }

    #[test]
    fn variants_are_those_that_a_type_leads_to() {
        let spec = ToolSpec::new("f", "f", "", "");
        let mut types = crate::types::Types::default();
        let spec = spec
            .parameter::<Vec<Patient>, _>(&mut types, "patients", "")
            .parameter::<Stranger, _>(&mut types, "other", "")
            .parameter::<u8, _>(&mut types, "number", "");
        let source = types.source();
        let of = |at: usize| {
            let mut found = variants(&source, &spec.parameters[at].ty);
            found.sort();
            found
        };
        assert_eq!(of(0), ["Later", "NothingFound", "Unclear"]);
        assert_eq!(of(1), ["Later", "NothingFound", "Unclear", "Unknown"]);
        assert_eq!(of(2), [""; 0]);
    }
}
