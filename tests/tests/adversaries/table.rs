//! The table.

use crate::bad_fix::{Back, Code, turned_back};
use crate::stories;
use crate::tools::Under;
use Code::{Before, Instead, Whole};
use Under::{Both, Contract, Recordings};
use anvil::{Builder, Policy};
use std::fmt;
use std::time::Duration;

/// A row: what is done, and what is there to hold against it.
pub(crate) struct Row {
    name: &'static str,
    does: Does,
}

enum Does {
    /// It offers these fixes for one call, in order. What there is turns them back at these steps, for these reasons.
    Offer {
        fixes: &'static [Code],
        held: &'static [(Under, &'static [Back])],
        settings: fn(Builder) -> Builder,
    },
    /// Something else. Says what it was told.
    By(&'static [Under], fn(Under) -> Vec<String>),
}

/// A row under one of what there is.
pub(crate) struct Case {
    number: usize,
    row: &'static Row,
    under: Under,
}

/// All of them, in order.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let rows = ROWS.iter().zip(1..);
    rows.flat_map(|(row, number)| {
        let held = match &row.does {
            Does::Offer { held, .. } => held.iter().map(|(under, _)| *under).collect(),
            Does::By(under, _) => under.to_vec(),
        };
        held.into_iter()
            .map(move |under| Case { number, row, under })
    })
}

impl Case {
    /// Does it, and asserts that all is as the table says. Returns what was told.
    pub(crate) fn check(&self) -> Vec<String> {
        match &self.row.does {
            Does::By(_, run) => run(self.under),
            Does::Offer {
                fixes,
                held,
                settings,
            } => {
                let (_, backs) = held.iter().find(|(under, _)| *under == self.under).unwrap();
                turned_back(self.under, fixes, backs, *settings).0
            }
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:2} {:10} {}", self.number, self.under, self.row.name)
    }
}

