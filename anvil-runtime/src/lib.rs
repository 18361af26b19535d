//! Declare what a tool does; a language model writes it, and Anvil builds, loads and heals it while your
//! process runs.
//!
//! ```no_run
//! #[anvil::tool(intent = "ASCII, lower case, words joined by '-', at most `max_len` characters")]
//! pub fn slugify(title: &str, max_len: usize) -> anvil::Result<String>;
//!
//! # fn main() -> anvil::Result<()> {
//! # let model = anvil::testing::MockModel::new();
//! anvil::Anvil::builder().model(model).build()?.install();
//! println!("{}", slugify("Hello, World!", 80)?); // first call: written, built, loaded; then just called
//! # Ok(())
//! # }
//! ```
//!
//! # The way of one call
//!
//! The modules, in the order in which a call passes through them:
//!
//! 1. The macro leaves a [`Declaration`] in the program: a [`ToolSpec`] made through `types`, where the definitions of
//!    the user's types come together, and `returns`; the functions of its `contract`; its `native` body, if it has one;
//!    and an index. One that is declared at run time comes through its `builder`. Called by name, a [`Tool`] checks its
//!    JSON with `schema`, turns it into arguments with `json`, and may be part of a `chain`.
//! 2. `call` asks `current` for the [`Anvil`] that the call belongs to, and its `slots` for the tool's
//!    slot, which holds the live version behind one atomic load. Calling that, taking its answer with the `contract`, and
//!    noting it in the log, and in the `recordings` of a pure tool, is all that most calls do.
//! 3. Where there is no live version, the `healer` prepares one: from the declaration itself, from the `store`, else from
//!    the [`model`](LanguageModel), which a test may have on a `cassette`, and which is given the `material` that the
//!    declaration names, through the `pipeline` of typed states, which looks at the source with [`policy`](Policy), builds
//!    with `cargo` and runs what was built where its `isolation` says.
//! 4. What a running body asks for, it asks its `session`: a secret that is looked up in `secrets`, a line of the log, an
//!    exchange over HTTP, which the `broker` judges and makes, unless the call has made it before, or a test has it in a
//!    `replay`.
//! 5. Where the live version fails, or its answer breaks the contract, the failure loses what `privacy` keeps back, and
//!    the `healer` has a better version made, as often as the tool's `attempts` and the `budget` allow. Until it is
//!    proven, the old one serves.
//!
//! What people do to tools goes the same way: [`Anvil`]'s methods and the `watcher` hand it to the `healer`.
//! Everything that happens becomes an [`Event`] in the [`Logger`], and from there one of `telemetry`'s; what takes its time
//! is told by `progress` meanwhile. Settings are made in `config`. All `unsafe` on this side is in the crate
//! `anvil-worker`, but for the one line in `isolation` that loads a dylib into this process, which is also the room where
//! all processes are started.

extern crate self as anvil;

mod spec;
mod version;

mod returns;
mod types;

mod json;
mod native;
mod schema;
mod session;

mod secrets;

mod contract;
mod declaration;

mod approval;
mod builder;
mod chain;
mod config;
mod current;
mod handle;
mod tool;

mod engine;

mod isolation;

mod broker;

mod cassette;
mod replay;

mod attempts;
mod budget;
mod slot;
mod slots;

mod call;

mod healer;
mod watcher;

mod material;

mod privacy;

mod pipeline;
mod policy;
mod recordings;

mod backtrace;
mod cargo;
mod crates;
mod http;
mod model;
mod store;

mod error;
mod event;
mod log;
mod progress;
mod telemetry;

mod amount;
mod background;
mod files;
mod text;

