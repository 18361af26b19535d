//! Reads settings from the text of `anvil.toml`.

use super::settings::{KEYS, Layer};
use super::value::Written;
use super::words::{nearest, shortened, told, wrong};
use crate::budget::prices_in;
use crate::error::Error;
use std::ops::Range;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Of several mistakes the first is told. Paths are relative to the folder that the file lies in.
pub(crate) fn from_file(path: &Path, text: &str) -> Result<Layer, Error> {
    let place_of = |span: Range<usize>| {
        let line = text[..span.start].matches('\n').count() + 1;
        format!("`{}` line {line}", path.display())
    };
    let table = DeTable::parse(text).map_err(|error| {
        let place = place_of(error.span().unwrap_or_default());
        let message = format!("{place} is not TOML: {}", error.message());
        wrong(message).with_help("see https://toml.io, or remove the line")
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut settings: Vec<_> = table.get_ref().iter().collect();
    settings.sort_by_key(|(key, _)| key.span().start);
    let mut layer = Layer::default();
    for (key, value) in settings {
        let place = place_of(key.span());
        let name: &str = key.get_ref();
        if !KEYS.contains(&name) {
            return Err(unknown_key(&place, name));
        }
        let (span, value) = (value.span(), value.get_ref());
        if let ("prices", DeValue::Table(prices)) = (name, value) {
            // A table has more than one line to be wrong in.
            prices_in(prices).map_err(|(span, words)| {
                wrong(format!("{}: {words}", place_of(span)))
                    .with_help("correct it, or leave it out")
            })?;
        }
        layer
            .set(name, &Written::Toml { value, folder })
            .map_err(|allowed| {
                let found = found(value, &text[span]);
                wrong(format!("{place}: `{name}` is {found}, but takes {allowed}"))
                    .with_help("correct it, or leave it out for the default")
            })?;
    }
    Ok(layer)
}

fn unknown_key(place: &str, key: &str) -> Error {
    let help = match nearest(key, 3) {
        Some(right) => format!("write `{right}`"),
        None => format!("the settings are {}", KEYS.join(", ")),
    };
    wrong(format!("{place}: there is no setting `{}`", shortened(key))).with_help(help)
}

/// A wrong value as an error names it.
fn found(value: &DeValue<'_>, written: &str) -> String {
    match value {
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::Array(_) => "an array".to_owned(),
        _ => format!("`{}`", told(written)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let error = from_file(Path::new("/ws/anvil.toml"), text).unwrap_err();
        expected.assert_eq(&format!("{error:?}"));
    }

    #[test]
    fn a_wrong_value_in_the_file_is_named_with_its_line_and_what_it_takes() {
        check(
            "# first\noffline = \"yes\"",
            expect![[r#"
            `/ws/anvil.toml` line 2: `offline` is `"yes"`, but takes true or false
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "max_heal_attempts = -1",
            expect![[r#"
            `/ws/anvil.toml` line 1: `max_heal_attempts` is `-1`, but takes a whole number from 0 to 4294967295
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "events_kept = 1.5",
            expect![[r#"
            `/ws/anvil.toml` line 1: `events_kept` is `1.5`, but takes a whole number from 0 to 18446744073709551615
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "heal_wait = 10",
            expect![[r#"
            `/ws/anvil.toml` line 1: `heal_wait` is `10`, but takes a duration such as "10s", "500ms" or "2h"
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "heal_window = \"soon\"",
            expect![[r#"
            `/ws/anvil.toml` line 1: `heal_window` is `"soon"`, but takes a duration such as "10s", "500ms" or "2h"
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "memory = 512",
            expect![[r#"
            `/ws/anvil.toml` line 1: `memory` is `512`, but takes a size such as "512MB" or "1GiB"
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "isolation = \"in-process\"",
            expect![[r#"
            `/ws/anvil.toml` line 1: `isolation` is `"in-process"`, but takes "sandboxed", "worker" or "in_process"
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "approval = true",
            expect![[r#"
            `/ws/anvil.toml` line 1: `approval` is `true`, but takes "none" or "review"
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "tools_dir = \"\"",
            expect![[r#"
            `/ws/anvil.toml` line 1: `tools_dir` is `""`, but takes a path in quotes
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "watch = true\n\n[tools_dir]\na = 1",
            expect![[r#"
            `/ws/anvil.toml` line 3: `tools_dir` is a table, but takes a path in quotes
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "log_file = [\n  \"a\",\n]",
            expect![[r#"
            `/ws/anvil.toml` line 1: `log_file` is an array, but takes a path in quotes
              help: correct it, or leave it out for the default"#]],
        );
    }

    #[test]
    fn a_wrong_price_is_told_with_its_own_line() {
        check(
            "[prices.a]\ninput = 3\noutput = 15\n\n[prices.\"b.c\"]\ninput = 3\nouput = 15",
            expect![[r#"
                `/ws/anvil.toml` line 7: the price of `b.c` has no `ouput`, but input, output, cache_read and cache_write
                  help: correct it, or leave it out"#]],
        );
        check(
            "usd_per_day = 5\n\n[prices.a]\ninput = 3\noutput = \"much\"",
            expect![[r#"
                `/ws/anvil.toml` line 5: `output` of `a` takes dollars for a million tokens, such as 2.5 or "0.075"
                  help: correct it, or leave it out"#]],
        );
        check(
            "prices = { a = { input = 3 } }",
            expect![[r#"
            `/ws/anvil.toml` line 1: the price of `a` takes both input and output
              help: correct it, or leave it out"#]],
        );
        check(
            "[prices]\na = 3",
            expect![[r#"
            `/ws/anvil.toml` line 2: the price of `a` is a table: `{ input = 3, output = 15 }`
              help: correct it, or leave it out"#]],
        );
        check(
            "prices = 3",
            expect![[r#"
            `/ws/anvil.toml` line 1: `prices` is `3`, but takes prices in TOML, in dollars for a million tokens, such as my-model = { input = 3, output = 15 }
              help: correct it, or leave it out for the default"#]],
        );
        check(
            "usd_per_day = -1",
            expect![[r#"
            `/ws/anvil.toml` line 1: `usd_per_day` is `-1`, but takes a number of dollars such as 5 or 0.50
              help: correct it, or leave it out for the default"#]],
        );
    }

    #[test]
    fn an_unknown_key_is_told_the_nearest_or_all() {
        check(
            "offline = true\nmax_heal_attemts = 3\nother = 1",
            expect![[r#"
                `/ws/anvil.toml` line 2: there is no setting `max_heal_attemts`
                  help: write `max_heal_attempts`"#]],
        );
        check(
            "tools-dir = \"x\"",
            expect![[r#"
            `/ws/anvil.toml` line 1: there is no setting `tools-dir`
              help: write `tools_dir`"#]],
        );
        check(
            "[model]\nname = \"x\"",
            expect![[r#"
                `/ws/anvil.toml` line 1: `model` is a table, but takes a name in quotes
                  help: correct it, or leave it out for the default"#]],
        );
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        check(
            "offline = true\noffline true",
            expect![[r#"
            `/ws/anvil.toml` line 2 is not TOML: key with no value, expected `=`
              help: see https://toml.io, or remove the line"#]],
        );
        check(
            "offline = true\noffline = false",
            expect![[r#"
            `/ws/anvil.toml` line 2 is not TOML: duplicate key
              help: see https://toml.io, or remove the line"#]],
        );
        check(
            "tools_dir = \"x",
            expect![[r#"
            `/ws/anvil.toml` line 1 is not TOML: invalid basic string, expected `"`
              help: see https://toml.io, or remove the line"#]],
        );
    }
}
