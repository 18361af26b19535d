//! Recordings: what a pure tool answered, the next version answers alike.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, EventFilter, EventKind};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

#[anvil::tool(intent = "The share of a whole in percent, rounded down", pure)]
fn percent(part: u32, whole: u32) -> anvil::Result<u32>;

/// A body for `percent` that does this.
fn percents(does: &str) -> String {
    format!("pub fn percent(part: u32, whole: u32) -> Result<u32, ToolError> {{ {does} }}")
}

/// Panics where the whole is nothing.
const LIVE: &str = "Ok(part.checked_mul(100).expect(\"it is small\") / whole)";

/// The calls that are recorded for a tool below a folder: one set for each body, with the lines of its file.
fn recorded(folder: &Path, tool: &str) -> Vec<Vec<String>> {
    let files = fs::read_dir(folder.join(tool))
        .into_iter()
        .flatten()
        .flatten();
    let mut sets: Vec<_> = files
        .map(|file| {
            let text = fs::read_to_string(file.path()).unwrap();
            let lines = text.lines().filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    sets.sort_by_key(Vec::len);
    sets
}

fn kept(anvil: &Anvil, tool: &str) -> Vec<Vec<String>> {
    recorded(&anvil.tools_dir().join(".recordings"), tool)
}

/// Why candidates were turned back, oldest first.
fn turned_back(anvil: &Anvil) -> Vec<String> {
    let events = EventFilter::new().kind(EventKind::CandidateRejected);
    let events = anvil.logger().history(events).into_iter().rev();
    events.map(|event| event.error.unwrap()).collect()
}

fn version(anvil: &Anvil, tool: &str) -> String {
    anvil.tool_info(tool).unwrap().version.to_string()
}

#[test]
fn each_call_is_kept_once_until_there_is_no_room() {
    let anvil = TestAnvil::new(MockModel::new().reply("percent", percents(LIVE)));
    for part in (0..100).flat_map(|part| [part, part]) {
        assert_eq!(percent(part, 100).unwrap(), part);
    }
    let [set] = kept(&anvil, "percent").try_into().unwrap();
    assert_eq!(set.len(), 64);
}

#[test]
fn the_next_process_finds_them_and_the_healed_version_takes_them_on() {
    let anvil = TestAnvil::new(MockModel::new().reply("percent", percents(LIVE)));
    assert_eq!(percent(1, 4).unwrap(), 25);

    // A heal in the next process, held against what the first one recorded.
    let model = MockModel::new()
        .reply(
            "percent",
            percents("Ok(if whole == 0 { 100 } else { part / whole * 100 })"),
        )
        .reply(
            "percent",
            percents("Ok(if whole == 0 { 100 } else { part.checked_mul(100).unwrap() / whole })"),
        );
    let anvil = anvil.reopen(model);
    assert_eq!(percent(0, 0).unwrap(), 100);
    assert_eq!(
        turned_back(&anvil),
        [
            "it answers an earlier call otherwise: `part = 1, whole = 4`: expected 25, as the version before answered, \
             got 0"
        ]
    );
    let sizes: Vec<usize> = kept(&anvil, "percent").iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 2], "with the failure that was healed");

    // Another heal in a third one: what was healed stays so.
    let model = MockModel::new()
        .reply(
            "percent",
            percents("Ok((u64::from(part) * 100 / u64::from(whole)) as u32)"),
        )
        .reply(
            "percent",
            percents(
                "Ok(if whole == 0 { 100 } else { (u64::from(part) * 100 / u64::from(whole)) as u32 })",
            ),
        );
    let anvil = anvil.reopen(model);
    assert_eq!(percent(1 << 30, 1 << 31).unwrap(), 50);
    assert_eq!(version(&anvil, "percent"), "1.2");
    let [told] = turned_back(&anvil).try_into().unwrap();
    assert!(
        told.starts_with(
            "it answers an earlier call otherwise: `part = 0, whole = 0`: panicked: attempt to divide by zero"
        ),
        "{told}"
    );
}

