//! What may stand behind `->`, and what becomes of a failure there.

use crate::error::Error;
use crate::schema;
use crate::spec::{ReturnKind, Returns, ToolSpec};
use crate::types::{ToolType, Types, each};
use anvil_core::failure::{Cause, Failure, ToolErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Display;
use std::iter;
use std::marker::PhantomData;

/// A type that a tool can return. There are three sorts, told apart by the type system:
///
/// - [`anvil::Result<T>`](crate::Result): every `Err` is the tool failing.
/// - `Result<T, E>` with an `E` of the user's that is a [`ToolType`] and `From<anvil::Error>`: an `Err(E)` is
///   an answer of the body's; Anvil's own failures come through the `From`. An enum's variant that is marked
///   `#[anvil(heal)]` is no answer: the tool failed, and is healed. With `heal_on_err` the `E` need not cross: every
///   `Err` is then the tool failing.
/// - a plain `T`: Anvil's failures panic, with the whole story.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "not a type that a tool can return",
    note = "a tool returns `anvil::Result<T>`, a plain `T`, or `Result<T, E>`, where `T` and `E` can cross to a body, as `String` and what derives `anvil::ToolType` do, and can be deserialized; `E` implements `From<anvil::Error>` as well",
    note = "an `E` that cannot cross, such as an error of a library, stands behind `#[anvil::tool(…, heal_on_err)]`: each `Err` is a failure then"
)]
pub trait ToolReturn: Sized {
    /// What the body answers, and what [`ToolResult`](crate::ToolResult) carries.
    type Answer: Serialize + DeserializeOwned + Send + 'static;

    /// What the contract's `ensures` is about.
    #[doc(hidden)]
    type Output: Serialize + 'static;

    /// What the function returns.
    #[doc(hidden)]
    type Returned;

    /// Whether Anvil's failures panic.
    #[doc(hidden)]
    const RAISES: bool = false;

    /// Computed as the declaration is compiled; see [`ToolArgument`](crate::ToolArgument).
    #[doc(hidden)]
    const CROSSES: ();

    /// The declared type as data.
    #[doc(hidden)]
    fn declared(types: &mut Types) -> Returns;

    /// An answer as JSON.
    ///
    /// # Errors
    /// When JSON has no form for it.
    #[doc(hidden)]
    fn told(answer: Self::Answer, _: &ToolSpec) -> serde_json::Result<Value> {
        serde_json::to_value(answer)
    }

    /// In which words an answer says that the tool failed, if it does.
    #[doc(hidden)]
    fn failed(_: &Self::Answer) -> Option<String> {
        None
    }

    /// What `ensures` is about in `answer`, if it is anything: nothing is promised of errors.
    #[doc(hidden)]
    fn output(answer: &Self::Answer) -> Option<&Self::Output>;

    /// Hands the outcome of a call to the caller.
    ///
    /// # Panics
    /// With the failure, where the type has no room for one.
    #[doc(hidden)]
    #[track_caller]
    fn from_outcome(outcome: Result<Self::Answer, Error>) -> Self::Returned;

    /// What a body in the user's crate returned, as what comes of a call.
    #[doc(hidden)]
    fn into_outcome(returned: Self::Returned) -> Result<Self::Answer, Failure>;
}