pub mod models;
pub mod testing;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use crate::amount::ByteSize;
pub use crate::approval::Approval;
pub use crate::backtrace::Frame;
pub use crate::budget::{Price, Usd};
pub use crate::builder::Builder;
pub use crate::call::ToolResult;
pub use crate::chain::ToolChain;
pub use crate::config::{Config, ConfigEntry, ConfigSource};
pub use crate::contract::Contract;
pub use crate::crates::PinnedCrate;
pub use crate::current::Entered;
pub use crate::declaration::{Declaration, Place};
pub use crate::error::{Error, ErrorKind, HealAttempt, Result};
pub use crate::event::{Event, EventKind};
pub use crate::handle::{Anvil, PendingInfo, ToolInfo, ToolStatus, VersionInfo, VersionOrigin};
pub use crate::isolation::Isolation;
pub use crate::log::{DurationStats, EventFilter, LoadedLog, Logger, Subscription, ToolStats};
pub use crate::model::{
    BoxFuture, LanguageModel, ModelError, ModelErrorKind, ModelInfo, ModelReply, ModelRequest,
    Usage,
};
pub use crate::policy::Policy;
pub use crate::returns::ToolReturn;
pub use crate::secrets::SecretSource;
pub use crate::spec::{
    DeclaredBody, Input, Parameter, Reference, ReturnKind, Returns, ToolSpec, ToolSpecBuilder,
};
pub use crate::tool::Tool;
pub use crate::types::{ToolArgument, ToolType};
pub use crate::version::{ParseVersionError, Version};
pub use anvil_core::ToolError;
pub use secrecy::SecretString;

