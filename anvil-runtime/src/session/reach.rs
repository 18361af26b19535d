//! [`Reach`]: how far a run may reach.

/// Which requests a run may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All that the tool was declared with: a caller waits for the answer.
    Everything,
    /// What changes nothing: every candidate is tried with the same examples and earlier calls.
    Reading,
    /// None: nobody has approved the body.
    Nothing,
}

impl Reach {
    /// Whether a run may make a request with this method.
    ///
    /// # Errors
    /// With what the body is told where it may not. `line` is the request.
    pub(super) fn allows(self, method: &str, line: &str) -> Result<(), String> {
        match self {
            Self::Everything => Ok(()),
            Self::Reading if only_reads(method) => Ok(()),
            Self::Reading => Err(format!(
                "{line} is not made: examples and earlier calls are tried with each candidate, and may only read"
            )),
            Self::Nothing => Err(format!(
                "{line} is not made: nobody has approved the body that asks for it"
            )),
        }
    }
}

/// Whether requests with this method change nothing ([RFC 9110, 9.2.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1)).
fn only_reads(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method)
}

/// Whether making a request with this method twice comes to the same as making it once
/// ([RFC 9110, 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2)).
pub(super) fn may_be_repeated(method: &str) -> bool {
    only_reads(method) || ["PUT", "DELETE"].contains(&method)
}