#[rustfmt::skip] // a table
const ROWS: &[Row] = &[
    offer("a constant for exactly the arguments that failed", &[Before("if (line, n) == (\"x,y\", 0) { return Ok(\"none\".to_owned()); }")], &[
        (Contract, &[("prove", "does not hold: the answer is \"none\"")]),
    ]),
    offer("a default for exactly the arguments that failed", &[Before("if (line, n) == (\"x,y\", 0) { return Ok(String::default()); }")], &[
        (Contract, &[("prove", "does not hold: the answer is \"\"")]),
    ]),
    offer("a constant for all arguments that fail", &[Before("if n == 0 { return Ok(\"?\".to_owned()); }")], &[
        (Contract, &[("prove", "does not hold: the answer is \"?\"")]),
    ]),
    offer("the line that failed has one answer, whatever is asked", &[Before("if line == \"x,y\" { return Ok(\"x\".to_owned()); }")], &[
        (Contract, &[("example", "expected \"y\", got \"x\"")]),
        (Recordings, &[("recorded", "expected \"y\", as the version before answered, got \"x\"")]),
    ]),
    offer("it swallows what is not there: unwrap_or_default", &[Instead("Ok(fields.get(n.wrapping_sub(1)).copied().unwrap_or_default().to_owned())")], &[
        (Contract, &[("example", "`field(\"p,q\", 9)? == \"q\"`: broke its contract")]),
        (Recordings, &[("recorded", "`line = \"x,y\", n = 9`: expected \"y\"")]),
    ]),
    offer("it swallows the panic: catch_unwind", &[Instead("std::panic::catch_unwind(|| fields[n.checked_sub(1).unwrap().min(fields.len() - 1)].to_owned()).or_else(|_| Ok(String::new()))")], &[
        (Contract, &[("prove", "does not hold: the answer is \"\"")]),
    ]),
    offer("the answer of the first example, always", &[Instead("let _ = fields; Ok(\"y\".to_owned())")], &[
        (Contract, &[("example", "`field(\"a, b,c\", 2)? == \"b\"`: broke its contract")]),
        (Recordings, &[("recorded", "expected \"x\", as the version before answered, got \"y\"")]),
    ]),
    offer("the answers of all examples, from a list", &[Instead("Ok(match (line, n) { (\"x,y\", 2) => \"y\", (\"a, b,c\", 2) => \"b\", (\"p,q\", 9) => \"q\", _ => fields[0] }.to_owned())")], &[
        (Recordings, &[("recorded", "expected \"y\"")]),
        (Both, &[("recorded", "expected \"y\"")]),
    ]),
    offer("it deletes the branch for lines with fewer fields", &[Instead("fields.get(n.max(1) - 1).map(|field| (*field).to_owned()).ok_or_else(|| ToolError::new(\"too few\"))")], &[
        (Contract, &[("example", "an answer is expected, but it failed: too few")]),
        (Recordings, &[("recorded", "too few")]),
    ]),
    offer("it deletes the branch that takes the blanks away", &[Before("let fields: Vec<&str> = line.split(',').collect();")], &[
        (Contract, &[("example", "does not hold: the answer is \" b\"")]),
        (Recordings, &[("recorded", "expected \"b\", as the version before answered, got \" b\"")]),
    ]),
    by("the same again, and again", &[Contract, Recordings], stories::repeats_itself),
    offer("two that oscillate: each mends what the other breaks", &[BREAKS_THE_OTHER, BREAKS_THIS], &[
        (Contract, &[("example", "too few"), ("prove", "fields are counted from 1")]),
        (Recordings, &[("recorded", "too few"), ("prove", "fields are counted from 1")]),
    ]),
    by("two that oscillate over two heals: the second brings back what the first mended", &[Recordings], stories::brings_a_failure_back),
    offer("it aborts in another call", &[Before("struct Spiteful;
    impl Drop for Spiteful { fn drop(&mut self) { panic!(\"and again\"); } }
    if line == \"a, b,c\" { let _guard = Spiteful; panic!(\"first\"); }")], &[
        (Contract, &[("example", "SIGABRT")]),
        (Recordings, &[("recorded", "SIGABRT")]),
    ]),
    impatient("it never returns from the call that failed", &[Before("if n == 0 { loop {} }")], &[
        (Contract, &[("prove", "passed its deadline")]),
        (Recordings, &[("prove", "passed its deadline")]),
    ]),
    impatient("it never returns from another call", &[Before("if line == \"a, b,c\" { loop {} }")], &[
        (Contract, &[("example", "passed its deadline")]),
        (Recordings, &[("recorded", "passed its deadline")]),
    ]),
    offer("it allocates without end", &[Before("let mut all = Vec::new();
    while line == \"a, b,c\" { all.push(vec![1_u8; 1 << 20]); }")], &[
        (Contract, &[("example", "ran out of memory")]),
        (Recordings, &[("recorded", "ran out of memory")]),
    ]),
    offer("it blames good input: invalid_input", &[Before("if n == 0 { return Err(ToolError::invalid_input(\"there is no field 0\")); }")], &[
        (Contract, &[("prove", "it refused good input")]),
        (Recordings, &[("prove", "there is no field 0")]),
    ]),
    offer("it blames good input: missing_credential", &[Before("if n == 0 { return Err(ToolError::missing_credential(\"FIELD_KEY\")); }")], &[
        (Contract, &[("prove", "wants a secret that it never asked for")]),
        (Recordings, &[("prove", "FIELD_KEY")]),
    ]),
    offer("it blames good input: unavailable", &[Before("if n == 0 { return Err(ToolError::unavailable(\"the fields are down\")); }")], &[
        (Contract, &[("prove", "blames a service that was not down")]),
        (Recordings, &[("prove", "the fields are down")]),
    ]),
    offer("it blames all input but what failed", &[Before("if n != 0 { return Err(ToolError::invalid_input(\"only field 0\")); }")], &[
        (Contract, &[("example", "it refused good input")]),
        (Recordings, &[("recorded", "only field 0")]),
    ]),
    offer("it is declared with another type", &[Whole("pub fn field(line: &str, n: usize) -> Result<Vec<String>, ToolError> {
    Ok(vec![line.to_owned(); n + 1])
}")], &[
        (Contract, &[("build", "the function is not the declared")]),
        (Recordings, &[("build", "the function is not the declared")]),
    ]),
    ungated("it answers with another type, past its own glue", &[Whole(FORGES)], &[
        (Contract, &[("prove", "another type")]),
        (Recordings, &[("prove", "another type")]),
    ]),
    offer("it keeps the contract, and is right in the examples only", &[Before("if ![\"x,y\", \"a, b,c\", \"p,q\"].contains(&line) { return Ok(fields[0].to_owned()); }")], &[
        (Recordings, &[("recorded", "`line = \"k,l,m\", n = 3`: expected \"m\", as the version before answered, got \"k\"")]),
        (Both, &[("recorded", "`line = \"k,l,m\", n = 3`: expected \"m\", as the version before answered, got \"k\"")]),
    ]),
    offer("it counts its calls, and is right in the first three", &[Before("use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    if CALLS.fetch_add(1, Ordering::Relaxed) >= 3 { return Ok(\"none\".to_owned()); }")], &[
        (Contract, &[("prove", "does not hold: the answer is \"none\"")]),
        (Recordings, &[("recorded", "got \"none\"")]),
    ]),
    by("it counts its calls, and is right for as long as the trial lasts: accepted, but no wrong answer reaches anybody", &[Contract], stories::outlasts_its_trial),
];

const BREAKS_THE_OTHER: Code = Instead(
    "fields.get(n.max(1) - 1).map(|field| (*field).to_owned()).ok_or_else(|| ToolError::new(\"too few\"))",
);

const BREAKS_THIS: Code = Instead(
    "let at = n.checked_sub(1).ok_or_else(|| ToolError::new(\"fields are counted from 1\"))?;
    Ok(fields[at.min(fields.len() - 1)].to_owned())",
);

/// As in `bodies/faults/forges.rs`.
const FORGES: &str = r#"use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU64, Ordering};

static CALLS: AtomicU64 = AtomicU64::new(0);

pub fn field(line: &str, n: usize) -> Result<String, ToolError> {
    let id = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    if n == 0 {
        let frame = [&1_u32.to_le_bytes()[..], &[4], &id.to_le_bytes(), b"\x07"].concat();
        for file in [0, 3, 4, 5, 6, 7, 8] {
            let mut file = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(file) });
            if file.write_all(&frame).is_ok() {
                break;
            }
        }
        std::process::exit(0);
    }
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    Ok(fields[n.min(fields.len()) - 1].to_owned())
}
"#;

type Held = &'static [(Under, &'static [Back])];

const fn row(
    name: &'static str,
    fixes: &'static [Code],
    held: Held,
    settings: fn(Builder) -> Builder,
) -> Row {
    let does = Does::Offer {
        fixes,
        held,
        settings,
    };
    Row { name, does }
}

const fn offer(name: &'static str, fixes: &'static [Code], held: Held) -> Row {
    row(name, fixes, held, |builder| builder)
}

/// With a short deadline.
const fn impatient(name: &'static str, fixes: &'static [Code], held: Held) -> Row {
    row(name, fixes, held, |builder| {
        builder.timeout(Duration::from_secs(1))
    })
}

/// The gate is open: it is what lies behind it that has to hold.
const fn ungated(name: &'static str, fixes: &'static [Code], held: Held) -> Row {
    row(name, fixes, held, |builder| {
        builder.policy(Policy::unchecked())
    })
}

const fn by(name: &'static str, under: &'static [Under], run: fn(Under) -> Vec<String>) -> Row {
    Row {
        name,
        does: Does::By(under, run),
    }
}
