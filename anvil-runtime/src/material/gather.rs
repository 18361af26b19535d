//! [`gather`]: all that the model is to read, for one attempt.

use super::excerpt::{excerpts, words};
use super::fetch::Fetcher;
use super::file;
use super::pages::{Had, Pages, Report};
use crate::background::ShutDown;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind};
use crate::files::Places;
use crate::privacy::Redactor;
use crate::progress::doing;
use crate::spec::{Reference, ToolSpec, page};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// More is not shown with one request, in bytes: what is about the tool is chosen.
const LONGEST_SHOWN: usize = 32 << 10;

/// Where material is found.
#[derive(Debug)]
pub(crate) struct Library {
    /// The workspace's root, or where the program was started.
    root: PathBuf,
    /// Nothing where no page is to be asked for.
    pages: Option<Arc<Pages>>,
}

impl Library {
    /// With the files of the workspace, and pages where `online`.
    pub(crate) fn new(places: &Places, online: bool) -> Self {
        let pages = || Pages::new(places.volatile.join("docs"), Fetcher::default());
        Self {
            root: places.workspace.clone().unwrap_or_else(|| ".".into()),
            pages: online.then(|| Arc::new(pages())),
        }
    }
}

/// What the model is to read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Material {
    /// In the order in which they were declared.
    pub(crate) pieces: Vec<Piece>,
}

/// One page or file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its URL or path, as it was declared.
    pub(crate) from: String,
    /// Its text, or the parts of it about the tool; nothing where it could not be had.
    pub(crate) text: Option<String>,
    pub(crate) age: Age,
}

/// How new a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Current,
    /// It was kept then, and could not be asked for again.
    Of(Timestamp),
}

/// Finds all that `spec` names for the model to read. A page that cannot be had is left out, and said to be.
///
/// # Errors
/// When a file cannot be read or what is named as a page has no URL, which is the declaration's mistake; when the
/// `Anvil` was shut down.
pub(crate) async fn gather(
    engine: &Arc<Engine>,
    spec: &'static ToolSpec,
) -> Result<Material, Error> {
    if spec.references.is_empty() {
        return Ok(Material::default()); // as nearly always
    }
    let _doing = doing(engine, spec, "fetching what its declaration names");
    let mut found = Vec::new();
    for reference in &spec.references {
        match reference {
            Reference::Path(path) => {
                found.push(Found::File(path.clone(), read(engine, spec, path).await?));
            }
            Reference::Url(text) => {
                let url = page(text).map_err(|what| mistaken(spec, &what))?;
                if let Some(pages) = engine.library().pages.clone() {
                    found.push(Found::Page(
                        url.to_string(),
                        Asked(
                            engine
                                .background()
                                .spawn(async move { pages.page(&url).await }),
                        ),
                    ));
                }
            }
        }
    }
    let mut pieces = Vec::new();
    for found in found {
        pieces.push(match found {
            Found::File(path, text) => Piece {
                from: path,
                text: Some(text),
                age: Age::Current,
            },
            Found::Page(url, asked) => {
                let (had, report) = asked.answer().await?;
                if let Some(report) = report {
                    engine.record(spec, event(engine, spec, &url, report));
                }
                let (text, age) = match had {
                    Had::Current(text) => (Some(text), Age::Current),
                    Had::Old(text, fetched) => (Some(text), Age::Of(fetched)),
                    Had::Nothing => (None, Age::Current),
                };
                Piece {
                    from: url,
                    text,
                    age,
                }
            }
        });
    }
    let about = about(spec);
    let own = engine.clone();
    let shown = move || without_keys(shorten(pieces, &about), own.redactor());
    Ok(engine.background().run_blocking(shown).await?)
}

enum Found {
    File(String, String),
    Page(String, Asked),
}

/// A page that is being asked for; whoever drops it has it stopped.
struct Asked(JoinHandle<(Had, Option<Report>)>);

impl Asked {
    async fn answer(mut self) -> Result<(Had, Option<Report>), Error> {
        let answer = (&mut self.0).await;
        answer.map_err(|error| match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(_) => ShutDown.into(),
        })
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(engine: &Arc<Engine>, spec: &ToolSpec, path: &str) -> Result<String, Error> {
    let (root, name) = (engine.library().root.clone(), path.to_owned());
    let read = move || file::read(&root, &name);
    let read = engine.background().run_blocking(read).await?;
    read.map_err(|what| {
        let root = engine.library().root.display();
        let message = format!("`{}` names {path:?} for the model to read: {what}", spec.name);
        Error::new(ErrorKind::Configuration, message).with_help(format!(
            "restore the file, or correct `docs(path = …)`: a path begins at the workspace's root, {root}"
        ))
    })
}

fn mistaken(spec: &ToolSpec, what: &str) -> Error {
    let message = format!("`{}` names a page for the model to read: {what}", spec.name);
    Error::new(ErrorKind::Configuration, message)
        .with_help("correct `docs(…)`: a page is written as `https://example.com/reference`")
}

fn event(engine: &Engine, spec: &ToolSpec, url: &str, report: Report) -> Event {
    let event = Event::new(EventKind::DocsFetched, &spec.name)
        .took(report.took)
        .with("url", engine.redactor().redact(url).into_owned());
    match report.outcome {
        Ok(fetched) => event
            .with("status", fetched.status)
            .with("bytes", fetched.bytes),
        Err(words) => event
            .with("status", "failed")
            .error(engine.redactor().redact(&words)),
    }
}

/// The words that tell what the tool is about.
fn about(spec: &ToolSpec) -> BTreeSet<String> {
    let parameters = spec.parameters.iter();
    let parameters = parameters.flat_map(|one| [one.name.as_str(), one.docs.as_str()]);
    [spec.name.as_str(), &spec.intent, &spec.docs]
        .into_iter()
        .chain(parameters)
        .flat_map(words)
        .collect()
}

fn shorten(mut pieces: Vec<Piece>, about: &BTreeSet<String>) -> Material {
    let texts: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| piece.text.as_deref())
        .collect();
    let mut shown = excerpts(&texts, about, LONGEST_SHOWN).into_iter();
    for piece in &mut pieces {
        if piece.text.is_some() {
            piece.text = shown.next();
        }
    }
    Material { pieces }
}

/// After it was shortened: much more is not looked through.
fn without_keys(mut material: Material, redactor: &Redactor) -> Material {
    for Piece { from, text, .. } in &mut material.pieces {
        for shown in text.iter_mut().chain([from]) {
            *shown = redactor.redact(shown).into_owned();
        }
    }
    material
}