#[anvil::tool(intent = "Greet", pure)]
fn greet(name: &str) -> String;

#[anvil::tool(intent = "Greet", pure, share_args = false)]
fn greet_unshared(name: &str) -> String;

#[anvil::tool(intent = "Greet", pure)]
fn greet_privately(#[anvil(private)] name: &str, word: &str) -> String;

#[anvil::tool(intent = "Greet")]
fn greet_impurely(name: &str) -> String;

const SECRET: &str = "correct-horse-battery";

#[test]
fn what_is_private_or_secret_or_not_pure_is_not_recorded() {
    let greets = |name: &str, parameters: &str| {
        format!(
            "pub fn {name}({parameters}) -> String {{
                assert!(!name.is_empty());
                let word = if name == \"nobody\" {{ [\"correct\", \"horse\", \"battery\"].join(\"-\") }} else {{ \"Hello\".to_owned() }};
                format!(\"{{word}}, {{name}}!\")
            }}"
        )
    };
    let model = || {
        MockModel::new()
            .reply("greet", greets("greet", "name: &str"))
            .reply("greet_unshared", greets("greet_unshared", "name: &str"))
            .reply(
                "greet_privately",
                greets("greet_privately", "name: &str, _: &str"),
            )
            .reply("greet_impurely", greets("greet_impurely", "name: &str"))
    };
    let anvil = TestAnvil::configure(model(), |builder| builder.secret("WORD", SECRET));
    assert_eq!(greet_unshared("Ada"), "Hello, Ada!");
    assert_eq!(greet_privately("Ada", "Hi"), "Hello, Ada!");
    assert_eq!(greet_impurely("Ada"), "Hello, Ada!");
    for tool in ["greet_unshared", "greet_privately", "greet_impurely"] {
        assert!(kept(&anvil, tool).is_empty(), "{tool}");
    }
    greet(&format!("{SECRET}, dear"));
    greet("nobody");
    assert!(kept(&anvil, "greet").is_empty(), "an argument, an answer");
    greet("Ada");
    let [set] = kept(&anvil, "greet").try_into().unwrap();
    assert_eq!(set.len(), 1);

    let anvil = TestAnvil::configure(model(), |builder| builder.share_args(false));
    assert_eq!(greet("Ada"), "Hello, Ada!");
    assert!(kept(&anvil, "greet").is_empty());
}

#[test]
fn a_healed_call_that_holds_a_secret_is_not_recorded_either() {
    let greets = |does: &str| format!("pub fn greet(name: &str) -> String {{ {does} }}");
    let model = MockModel::new()
        .reply(
            "greet",
            greets("assert!(name.len() < 9); format!(\"Hello, {name}!\")"),
        )
        .reply("greet", greets("format!(\"Hello, {name}!\")"));
    let anvil = TestAnvil::configure(model, |builder| builder.secret("WORD", SECRET));
    assert_eq!(greet("Ada"), "Hello, Ada!");
    assert_eq!(greet(SECRET), format!("Hello, {SECRET}!"));
    assert_eq!(version(&anvil, "greet"), "1.1");
    let sizes: Vec<usize> = kept(&anvil, "greet").iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 1], "what Ada was answered is all there is");
}

#[test]
fn they_lie_beside_the_builds_and_not_in_the_store() {
    let store = tempfile::tempdir().unwrap();
    let tools_dir = store.path().canonicalize().unwrap();
    let anvil = Anvil::builder()
        .tools_dir(&tools_dir)
        .model(MockModel::new().reply("percent", percents(LIVE)))
        .build()
        .unwrap();
    let _entered = anvil.enter();
    assert_eq!(percent(3, 4).unwrap(), 75);

    let digest = blake3::hash(tools_dir.to_str().unwrap().as_bytes()).to_hex();
    let volatile = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("anvil");
    let folder = volatile.join("recordings").join(&digest[..16]);
    assert_eq!(recorded(&folder, "percent").len(), 1);
    fs::remove_dir_all(folder).unwrap();
    let all = files(&tools_dir);
    assert!(
        !all.iter()
            .any(|file| file.extension().is_some_and(|end| end == "jsonl")),
        "{all:?}"
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => vec![path],
        })
        .collect()
}

