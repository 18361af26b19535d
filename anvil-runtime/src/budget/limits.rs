//! The limits, and what it says when one is reached.

use super::spent::{Amount, Item, Spent};
use super::usd::Usd;
use crate::config::{Config, variable};
use crate::error::{Error, ErrorKind};
use std::cmp::Reverse;

/// One limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// The setting that it is made with.
    setting: &'static str,
    scope: Scope,
    most: Most,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Heal,
    /// For each tool, each day.
    Tool,
    Day,
}

#[derive(Debug, Clone, Copy)]
enum Most {
    Tokens(u64),
    Usd(Usd),
}

/// More that something was spent on is not named.
const NAMED: usize = 5;

/// All limits that are set.
pub(super) fn limits(config: &Config) -> Vec<Limit> {
    let limit = |setting, scope, most| Limit {
        setting,
        scope,
        most,
    };
    let tokens = |setting, scope, most: Option<u64>| {
        most.map(|most| limit(setting, scope, Most::Tokens(most)))
    };
    let usd =
        |setting, scope, most: Option<Usd>| most.map(|most| limit(setting, scope, Most::Usd(most)));
    let all = [
        tokens("tokens_per_heal", Scope::Heal, config.tokens_per_heal),
        tokens("tokens_per_tool", Scope::Tool, config.tokens_per_tool),
        tokens("tokens_per_day", Scope::Day, Some(config.tokens_per_day)),
        usd("usd_per_heal", Scope::Heal, config.usd_per_heal),
        usd("usd_per_tool", Scope::Tool, config.usd_per_tool),
        usd("usd_per_day", Scope::Day, config.usd_per_day),
    ];
    all.into_iter().flatten().collect()
}

/// Whether a limit is one of money.
pub(super) fn has_usd(limits: &[Limit]) -> bool {
    let mut limits = limits.iter();
    limits.any(|limit| matches!(limit.most, Most::Usd(_)))
}

/// Refuses a request that may take `next` where that is more than a limit leaves.
pub(super) fn check(
    limits: &[Limit],
    tool: &str,
    heal: &Spent,
    day: &Spent,
    next: Amount,
) -> Result<(), Error> {
    for limit in limits {
        let of_tool;
        let spent = match limit.scope {
            Scope::Heal => heal,
            Scope::Day => day,
            Scope::Tool => {
                of_tool = day.on(tool);
                &of_tool
            }
        };
        if !limit.leaves_room(spent.total(), next) {
            return Err(limit.refusal(tool, spent, next));
        }
    }
    Ok(())
}

impl Limit {
    fn leaves_room(&self, spent: Amount, next: Amount) -> bool {
        match self.most {
            Most::Tokens(most) => spent.tokens.saturating_add(next.tokens) <= most,
            // What has no price may cost anything: it does not fit where nothing is left.
            Most::Usd(most) if next.unpriced > 0 => spent.usd < most,
            Most::Usd(most) => spent.usd.saturating_add(next.usd) <= most,
        }
    }

    fn refusal(&self, tool: &str, spent: &Spent, next: Amount) -> Error {
        let setting = self.setting;
        let (a_period, this_period) = match self.scope {
            Scope::Heal => ("a heal", "on this one"),
            Scope::Tool => ("a tool and day", "on it today"),
            Scope::Day => ("a day", "today"),
        };
        let total = spent.total();
        let (most, spent_words, next_words) = match self.most {
            Most::Tokens(most) => (
                format!("{} tokens", grouped(most)),
                format!("{} are spent", grouped(total.tokens)),
                format!("the next request may take {}", grouped(next.tokens)),
            ),
            Most::Usd(most) => (
                most.to_string(),
                format!("{} is spent", total.usd),
                match next.unpriced {
                    0 => format!("the next request may cost {}", next.usd),
                    _ => "what the next request costs is unknown".to_owned(),
                },
            ),
        };
        let on_what = match self.told(spent) {
            told if told.is_empty() => String::new(),
            told => format!(" ({told})"),
        };
        let message = format!(
            "`{tool}` needs a new body, but `{setting}` allows {most} for {a_period}: \
             {spent_words} {this_period}{on_what}, and {next_words}"
        );
        let raise = format!(
            "to allow more, raise `{setting}` on the builder or in `anvil.toml`, or {}",
            variable(setting)
        );
        Error::new(ErrorKind::Budget, message).with_help(match self.scope {
            Scope::Heal => raise,
            Scope::Tool | Scope::Day => format!("a new day begins at 00:00 UTC; {raise}"),
        })
    }

