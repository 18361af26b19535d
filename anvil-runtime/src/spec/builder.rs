//! Tools that are declared at run time: from typed inputs, or from a JSON Schema.

use super::from_schema::properties;
use super::names::{NAME_RULE, function, identifier, is_never_a_function, is_tool_name};
use super::{Convert, Parameter, Reference, ReturnKind, Returns, ToolSpec};
use crate::amount::ByteSize;
use crate::approval::Approval;
use crate::broker::Grant;
use crate::crates;
use crate::error::{Error, ErrorKind, Result};
use crate::isolation::{Isolation, LEAST_MEMORY};
use crate::schema::{self, Check, shallow};
use crate::types::{ToolType, Types};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Declares a tool at run time; [`ToolSpec::builder`] makes one. What it answers is any JSON.
///
/// ```
/// use anvil::{Input, ToolSpec};
///
/// let spec = ToolSpec::builder("find_words")
///     .intent("The words of the text that contain the pattern, in order")
///     .input::<String>("text")
///     .with_input(Input::new::<String>("pattern").description("plain text, no wildcards"))
///     .with_input(Input::new::<u32>("limit").default(10))
///     .build()?;
/// assert_eq!(spec.input_schema()["required"], serde_json::json!(["text", "pattern"]));
/// # Ok::<(), anvil::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ToolSpecBuilder {
    spec: ToolSpec,
    inputs: Vec<Input>,
}

/// One input of a tool that is declared at run time.
#[derive(Debug, Clone)]
#[must_use]
pub struct Input {
    pub(super) parameter: Parameter,
    /// Says its type, where that is known, to the registry of the tool that it becomes a part of.
    pub(super) describe: Option<fn(&mut Parameter, &mut Types)>,
}

impl Input {
    /// An input of type `T` under `name`. One of type `Option<_>` may be left out; any other has to be given.
    pub fn new<T: ToolType + DeserializeOwned>(name: impl Into<String>) -> Self {
        let parameter = Parameter {
            name: String::new(), // follows from the key
            key: name.into(),
            docs: String::new(),
            ty: String::new(), // follows, as the next does, from the tool's types
            decoded: String::new(),
            by_reference: false,
            mutable: false,
            schema: Value::Null,
            optional: T::OPTIONAL,
            default: None,
            private: false,
            convert: Convert::to::<T>(),
        };
        let describe = |parameter: &mut Parameter, types: &mut Types| {
            parameter.ty = T::rust(types).text;
            parameter.decoded.clone_from(&parameter.ty);
            parameter.schema = types.schema::<T>();
        };
        Self {
            parameter,
            describe: Some(describe),
        }
    }

    /// What it means: the model and the schema say it.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.parameter.docs = text.into();
        self
    }

    /// What it is where it is left out.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.parameter.default = Some(value.into());
        self.parameter.optional = true;
        self
    }

    /// Keeps its values out of prompts, events and recordings.
    pub fn private(mut self) -> Self {
        self.parameter.private = true;
        self
    }
}

impl ToolSpecBuilder {
    pub(crate) fn new(name: String) -> Self {
        let function = function(&name);
        let mut spec = ToolSpec::new(&name, &function, "", "");
        spec.returns = Returns {
            kind: ReturnKind::Fallible,
            ty: "serde_json::Value".to_owned(),
            schema: schema::answered::<Value>(),
        };
        let inputs = Vec::new();
        Self { spec, inputs }
    }

    /// What the tool should do, in prose. Required.
    pub fn intent(mut self, intent: impl Into<String>) -> Self {
        self.spec.intent = intent.into();
        self
    }

