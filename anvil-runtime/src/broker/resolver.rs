//! [`Resolver`]: from names to addresses that may be asked.
//!
//! What it leaves out is not connected to, whatever the name means a moment later.

use super::address::{is_local_name, is_public};
use reqwest::dns::{Name, Resolve, Resolving};
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use thiserror::Error;

/// Looks up the addresses of a name, and waits for them.
pub(super) type Lookup = fn(&str) -> io::Result<Vec<IpAddr>>;

/// As the system does.
pub(crate) fn system(name: &str) -> io::Result<Vec<IpAddr>> {
    let found = (name, 0).to_socket_addrs()?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Finds addresses of the public internet, and those others that were declared. Those of `localhost` are
/// this machine's.
pub(super) struct Resolver {
    pub(super) lookup: Lookup,
    /// Those that are not public, and may be asked.
    pub(super) declared: BTreeSet<IpAddr>,
}

/// No address of a name may be asked; this is one of them.
#[derive(Debug, Error)]
pub(super) enum NotAdmitted {
    /// One that has to be declared itself.
    #[error("`{0}` has the address {1} here, which is not public")]
    Private(String, IpAddr),
    /// One that is not this machine's.
    #[error("`{0}` has the address {1} here, which is not this machine's own")]
    Elsewhere(String, IpAddr),
}

impl Resolver {
    fn admits(&self, name: &str, address: IpAddr) -> bool {
        match is_local_name(name) {
            true => address.is_loopback(),
            false => is_public(address) || self.declared.contains(&address),
        }
    }

    fn judge(&self, name: &str, found: Vec<IpAddr>) -> Result<Vec<SocketAddr>, NotAdmitted> {
        let (admitted, refused): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|address| self.admits(name, *address));
        match refused.first() {
            Some(address) if admitted.is_empty() => Err(match is_local_name(name) {
                true => NotAdmitted::Elsewhere(name.to_owned(), *address),
                false => NotAdmitted::Private(name.to_owned(), *address),
            }),
            // The port is put in by whoever connects.
            _ => Ok(admitted
                .into_iter()
                .map(|address| SocketAddr::new(address, 0))
                .collect()),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let resolver = Self {
            lookup: self.lookup,
            declared: self.declared.clone(),
        };
        Box::pin(async move {
            let work = move || -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
                let found = (resolver.lookup)(&name)?;
                Ok(resolver.judge(&name, found)?)
            };
            let admitted = tokio::task::spawn_blocking(work).await??;
            Ok(Box::new(admitted.into_iter()) as _)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, declared: &[&str], found: &[&str], expected: Result<&[&str], &str>) {
        let read = |addresses: &[&str]| -> Vec<IpAddr> {
            let addresses = addresses.iter();
            addresses.map(|address| address.parse().unwrap()).collect()
        };
        let resolver = Resolver {
            lookup: system,
            declared: read(declared).into_iter().collect(),
        };
        let judged = resolver.judge(name, read(found));
        let judged = judged.map(|admitted| admitted.iter().map(SocketAddr::ip).collect());
        assert_eq!(
            judged.map_err(|error| error.to_string()),
            expected.map(read).map_err(str::to_owned)
        );
    }

    #[test]
    fn a_name_leads_to_public_addresses_only() {
        check(
            "a.com",
            &[],
            &["8.8.8.8", "::1", "10.0.0.1"],
            Ok(&["8.8.8.8"]),
        );
        check(
            "a.com",
            &[],
            &["169.254.169.254", "::1"],
            Err("`a.com` has the address 169.254.169.254 here, which is not public"),
        );
        check("a.com", &[], &[], Ok(&[]));
    }

    #[test]
    fn a_declared_address_may_have_a_name() {
        check(
            "a.com",
            &["10.0.0.5"],
            &["10.0.0.6", "10.0.0.5"],
            Ok(&["10.0.0.5"]),
        );
    }

    #[test]
    fn localhost_is_this_machine() {
        check(
            "localhost",
            &[],
            &["127.0.0.1", "::1"],
            Ok(&["127.0.0.1", "::1"]),
        );
        check(
            "api.localhost",
            &["10.0.0.5"],
            &["10.0.0.5"],
            Err("`api.localhost` has the address 10.0.0.5 here, which is not this machine's own"),
        );
    }
}
