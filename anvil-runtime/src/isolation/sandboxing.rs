//! Whether there is a sandbox here, as far as it is known, and what that means for those who want one.

use super::Isolation;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known about the sandbox. Nobody asks before it is needed: the first process that is started in it says.
#[derive(Debug)]
pub(crate) struct Sandboxing {
    /// Whether the user would rather go on without than not at all.
    may_degrade: bool,
    missing: OnceLock<String>,
    announced: AtomicBool,
}

/// There is no sandbox, and the user does not go on without.
#[derive(Debug)]
pub(crate) struct NoSandbox(pub(crate) String);

impl Sandboxing {
    pub(crate) fn new(may_degrade: bool) -> Self {
        Self {
            may_degrade,
            missing: OnceLock::new(),
            announced: AtomicBool::new(false),
        }
    }

    /// The level in use where `wanted` was asked for.
    pub(crate) fn level(&self, wanted: Isolation) -> Isolation {
        match wanted {
            Isolation::Sandboxed if !self.is_possible() => Isolation::Worker,
            level => level,
        }
    }

    /// Whether it is worth to try it.
    pub(crate) fn is_possible(&self) -> bool {
        self.missing.get().is_none()
    }

    /// A process that was to shut its doors said that it cannot, for want of `what`.
    ///
    /// # Errors
    /// When there is nothing else to try.
    pub(crate) fn lacks(&self, what: &str) -> Result<(), NoSandbox> {
        if !self.may_degrade {
            return Err(NoSandbox(what.to_owned()));
        }
        let _ = self.missing.set(what.to_owned());
        Ok(())
    }

    /// What is missing, once, where it makes a difference.
    pub(crate) fn announce(&self) -> Option<&str> {
        let missing = self.missing.get()?;
        (!self.announced.swap(true, Ordering::Relaxed)).then_some(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_sandbox_nothing_runs_unless_the_user_would_rather_go_on() {
        let strict = Sandboxing::new(false);
        assert!(strict.lacks("Landlock").is_err());
        assert_eq!(strict.level(Isolation::Sandboxed), Isolation::Sandboxed);
        assert_eq!(strict.announce(), None);

        let lenient = Sandboxing::new(true);
        assert_eq!(lenient.level(Isolation::Sandboxed), Isolation::Sandboxed);
        lenient.lacks("Landlock").unwrap();
        assert_eq!(lenient.level(Isolation::Sandboxed), Isolation::Worker);
        assert_eq!(lenient.level(Isolation::InProcess), Isolation::InProcess);
        assert_eq!(lenient.announce(), Some("Landlock"));
        assert_eq!(lenient.announce(), None, "it is said once");
    }
}