    /// What else the model should know.
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.spec.docs = details.into();
        self
    }

    /// Names a page that the model reads before it writes a body, by its `http` or `https` URL. May be said again, for
    /// another page. See [`tool`](macro@crate::tool#material) for what becomes of it.
    pub fn docs(mut self, url: impl Into<String>) -> Self {
        self.spec.references.push(Reference::Url(url.into()));
        self
    }

    /// Names a file that the model reads before it writes a body, such as `api/openapi.yaml`: its path from the
    /// workspace's root, where `anvil.toml` lies. May be said again, for another file.
    pub fn docs_file(mut self, path: impl Into<String>) -> Self {
        self.spec.references.push(Reference::Path(path.into()));
        self
    }

    /// Takes an input of type `T`, which has to be given unless `T` is an `Option`.
    pub fn input<T: ToolType + DeserializeOwned>(self, name: impl Into<String>) -> Self {
        self.with_input(Input::new::<T>(name))
    }

    /// Takes an input that has more to it than a name and a type.
    pub fn with_input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// Takes what this JSON Schema says: that of an object, with a property for each input. It is handed out as it
    /// is. It replaces inputs that were named before.
    pub fn input_schema(mut self, schema: Value) -> Self {
        self.spec.input = Some(schema);
        self
    }

    /// Says that an answer follows from the inputs alone, and that nothing else happens: some calls are recorded, and
    /// the next version has to answer them alike.
    pub fn pure(mut self) -> Self {
        self.spec.contract.pure = true;
        self
    }

    /// Lets its body make requests to a host: `api.example.com`, `*.example.com`, `localhost:8080`, `127.0.0.1:*`. One
    /// without a port is asked on those of https and http.
    pub fn host(mut self, pattern: impl Into<String>) -> Self {
        self.spec.hosts.push(pattern.into());
        self
    }

    /// Lets its body use the secret `name` in requests to a host, which it may ask, too. Its value never reaches the
    /// body; see [`Builder::secret`](crate::Builder::secret) for where it comes from.
    pub fn secret(mut self, name: impl Into<String>, host: impl Into<String>) -> Self {
        let hosts = self.spec.secrets.entry(name.into()).or_default();
        hosts.push(host.into());
        self
    }

    /// Lets its bodies use a crate beyond the default set, of versions that are written as in a `Cargo.toml`: `1`, `=0.3.2`.
    /// [`Anvil::prepare_dependencies`](crate::Anvil::prepare_dependencies) downloads it.
    pub fn dependency(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.spec.crates.insert(name.into(), version.into());
        self
    }

    /// `false`: failures are returned and never healed.
    pub fn heal(mut self, heal: bool) -> Self {
        self.spec.heal = heal;
        self
    }

    /// How many heal attempts the tool gets, instead of [`Builder::max_heal_attempts`](crate::Builder).
    pub fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.spec.max_heal_attempts = Some(attempts);
        self
    }

    /// `false`: its arguments are kept out of prompts, events and recordings.
    pub fn share_args(mut self, share: bool) -> Self {
        self.spec.share_args = share;
        self
    }

    /// Whether a person has to approve its bodies, instead of [`Builder::approval`](crate::Builder::approval).
    pub fn approval(mut self, approval: Approval) -> Self {
        self.spec.approval = Some(approval);
        self
    }

    /// Where it runs, instead of [`Builder::isolation`](crate::Builder::isolation).
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.spec.isolation = Some(level);
        self
    }

    /// How long one call may take, instead of [`Builder::timeout`](crate::Builder::timeout): more than no time.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.spec.timeout = Some(limit);
        self
    }

    /// How much memory the process that runs it may use, in bytes, instead of
    /// [`Builder::memory`](crate::Builder::memory): at least 16 MB.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.spec.memory = Some(ByteSize::new(bytes));
        self
    }

    /// The finished declaration.
    ///
    /// # Errors
    /// When the name cannot be a tool's, the intent is missing, a schema is none or not an object's, a default is
    /// not what its input takes, two inputs have one name, or there are more than 16; when a page to read has no URL of http
    /// or https, or a file would lie outside the workspace; when a limit is one that
    /// nothing could work with, or none can be kept because the tool runs in the host's process.
    pub fn build(self) -> Result<ToolSpec> {
        let Self { mut spec, inputs } = self;
        let name = spec.name.clone();
        let refuse = |what: String, help: &str| refused(&name, &what, help);
        let inputs = match spec.input.take() {
            None => inputs,
            Some(schema) => {
                let schema = shallow(schema).map_err(|what| {
                    refuse(format!("its input schema: {what}"), "give a flatter schema")
                })?;
                let inputs = properties(&schema)
                    .map_err(|what| refuse(what, "give the schema of an object"))?;
                spec.input = Some(schema);
                inputs
            }
        };
        let mut names = BTreeMap::new();
        let mut types = Types::default();
        for input in inputs {
            let Input {
                mut parameter,
                describe,
            } = input;
            if let Some(describe) = describe {
                describe(&mut parameter, &mut types);
            }
            parameter.default = match parameter.default.map(shallow).transpose() {
                Ok(default) => default,
                Err(what) => {
                    let what = format!("the default of {:?}: {what}", parameter.key);
                    return Err(refuse(what, "give a flatter default"));
                }
            };
            if let Some(default) = &mut parameter.default {
                schema::write_as_integers(default, &parameter.schema, &parameter.schema);
            }
            parameter.name = identifier(&parameter.key);
            if parameter.name == "cx" && spec.has_context() {
                parameter.name.push('_'); // that is what the body makes its requests with
            }
            if let Some(other) = names.insert(parameter.name.clone(), parameter.key.clone()) {
                let what = format!(
                    "its inputs {other:?} and {:?} would both be `{}` in the body",
                    parameter.key, parameter.name
                );
                return Err(refuse(what, "give one of them another name"));
            }
            check_default(&parameter)
                .map_err(|what| refuse(what, "give a default that the input takes"))?;
            spec.parameters.push(parameter);
        }
        spec.types = types.source();
        spec.check()?;
        Ok(spec)
    }
}

