//! [`ModelRequest`]: what a model is asked.

/// A request, in parts that change ever more often: a provider can cache what comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelRequest {
    /// The tool that it is about.
    pub tool: String,
    /// The rules: the same for every request.
    pub system: String,
    /// What was declared: the same for every request about one tool.
    pub declaration: String,
    /// What to do now.
    pub task: String,
    /// Whether little is left to try: it is the last attempt that the tool may make, or the last request of an attempt
    /// at a first body. An [`Escalation`](crate::models::Escalation) has its strong model answer these; a model of your own
    /// may do better here by itself.
    pub last: bool,
}

impl ModelRequest {
    /// The whole request as one text.
    #[must_use]
    pub fn text(&self) -> String {
        let Self {
            system,
            declaration,
            task,
            ..
        } = self;
        format!("{system}\n\n{declaration}\n\n{task}")
    }

    /// How many tokens it is, roughly.
    pub(crate) fn estimated_tokens(&self) -> u64 {
        let parts = [&self.system, &self.declaration, &self.task];
        parts.into_iter().map(|part| estimated_tokens(part)).sum()
    }
}

/// How many tokens a text is, roughly: code and English are some three to four bytes a token, so that this is rather too
/// many than too few.
pub(crate) fn estimated_tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(3)
}