    /// On what most was spent.
    fn told(&self, spent: &Spent) -> String {
        let in_usd = matches!(self.most, Most::Usd(_));
        let weight = |amount: &Amount| match in_usd {
            true => amount.usd.as_nanos(),
            false => amount.tokens,
        };
        let mut items: Vec<_> = spent.items().collect();
        items.retain(|(_, amount)| weight(amount) > 0);
        items.sort_by_key(|(_, amount)| Reverse(weight(amount)));
        let mut told: Vec<String> = items
            .iter()
            .take(NAMED)
            .map(|(Item { tool, model }, amount)| {
                let much = match in_usd {
                    true => amount.usd.to_string(),
                    false => grouped(amount.tokens),
                };
                match model {
                    Some(model) => format!("`{tool}` with {model} {much}"),
                    None => format!("`{tool}` in requests without an answer so far {much}"),
                }
            })
            .collect();
        match items.len().saturating_sub(NAMED) {
            0 => {}
            others => told.push(format!("{others} more")),
        }
        let unpriced = spent.total().unpriced;
        if in_usd && unpriced > 0 {
            told.push(format!(
                "{} tokens without a known price are not in it",
                grouped(unpriced)
            ));
        }
        told.join(", ")
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const DOLLAR: Usd = Usd::from_dollars(1);

    fn tokens(scope: Scope, most: u64) -> Limit {
        let setting = match scope {
            Scope::Heal => "tokens_per_heal",
            Scope::Tool => "tokens_per_tool",
            Scope::Day => "tokens_per_day",
        };
        let most = Most::Tokens(most);
        Limit {
            setting,
            scope,
            most,
        }
    }

    fn usd(most: Usd) -> Limit {
        Limit {
            setting: "usd_per_day",
            scope: Scope::Day,
            most: Most::Usd(most),
        }
    }

    fn spent(items: &[(&str, Option<&str>, u64, Option<Usd>)]) -> Spent {
        let mut spent = Spent::default();
        for (tool, model, tokens, usd) in items {
            spent.add(tool, *model, Amount::new(*tokens, *usd));
        }
        spent
    }

    fn refused(limit: Limit, heal: &Spent, day: &Spent, next: Amount) -> Option<Error> {
        check(&[limit], "a", heal, day, next).err()
    }

    #[test]
    fn a_request_that_may_take_what_is_left_is_made_and_one_that_may_take_more_is_not() {
        let heal = spent(&[("a", Some("m"), 10, Some(DOLLAR))]);
        let day = spent(&[
            ("a", Some("m"), 20, Some(DOLLAR)),
            ("b", Some("m"), 70, None),
        ]);
        let next = Amount::new(5, Some(DOLLAR));
        for (limit, fits) in [
            (tokens(Scope::Heal, 15), true),
            (tokens(Scope::Heal, 14), false),
            (tokens(Scope::Tool, 25), true),
            (tokens(Scope::Tool, 24), false),
            (tokens(Scope::Day, 95), true),
            (tokens(Scope::Day, 94), false),
            (tokens(Scope::Day, 0), false),
            (usd(Usd::from_dollars(2)), true),
            (usd(Usd::from_cents(199)), false),
            (usd(Usd::default()), false),
        ] {
            assert_eq!(
                refused(limit, &heal, &day, next).is_none(),
                fits,
                "{limit:?}"
            );
        }
    }

    #[test]
    fn what_has_no_known_price_is_asked_as_long_as_money_is_left() {
        let nothing = Spent::default();
        let unknown = Amount::new(5, None);
        let free = Amount::new(5, Some(Usd::default()));
        assert!(refused(usd(DOLLAR), &nothing, &nothing, unknown).is_none());
        assert!(refused(usd(Usd::default()), &nothing, &nothing, unknown).is_some());
        assert!(refused(usd(Usd::default()), &nothing, &nothing, free).is_none());
    }

    fn check_words(error: Option<Error>, expected: Expect) {
        expected.assert_eq(&format!("{:?}", error.unwrap()));
    }

    #[test]
    fn a_refusal_says_what_was_spent_on_what_and_what_to_do() {
        let nothing = Spent::default();
        let day = spent(&[
            ("a", Some("opus"), 1_500_000, Some(DOLLAR)),
            ("a", None, 20_000, Some(Usd::from_nanos(4_200_000))),
            ("b", Some("local"), 470_000, None),
        ]);
        let next = Amount::new(12_345, Some(Usd::from_cents(12)));
        check_words(
            refused(tokens(Scope::Day, 2_000_000), &nothing, &day, next),
            expect![[r#"
                `a` needs a new body, but `tokens_per_day` allows 2,000,000 tokens for a day: 1,990,000 are spent today (`a` with opus 1,500,000, `b` with local 470,000, `a` in requests without an answer so far 20,000), and the next request may take 12,345
                  help: a new day begins at 00:00 UTC; to allow more, raise `tokens_per_day` on the builder or in `anvil.toml`, or ANVIL_TOKENS_PER_DAY"#]],
        );
        check_words(
            refused(usd(DOLLAR), &nothing, &day, next),
            expect![[r#"
                `a` needs a new body, but `usd_per_day` allows $1.00 for a day: $1.00 is spent today (`a` with opus $1.00, `a` in requests without an answer so far $0.0042, 470,000 tokens without a known price are not in it), and the next request may cost $0.12
                  help: a new day begins at 00:00 UTC; to allow more, raise `usd_per_day` on the builder or in `anvil.toml`, or ANVIL_USD_PER_DAY"#]],
        );
        check_words(
            refused(tokens(Scope::Heal, 10_000), &nothing, &day, next),
            expect![[r#"
                `a` needs a new body, but `tokens_per_heal` allows 10,000 tokens for a heal: 0 are spent on this one, and the next request may take 12,345
                  help: to allow more, raise `tokens_per_heal` on the builder or in `anvil.toml`, or ANVIL_TOKENS_PER_HEAL"#]],
        );
    }

    #[test]
    fn only_the_largest_are_named() {
        let mut day = Spent::default();
        for number in 1..=9 {
            let tool = format!("t{number}");
            day.add(&tool, Some("m"), Amount::new(number, None));
        }
        let error = refused(tokens(Scope::Day, 0), &day, &day, Amount::new(1, None));
        let words = error.unwrap().to_string();
        assert!(
            words.contains("(`t9` with m 9, `t8` with m 8, `t7` with m 7, `t6` with m 6, `t5` with m 5, 4 more)"),
            "{words}"
        );
    }
}
