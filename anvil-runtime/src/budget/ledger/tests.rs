//! Processes that share a ledger, are killed, or damage it.

use super::*;
use crate::budget::Usd;
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
        b"{\"reserved\":{\"id\":\"a\",\"tool\":\"a\",\"tokens\":1,\"more\":1}}\n",
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
