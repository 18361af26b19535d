//! Reads settings from the environment.

use super::settings::{Layer, PREFIX, variable, variables};
use super::value::Written;
use super::words::{nearest, told, wrong};
use crate::error::Error;
use std::ffi::{OsStr, OsString};

/// A variable that is empty is not set.
pub(crate) fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Layer, Error> {
    let mut layer = Layer::default();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        match variables().find(|(_, variable)| *variable == name) {
            Some((key, _)) => {
                let set = layer.set(key, &Written::Text(&value));
                set.map_err(|allowed| wrong_variable(name, &value, &allowed))?;
            }
            None => refuse_if_misspelt(name)?,
        }
    }
    Ok(layer)
}

/// Other variables with our prefix are somebody else's, unless they can only be meant for one of ours.
fn refuse_if_misspelt(name: &str) -> Result<(), Error> {
    let Some(key) = nearest(&name[PREFIX.len()..], 4) else {
        return Ok(());
    };
    let message = format!("{name} is set, and there is no such variable");
    Err(wrong(message).with_help(format!("call it {}, or unset it", variable(key))))
}

fn wrong_variable(name: &str, value: &OsStr, allowed: &str) -> Error {
    let value = value.to_string_lossy();
    let message = format!("{name} is `{}`, but takes {allowed}", told(&value));
    wrong(message).with_help("correct it, or unset it for the default")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn read(variables: &[(&str, &str)]) -> Result<Layer, Error> {
        let owned = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        from_environment(variables.iter().map(owned))
    }

    fn check(name: &str, value: &str, expected: Expect) {
        expected.assert_eq(&format!("{:?}", read(&[(name, value)]).unwrap_err()));
    }

    #[test]
    fn what_is_not_set_or_not_ours_is_passed_over() {
        let layer = read(&[
            ("ANVIL_OFFLINE", ""),
            ("ANVIL_MAX_HEAL_ATTEMTS", ""),
            ("ANVIL_API_KEY", "x"),
            ("ANVIL_CASSETTE", "x"),
            ("ANVIL_ONLINE", "x"),
            ("ANVIL", "x"),
            ("ANVIL_", "x"),
            ("OFFLINE", "1"),
        ]);
        let nothing = format!("{:?}", Layer::default());
        assert_eq!(format!("{:?}", layer.unwrap()), nothing);
    }

    #[test]
    fn a_wrong_variable_is_named_with_what_it_takes() {
        check(
            "ANVIL_OFFLINE",
            "yes please",
            expect![[r#"
            ANVIL_OFFLINE is `yes please`, but takes 1, true, 0 or false
              help: correct it, or unset it for the default"#]],
        );
        check(
            "ANVIL_MAX_HEAL_ATTEMPTS",
            "-1",
            expect![[r#"
            ANVIL_MAX_HEAL_ATTEMPTS is `-1`, but takes a whole number from 0 to 4294967295
              help: correct it, or unset it for the default"#]],
        );
        check(
            "ANVIL_HEAL_WAIT",
            "10",
            expect![[r#"
            ANVIL_HEAL_WAIT is `10`, but takes a duration such as 10s, 500ms or 2h
              help: correct it, or unset it for the default"#]],
        );
        check(
            "ANVIL_LOG_MAX_BYTES",
            &"9".repeat(100),
            expect![[r#"
                ANVIL_LOG_MAX_BYTES is `999999999999999999999999999999999999999999999999999999999999…`, but takes a whole number from 0 to 18446744073709551615
                  help: correct it, or unset it for the default"#]],
        );
        check(
            "ANVIL_MEMORY",
            "512",
            expect![[r#"
            ANVIL_MEMORY is `512`, but takes a size such as 512MB or 1GiB
              help: correct it, or unset it for the default"#]],
        );
        check(
            "ANVIL_ISOLATION",
            "none",
            expect![[r#"
            ANVIL_ISOLATION is `none`, but takes sandboxed, worker or in_process
              help: correct it, or unset it for the default"#]],
        );
    }

    #[test]
    fn a_misspelt_variable_is_told_its_right_name() {
        check(
            "ANVIL_MAX_HEAL_ATTEMTS",
            "3",
            expect![[r#"
            ANVIL_MAX_HEAL_ATTEMTS is set, and there is no such variable
              help: call it ANVIL_MAX_HEAL_ATTEMPTS, or unset it"#]],
        );
        check(
            "ANVIL_OFLINE",
            "1",
            expect![[r#"
            ANVIL_OFLINE is set, and there is no such variable
              help: call it ANVIL_OFFLINE, or unset it"#]],
        );
        check(
            "ANVIL_WATHC",
            "1",
            expect![[r#"
            ANVIL_WATHC is set, and there is no such variable
              help: call it ANVIL_WATCH, or unset it"#]],
        );
    }
}