/// Declares a tool: a function, most often without a body.
///
/// ```
/// /// What the model should know beyond the intent goes into doc comments.
/// #[anvil::tool(intent = "The median of the values; the mean of the middle two when their number is even")]
/// pub fn median(
///     /// finite, at least one
///     values: &[f64],
/// ) -> anvil::Result<f64>;
/// ```
///
/// The function becomes callable, and beside it stands a companion of the same name with
/// `median::tool()`, the [`Declaration`] for [`Builder::tools`], `median::spec()`, the [`ToolSpec`], and
/// `median::run_safe(..)`, which returns a [`ToolResult`] and raises nothing. It works in any crate, at
/// the top level or inside a function, `pub` or not. An `async fn` takes the `Anvil` that is current where
/// it is called, its future borrows nothing, and its body runs on a thread of Anvil's.
///
/// Arguments are scalars, `char`, text, vectors, options, tuples, arrays, maps, sets, [`serde_json::Value`] and
/// types of your own that derive [`ToolType`](derive@ToolType), by value or by reference ([`ToolArgument`]). What
/// the body wrote to a `&mut` argument is there when the call is answered; a failed call leaves it as it was. What is
/// returned decides what becomes of a failure ([`ToolReturn`]).
///
/// # Contracts
///
/// Most bad bodies compile, run, and answer wrong. So a declaration can say what right means, in expressions of your
/// crate:
///
/// ```
/// #[anvil::tool(
///     intent = "Seconds in an English duration such as '1h 30m'",
///     examples(seconds("90s")? == 90, seconds("1h 30m")? == 5400, seconds("soon").is_err()),
///     requires(|text| text.ends_with('s') || text.ends_with('m') || text.ends_with('h')),
///     ensures(|out| *out < 1_000_000_000),
///     pure
/// )]
/// fn seconds(text: &str) -> anvil::Result<u64>;
/// ```
///
/// - `examples(…)`: expressions that call the tool, under its own name, and are true. `?` takes a value out of a
///   result; a call of an `async` tool is awaited. A candidate that breaks one never goes live, and the model is told
///   what was expected and what came.
/// - `requires(|args| …)`: what good input is. A body that says `invalid_input` to it, that a credential is missing
///   which its host has, or that something is unavailable which it did not ask, has failed. Other input is passed
///   to the body all the same. A body in the declaration is believed the latter two: it may ask for what Anvil does
///   not see.
/// - `ensures(|out| …)`: what is true of every answer; of a result, that is the `T` in it, as `&T`. It is asked after
///   each call: an answer for which it is false is a failure, and reaches no caller.
/// - `pure`: an answer follows from the arguments alone, and nothing else happens. Of the calls that are answered,
///   64 are recorded for each version, and as many that it was healed for, below the target directory; the next
///   version has to answer them alike. Nothing is recorded of a tool with arguments that are not shared.
///
/// In a closure, arguments stand under their own names and types; they may be listed, behind the answer, and need not.
///
/// An example may call other tools, which are made then; of tools whose examples call each other, none can be the first,
/// and the call is an error: a round trip is an example of one of the two.
///
/// The expressions run in your process; a panic in one counts as `false`. Where you build with `panic = "abort"`, it ends
/// the process, as everywhere, and examples of a tool that returns a plain `T` are refused, because a candidate's failure
/// would be one. The model reads the expressions, and no body can reach them.
///
/// A stored body whose contract was changed is held against it once, and written anew only if it breaks it.
///
/// # Capabilities
///
/// A body computes, and reaches nothing. What it may do beyond that is declared, and its host does it:
///
/// ```
/// #[anvil::tool(
///     intent = "The titles in the catalogue that match `query`",
///     hosts("api.example.com"),
///     secrets(CATALOGUE_KEY = "api.example.com")
/// )]
/// fn search(query: &str) -> anvil::Result<Vec<String>>;
/// ```
///
/// Its body is passed a `cx: &Context` before its arguments: `cx.http()` makes requests, shaped after reqwest's blocking
/// client; `cx.secret("CATALOGUE_KEY")` is what stands for the secret in their headers, query, content and
/// authentication; `cx.log("warn", "…")` adds an event. It is the same wherever the body runs. A body in the declaration has
/// none of that: it reaches what your crate does, and what replaces it once it fails is passed the context. What it has
/// done in the world before it failed nobody has seen, so it may be done again by what replaces it.
///
/// - `hosts("…", …)`: where requests may go. `api.example.com` is that host at the ports of `http` and `https`;
///   `*.example.com` is any host below it; `localhost:8080` is one port, and `127.0.0.1:*` any. A name whose address is
///   private or link-local is refused unless that address is declared as well; `localhost` may be at home. Redirects go
///   where requests may.
/// - `secrets(NAME = "…", …)`: the secrets that it may use, and where each may go, which need not be said again in `hosts`;
///   one that is for two hosts is named twice. The body never sees it: the host puts it into a request to its own hosts,
///   and takes it out of the answer. Its value is looked up as [`Builder::secret`] says.
///
/// A request to another host, and one with a secret to a host that the secret is not for, is not made:
/// [`Error::is_denied`]. A service that cannot be reached, or answers 408, 429 or 5xx, is asked again where that can do no
/// harm, and then the call fails with [`Error::is_unavailable`]; nothing is healed for it. A request takes at most 30
/// seconds, follows at most five redirects, and its answer has at most 16 MiB.
///
/// What a failed call has done is not done again while it is healed: a candidate that makes the same `POST` or `PATCH`
/// (method, URL and content) is answered as the failed version was, and one that makes another before that is turned
/// back. `PUT`, `DELETE` and what only reads are made again. Examples and recorded calls may only read, since every
/// candidate is tried with them. Where a person has to approve bodies, none makes a request before.
///
/// # Material
///
/// What the model should read before it writes a body, such as the reference of the service that the tool asks:
///
/// ```
/// #[anvil::tool(
///     intent = "Cancel an order",
///     docs("https://api.example.com/reference", path = "api/openapi.yaml"),
///     hosts("api.example.com")
/// )]
/// fn cancel(number: u64) -> anvil::Result<()>;
/// ```
///
/// - `"https://…"`: a page, fetched when a model is about to be asked, and not otherwise. Of HTML the text is taken, unless it
///   has more than 250,000 elements and texts, or is nested deeper than 200; Markdown, JSON, YAML and plain text stay as they
///   are, read as UTF-8; anything else is no page. It is kept below the target directory, not
///   asked for again within five minutes, and then only sent again if it has changed. Where it cannot be had, the model is
///   given the copy that was kept, else told so, and the work goes on. It has at most 4 MiB, 20 seconds and five
///   redirects, which do not lead from https to http, nor to a private address that the URL does not name itself. No proxy is
///   used, and no credential sent.
/// - `path = "…"`: a file, by its path from the workspace's root, where `anvil.toml` lies; read each time. It lies below that
///   root and has at most 4 MiB. One that cannot be read is an error, and no model is asked.
///
/// Where all of it together has more than 32 KiB, the model is shown the parts that share the most words with the intent, the
/// documentation, and the names. It is quoted as material from outside, which is no instruction. Each time that a page is
/// asked for is an event ([`EventKind::DocsFetched`]). When what it says changes, no body is written anew for that alone.
///
/// # A body in the declaration
///
/// A function with a body is a tool, too. The body is version 1.0: it is compiled and run in your crate, where it may
/// name what it likes; its panics are caught, unless you build with `panic = "abort"`. When it fails, its source goes to
/// the model, and what replaces it is 1.1, a dylib. Change it in the source as you would any other: then it is the next
/// major version. Behind `anvil::Result`, what it returns with `?` is a [`ToolError`], as in a body of a model's, or the
/// [`Error`] of another tool that it calls: that is returned, and no reason to replace it. Behind an error of your own it
/// is whatever that can be made from, and an answer like any other.
///
/// ```
/// # use anvil::ToolError;
/// #[anvil::tool(intent = "The port in a URL's authority")]
/// fn port(authority: &str) -> anvil::Result<u16> {
///     let (_, port) = authority.rsplit_once(':').ok_or_else(|| ToolError::invalid_input("no port"))?;
///     Ok(port.parse().map_err(ToolError::from)?)
/// }
/// ```
///
/// # Arguments of the attribute
///
/// - `intent = "…"`: what the tool should do. Required.
/// - `name = "…"`: the tool's name in the store and the log; the function's name by default. Lower-case
///   letters, digits and `_`, starting with a letter, at most 64.
/// - `docs("https://…", path = "…")`: what the model should read, as above.
/// - `examples(…)`, `requires(|args| …)`, `ensures(|out| …)`, `pure`: its contract, as above.
/// - `hosts("…")`, `secrets(NAME = "…")`: what it may reach, as above.
/// - `crates(regex = "1", "my-crate" = "0.3")`: crates that its bodies may use beyond the default set (base64, bnum, csv,
///   jiff, percent-encoding, regex, unicode-normalization, unicode-segmentation), with versions as in a `Cargo.toml`, from the
///   default registry, with their default features. [`Anvil::prepare_dependencies`] downloads them; builds go out for
///   nothing.
/// - `handle = Name`: the companion's name, where the function's is taken by a type.
/// - `heal = false`: failures are returned and never healed.
/// - `heal_on_err`: for `-> Result<T, E>` with an `E` that cannot cross to a body, such as an error of a library: every
///   `Err` is a failure, told as its `Display` tells it. A body of a model's returns a `ToolError`, which comes back
///   through `E: From<anvil::Error>`.
/// - `max_heal_attempts = n`: instead of [`Builder::max_heal_attempts`].
/// - `timeout = "10s"`: how long one call may take, instead of [`Builder::timeout`]. A whole number and one unit:
///   `ms`, `s`, `m` (or `min`), `h`.
/// - `memory = "512MB"`: how much memory the process that runs it may use, instead of [`Builder::memory`]. A whole
///   number and one unit: `B`, `kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`; at least 16 MB.
/// - `isolation = "in_process"`: where it runs, instead of [`Builder::isolation`]: `sandboxed`, `worker` or
///   `in_process` ([`Isolation`]). In the host's own process there is no `timeout` and no `memory`.
/// - `approval = "review"`: what a model wrote goes live once a person approved it, instead of
///   [`Builder::approval`]; or `none` ([`Approval`]).
/// - `share_args = false`: arguments are kept out of prompts, events and recordings; `#[anvil(private)]` on a
///   parameter does so for that one.
/// - `crate = path`: where Anvil is found, if not at `::anvil`.
pub use anvil_macros::tool;

