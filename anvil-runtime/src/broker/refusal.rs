//! The three kinds of no.

use anvil_core::ask::Refusal;
use anvil_core::failure::ToolErrorKind;

/// It asks for what it may not have.
pub(super) fn denied(message: impl Into<String>) -> Refusal {
    refusal(ToolErrorKind::Denied, message)
}

/// It asks for what there is not.
pub(super) fn failed(message: impl Into<String>) -> Refusal {
    refusal(ToolErrorKind::Failed, message)
}

/// It asks rightly, and in vain.
pub(super) fn unavailable(message: impl Into<String>) -> Refusal {
    refusal(ToolErrorKind::Unavailable, message)
}

pub(super) fn refusal(kind: ToolErrorKind, message: impl Into<String>) -> Refusal {
    Refusal {
        kind,
        message: message.into(),
    }
}