#[diagnostic::do_not_recommend]
impl<T: ToolType + DeserializeOwned + Send + 'static> ToolReturn for T {
    type Answer = T;
    type Output = T;
    type Returned = T;
    const RAISES: bool = true;
    const CROSSES: () = T::CROSSES;

    fn declared(types: &mut Types) -> Returns {
        Returns {
            kind: ReturnKind::Plain,
            ty: T::rust(types).text,
            schema: schema::answered::<T>(),
        }
    }

    fn output(answer: &T) -> Option<&T> {
        Some(answer)
    }

    #[track_caller]
    fn from_outcome(outcome: Result<T, Error>) -> Self {
        match outcome {
            Ok(answer) => answer,
            Err(error) => panic!("{error:?}"), // not in a closure: the caller's line is the one to tell
        }
    }

    fn into_outcome(returned: T) -> Result<T, Failure> {
        Ok(returned)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType + DeserializeOwned + Send + 'static> ToolReturn for Result<T, Error> {
    type Answer = T;
    type Output = T;
    type Returned = Self;
    const CROSSES: () = T::CROSSES;

    fn declared(types: &mut Types) -> Returns {
        Returns {
            kind: ReturnKind::Fallible,
            ty: T::rust(types).text,
            schema: schema::answered::<T>(),
        }
    }

    fn output(answer: &T) -> Option<&T> {
        Some(answer)
    }

    fn from_outcome(outcome: Result<T, Error>) -> Self {
        outcome
    }

    fn into_outcome(returned: Self) -> Result<T, Failure> {
        returned.map_err(|error| error.into_failure())
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> ToolReturn for Result<T, E>
where
    T: ToolType + DeserializeOwned + Send + 'static,
    E: ToolType + DeserializeOwned + Send + From<Error> + 'static,
{
    type Answer = Self;
    type Output = T;
    type Returned = Self;
    const CROSSES: () = each([T::CROSSES, E::CROSSES]);

    fn declared(types: &mut Types) -> Returns {
        let (answer, error) = (T::rust(types), E::rust(types));
        types.is_error(&error);
        Returns {
            kind: ReturnKind::Plain,
            ty: format!("Result<{}, {}>", answer.text, error.text),
            schema: schema::answered::<Self>(),
        }
    }

    fn failed(answer: &Self) -> Option<String> {
        let error = answer.as_ref().err().filter(|error| error.heals())?;
        let words = serde_json::to_string(error);
        Some(words.unwrap_or_else(|_| "the error has no form in JSON".to_owned()))
    }

    fn output(answer: &Self) -> Option<&T> {
        answer.as_ref().ok()
    }

    fn from_outcome(outcome: Result<Self, Error>) -> Self {
        outcome.unwrap_or_else(|error| Err(error.into()))
    }

    fn into_outcome(returned: Self) -> Result<Self, Failure> {
        Ok(returned)
    }
}

/// What a tool that is declared with `heal_on_err` returns: `R` is a `Result` whose errors do not cross to a body.
#[derive(Debug)]
#[doc(hidden)]
pub struct HealOnErr<R>(PhantomData<R>);

#[diagnostic::do_not_recommend]
impl<T, E> ToolReturn for HealOnErr<Result<T, E>>
where
    T: ToolType + DeserializeOwned + Send + 'static,
    E: Display + From<Error>,
{
    type Answer = T;
    type Output = T;
    type Returned = Result<T, E>;
    const CROSSES: () = T::CROSSES;

    fn declared(types: &mut Types) -> Returns {
        <Result<T, Error>>::declared(types)
    }

    fn output(answer: &T) -> Option<&T> {
        Some(answer)
    }

    fn from_outcome(outcome: Result<T, Error>) -> Result<T, E> {
        Ok(outcome?)
    }

    fn into_outcome(returned: Result<T, E>) -> Result<T, Failure> {
        returned.map_err(|error| {
            // The alternate form is where errors such as anyhow's tell their causes.
            let words = format!("{error:#}");
            Failure::outside(Cause::Returned(ToolErrorKind::Failed), words)
        })
    }
}

/// What a tool with `&mut` parameters returns: an `R`, and, where there is an answer, what was written to them, as the
/// tuple `W`.
#[derive(Debug)]
#[doc(hidden)]
pub struct Writes<R, W>(PhantomData<(R, W)>);

#[diagnostic::do_not_recommend]
impl<R, W> ToolReturn for Writes<R, W>
where
    R: ToolReturn,
    W: Serialize + DeserializeOwned + Send + 'static,
{
    type Answer = (R::Answer, W);
    type Output = R::Output;
    type Returned = (R::Returned, Option<W>);
    const RAISES: bool = R::RAISES;
    const CROSSES: () = R::CROSSES;

    fn declared(types: &mut Types) -> Returns {
        R::declared(types)
    }

    /// As [`schema::written`] says.
    fn told((answer, written): Self::Answer, spec: &ToolSpec) -> serde_json::Result<Value> {
        let answer = R::told(answer, spec)?;
        let written = match serde_json::to_value(written)? {
            Value::Array(written) => written,
            one => vec![one],
        };
        let mutable = spec.parameters.iter().filter(|parameter| parameter.mutable);
        let names = mutable.map(|parameter| parameter.key.clone());
        Ok(Value::Object(
            iter::once((schema::ANSWER.to_owned(), answer))
                .chain(names.zip(written))
                .collect(),
        ))
    }

    fn failed((answer, _): &Self::Answer) -> Option<String> {
        R::failed(answer)
    }

    fn output((answer, _): &Self::Answer) -> Option<&R::Output> {
        R::output(answer)
    }

    #[track_caller]
    fn from_outcome(outcome: Result<Self::Answer, Error>) -> Self::Returned {
        match outcome {
            Ok((answer, written)) => (R::from_outcome(Ok(answer)), Some(written)),
            Err(error) => (R::from_outcome(Err(error)), None),
        }
    }

    fn into_outcome((returned, written): Self::Returned) -> Result<Self::Answer, Failure> {
        let answer = R::into_outcome(returned)?;
        let written = written
            .ok_or_else(|| Failure::outside(Cause::Answer, "it says nothing of its arguments"))?;
        Ok((answer, written))
    }
}
