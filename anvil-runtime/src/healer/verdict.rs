//! Which failures a new body can cure.

use anvil_core::failure::{Cause, ToolErrorKind};

/// What a failure asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body is wrong.
    Heal,
    /// The body may be right: the caller is told.
    Return,
}

pub(crate) fn verdict(cause: Cause) -> Verdict {
    match cause {
        Cause::Panic | Cause::Answer | Cause::Returned(ToolErrorKind::Failed) => Verdict::Heal,
        Cause::Returned(
            ToolErrorKind::InvalidInput
            | ToolErrorKind::MissingCredential
            | ToolErrorKind::Unavailable,
        )
        | Cause::Arguments => Verdict::Return,
        // Causes that this version does not know: no body is thrown away for them.
        _ => Verdict::Return,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_healed_for_its_own_faults_only() {
        let returned = Cause::Returned;
        for (cause, wanted) in [
            (Cause::Panic, Verdict::Heal),
            (Cause::Answer, Verdict::Heal),
            (returned(ToolErrorKind::Failed), Verdict::Heal),
            (returned(ToolErrorKind::InvalidInput), Verdict::Return),
            (returned(ToolErrorKind::MissingCredential), Verdict::Return),
            (returned(ToolErrorKind::Unavailable), Verdict::Return),
            (Cause::Arguments, Verdict::Return),
        ] {
            assert_eq!(verdict(cause), wanted, "{cause:?}");
        }
    }
}
