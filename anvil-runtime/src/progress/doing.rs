//! [`Doing`]: some work, from its beginning to its end.

use super::screen::Line;
use crate::engine::Engine;
use crate::event::{Event, EventKind};
use crate::spec::ToolSpec;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::{Instant, interval_at};

/// What takes no longer is not told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is told again, where that is an event.
const AGAIN: Duration = Duration::from_secs(10);

/// How often the line on the terminal changes.
const TICK: Duration = Duration::from_millis(100);

/// Some work on a tool that is under way. It is over when this is dropped.
#[derive(Debug)]
#[must_use = "what is done is over when it is dropped"]
pub(crate) struct Doing {
    telling: AbortHandle,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Debug, Default)]
struct Shown {
    line: Option<Line>,
    over: bool,
}

/// Begins `what`, such as `building`, on a tool.
pub(crate) fn doing(
    engine: &Arc<Engine>,
    spec: &'static ToolSpec,
    what: impl Into<String>,
) -> Doing {
    begin(engine, Some(spec), what.into())
}

/// Begins `what` on behalf of all tools.
pub(crate) fn doing_for_all(engine: &Arc<Engine>, what: impl Into<String>) -> Doing {
    begin(engine, None, what.into())
}

fn begin(engine: &Arc<Engine>, spec: Option<&'static ToolSpec>, what: String) -> Doing {
    let shown = Arc::default();
    let telling = tell(engine.clone(), spec, what, Arc::clone(&shown));
    Doing {
        telling: engine.background().spawn(telling).abort_handle(),
        shown,
    }
}

async fn tell(
    engine: Arc<Engine>,
    spec: Option<&'static ToolSpec>,
    what: String,
    shown: Arc<Mutex<Shown>>,
) {
    let tool = spec.map_or("", |spec| &spec.name);
    let line = match spec {
        Some(_) => format!("{tool}: {what}"),
        None => what.clone(),
    };
    let begun = Instant::now();
    let mut ticks = interval_at(begun + PATIENCE, TICK);
    let mut next = PATIENCE;
    loop {
        ticks.tick().await;
        if begun.elapsed() >= next {
            next += AGAIN;
            let event = Event::new(EventKind::StillWorking, tool);
            let event = event.took(begun.elapsed()).with("doing", what.clone());
            match spec {
                Some(spec) => engine.record(spec, event),
                None => engine.logger().record(event),
            }
        }
        if engine.config().progress {
            show(&shown, &line, begun.elapsed());
        }
    }
}

fn show(shown: &Mutex<Shown>, words: &str, elapsed: Duration) {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.over {
        return;
    }
    let begin = || Line::begin(words.to_owned());
    shown.line.get_or_insert_with(begin).tick(elapsed);
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.telling.abort();
        // Here and not in the task, which ends when it likes: whoever waited may print something next.
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.over = true;
        shown.line = None;
    }
}
