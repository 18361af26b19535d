//! Which values of a setting make sense, wherever they were written.

use super::settings::{Config, ConfigEntry, ConfigSource};
use super::words::wrong;
use crate::amount::ByteSize;
use crate::error::Error;
use crate::isolation::LEAST_MEMORY;

/// With less, rustc does not start.
const LEAST_BUILD_MEMORY: ByteSize = ByteSize::new(512_000_000);

impl Config {
    /// Refuses what nothing could work with. Of several mistakes the first is told.
    pub(super) fn check(&self) -> Result<(), Error> {
        let some_time = "more than no time";
        let at_least = |size: ByteSize| format!("at least {size}");
        for (key, fits, takes) in [
            ("timeout", !self.timeout.is_zero(), some_time),
            ("build_timeout", !self.build_timeout.is_zero(), some_time),
            ("breaker_window", !self.breaker_window.is_zero(), some_time),
            (
                "memory",
                self.memory >= LEAST_MEMORY,
                &at_least(LEAST_MEMORY),
            ),
            (
                "build_memory",
                self.build_memory >= LEAST_BUILD_MEMORY,
                &at_least(LEAST_BUILD_MEMORY),
            ),
            (
                "workers_per_version",
                self.workers_per_version > 0,
                "at least 1",
            ),
            ("breaker_deaths", self.breaker_deaths > 0, "at least 1"),
        ] {
            if !fits {
                return Err(self.out_of_bounds(key, takes));
            }
        }
        Ok(())
    }

    fn out_of_bounds(&self, key: &str, takes: &str) -> Error {
        let mut entries = self.entries().into_iter();
        let entry = entries.find(|entry| entry.key == key);
        let said = entry.map(|ConfigEntry { value, source, .. }| match source {
            ConfigSource::Environment(variable) => format!("{variable} is `{value}`"),
            ConfigSource::File(path) => format!("`{}`: `{key}` is `{value}`", path.display()),
            ConfigSource::Builder | ConfigSource::Default => format!("`{key}` is `{value}`"),
        });
        wrong(format!("{}, but takes {takes}", said.unwrap_or_default()))
            .with_help("correct it, or leave it out for the default")
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Layer;
    use super::*;
    use expect_test::{Expect, expect};
    use std::time::Duration;

    fn told(layer: Layer, source: &ConfigSource) -> String {
        let config = Config::of(&mut [(layer, &|_| source.clone())]);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_make_sense() {
        Config::of(&mut []).check().unwrap();
    }

    #[test]
    fn what_nothing_could_work_with_is_refused_wherever_it_was_written() {
        let check = |source: ConfigSource, expected: Expect| {
            let layer = Layer {
                memory: Some(ByteSize::new(1_000_000)),
                ..Layer::default()
            };
            expected.assert_eq(&told(layer, &source));
        };
        check(
            ConfigSource::Builder,
            expect!["`memory` is `1MB`, but takes at least 16MB"],
        );
        check(
            ConfigSource::Environment("ANVIL_MEMORY"),
            expect!["ANVIL_MEMORY is `1MB`, but takes at least 16MB"],
        );
        check(
            ConfigSource::File("/ws/anvil.toml".into()),
            expect!["`/ws/anvil.toml`: `memory` is `1MB`, but takes at least 16MB"],
        );
    }

    #[test]
    fn no_time_no_workers_and_no_deaths_are_refused() {
        let with = |change: fn(&mut Layer)| {
            let mut layer = Layer::default();
            change(&mut layer);
            layer
        };
        for (layer, words) in [
            (
                with(|it| it.timeout = Some(Duration::ZERO)),
                "`timeout` is `0s`, but takes more than no time",
            ),
            (
                with(|it| it.build_timeout = Some(Duration::ZERO)),
                "`build_timeout` is `0s`",
            ),
            (
                with(|it| it.breaker_window = Some(Duration::ZERO)),
                "`breaker_window` is `0s`",
            ),
            (
                with(|it| it.build_memory = Some(LEAST_MEMORY)),
                "`build_memory` is `16MB`, but takes at least 512MB",
            ),
            (
                with(|it| it.workers_per_version = Some(0)),
                "`workers_per_version` is `0`, but takes at least 1",
            ),
            (
                with(|it| it.breaker_deaths = Some(0)),
                "`breaker_deaths` is `0`, but takes at least 1",
            ),
        ] {
            let told = told(layer, &ConfigSource::Builder);
            assert!(told.starts_with(words), "{told}");
        }
    }
}
