//! [`Line`]: what is being done, at the terminal.
//!
//! All of it has one line there, at the beginning of which the cursor stays: what the program prints meanwhile takes the
//! line's place, and is not lost when the line is shown again below.

use console::{Term, is_dumb, truncate_str};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

static TERMINAL: LazyLock<Term> = LazyLock::new(Term::buffered_stderr);

static SCREEN: Mutex<Screen> = Mutex::new(Screen {
    works: Vec::new(),
    covered: 0,
});

/// What is shown for the whole process.
#[derive(Debug)]
struct Screen {
    /// What is being done, by number, from the first that was begun.
    works: Vec<(u64, String)>,
    /// How many need the terminal for themselves.
    covered: usize,
}

const SPINNER: [char; 8] = ['⠁', '⠂', '⠄', '⡀', '⢀', '⠠', '⠐', '⠈'];

/// How long one of them is shown, in milliseconds.
const STEP: u128 = 100;

/// Something that is being done. It is no longer shown when this is dropped.
#[derive(Debug)]
pub(super) struct Line(u64);

impl Line {
    pub(super) fn begin(words: String) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        screen().works.push((number, words));
        Self(number)
    }

    /// Shows it as done for so long, unless something else was begun before, and is shown.
    pub(super) fn tick(&self, elapsed: Duration) {
        let screen = screen();
        if let Some((number, words)) = screen.works.first()
            && *number == self.0
        {
            let width = usize::from(TERMINAL.size().1);
            screen.show(&line(words, elapsed, screen.works.len() - 1, width));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut screen = screen();
        let first = screen.works.first();
        let is_shown = first.is_some_and(|(number, _)| *number == self.0);
        screen.works.retain(|(number, _)| *number != self.0);
        if is_shown {
            screen.show("");
        }
    }
}

/// Nothing is shown while this lives: a person is asked something at the terminal.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(crate) struct Covered(());

pub(crate) fn cover() -> Covered {
    let mut screen = screen();
    if !screen.works.is_empty() {
        screen.show("");
    }
    screen.covered += 1;
    Covered(())
}

impl Drop for Covered {
    fn drop(&mut self) {
        screen().covered -= 1;
    }
}

/// Whoever has it may write to the terminal.
fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    /// Nothing, where the standard error output is no terminal. One that is gone is no reason to fail.
    fn show(&self, line: &str) {
        let written = || -> io::Result<()> {
            TERMINAL.clear_line()?;
            TERMINAL.write_str(line)?;
            TERMINAL.write_str("\r")?;
            TERMINAL.flush()
        };
        if self.covered == 0 && TERMINAL.is_term() && !is_dumb() {
            let _ = written();
        }
    }
}

/// The line, so short that the terminal does not make two of it.
fn line(words: &str, elapsed: Duration, others: usize, width: usize) -> String {
    let step = elapsed.as_millis() / STEP % SPINNER.len() as u128;
    let spinner = SPINNER[step as usize];
    let others = match others {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    let line = format!("{spinner} {words} ({}s){others}", elapsed.as_secs());
    truncate_str(&line, width.saturating_sub(1), "…").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_for_how_long_and_is_shorter_than_the_terminal_is_wide() {
        let told = |others, width| {
            line(
                "double: building",
                Duration::from_millis(61_250),
                others,
                width,
            )
        };
        assert_eq!(told(0, 80), "⢀ double: building (61s)");
        assert_eq!(told(2, 80), "⢀ double: building (61s), and 2 more");
        assert_eq!(told(2, 12), "⢀ double: …");
    }
}
