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
        Cause::Panic | Cause::Answer | Cause::Contract => Verdict::Heal,
        Cause::Returned(ToolErrorKind::Failed | ToolErrorKind::Denied) => Verdict::Heal,
        Cause::Crash | Cause::Deadline | Cause::Memory | Cause::Denied | Cause::Breach => {
            Verdict::Heal
        }
        Cause::Returned(kind @ ToolErrorKind::Http(_)) if !kind.is_unavailable() => Verdict::Heal,
        // Also causes that this version does not know: no body is thrown away for them.
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
            (Cause::Contract, Verdict::Heal),
            (Cause::Crash, Verdict::Heal),
            (Cause::Deadline, Verdict::Heal),
            (Cause::Memory, Verdict::Heal),
            (Cause::Denied, Verdict::Heal),
            (Cause::Breach, Verdict::Heal),
            (returned(ToolErrorKind::Failed), Verdict::Heal),
            (returned(ToolErrorKind::Denied), Verdict::Heal),
            (returned(ToolErrorKind::Http(401)), Verdict::Heal),
            (returned(ToolErrorKind::Http(404)), Verdict::Heal),
            (returned(ToolErrorKind::Http(410)), Verdict::Heal),
            (returned(ToolErrorKind::Http(422)), Verdict::Heal),
            (returned(ToolErrorKind::Http(301)), Verdict::Heal),
            (returned(ToolErrorKind::Http(408)), Verdict::Return),
            (returned(ToolErrorKind::Http(429)), Verdict::Return),
            (returned(ToolErrorKind::Http(503)), Verdict::Return),
            (returned(ToolErrorKind::InvalidInput), Verdict::Return),
            (returned(ToolErrorKind::MissingCredential), Verdict::Return),
            (returned(ToolErrorKind::Unavailable), Verdict::Return),
            (Cause::Arguments, Verdict::Return),
        ] {
            assert_eq!(verdict(cause), wanted, "{cause:?}");
        }
    }
}
