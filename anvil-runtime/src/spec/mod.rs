//! A declaration as data: all that shapes a body.

mod builder;

mod convert;
mod from_schema;
mod names;
mod reference;

pub use builder::{Input, ToolSpecBuilder};
pub(crate) use convert::Convert;
pub(crate) use names::is_tool_name;
pub use reference::Reference;
pub(crate) use reference::page;

use crate::amount::{ByteSize, duration_text};
use crate::approval::Approval;
use crate::contract::Contract;
use crate::isolation::Isolation;
use crate::returns::ToolReturn;
use crate::schema;
use crate::types::{ToolArgument, Types};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a tool was declared to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// What else is written about what it has to do, for the model to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What the function returns.
    pub returns: Returns,
    /// The user's types that parameters and answer name, as items of a Rust module.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub types: String,
    /// The body that stands in the declaration, if one does: the first version, as the source has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<DeclaredBody>,
    /// What is known of right answers.
    #[serde(default, skip_serializing_if = "Contract::is_empty")]
    pub contract: Contract,
    /// The JSON Schema of the arguments, where the user gave it as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// The hosts that it may make requests to, beyond those that its secrets are for: `api.example.com`,
    /// `*.example.com`, `localhost:8080`, `127.0.0.1:*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The secrets that it may use, and the hosts that each is for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Vec<String>>,
    /// The crates that its bodies may use beyond the default set, and which versions of each: `1`, `=0.3.2`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub crates: BTreeMap<String, String>,
    /// Whether its failures are healed.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub heal: bool,
    /// How many heal attempts it gets; nothing is as many as the `Anvil` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_heal_attempts: Option<u32>,
    /// Whether its arguments are shown to the model, in events and in recordings.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub share_args: bool,
    /// Whether a person has to approve its bodies; nothing is as the `Anvil` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Where it runs; nothing is where the `Anvil` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// How long one call may take in a process of its own; nothing is as long as the `Anvil` says. Text such as `10s`
    /// when serialized.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "duration_text"
    )]
    pub timeout: Option<Duration>,
    /// How much memory such a process may use; nothing is as much as the `Anvil` says. Text such as `512MB` when
    /// serialized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
}

/// A body in a declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclaredBody {
    /// The function, as the source has it.
    pub source: String,
    /// A digest of what it says, which stays as it is when it is laid out otherwise.
    pub digest: String,
}

/// A parameter of a tool, with its types as the body's source writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name in the function's signature.
    pub name: String,
    /// Its name where arguments are a JSON object.
    pub key: String,
    /// Its doc comments.
    pub docs: String,
    /// Its type in the function's signature.
    pub ty: String,
    /// The type that holds the decoded value.
    pub decoded: String,
    /// Whether the function is passed a reference to that value.
    pub by_reference: bool,
    /// Whether the function may write to it; what it wrote comes back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mutable: bool,
    /// The JSON Schema of its values.
    pub schema: Value,
    /// Whether a JSON object of arguments may lack it.
    pub optional: bool,
    /// What it is where a JSON object of arguments lacks it; nothing is `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether its values are kept from the model, from events and from recordings.
    #[serde(default, skip_serializing_if = "is_false")]
    pub private: bool,
    /// How a JSON value becomes one of its type.
    #[serde(skip)]
    pub(crate) convert: Convert,
}

fn yes() -> bool {
    true
}

