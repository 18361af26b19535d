//! [`Usage`]: what requests used, in tokens.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// What requests used, in tokens; 0 where the model did not say. It is the same for all providers, whatever each of them
/// counts where: cached tokens are a part of the input, and thinking is a part of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens that the model read.
    pub input_tokens: u64,
    /// Tokens that it wrote.
    pub output_tokens: u64,
    /// Those of the input that it had in its cache, which is cheaper.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read_tokens: u64,
    /// Those of the input that it has put into its cache, which some providers charge more for.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write_tokens: u64,
    /// Those of the output that it thought and did not say.
    #[serde(skip_serializing_if = "is_zero")]
    pub thinking_tokens: u64,
    /// Whether some of it is an estimate, because an answer was lost or did not say what it used.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Usage {
    /// So many tokens read and written.
    #[must_use]
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            ..Self::default()
        }
    }

    /// Says how many of the tokens that were read were in the cache, and how many were put there.
    #[must_use]
    pub fn with_cache(self, cache_read_tokens: u64, cache_write_tokens: u64) -> Self {
        Self {
            cache_read_tokens,
            cache_write_tokens,
            ..self
        }
    }

    /// Says how many of the tokens that were written were thought.
    #[must_use]
    pub fn with_thinking(self, thinking_tokens: u64) -> Self {
        Self {
            thinking_tokens,
            ..self
        }
    }

    /// What was read and written, together.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// Marks it as an estimate.
    pub(crate) fn estimated(self) -> Self {
        Self {
            estimated: true,
            ..self
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        let Self {
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            thinking_tokens,
            estimated,
        } = other;
        for (sum, number) in [
            (&mut self.input_tokens, input_tokens),
            (&mut self.output_tokens, output_tokens),
            (&mut self.cache_read_tokens, cache_read_tokens),
            (&mut self.cache_write_tokens, cache_write_tokens),
            (&mut self.thinking_tokens, thinking_tokens),
        ] {
            *sum = sum.saturating_add(number);
        }
        self.estimated = self.estimated || estimated;
    }
}
