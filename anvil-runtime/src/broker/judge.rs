//! Judging a request: whether it may go where it goes, with what it carries.

use super::outgoing::Outgoing;
use super::refusal::denied;
use super::{Grant, StandIns};
use anvil_core::ask::{HttpAuth, HttpBody, Refusal};

/// Judges a request, a first one and one that a service redirected alike. Refused is what goes to a host that was not
/// declared, and what carries a secret to where it is not bound.
pub(super) fn judge(
    outgoing: &Outgoing,
    grant: &Grant,
    stand_ins: &StandIns,
) -> Result<(), Refusal> {
    let host = outgoing.url.host_str().unwrap_or_default();
    if stand_ins.are_in_any_case(host) {
        return Err(denied("a secret cannot be a part of a host's name"));
    }
    grant.admit(&outgoing.url)?;
    for name in carried(outgoing, stand_ins) {
        grant.admit_secret(name, &outgoing.url)?;
    }
    Ok(())
}

/// The names of the secrets that something in the request stands for.
pub(super) fn carried<'s>(outgoing: &Outgoing, stand_ins: &'s StandIns) -> Vec<&'s str> {
    let mut parts: Vec<&[u8]> = vec![
        outgoing.url.path().as_bytes(),
        outgoing.url.query().unwrap_or_default().as_bytes(),
    ];
    parts.extend(outgoing.headers.iter().map(|(_, value)| value.as_bytes()));
    match &outgoing.auth {
        None => {}
        Some(HttpAuth::Bearer(token)) => parts.push(token.as_bytes()),
        Some(HttpAuth::Basic(user, password)) => {
            parts.push(user.as_bytes());
            parts.extend(password.as_ref().map(String::as_bytes));
        }
    }
    match &outgoing.body {
        HttpBody::Empty => {}
        HttpBody::Json(json) => parts.push(json.as_bytes()),
        HttpBody::Bytes(bytes) => parts.push(bytes),
        HttpBody::Form(pairs) => {
            let pairs = pairs.iter().flat_map(|(name, value)| [name, value]);
            parts.extend(pairs.map(String::as_bytes));
        }
    }
    let mut names: Vec<&str> = parts
        .into_iter()
        .flat_map(|part| stand_ins.names_in(part))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
