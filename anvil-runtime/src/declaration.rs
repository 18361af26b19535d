//! A declared tool: what `#[anvil::tool]` leaves in the program, one static per declaration, and what
//! [`Anvil::use_tool`](crate::Anvil::use_tool) makes of a [`ToolSpec`].

use crate::broker::Grant;
use crate::contract::{Checks, Ensures, Equal, Example, Requires};
use crate::json::{self, Object};
use crate::native::Native;
use crate::returns::ToolReturn;
use crate::schema::{self, Check};
use crate::spec::{Returns, ToolSpec};
use crate::types::Types;
use anvil_core::failure::Failure;
use serde_json::Value;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A declared tool. `slugify::tool()` returns it, [`Builder::tools`](crate::Builder::tools) takes it.
pub struct Declaration {
    origin: Origin,
    describe: fn(&mut Types) -> ToolSpec,
    returns: fn(&mut Types) -> Returns,
    arguments: fn(&ToolSpec, &Object) -> Result<Vec<u8>, String>,
    answer: Taken<Value>,
    accepts: Taken<()>,
    checks: Checks,
    native: Option<Native>,
    /// Whether a failure has to panic.
    raises: bool,
    spec: OnceLock<ToolSpec>,
    grant: OnceLock<Result<Grant, String>>,
    input: OnceLock<(Value, Result<Check, String>)>,
    index: OnceLock<usize>,
}

/// Of the declaration that it is a part of, of arguments and of what a body answered.
type Taken<T> = fn(&Declaration, &[u8], &[u8]) -> Result<T, Failure>;

/// Where a declaration came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The macro, in the user's source.
    Source(Place),
    /// A spec that the user handed over while the process ran.
    RunTime,
    /// The store: nothing in this process has declared the tool.
    Store,
}

