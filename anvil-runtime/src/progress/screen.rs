//! [`Line`]: what is being done, at the terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::sync::LazyLock;
use std::time::Duration;

/// The lines of all that is being done in this process. Nothing where the standard error output is no terminal.
static SCREEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A line, which goes when it is dropped.
#[derive(Debug)]
pub(super) struct Line(ProgressBar);

impl Line {
    /// Shows something that has been done for some time already.
    pub(super) fn begin(words: String, for_some_time: Duration) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        let bar = ProgressBar::new_spinner()
            .with_style(style.expect("the template is one"))
            .with_message(words)
            .with_elapsed(for_some_time);
        Self(SCREEN.add(bar))
    }

    pub(super) fn tick(&self) {
        self.0.tick();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