impl ToolSpec {
    /// Whether it can be declared at run time: it may have been put together, or changed, by hand.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |what: &str, help: &str| Err(refused(&self.name, what, help));
        if !is_tool_name(&self.name) || is_never_a_function(&self.name) {
            return refuse(
                "its name becomes a folder, a package and a function",
                &format!("a name is of {NAME_RULE}"),
            );
        }
        if self.intent.trim().is_empty() {
            return refuse(
                "it has no intent",
                "say in a sentence what it should do: `.intent(\"…\")`",
            );
        }
        let count = self.parameters.len();
        if count > MOST_INPUTS {
            return refuse(
                &format!("it has {count} inputs, and a function of a body takes {MOST_INPUTS}"),
                "let it take one object with a field for each",
            );
        }
        if let Err(what) = Check::new(&schema::input(self)) {
            return refuse(
                &format!("its input schema is none: {what}"),
                "see the JSON Schema specification, 2020-12",
            );
        }
        if let Some(what) = self.references.iter().find_map(|one| one.check().err()) {
            return refuse(
                &what,
                "a page is written as `https://example.com/reference`, a file as `api/openapi.yaml`, from the workspace's root",
            );
        }
        if let Err(what) = Grant::new(&self.name, &self.hosts, &self.secrets) {
            return refuse(
                &what.to_string(),
                "a host is written as `api.example.com`, `*.example.com`, `localhost:8080` or `127.0.0.1:*`",
            );
        }
        if let Some((name, version)) = self
            .crates
            .iter()
            .find(|(name, version)| !crates::can_be_declared(name, version))
        {
            return refuse(
                &format!("`{name} = {version:?}` is no crate that bodies could use"),
                "name it as its registry does, with a version as in a `Cargo.toml`, and none that every body has",
            );
        }
        if self.timeout.is_some_and(|limit| limit.is_zero()) {
            return refuse(
                "a call of it may take no time",
                "give `timeout` some, or leave it out",
            );
        }
        if let Some(memory) = self.memory.filter(|memory| *memory < LEAST_MEMORY) {
            return refuse(
                &format!("{memory} of memory is too little to run anything"),
                &format!("give `memory` at least {LEAST_MEMORY}, or leave it out"),
            );
        }
        let limited = self.timeout.is_some() || self.memory.is_some();
        if limited && self.isolation == Some(Isolation::InProcess) {
            return refuse(
                "nothing limits the time or the memory of what runs in the host's process",
                "leave out the limits, or give it a process of its own: `Isolation::Sandboxed`",
            );
        }
        Ok(())
    }
}

/// As many as tools that are declared in the source may have: arguments cross as a tuple.
const MOST_INPUTS: usize = 16;

fn refused(name: &str, what: &str, help: &str) -> Error {
    let message = format!("a tool called `{name}` cannot be declared: {what}");
    Error::new(ErrorKind::Configuration, message).with_help(help)
}

