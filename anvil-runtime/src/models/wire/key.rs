//! [`Key`]: what a provider knows its customers by.

use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// A key, and the header that it goes into.
#[derive(Clone)]
pub(in crate::models) struct Key {
    secret: SecretString,
    header: &'static str,
    before: &'static str,
}

impl Key {
    /// `Authorization: Bearer …`
    pub(in crate::models) fn bearer(secret: SecretString) -> Self {
        Self {
            secret,
            header: "authorization",
            before: "Bearer ",
        }
    }

    /// A header of its own.
    pub(in crate::models) fn in_header(header: &'static str, secret: SecretString) -> Self {
        Self {
            secret,
            header,
            before: "",
        }
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Shows it; nothing where no header can hold it.
    pub(super) fn put_into(&self, headers: &mut HeaderMap) -> Option<()> {
        let text = format!("{}{}", self.before, self.secret.expose_secret().trim());
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        headers.insert(self.header, value);
        Some(())
    }
}
