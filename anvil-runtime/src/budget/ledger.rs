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

use super::spent::{Amount, Spent};
use super::usd::Usd;
use crate::error::{Error, ErrorKind};
use crate::files::create_private_folder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
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

/// What was used of one model.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub(super) model: String,
    pub(super) amount: Amount,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line<'l> {
    Reserved {
        #[serde(borrow)]
        id: Cow<'l, str>,
        #[serde(borrow)]
        tool: Cow<'l, str>,
        #[serde(flatten)]
        amount: Written,
    },
    Settled {
        #[serde(borrow)]
        id: Cow<'l, str>,
        #[serde(borrow)]
        tool: Cow<'l, str>,
        used: Vec<WrittenUse>,
    },
}

/// An amount as it is written; no money where the price is not known.
#[derive(Serialize, Deserialize)]
struct Written {
    tokens: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nanodollars: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct WrittenUse {
    model: String,
    #[serde(flatten)]
    amount: Written,
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
        open.append(&Line::Reserved {
            id: (&id).into(),
            tool: tool.into(),
            amount: amount.into(),
        })?;
        Ok(Reservation {
            day,
            id,
            tool: tool.to_owned(),
        })
    }

    /// Replaces what was reserved by what was used.
    pub(super) fn settle(&self, reservation: &Reservation, used: &[Used]) -> Result<(), Error> {
        let Reservation { day, id, tool } = reservation;
        let used = used.iter().map(|used| WrittenUse {
            model: used.model.clone(),
            amount: used.amount.into(),
        });
        self.open(*day)?.append(&Line::Settled {
            id: id.into(),
            tool: tool.into(),
            used: used.collect(),
        })
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
        let mut spent = Spent::default();
        let mut reserved = HashMap::new();
        let lines = self.bytes.split(|byte| *byte == b'\n');
        for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.is_empty()) {
            let line = serde_json::from_slice(line).map_err(|error| {
                let doing = format!("understood in line {number}");
                unusable(&self.path, &doing, error.into())
            })?;
            match line {
                Line::Reserved { id, tool, amount } => {
                    reserved.insert(id, (tool, amount));
                }
                Line::Settled { id, tool, used } => {
                    reserved.remove(&id);
                    for WrittenUse { model, amount } in used {
                        spent.add(&tool, Some(&model), amount.into());
                    }
                }
            }
        }
        for (tool, amount) in reserved.into_values() {
            spent.add(&tool, None, amount.into());
        }
        Ok(spent)
    }

    fn append(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let mut bytes = serde_json::to_vec(line).expect("text and numbers always serialize");
        bytes.push(b'\n');
        self.file
            .seek(SeekFrom::Start(self.bytes.len() as u64))
            .and_then(|_| self.file.write_all(&bytes))
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

impl From<Amount> for Written {
    fn from(amount: Amount) -> Self {
        Self {
            tokens: amount.tokens,
            nanodollars: (amount.unpriced == 0).then(|| amount.usd.as_nanos()),
        }
    }
}

impl From<Written> for Amount {
    fn from(written: Written) -> Self {
        Self::new(written.tokens, written.nanodollars.map(Usd::from_nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Instant;

    const TODAY: Date = date(2026, 11, 26);

    fn ledger(folder: &tempfile::TempDir) -> Ledger {
        Ledger::new(folder.path().join("budgets"))
    }

    fn tokens(tokens: u64) -> Amount {
        Amount::new(tokens, Some(Usd::from_nanos(tokens)))
    }

    fn reserve(ledger: &Ledger, day: Date, amount: Amount) -> Reservation {
        ledger.reserve(day, "a", amount, |_| Ok(())).unwrap()
    }

    fn used(model: &str, amount: Amount) -> Used {
        Used {
            model: model.to_owned(),
            amount,
        }
    }

    fn spent(ledger: &Ledger, day: Date) -> Result<Spent, Error> {
        ledger.open(day)?.spent()
    }

    fn total(ledger: &Ledger, day: Date) -> u64 {
        spent(ledger, day).unwrap().total().tokens
    }

    fn path(ledger: &Ledger) -> PathBuf {
        ledger.0.join("2026-11-26.jsonl")
    }

    #[test]
    fn what_is_settled_takes_the_place_of_what_was_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let first = ledger(&folder);
        let reservation = reserve(&first, TODAY, tokens(100));
        assert_eq!(total(&first, TODAY), 100);
        let tries = [
            used("m", tokens(10)),
            used("n", tokens(20)),
            used("m", Amount::new(5, None)),
        ];
        first.settle(&reservation, &tries).unwrap();
        // Another process.
        let spent = spent(&ledger(&folder), TODAY).unwrap();
        let mut expected = Spent::default();
        expected.add("a", Some("m"), tokens(10));
        expected.add("a", Some("m"), Amount::new(5, None));
        expected.add("a", Some("n"), tokens(20));
        assert_eq!(spent, expected);
    }

    #[test]
    fn what_is_never_settled_counts_in_full() {
        let folder = tempfile::tempdir().unwrap();
        reserve(&ledger(&folder), TODAY, tokens(100));
        let mut expected = Spent::default();
        expected.add("a", None, tokens(100));
        assert_eq!(spent(&ledger(&folder), TODAY).unwrap(), expected);
    }

    #[test]
    fn what_is_refused_is_not_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        let no = |_: &Spent| Err(Error::new(ErrorKind::Budget, "no"));
        ledger.reserve(TODAY, "a", tokens(1), no).unwrap_err();
        assert_eq!(total(&ledger, TODAY), 0);
    }

    #[test]
    fn a_request_belongs_to_the_day_that_it_began_on() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        let before_midnight = reserve(&ledger, TODAY, tokens(100));
        let tomorrow = TODAY.tomorrow().unwrap();
        assert_eq!(total(&ledger, tomorrow), 0);
        ledger
            .settle(&before_midnight, &[used("m", tokens(7))])
            .unwrap();
        assert_eq!((total(&ledger, TODAY), total(&ledger, tomorrow)), (7, 0));
    }

    #[test]
    fn a_line_that_was_cut_off_neither_blocks_nor_lets_anything_go() {
        for cut in 1..60 {
            let folder = tempfile::tempdir().unwrap();
            let ledger = ledger(&folder);
            let reservation = reserve(&ledger, TODAY, tokens(100));
            ledger
                .settle(&reservation, &[used("m", tokens(7))])
                .unwrap();
            let whole = fs::read(path(&ledger)).unwrap();
            fs::write(path(&ledger), &whole[..whole.len() - cut]).unwrap();
            assert_eq!(total(&ledger, TODAY), 100, "without the last {cut}");
            // What is written next stands on a line of its own.
            reserve(&ledger, TODAY, tokens(3));
            assert_eq!(total(&ledger, TODAY), 103, "without the last {cut}");
        }
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        reserve(&ledger, TODAY, tokens(100));
        let whole = fs::read(path(&ledger)).unwrap();
        fs::write(path(&ledger), &whole[..20]).unwrap();
        assert_eq!(total(&ledger, TODAY), 0, "nothing was asked after it");
    }

    #[test]
    fn a_damaged_ledger_fails_closed_and_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        for damage in [
            &b"what?\n"[..],
            b"{\"reserved\":{\"id\":\"a\",\"tool\":\"a\"}}\n",
            b"{\"reserved\":{\"id\":\"a\",\"tool\":\"a\",\"tokens\":-1}}\n",
            b"{\"returned\":{\"id\":\"a\",\"tool\":\"a\",\"tokens\":1}}\n",
            b"\xff\n",
            b"\0\0\0\0\n",
        ] {
            let _ = fs::remove_file(path(&ledger));
            let reservation = reserve(&ledger, TODAY, tokens(100));
            let whole = fs::read(path(&ledger)).unwrap();
            fs::write(path(&ledger), [&whole, damage, &whole].concat()).unwrap();
            let error = ledger
                .reserve(TODAY, "a", tokens(1), |_| Ok(()))
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Budget);
            let words = error.to_string();
            assert!(
                words.contains("2026-11-26.jsonl`, could not be understood in line 2: "),
                "{words}"
            );
            assert!(
                error
                    .help()
                    .unwrap()
                    .contains("if it is damaged, remove it")
            );
            // What was spent can still be noted.
            ledger.settle(&reservation, &[]).unwrap();
        }
    }

    #[test]
    fn a_ledger_that_cannot_be_written_fails_closed() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        fs::write(&ledger.0, "a file where the folder should be").unwrap();
        let error = ledger.reserve(TODAY, "a", tokens(1), |_| Ok(()));
        let words = error.unwrap_err().to_string();
        assert!(words.contains("could not be created: "), "{words}");
        fs::remove_file(&ledger.0).unwrap();
        fs::create_dir_all(path(&ledger)).unwrap();
        let error = ledger.reserve(TODAY, "a", tokens(1), |_| Ok(()));
        let words = error.unwrap_err().to_string();
        assert!(words.contains("could not be opened: "), "{words}");
    }

    #[test]
    fn several_processes_together_reserve_no_more_than_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let made = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let ledger = ledger(&folder);
                    for _ in 0..20 {
                        let reserved = ledger.reserve(TODAY, "a", tokens(10), |spent| {
                            match spent.total().tokens + 10 <= 255 {
                                true => Ok(()),
                                false => Err(Error::new(ErrorKind::Budget, "no")),
                            }
                        });
                        if let Ok(reservation) = reserved {
                            made.fetch_add(1, Ordering::Relaxed);
                            ledger
                                .settle(&reservation, &[used("m", tokens(10))])
                                .unwrap();
                        }
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), 25);
        assert_eq!(total(&ledger(&folder), TODAY), 250);
    }

    #[test]
    fn the_oldest_days_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        let mut day = TODAY;
        for _ in 0..40 {
            reserve(&ledger, day, tokens(1));
            day = day.tomorrow().unwrap();
        }
        let days = || {
            let entries = fs::read_dir(&ledger.0).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
            names.sort();
            names
        };
        assert_eq!(days().len(), KEPT);
        assert_eq!(days()[0], "2026-12-05.jsonl");
    }

    #[test]
    fn ten_thousand_lines_are_read_in_no_time() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder);
        let reservation = reserve(&ledger, TODAY, tokens(100));
        let tries = [used("claude-opus-5-5", tokens(7))];
        ledger.settle(&reservation, &tries).unwrap();
        let two = fs::read_to_string(path(&ledger)).unwrap();
        let lines: String = (0..5_000)
            .map(|number| two.replace(&reservation.id, &format!("{number:016x}")))
            .collect();
        fs::write(path(&ledger), lines).unwrap();
        let started = Instant::now();
        assert_eq!(total(&ledger, TODAY), 35_000);
        let took = started.elapsed();
        assert!(took.as_millis() < 1_000, "{took:?}"); // some 50 ms without optimisation
    }
}
