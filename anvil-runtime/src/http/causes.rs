//! Why a request has no answer, out of an error that packs its causes into each other.

use crate::text::{one_line, shortened};
use std::error::Error;
use std::io;

/// More is not told of an error, in bytes.
const LONGEST_WORDS: usize = 300;

/// The error and what it came from.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut last = error;
    loop {
        // One that is merely packed would be passed over.
        let packed = last
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|packed| packed as &(dyn Error + 'static));
        match packed.or_else(|| last.source()) {
            Some(cause) => last = cause,
            None => return causes,
        }
        causes.push(last);
    }
}

/// The first cause of this type.
pub(crate) fn first<'e, E: Error + 'static>(causes: &[&'e (dyn Error + 'static)]) -> Option<&'e E> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}

/// Why there is no answer of `host`.
pub(crate) fn in_words(error: &reqwest::Error, host: &str) -> String {
    let causes = causes(error);
    let innermost = causes.last().map_or_else(String::new, ToString::to_string);
    let innermost = shortened(&one_line(&innermost), LONGEST_WORDS);
    match first::<rustls::Error>(&causes) {
        Some(error) => format!("no TLS with `{host}`: {error}"),
        None if error.is_dns() => format!("no address is known of `{host}`: {innermost}"),
        None if error.is_connect() && error.is_timeout() => {
            format!("no connection to `{host}`: it takes too long")
        }
        None => causes
            .iter()
            .find_map(|cause| io_words(*cause))
            .unwrap_or(innermost),
    }
}

/// What the system says, without its numbers.
fn io_words(cause: &(dyn Error + 'static)) -> Option<String> {
    let error: &io::Error = cause.downcast_ref()?;
    error.raw_os_error()?;
    Some(error.kind().to_string())
}