fn check_default(parameter: &Parameter) -> Result<(), String> {
    let Some(default) = &parameter.default else {
        return Ok(());
    };
    // A schema that is none is told later, of the whole.
    let Ok(check) = Check::new(&parameter.schema) else {
        return Ok(());
    };
    let checked = check.check(default, &[]);
    checked
        .and_then(|()| parameter.convert.encode(default).map(drop))
        .map_err(|mistake| format!("the default of {:?}: {mistake}", parameter.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn declared(schema: Value) -> Result<ToolSpec> {
        ToolSpec::builder("find")
            .intent("Find it")
            .input_schema(schema)
            .build()
    }

    #[test]
    fn a_json_schema_becomes_a_signature() {
        let spec = declared(json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "description": "what to look for" },
                "page-size": { "type": "integer", "default": 10, "maximum": 50 },
                "type": { "enum": ["a", "b"] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "2nd": { "type": ["number", "null"] },
                "filter": { "type": "object" },
            },
            "required": ["query", "type"],
        }))
        .unwrap();
        expect![
            "pub fn find(a_2nd: Option<f64>, filter: serde_json::Value, page_size: i64, query: String, \
             tags: Option<Vec<String>>, type_: serde_json::Value) -> Result<serde_json::Value, ToolError>"
        ]
        .assert_eq(&spec.signature());
        let said: Vec<&str> = spec.parameters.iter().map(|one| &*one.docs).collect();
        assert_eq!(
            said,
            [
                "",
                "",
                r#"JSON Schema: {"maximum":50}"#,
                "what to look for",
                r#"JSON Schema: {"items":{"type":"string"}}"#,
                r#"JSON Schema: {"enum":["a","b"]}"#,
            ]
        );
    }

    #[test]
    fn a_tool_may_be_called_as_the_language_calls_something() {
        let spec = ToolSpec::builder("move").intent("Move it").build().unwrap();
        assert!(spec.signature().starts_with("pub fn r#move()"));
    }

    #[test]
    fn what_cannot_be_a_tool_is_refused_with_what_to_write() {
        let named = |name: &str| ToolSpec::builder(name).intent("Do it");
        for (refused, words) in [
            (named("../x").build(), "becomes a folder"),
            (named("self").build(), "becomes a folder"),
            (ToolSpec::builder("x").build(), "no intent"),
            (
                named("x").input::<u8>("a-b").input::<u8>("a b").build(),
                r#"inputs "a-b" and "a b" would both be `a_b`"#,
            ),
            (
                named("x")
                    .with_input(Input::new::<u8>("n").default(300))
                    .build(),
                r#"the default of "n": 300 is greater than the maximum of 255"#,
            ),
            (
                named("x")
                    .with_input(Input::new::<u32>("n").default(10_000_000_000_u64))
                    .build(),
                r#"the default of "n": invalid value"#,
            ),
            (
                (0..17)
                    .fold(named("x"), |spec, n| spec.input::<u8>(format!("x{n}")))
                    .build(),
                "it has 17 inputs",
            ),
            (named("x").docs("example.com").build(), "is no URL"),
            (
                named("x").docs_file("../x.md").build(),
                "no file below the workspace's root",
            ),
            (
                named("x").timeout(Duration::ZERO).build(),
                "may take no time",
            ),
            (
                named("x").memory(1_000_000).build(),
                "1MB of memory is too little",
            ),
            (
                named("x")
                    .timeout(Duration::from_secs(1))
                    .isolation(Isolation::InProcess)
                    .build(),
                "in the host's process",
            ),
            (declared(json!([])), "not that of an object"),
            (
                declared(json!({ "type": "array" })),
                "not that of an object",
            ),
            (
                declared(json!({ "properties": { "x": { "type": "text" } } })),
                "its input schema is none",
            ),
        ] {
            let error = refused.unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.help().is_some());
        }
    }

    #[test]
    fn the_order_of_a_schemas_fields_does_not_matter_to_the_body() {
        let digest = |schema: &str| {
            declared(serde_json::from_str(schema).unwrap())
                .unwrap()
                .digest()
        };
        assert_eq!(
            digest(r#"{ "properties": { "a": { "minimum": 1, "maximum": 2 }, "b": {} } }"#),
            digest(r#"{ "properties": { "b": {}, "a": { "maximum": 2, "minimum": 1 } } }"#)
        );
    }

    #[test]
    fn what_is_too_deep_is_refused_and_not_followed() {
        let deep = || (0..100_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let object = |key: &str, value| Value::from_iter([(key.to_owned(), value)]);
        let schema = object("properties", object("a", deep()));
        let input = Input::new::<Value>("a").default(deep());
        for spec in [
            ToolSpec::builder("a").intent("Do").input_schema(schema),
            ToolSpec::builder("a").intent("Do").with_input(input),
        ] {
            let error = spec.build().unwrap_err().to_string();
            assert!(error.contains("nested deeper than"), "{error}");
        }
    }
}
