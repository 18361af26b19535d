//! What a process that runs a tool's body may use.

use crate::amount::ByteSize;
use std::time::{Duration, Instant};

/// With less, a process that runs a body does not get as far as running it.
pub(crate) const LEAST_MEMORY: ByteSize = ByteSize::new(16_000_000);

/// When `limit` will have passed since `start`. A limit beyond what a clock can show is as good as a century.
pub(super) fn after(start: Instant, limit: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    start + limit.min(CENTURY)
}

/// The limits of a tool. They hold where it has a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How long one call may take; never zero.
    pub(crate) timeout: Duration,
    /// How many bytes the process may use; at least [`LEAST_MEMORY`].
    pub(crate) memory: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::Isolation;
    use crate::spec::ToolSpec;
    use crate::testing::{MockModel, TestAnvil};

    #[test]
    fn a_limit_may_be_as_long_as_anyone_likes() {
        let start = Instant::now();
        assert_eq!(
            after(start, Duration::from_secs(1)),
            start + Duration::from_secs(1)
        );
        assert!(after(start, Duration::MAX) > start + Duration::from_secs(1_000_000_000));
    }

    #[test]
    fn a_tools_own_level_and_limits_go_before_the_settings() {
        let anvil = TestAnvil::configure(MockModel::new(), |builder| {
            builder
                .isolation(Isolation::InProcess)
                .timeout(Duration::from_secs(5))
                .memory(100_000_000)
        });
        let of = |spec: &ToolSpec| {
            let Limits { timeout, memory } = anvil.engine().limits(spec);
            (anvil.engine().level(spec), timeout.as_secs(), memory)
        };
        let spec = || ToolSpec::new("x", "x", "Do it", "");
        assert_eq!(of(&spec()), (Isolation::InProcess, 5, 100_000_000));
        assert_eq!(
            of(&spec()
                .isolation(Isolation::Worker)
                .timeout(Duration::from_secs(1))
                .memory(20_000_000)),
            (Isolation::Worker, 1, 20_000_000)
        );
    }
}