/// Where in the user's source a tool is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line of the attribute, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Declaration {
    /// Written by the macro: a tool that returns `R`; `describe` says the rest of its spec, `arguments` encodes
    /// a JSON object of its arguments.
    #[doc(hidden)]
    #[must_use]
    pub const fn new<R: ToolReturn>(
        place: Place,
        describe: fn(&mut Types) -> ToolSpec,
        arguments: fn(&ToolSpec, &Object) -> Result<Vec<u8>, String>,
    ) -> Self {
        Self {
            origin: Origin::Source(place),
            describe,
            returns: R::declared,
            arguments,
            answer: json::answer::<R>,
            accepts: accepts::<R>,
            checks: Checks::NONE,
            native: None,
            raises: R::RAISES,
            spec: OnceLock::new(),
            grant: OnceLock::new(),
            input: OnceLock::new(),
            index: OnceLock::new(),
        }
    }

    /// Written by the macro where the declaration has a body.
    #[doc(hidden)]
    #[must_use]
    pub const fn native(mut self, native: Native) -> Self {
        self.native = Some(native);
        self
    }

    /// Written by the macro for `examples(…)`.
    #[doc(hidden)]
    #[must_use]
    pub const fn examples(mut self, examples: &'static [Example]) -> Self {
        self.checks.examples = examples;
        self
    }

    /// Written by the macro for `requires(…)`.
    #[doc(hidden)]
    #[must_use]
    pub const fn requires(mut self, requires: Requires) -> Self {
        self.checks.requires = Some(requires);
        self
    }

    /// Written by the macro for `ensures(…)`.
    #[doc(hidden)]
    #[must_use]
    pub const fn ensures(mut self, ensures: Ensures) -> Self {
        self.checks.ensures = Some(ensures);
        self
    }

    /// Written by the macro for `pure`.
    #[doc(hidden)]
    #[must_use]
    pub const fn equal(mut self, equal: Equal) -> Self {
        self.checks.equal = Some(equal);
        self
    }

    /// A tool that is known as data only. It stays for as long as the process, as the libraries do that are
    /// loaded for it.
    pub(crate) fn leak(spec: ToolSpec, origin: Origin) -> &'static Self {
        Box::leak(Box::new(Self {
            origin,
            describe: |_| unreachable!("its spec is there from the start"),
            returns: |_| unreachable!("its spec is there from the start"),
            arguments: json::arguments,
            answer: json::answer::<Value>,
            accepts: accepts::<Value>,
            checks: Checks::NONE,
            native: None,
            raises: false,
            spec: OnceLock::from(spec),
            grant: OnceLock::new(),
            input: OnceLock::new(),
            index: OnceLock::new(),
        }))
    }

    /// What was declared, as data.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        self.spec.get_or_init(|| {
            let mut types = Types::default();
            let mut spec = (self.describe)(&mut types);
            spec.returns = (self.returns)(&mut types);
            spec.returns.schema = schema::written(&spec, &spec.returns.schema);
            spec.types = types.source();
            spec
        })
    }

    /// Where in the source it was declared; nothing for a tool that was declared at run time.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self.origin {
            Origin::Source(place) => Some(place),
            Origin::RunTime | Origin::Store => None,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// The JSON Schema of its arguments.
    pub(crate) fn input_schema(&self) -> &Value {
        &self.input().0
    }

    /// Checks `arguments` against the input schema and encodes them.
    ///
    /// # Errors
    /// Says which field is wrong, without what `withheld` ones hold, as far as it is the schema that tells so.
    pub(crate) fn encode(&self, arguments: &Value, withheld: &[&str]) -> Result<Vec<u8>, String> {
        let spec = self.spec();
        let check = self.input().1.as_ref().map_err(Clone::clone)?;
        check.check(arguments, withheld)?;
        match arguments.as_object() {
            Some(object) => (self.arguments)(spec, object),
            None => Err("they are not a JSON object".to_owned()),
        }
    }

    /// What a body answered to `arguments`, as JSON.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn answer(&self, arguments: &[u8], answer: &[u8]) -> Result<Value, Failure> {
        (self.answer)(self, arguments, answer)
    }

    /// Whether what a body answered to `arguments` is an answer.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn accepts(&self, arguments: &[u8], answer: &[u8]) -> Result<(), Failure> {
        (self.accepts)(self, arguments, answer)
    }

    /// Whether this program may ask its examples about a body: where a failure has to panic, and a panic ends the
    /// process, a candidate's failure would end it.
    pub(crate) fn examples_are_safe(&self) -> bool {
        cfg!(panic = "unwind") || !self.raises || self.checks.examples.is_empty()
    }

    /// The body that stands in it, if one does.
    pub(crate) fn native_body(&self) -> Option<Native> {
        self.native
    }

    /// The functions that say whether its contract is kept.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Where its bodies may send requests, and which secrets where.
    ///
    /// # Errors
    /// When something that was declared is no host.
    pub(crate) fn grant(&self) -> Result<&Grant, String> {
        let grant = self.grant.get_or_init(|| {
            let spec = self.spec();
            let grant = Grant::new(&spec.name, &spec.hosts, &spec.secrets);
            grant.map_err(|error| error.to_string())
        });
        grant.as_ref().map_err(Clone::clone)
    }

    /// A number of this declaration's own, small and the same for all of the process: each `Anvil` finds
    /// the tool's slot under it without looking at names.
    pub(crate) fn index(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        *self
            .index
            .get_or_init(|| NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn input(&self) -> &(Value, Result<Check, String>) {
        self.input.get_or_init(|| {
            let schema = schema::input(self.spec());
            let check = Check::new(&schema);
            (schema, check)
        })
    }
}

fn accepts<R: ToolReturn>(
    declaration: &Declaration,
    arguments: &[u8],
    answer: &[u8],
) -> Result<(), Failure> {
    declaration.take::<R>(arguments, answer).map(drop)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(place) => write!(f, "declared at {place}"),
            Self::RunTime => f.write_str("declared at run time"),
            Self::Store => f.write_str("known from the store"),
        }
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("name", &self.spec().name)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