mod before {
    #[anvil::tool(intent = "The initials of a name", name = "initials", pure)]
    pub(super) fn initials(name: &str) -> anvil::Result<String>;
}

mod after {
    #[anvil::tool(
        intent = "The initials of a name",
        name = "initials",
        ensures(|out| out.chars().all(|c| c.is_uppercase())),
        pure
    )]
    pub(super) fn initials(name: &str) -> anvil::Result<String>;
}

#[test]
fn an_answer_may_change_where_it_breaks_the_contract_that_is_declared_now() {
    let initials = |does: &str| {
        format!(
            "pub fn initials(name: &str) -> Result<String, ToolError> {{
                Ok(name.split(' ').filter_map(|word| word.chars().next()).{does}collect())
            }}"
        )
    };
    let upper = "flat_map(char::to_uppercase).";
    let model = MockModel::new().reply("initials", initials(""));
    let anvil = TestAnvil::new(model);
    assert_eq!(before::initials("ada lovelace").unwrap(), "al");
    assert_eq!(before::initials("Grace Hopper").unwrap(), "GH");

    let model = MockModel::new()
        .reply("initials", initials(&format!("rev().{upper}")))
        .reply("initials", initials(upper));
    let anvil = anvil.reopen(model);
    assert_eq!(after::initials("alan turing").unwrap(), "AT");
    assert_eq!(version(&anvil, "initials"), "1.1");
    assert_eq!(
        turned_back(&anvil),
        [
            "it answers an earlier call otherwise: `name = \"Grace Hopper\"`: expected \"GH\", as the version before \
             answered, got \"HG\""
        ]
    );
    let [_, carried_on] = kept(&anvil, "initials").try_into().unwrap();
    assert_eq!(carried_on.len(), 3, "two from before, and the new one");
}

#[anvil::tool(intent = "How often each letter occurs", pure)]
fn letters(text: &str) -> anvil::Result<HashMap<char, u32>>;

#[anvil::tool(intent = "Which letters occur", pure)]
fn alphabet(text: &str) -> anvil::Result<HashSet<char>>;

#[test]
fn maps_and_sets_are_the_same_in_whatever_order_they_come() {
    let letters_of = |empty: &str| {
        format!(
            "use std::collections::HashMap;
            pub fn letters(text: &str) -> Result<HashMap<char, u32>, ToolError> {{
                let mut letters = HashMap::new();
                for letter in text.chars() {{ *letters.entry(letter).or_insert(0) += 1; }}
                if letters.is_empty() {{ {empty} }}
                Ok(letters)
            }}"
        )
    };
    let alphabet_of = |empty: &str| {
        format!(
            "use std::collections::HashSet;
            pub fn alphabet(text: &str) -> Result<HashSet<char>, ToolError> {{
                if text.is_empty() {{ {empty} }}
                Ok(text.chars().collect())
            }}"
        )
    };
    let model = MockModel::new()
        .reply("letters", letters_of("panic!(\"nothing\")"))
        .reply("letters", letters_of(""))
        .reply("alphabet", alphabet_of("panic!(\"nothing\")"))
        .reply("alphabet", alphabet_of(""));
    let anvil = TestAnvil::new(model);
    let text = "the quick brown fox jumps over the lazy dog";
    assert_eq!(letters(text).unwrap()[&'o'], 4);
    assert_eq!(alphabet(text).unwrap().len(), 27);
    assert!(letters("").unwrap().is_empty());
    assert!(alphabet("").unwrap().is_empty());
    assert_eq!(version(&anvil, "letters"), "1.1");
    assert_eq!(version(&anvil, "alphabet"), "1.1");
}

#[anvil::tool(intent = "Divide", pure)]
fn quotient(a: f64, b: f64) -> f64;

