//! The days' ledgers, on disk.
//!
//! ```text
//! <target>/anvil/budgets/<store>/2026-11-26.jsonl   what was reserved and settled on that day, in UTC
//! <target>/anvil/budgets/<store>/.lock              held by whoever reads and writes, for as long as that takes
//! ```
//!
//! A line is written before a request, and one after it, to the day that the request began on:
//!
//! ```json
//! {"reserved":{"id":"5f0c…","tool":"slugify","tokens":36000,"nanodollars":180000000}}
//! {"settled":{"id":"5f0c…","tool":"slugify","used":[{"model":"claude-opus-5-5","tokens":4100,"nanodollars":23000000}]}}
//! ```
//!
//! A last line without its end was being written by a process that was killed. Nothing was asked after such a
//! reservation, and what such a settlement was for stays reserved; the next who writes removes it. Any other line that
//! is not understood is an error: nobody knows what it stands for.

use super::line::{Line, Used, spent_in};
use super::spent::{Amount, Spent};
use crate::error::{Error, ErrorKind};
use crate::files::create_private_folder;
use jiff::civil::Date;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The ledgers of one store.
#[derive(Debug)]
pub(super) struct Ledger(PathBuf);

/// What a request may use, as long as it is not settled.
#[derive(Debug)]
pub(super) struct Reservation {
    day: Date,
    id: String,
    tool: String,
}

impl Reservation {
    pub(super) fn tool(&self) -> &str {
        &self.tool
    }
}

/// So many days are kept.
const KEPT: usize = 31;

const EXTENSION: &str = "jsonl";

/// Where the ledgers of a store lie: beside the builds, apart from those of other stores.
pub(crate) fn folder_below(volatile: &Path, store: &Path) -> PathBuf {
    let store = blake3::hash(store.to_string_lossy().as_bytes()).to_hex();
    volatile.join("budgets").join(&store[..16])
}

impl Ledger {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Reserves `amount` on `day`, if `check` allows it, given what was spent on that day.
    pub(super) fn reserve(
        &self,
        day: Date,
        tool: &str,
        amount: Amount,
        check: impl FnOnce(&Spent) -> Result<(), Error>,
    ) -> Result<Reservation, Error> {
        let id = getrandom::u64().map_err(|error| {
            Error::new(ErrorKind::Budget, "nothing can be reserved in a budget").because(error)
        })?;
        let id = format!("{id:016x}");
        let mut open = self.open(day)?;
        check(&open.spent()?)?;
        open.append(&Line::reserved(&id, tool, amount))?;
        Ok(Reservation {
            day,
            id,
            tool: tool.to_owned(),
        })
    }

    /// Replaces what was reserved by what was used.
    pub(super) fn settle(&self, reservation: &Reservation, used: &[Used]) -> Result<(), Error> {
        let Reservation { day, id, tool } = reservation;
        self.open(*day)?.append(&Line::settled(id, tool, used))
    }

    /// The ledger of a day, and the right to read and write it for as long as it is held.
    fn open(&self, day: Date) -> Result<Open, Error> {
        let path = self.0.join(format!("{day}.{EXTENSION}"));
        let failed = |doing, error| unusable(&path, doing, error);
        create_private_folder(&self.0).map_err(|error| failed("created", error))?;
        let lock = open(&self.0.join(".lock")).map_err(|error| failed("locked", error))?;
        lock.lock().map_err(|error| failed("locked", error))?;
        if !path.exists() {
            self.prune();
        }
        let mut file = open(&path).map_err(|error| failed("opened", error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| failed("read", error))?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
        if whole < bytes.len() {
            bytes.truncate(whole);
            file.set_len(whole as u64)
                .map_err(|error| failed("mended", error))?;
        }
        Ok(Open {
            _lock: lock,
            file,
            bytes,
            path,
        })
    }

    /// Removes the oldest days, before one is added.
    fn prune(&self) {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut days: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|it| it == EXTENSION))
            .collect();
        days.sort(); // they are called after their dates
        for path in days.iter().rev().skip(KEPT - 1) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A day's ledger, locked.
struct Open {
    _lock: File,
    file: File,
    /// All lines.
    bytes: Vec<u8>,
    path: PathBuf,
}

impl Open {
    fn spent(&self) -> Result<Spent, Error> {
        spent_in(&self.bytes).map_err(|(line, error)| {
            let doing = format!("understood in line {line}");
            unusable(&self.path, &doing, error.into())
        })
    }

    fn append(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let end = SeekFrom::Start(self.bytes.len() as u64);
        self.file
            .seek(end)
            .and_then(|_| self.file.write_all(&line.to_bytes()))
            .map_err(|error| unusable(&self.path, "written", error))
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    options.open(path)
}

/// Nobody knows what was spent: that ends the spending.
fn unusable(path: &Path, doing: &str, error: io::Error) -> Error {
    let message = format!(
        "no model is asked, because the ledger of the budgets, `{}`, could not be {doing}",
        path.display()
    );
    let help = "see that it can be read and written and the disk is not full; if it is damaged, remove it, and what was \
                spent on its day is forgotten";
    Error::new(ErrorKind::Budget, message)
        .with_help(help)
        .because(error)
}

#[cfg(test)]
mod tests;
