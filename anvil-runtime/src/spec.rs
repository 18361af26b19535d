//! A declaration as data: all that shapes a body.

use crate::returns::ToolReturn;
use crate::types::ToolArgument;
use serde::{Deserialize, Serialize};

/// What a tool was declared to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The tool's name, unique in its store.
    pub name: String,
    /// The function that the body defines.
    pub function: String,
    /// What the tool should do, in prose.
    pub intent: String,
    /// The function's doc comments.
    pub docs: String,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What the function returns.
    pub returns: Returns,
}

/// Whether `name` can be a tool's. The macro refuses others; this is for names that come at run time, before
/// they become paths.
pub(crate) fn is_tool_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A parameter of a tool, with its types as the body's source writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its doc comments.
    pub docs: String,
    /// Its type in the function's signature.
    pub ty: String,
    /// The type that holds the decoded value.
    pub decoded: String,
    /// Whether the function is passed a reference to that value.
    pub by_reference: bool,
}

/// What a tool returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Returns {
    /// Whether the body can say that it failed.
    pub kind: ReturnKind,
    /// The answer's type as the body's source writes it.
    pub ty: String,
}

/// How a body says what came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReturnKind {
    /// It returns `Result<T, ToolError>`.
    Fallible,
    /// It returns the answer itself.
    Plain,
}

impl ToolSpec {
    pub(crate) fn new(name: &str, function: &str, intent: &str, docs: &str) -> Self {
        Self {
            name: name.to_owned(),
            function: function.to_owned(),
            intent: intent.to_owned(),
            docs: docs.to_owned(),
            parameters: Vec::new(),
            returns: <() as ToolReturn>::declared(),
        }
    }

    /// Adds a parameter; written by the macro.
    #[doc(hidden)]
    #[must_use]
    pub fn parameter<T: ToolArgument<P>, P>(mut self, name: &str, docs: &str) -> Self {
        self.parameters.push(Parameter {
            name: name.to_owned(),
            docs: docs.to_owned(),
            ty: T::declared(),
            decoded: T::decoded(),
            by_reference: T::BY_REFERENCE,
        });
        self
    }

    #[cfg(test)]
    pub(crate) fn returning<R: ToolReturn>(mut self) -> Self {
        self.returns = R::declared();
        self
    }

    /// The signature that the body has to define.
    #[must_use]
    pub fn signature(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, parameter.ty))
            .collect();
        let function = &self.function;
        format!(
            "pub fn {function}({}) -> {}",
            parameters.join(", "),
            self.body_returns()
        )
    }

    /// What the body's function returns.
    pub(crate) fn body_returns(&self) -> String {
        let ty = &self.returns.ty;
        match self.returns.kind {
            ReturnKind::Fallible => format!("Result<{ty}, ToolError>"),
            ReturnKind::Plain => ty.clone(),
        }
    }

    /// A digest of everything that shapes the body: equal digests mean that a body fits.
    pub(crate) fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).expect("strings and flags always serialize");
        blake3::hash(&bytes).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec::new("top", "top_n", "The n largest", "")
            .parameter::<&[i64], _>("xs", "")
            .parameter::<usize, _>("n", "how many")
            .returning::<crate::Result<Vec<i64>>>()
    }

    #[test]
    fn the_signature_is_what_a_body_has_to_define() {
        assert_eq!(
            spec().signature(),
            "pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError>"
        );
        assert_eq!(
            spec().returning::<Result<u8, String>>().signature(),
            "pub fn top_n(xs: &[i64], n: usize) -> Result<u8, String>"
        );
    }

    #[test]
    fn whatever_shapes_the_body_changes_the_digest() {
        let same = spec().digest();
        assert_eq!(same, spec().digest());
        let mut changed = [spec(), spec(), spec(), spec(), spec()];
        changed[0].intent.push('!');
        changed[1].docs.push('!');
        changed[2].parameters[1].docs.push('!');
        changed[3].parameters[0].ty = "&[i32]".to_owned();
        changed[4].returns.kind = ReturnKind::Plain;
        for spec in changed {
            assert_ne!(spec.digest(), same, "{spec:?}");
        }
    }
}