#[test]
fn a_number_that_is_none_is_the_same_as_itself_and_zero_has_no_sign() {
    let divides = |does: &str| format!("pub fn quotient(a: f64, b: f64) -> f64 {{ {does} }}");
    let model = MockModel::new()
        .reply(
            "quotient",
            divides("assert!(a < 100.0); if b == 0.0 { f64::NAN } else { a / b }"),
        )
        .reply("quotient", divides("if b == 0.0 { 0.0 } else { a / b }"))
        .reply(
            "quotient",
            divides("if b == 0.0 { f64::NAN } else { a / b + 0.0 }"),
        );
    let anvil = TestAnvil::new(model);
    assert!(quotient(0.0, 0.0).is_nan());
    assert!(quotient(-0.0, 1.0).is_sign_negative());
    assert!((quotient(100.0, 4.0) - 25.0).abs() < f64::EPSILON);
    assert_eq!(version(&anvil, "quotient"), "1.1");
    assert!(quotient(-0.0, 1.0).is_sign_positive(), "it did change");
    let [told] = turned_back(&anvil).try_into().unwrap();
    assert!(
        told.ends_with("expected null, as the version before answered, got 0.0"),
        "{told}"
    );
}

#[anvil::tool(intent = "Pairs of a number", pure)]
fn pairs(n: u8) -> anvil::Result<HashMap<(u8, u8), u8>>;

#[test]
fn an_answer_that_json_has_no_form_for_is_the_same_too_or_is_not() {
    let body = |does: &str| {
        format!(
            "pub fn pairs(n: u8) -> Result<std::collections::HashMap<(u8, u8), u8>, ToolError> {{ {does} }}"
        )
    };
    let model = MockModel::new()
        .reply("pairs", body("Ok([((n, n), 8 / n)].into())"))
        .reply("pairs", body("Ok([((n, n), 9)].into())"))
        .reply("pairs", body("Ok([((n, n), 8 / n.max(1))].into())"));
    let anvil = TestAnvil::new(model);
    assert_eq!(pairs(4).unwrap()[&(4, 4)], 2);
    assert_eq!(pairs(0).unwrap()[&(0, 0)], 8);
    assert_eq!(
        turned_back(&anvil),
        [
            "it answers an earlier call otherwise: `n = 4`: expected what the version before answered, got another \
             answer, and JSON has no form for them"
        ]
    );
}

/// One tool, before and after a type of its was changed.
mod changed {
    #[derive(serde::Serialize, serde::Deserialize, anvil::ToolType)]
    pub(super) struct Size {
        pub(super) wide: u32,
    }

    #[anvil::tool(intent = "The area", name = "area", pure)]
    pub(super) fn area(size: Size) -> anvil::Result<u32>;

    pub(super) mod since {
        #[derive(serde::Serialize, serde::Deserialize, anvil::ToolType)]
        pub(crate) struct Size {
            pub(crate) wide: u32,
            pub(crate) high: u32,
        }

        #[anvil::tool(intent = "The area", name = "area", pure)]
        pub(crate) fn area(size: Size) -> anvil::Result<u32>;
    }
}

#[test]
fn what_was_recorded_before_a_type_was_changed_is_not_asked_of_the_same_body() {
    let body = |does| format!("pub fn area(size: Size) -> Result<u32, ToolError> {{ {does} }}");
    let model = MockModel::new()
        .reply("area", body("Ok(60 / size.wide)"))
        .reply("area", body("Ok(60 / size.wide)"))
        .reply("area", body("Ok(60 / size.wide.max(1))"));
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(changed::area(changed::Size { wide: 2 }).unwrap(), 30);
    let next = anvil.reopen(model);
    let area = |wide| changed::since::area(changed::since::Size { wide, high: 1 });
    assert_eq!(area(3).unwrap(), 20);
    assert_eq!(area(0).unwrap(), 60);
    assert_eq!(version(&next, "area"), "2.1");
}
