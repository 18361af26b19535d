//! A tool by its name: called with JSON, and with all that an agent needs to be offered it.

use crate::background;
use crate::call::{self, Answered, Call, Runs, ToolResult};
use crate::chain::ToolChain;
use crate::declaration::Declaration;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::schema;
use crate::slot::Slot;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A tool of one [`Anvil`](crate::Anvil), however it was declared: [`Anvil::tool`](crate::Anvil::tool) and
/// [`Anvil::use_tool`](crate::Anvil::use_tool) return it. A handle: clones are the same tool.
///
/// Its arguments are a JSON object with a field for each parameter, its answer is JSON. Numbers that JSON has no
/// form for, such as NaN, are answered as `null`.
///
/// ```no_run
/// # fn main() -> anvil::Result<()> {
/// # let anvil = anvil::Anvil::builder().build()?;
/// # #[anvil::tool(intent = "Halve x")]
/// # fn halve(x: f64) -> anvil::Result<f64>;
/// let anvil = anvil::Anvil::builder().tools([halve::tool()]).build()?;
/// let halve = anvil.tool("halve")?;
/// println!("{}: {}", halve.description(), halve.input_schema());
/// assert_eq!(halve.run(serde_json::json!({ "x": 8.0 }))?, 4.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tool {
    engine: Arc<Engine>,
    slot: Arc<Slot>,
}

impl Tool {
    pub(crate) fn new(engine: Arc<Engine>, slot: Arc<Slot>) -> Self {
        Self { engine, slot }
    }

    /// Its name, under which it is stored and logged.
    #[must_use]
    pub fn name(&self) -> &str {
        self.slot.name()
    }

    /// What it is for: the intent, then what the declaration's doc comments say.
    #[must_use]
    pub fn description(&self) -> String {
        self.declaration().spec().description()
    }

    /// The JSON Schema (2020-12) of its arguments: an object.
    #[must_use]
    pub fn input_schema(&self) -> &Value {
        self.declaration().input_schema()
    }

    /// The JSON Schema (2020-12) of its answers.
    #[must_use]
    pub fn output_schema(&self) -> &Value {
        self.declaration().spec().output_schema()
    }

    /// Calls it, and heals it as a plain call does. Blocks.
    ///
    /// # Errors
    /// When `arguments` are not what the input schema says, which is found out before anything runs and told with
    /// the field ([`Error::is_invalid_input`]); when the tool fails and is not healed; when there is no body and
    /// none can be had.
    pub fn run(&self, arguments: Value) -> Result<Value> {
        background::wait(self.answer(arguments, Runs::Here)).map(|(answer, _)| answer)
    }

    /// Calls it without holding up this thread: the body runs on one of Anvil's.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_async(&self, arguments: Value) -> Result<Value> {
        let (answer, _) = self.answer(arguments, Runs::Elsewhere).await?;
        Ok(answer)
    }

    /// Calls it as [`run`](Self::run) does and reports what came of it. It never panics.
    #[must_use]
    pub fn run_safe(&self, arguments: Value) -> ToolResult<Value> {
        call::safely(|| background::wait(self.answer(arguments, Runs::Here)))
    }

    /// Calls it as [`run_async`](Self::run_async) does and reports what came of it. It never panics.
    pub async fn run_safe_async(&self, arguments: Value) -> ToolResult<Value> {
        call::safely_async(self.answer(arguments, Runs::Elsewhere)).await
    }

    /// A chain that hands this tool's answer to `next`.
    pub fn pipe(&self, next: &Self) -> ToolChain {
        ToolChain::new(vec![self.clone(), next.clone()])
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The JSON object that hands `answer` to this tool: an object as it is, anything else as the single input.
    pub(crate) fn arguments_from(&self, answer: Value) -> Result<Value> {
        if answer.is_object() {
            return Ok(answer);
        }
        let parameters = &self.declaration().spec().parameters;
        let mut needed = parameters.iter().filter(|parameter| !parameter.optional);
        let single = match (parameters.as_slice(), needed.next(), needed.next()) {
            ([only], _, _) => only,
            (_, Some(only), None) => only,
            _ => {
                let message = format!(
                    "`{}` takes {} inputs and is handed a single value",
                    self.name(),
                    parameters.len()
                );
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help(
                    "let the tool before it answer an object with a field for each input",
                ));
            }
        };
        Ok(Value::from_iter([(single.key.clone(), answer)]))
    }

    pub(crate) async fn answer(&self, arguments: Value, runs: Runs) -> Result<(Value, Answered)> {
        let slot = self.slot();
        let declaration = slot.declaration;
        let spec = declaration.spec();
        let mut arguments =
            schema::shallow(arguments).map_err(|what| self.refused(&slot, &what))?;
        let input = declaration.input_schema();
        schema::write_as_integers(&mut arguments, input, input);
        let encoded = declaration.encode(&arguments, &self.engine.withheld(spec));
        let encoded = encoded.map_err(|mistake| {
            let mistake = self.engine.scrub_mistake(spec, &arguments, &mistake);
            self.refused(&slot, &mistake)
        })?;
        let mut decoded = Value::Null;
        let mut accept = |arguments: &[u8], answer: &[u8]| {
            decoded = declaration.answer(arguments, answer)?;
            Ok(())
        };
        let call = Call::new(self.engine.clone(), slot, encoded)?;
        let answered = call.answer(runs, &mut accept).await?;
        Ok((decoded, answered))
    }

    /// The slot that has the name now: the tool may have been declared anew.
    fn slot(&self) -> Arc<Slot> {
        let slot = self.engine.slots().named(self.name());
        slot.unwrap_or_else(|| self.slot.clone())
    }

    fn declaration(&self) -> &'static Declaration {
        self.slot().declaration
    }

    /// It does not take these arguments, which is a failed call, too.
    fn refused(&self, slot: &Slot, mistake: &str) -> Error {
        let message = format!("`{}` does not take these arguments: {mistake}", self.name());
        let error = Error::new(ErrorKind::InvalidInput, message)
            .with_help("`Tool::input_schema` says what it takes");
        call::refused(&self.engine, slot, error)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