/// Lets a type of your own cross to a tool's body: derives the trait [`ToolType`](trait@ToolType).
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// /// A line of an order.
/// #[derive(Serialize, Deserialize, anvil::ToolType)]
/// pub struct Line {
///     /// stock keeping unit
///     pub sku: String,
///     #[serde(default)]
///     pub quantity: u32,
/// }
///
/// #[derive(Serialize, Deserialize, anvil::ToolType)]
/// pub enum OrderError {
///     Empty,
///     /// A price could not be worked out.
///     #[anvil(heal)]
///     NoPrice { sku: String },
///     Anvil(String),
/// }
///
/// impl From<anvil::Error> for OrderError {
///     fn from(error: anvil::Error) -> Self {
///         Self::Anvil(error.to_string())
///     }
/// }
///
/// #[anvil::tool(intent = "The total of an order")]
/// pub fn total(lines: &[Line]) -> Result<f64, OrderError>;
///
/// assert!(total::spec().types.contains("pub struct Line"));
/// let line = &total::spec().input_schema()["$defs"]["Line"];
/// assert_eq!(line["properties"]["sku"]["description"], "stock keeping unit");
/// assert_eq!(line["required"], serde_json::json!(["sku"]));
/// ```
///
/// Structs and enums of every shape can have it, generic, nested and recursive ones as well. They derive serde's
/// `Serialize` and `Deserialize`, too. A body gets a copy of the type under its name (`Page<Line>` is `PageOfLine`
/// there), with public fields, its doc comments, and of `Copy`, `Eq`, `Hash`, `PartialOrd` and `Ord` all that its
/// fields allow. Methods stay behind.
///
/// serde's attributes mean to the body's copy, and to the JSON Schema, what they mean to the type. Some cannot be kept
/// by a copy, and are refused with what to write instead: those that call functions (`with`), that convert (`from`),
/// and that work in one direction only (`skip_serializing`). A field that `skip_serializing_if` may leave out is of a
/// type of the standard library, and what is left out is what the type has by default. A type whose `Serialize` is
/// written by hand is no other than a derived one to this macro: write one that derives it, and name that. In the same
/// way a type is a key of a map or a set by its fields, whatever its own `Eq`, `Hash` and `Ord` say: an `f64` among
/// them is none.
///
/// A field that serde skips does not cross: in what comes back, through `&mut` as well, it has its default. And what
/// serde does not tell apart, a body does not: a value of an `untagged` enum is read as the first variant that fits.
///
/// The JSON Schema comes from schemars: what derives `ToolType` implements its `JsonSchema`, and must not derive that
/// itself. It knows each name but an `alias`, and no tag that only `other` takes.
///
/// # As errors
///
/// Behind `-> Result<T, E>` an `E` of your own is an answer ([`ToolReturn`]). In a body of a model's `?` still
/// works on a `ToolError`, and on any standard error: the tool fails, and is healed. So it does where a body, yours
/// included, answers a variant that is marked `#[anvil(heal)]`; the caller sees that variant never, and where healing
/// is in vain, gets what your `From<anvil::Error>` makes of it.
///
/// # Attributes
///
/// - `#[anvil(crate = path)]` on the type: where Anvil is found, if not at `::anvil`.
/// - `#[anvil(heal)]` on a variant: as an error, it means that the tool failed.
pub use anvil_macros::ToolType;

/// What the macro writes calls to. Not for anyone else; it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::call::apart;
    pub use crate::call::{Arguments, call, call_async, encode_safely, run_safe, run_safe_async};
    pub use crate::contract::{Candidate, Example, Holds, Unmet, Verdict, verdict};
    pub use crate::contract::{Comparable, Incomparable, Pair, pair};
    pub use crate::json::{Encoded, Mistake, Object, argument, encoded};
    pub use crate::native::{given, returned, returned_async};
    pub use crate::returns::{HealOnErr, Writes};
    pub use anvil_core::codec::{decode, encode};
    pub use anvil_core::failure::Failure;

    pub use crate::types::{Argument, Part, Types, UserType, Written};
    pub use schemars;

    use crate::spec::ToolSpec;

    #[must_use]
    pub fn describe(name: &str, function: &str, intent: &str, docs: &str) -> ToolSpec {
        ToolSpec::new(name, function, intent, docs)
    }
}