fn is_true(flag: &bool) -> bool {
    *flag
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a tool returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Returns {
    /// Whether the body can say that it failed.
    pub kind: ReturnKind,
    /// The answer's type as the body's source writes it.
    pub ty: String,
    /// The JSON Schema of answers.
    pub schema: Value,
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
            references: Vec::new(),
            parameters: Vec::new(),
            returns: <() as ToolReturn>::declared(&mut Types::default()),
            types: String::new(),
            body: None,
            contract: Contract::default(),
            input: None,
            hosts: Vec::new(),
            secrets: BTreeMap::new(),
            crates: BTreeMap::new(),
            heal: true,
            max_heal_attempts: None,
            share_args: true,
            approval: None,
            isolation: None,
            timeout: None,
            memory: None,
        }
    }

    /// Starts declaring a tool at run time; see [`Anvil::use_tool`](crate::Anvil::use_tool).
    pub fn builder(name: impl Into<String>) -> ToolSpecBuilder {
        ToolSpecBuilder::new(name.into())
    }

    /// Adds a parameter; written by the macro.
    #[doc(hidden)]
    #[must_use]
    pub fn parameter<T: ToolArgument<P>, P>(
        mut self,
        types: &mut Types,
        name: &str,
        docs: &str,
    ) -> Self {
        self.parameters.push(Parameter {
            name: name.to_owned(),
            key: name.strip_prefix("r#").unwrap_or(name).to_owned(),
            docs: docs.to_owned(),
            ty: T::declared(types),
            decoded: T::decoded(types),
            by_reference: T::BY_REFERENCE,
            mutable: T::MUTABLE,
            schema: T::schema(types),
            optional: T::OPTIONAL,
            default: None,
            private: false,
            convert: Convert::default(),
        });
        self
    }

    /// Makes the last parameter private; written by the macro for `#[anvil(private)]`.
    #[doc(hidden)]
    #[must_use]
    pub fn private(mut self) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            last.private = true;
        }
        self
    }

    #[cfg(test)]
    pub(crate) fn taking<T: ToolArgument<P>, P>(self, name: &str, docs: &str) -> Self {
        self.parameter::<T, P>(&mut Types::default(), name, docs)
    }

    #[cfg(test)]
    pub(crate) fn returning<R: ToolReturn>(mut self) -> Self {
        self.returns = R::declared(&mut Types::default());
        self
    }

    /// The body that stands in the declaration; written by the macro.
    #[doc(hidden)]
    #[must_use]
    pub fn body(mut self, source: &str, said: &str) -> Self {
        // As a file ends, so that it is the same once it was stored.
        let source = format!("{}\n", source.trim_end());
        let digest = blake3::hash(said.as_bytes()).to_hex().to_string();
        self.body = Some(DeclaredBody { source, digest });
        self
    }

    /// Adds an example; written by the macro.
    #[doc(hidden)]
    #[must_use]
    pub fn example(mut self, expression: &str) -> Self {
        self.contract.examples.push(expression.to_owned());
        self
    }

    /// What good input is; written by the macro for `requires(…)`.
    #[doc(hidden)]
    #[must_use]
    pub fn requires(mut self, closure: &str) -> Self {
        self.contract.requires = Some(closure.to_owned());
        self
    }

    /// What is true of answers; written by the macro for `ensures(…)`.
    #[doc(hidden)]
    #[must_use]
    pub fn ensures(mut self, closure: &str) -> Self {
        self.contract.ensures = Some(closure.to_owned());
        self
    }

    /// That calls can be made again; written by the macro for `pure`.
    #[doc(hidden)]
    #[must_use]
    pub fn pure(mut self) -> Self {
        self.contract.pure = true;
        self
    }

    /// Adds a page that the model reads; written by the macro for `docs("…")`.
    #[doc(hidden)]
    #[must_use]
    pub fn docs_url(mut self, url: &str) -> Self {
        self.references.push(Reference::Url(url.to_owned()));
        self
    }

    /// Adds a file that the model reads; written by the macro for `docs(path = "…")`.
    #[doc(hidden)]
    #[must_use]
    pub fn docs_file(mut self, path: &str) -> Self {
        self.references.push(Reference::Path(path.to_owned()));
        self
    }

    /// Adds a host that it may ask; written by the macro for `hosts(…)`.
    #[doc(hidden)]
    #[must_use]
    pub fn host(mut self, pattern: &str) -> Self {
        self.hosts.push(pattern.to_owned());
        self
    }

    /// Adds a secret, and a host that it is for; written by the macro for `secrets(…)`.
    #[doc(hidden)]
    #[must_use]
    pub fn secret(mut self, name: &str, pattern: &str) -> Self {
        let hosts = self.secrets.entry(name.to_owned()).or_default();
        hosts.push(pattern.to_owned());
        self
    }

    /// Adds a crate that its bodies may use; written by the macro for `crates(…)`.
    #[doc(hidden)]
    #[must_use]
    pub fn dependency(mut self, name: &str, version: &str) -> Self {
        self.crates.insert(name.to_owned(), version.to_owned());
        self
    }

    /// Whether failures are healed; written by the macro for `heal = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn heal(mut self, heal: bool) -> Self {
        self.heal = heal;
        self
    }

    /// How many attempts it gets; written by the macro for `max_heal_attempts = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.max_heal_attempts = Some(attempts);
        self
    }

    /// Whether arguments are shown; written by the macro for `share_args = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn share_args(mut self, share: bool) -> Self {
        self.share_args = share;
        self
    }

    /// Whether a person has to approve its bodies; written by the macro for `approval = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.approval = Some(approval);
        self
    }

    /// Where it runs; written by the macro for `isolation = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.isolation = Some(level);
        self
    }

    /// How long a call may take; written by the macro for `timeout = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How many bytes its process may use; written by the macro for `memory = …`.
    #[doc(hidden)]
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(ByteSize::new(bytes));
        self
    }

    /// The signature that the body has to define.
    #[must_use]
    pub fn signature(&self) -> String {
        let context = self.has_context().then(|| "cx: &Context".to_owned());
        let parameters = self.parameters.iter();
        let parameters =
            parameters.map(|parameter| format!("{}: {}", parameter.name, parameter.ty));
        let parameters: Vec<String> = context.into_iter().chain(parameters).collect();
        let function = &self.function;
        format!(
            "pub fn {function}({}) -> {}",
            parameters.join(", "),
            self.body_returns()
        )
    }

    /// Whether its body is passed what it makes requests with, before its arguments.
    pub(crate) fn has_context(&self) -> bool {
        !self.hosts.is_empty() || !self.secrets.is_empty()
    }

    /// What the tool is for, in the words that an agent is to be offered it with: the intent, then the docs.
    #[must_use]
    pub fn description(&self) -> String {
        match self.docs.is_empty() {
            true => self.intent.clone(),
            false => format!("{}\n\n{}", self.intent, self.docs),
        }
    }

    /// The JSON Schema of its arguments, as one object.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        schema::input(self)
    }

    /// The JSON Schema of its answers.
    #[must_use]
    pub fn output_schema(&self) -> &Value {
        &self.returns.schema
    }

    /// What the body's function returns.
    pub(crate) fn body_returns(&self) -> String {
        let ty = &self.returns.ty;
        match self.returns.kind {
            ReturnKind::Fallible => format!("Result<{ty}, ToolError>"),
            ReturnKind::Plain => ty.clone(),
        }
    }

    /// A digest of everything that shapes the body: equal digests mean that a body fits. Not of what only callers
    /// see, such as schemas and defaults, which follow from the types or leave the body as it is, not of the contract,
    /// which a body can be tried against, not of what the model is to read, which makes no body wrong that works, not of where it runs or who approves it, and not of which hosts and secrets it may
    /// use, but only of whether there are some: a body that asks for others is healed.
    pub(crate) fn digest(&self) -> String {
        let Self {
            function,
            intent,
            docs,
            parameters,
            returns,
            types,
            body,
            crates,
            ..
        } = self;
        let parameters: Vec<_> = parameters
            .iter()
            .map(|parameter| {
                (
                    &parameter.name,
                    &parameter.docs,
                    &parameter.ty,
                    &parameter.decoded,
                    parameter.by_reference,
                )
            })
            .collect();
        let shape = (
            function,
            intent,
            docs,
            parameters,
            returns.kind,
            &returns.ty,
        );
        let mut bytes = serde_json::to_vec(&shape).expect("strings and flags always serialize");
        bytes.extend_from_slice(types.as_bytes()); // behind a list that has an end
        if let Some(body) = body {
            bytes.push(0);
            bytes.extend_from_slice(body.digest.as_bytes());
        }
        if self.has_context() {
            bytes.push(1);
        }
        if !crates.is_empty() {
            bytes.push(2);
            bytes.extend(serde_json::to_vec(crates).expect("text always serializes"));
        }
        blake3::hash(&bytes).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec::new("top", "top_n", "The n largest", "")
            .taking::<&[i64], _>("xs", "")
            .taking::<usize, _>("n", "how many")
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
    fn a_body_with_capabilities_is_passed_its_context_first() {
        let plain = spec();
        let spec = spec().secret("KEY", "api.example.com");
        assert_eq!(
            spec.signature(),
            "pub fn top_n(cx: &Context, xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError>"
        );
        assert_ne!(spec.digest(), plain.digest());
        assert_eq!(spec.digest(), plain.host("other.example.com").digest());
    }

    #[test]
    fn whatever_shapes_the_body_changes_the_digest() {
        let same = spec().digest();
        assert_eq!(same, spec().digest());
        let mut changed = [spec(), spec(), spec(), spec(), spec(), spec()];
        changed[0].intent.push('!');
        changed[1].docs.push('!');
        changed[2].parameters[1].docs.push('!');
        changed[3].parameters[0].ty = "&[i32]".to_owned();
        changed[4].returns.kind = ReturnKind::Plain;
        changed[5].types.push_str("pub struct Line;");
        for spec in changed {
            assert_ne!(spec.digest(), same, "{spec:?}");
        }
    }

    #[test]
    fn what_only_callers_see_leaves_the_digest_as_it_is() {
        let mut spec = spec();
        let same = spec.digest();
        spec.parameters[0].private = true;
        spec.parameters[1].default = Some(Value::from(3));
        spec.parameters[1].schema = Value::Bool(true);
        spec.approval = Some(Approval::Review);
        let spec = spec.docs_url("https://example.com").docs_file("api.yaml");
        assert_eq!(spec.digest(), same);
    }

    #[test]
    fn where_a_tool_runs_is_stored_as_people_write_it_and_leaves_the_digest_as_it_is() {
        let limited = spec()
            .isolation(Isolation::Worker)
            .timeout(Duration::from_millis(1_500))
            .memory(512_000_000);
        assert_eq!(limited.digest(), spec().digest());
        let json = serde_json::to_value(&limited).unwrap();
        assert_eq!(json["isolation"], "worker");
        assert_eq!(json["timeout"], "1s 500ms");
        assert_eq!(json["memory"], "512MB");
        assert_eq!(serde_json::from_value::<ToolSpec>(json).unwrap(), limited);

        let json = serde_json::to_value(spec()).unwrap();
        for key in ["isolation", "timeout", "memory"] {
            assert_eq!(json.get(key), None, "{key}");
            let mut wrong = json.clone();
            wrong[key] = Value::from("much");
            let error = serde_json::from_value::<ToolSpec>(wrong).unwrap_err();
            assert!(error.to_string().contains("much"), "{error}");
        }
        assert_eq!(serde_json::from_value::<ToolSpec>(json).unwrap(), spec());
    }
}
