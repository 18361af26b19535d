//! A URL as it may be shown.

use url::Url;

/// Without what may be a secret in it: a user, a password, a query.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // They fail for a URL that has no host, and so neither of the two.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.to_string()
}
