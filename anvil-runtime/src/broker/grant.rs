//! [`Grant`]: where the bodies of a tool may send requests, and which secrets where.

use super::address::{is_local, is_public};
use super::host::{HostError, HostPattern};
use super::refusal::denied;
use anvil_core::ask::Refusal;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use url::Url;

/// What a tool was declared with. Nothing that happens later widens it.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The tool's name.
    tool: String,
    /// Where requests may go, beside where secrets may.
    hosts: Vec<HostPattern>,
    /// Where each secret may go, by its name.
    secrets: BTreeMap<String, Vec<HostPattern>>,
}

impl Grant {
    /// What was declared for `tool`: its hosts, and the hosts of each of its secrets, whose names are identifiers.
    ///
    /// # Errors
    /// When something that was declared is no host.
    pub(crate) fn new(
        tool: &str,
        hosts: &[String],
        secrets: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, HostError> {
        let secrets = secrets
            .iter()
            .map(|(name, hosts)| Ok((name.clone(), read(hosts)?)));
        Ok(Self {
            tool: tool.to_owned(),
            hosts: read(hosts)?,
            secrets: secrets.collect::<Result<_, HostError>>()?,
        })
    }

    /// The names of the secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    /// Judges whether a request may go there.
    pub(super) fn admit(&self, url: &Url) -> Result<(), Refusal> {
        if self.hosts().any(|host| host.admits(url)) {
            return Ok(());
        }
        let tool = &self.tool;
        let asked = declared(url);
        let why = match listed(self.hosts()) {
            None => format!("`{asked}` may not be asked: `{tool}` was declared without hosts"),
            Some(hosts) => format!(
                "`{asked}` is not among the hosts that `{tool}` was declared with ({hosts})"
            ),
        };
        Err(denied(format!("{why}: add it with `hosts(\"{asked}\")`")))
    }

    /// Judges whether the secret called `name` may go there.
    pub(super) fn admit_secret(&self, name: &str, url: &Url) -> Result<(), Refusal> {
        let bound = self.secrets.get(name).map_or(&[][..], Vec::as_slice);
        let mut admitting = bound.iter().filter(|host| host.admits(url)).peekable();
        let asked = declared(url);
        if admitting.peek().is_none() {
            let bound = listed(bound).unwrap_or_else(|| "no host".to_owned());
            return Err(denied(format!(
                "the secret {name} would go to `{asked}`, and is bound to {bound}: bind it there with \
                 `secrets({name} = \"{asked}\")`"
            )));
        }
        // Whoever declares a port means this very service.
        if url.scheme() == "https" || is_local(url) || admitting.any(HostPattern::has_port) {
            return Ok(());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        Err(denied(format!(
            "the secret {name} would go to `{asked}` in clear: use https, or bind it to the port with \
             `secrets({name} = \"{asked}:{port}\")`"
        )))
    }

    /// The addresses beyond the public internet that a name may have, as they were declared themselves, for this port.
    pub(super) fn private_addresses(&self, url: &Url) -> BTreeSet<IpAddr> {
        self.hosts()
            .filter(|host| host.admits_port(url))
            .filter_map(HostPattern::address)
            .filter(|address| !is_public(*address))
            .collect()
    }

    fn hosts(&self) -> impl Iterator<Item = &HostPattern> {
        self.hosts.iter().chain(self.secrets.values().flatten())
    }
}

fn read(hosts: &[String]) -> Result<Vec<HostPattern>, HostError> {
    hosts.iter().map(|host| host.parse()).collect()
}

/// How the URL's host is declared.
fn declared(url: &Url) -> String {
    HostPattern::of(url).map_or_else(String::new, |host| host.to_string())
}

/// The hosts, each once, if there are any.
fn listed<'h>(hosts: impl IntoIterator<Item = &'h HostPattern>) -> Option<String> {
    let mut listed: Vec<String> = Vec::new();
    for host in hosts {
        let host = host.to_string();
        if !listed.contains(&host) {
            listed.push(host);
        }
    }
    (!listed.is_empty()).then(|| listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::failure::ToolErrorKind;

    fn grant(hosts: &[&str], secrets: &[(&str, &[&str])]) -> Grant {
        let own = |hosts: &[&str]| -> Vec<String> {
            hosts.iter().map(|host| (*host).to_owned()).collect()
        };
        let secrets = secrets
            .iter()
            .map(|(name, hosts)| ((*name).to_owned(), own(hosts)));
        Grant::new("search", &own(hosts), &secrets.collect()).unwrap()
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[track_caller]
    fn refused(verdict: Result<(), Refusal>, message: &str) {
        let refusal = verdict.unwrap_err();
        assert_eq!(refusal.kind, ToolErrorKind::Denied);
        assert_eq!(refusal.message, message);
    }

    #[test]
    fn a_host_that_nobody_declared_is_refused_by_name() {
        let grant = grant(
            &["127.0.0.1:*", "localhost:*"],
            &[("KEY", &["127.0.0.1:*"])],
        );
        grant.admit(&url("http://localhost:4000/search")).unwrap();
        refused(
            grant.admit(&url("https://example.com/search")),
            "`example.com` is not among the hosts that `search` was declared with (127.0.0.1:*, localhost:*): add it \
             with `hosts(\"example.com\")`",
        );
    }

    #[test]
    fn a_tool_without_hosts_may_ask_nobody() {
        refused(
            grant(&[], &[]).admit(&url("http://example.com:81")),
            "`example.com:81` may not be asked: `search` was declared without hosts: add it with \
             `hosts(\"example.com:81\")`",
        );
    }

    #[test]
    fn the_hosts_of_a_secret_may_be_asked() {
        let grant = grant(&[], &[("KEY", &["api.example.com"])]);
        grant.admit(&url("https://api.example.com")).unwrap();
        assert!(grant.admit(&url("https://example.com")).is_err());
    }

    #[test]
    fn a_secret_goes_where_it_is_bound_and_nowhere_else() {
        let grant = grant(
            &["localhost:4000"],
            &[("CATALOGUE_KEY", &["127.0.0.1:*"]), ("UNBOUND", &[])],
        );
        grant
            .admit_secret("CATALOGUE_KEY", &url("http://127.0.0.1:81"))
            .unwrap();
        let local = url("http://localhost:4000");
        refused(
            grant.admit_secret("CATALOGUE_KEY", &local),
            "the secret CATALOGUE_KEY would go to `localhost:4000`, and is bound to 127.0.0.1:*: bind it there with \
             `secrets(CATALOGUE_KEY = \"localhost:4000\")`",
        );
        for unbound in ["UNBOUND", "UNDECLARED"] {
            let refusal = grant.admit_secret(unbound, &local).unwrap_err();
            assert!(refusal.message.contains("is bound to no host"));
        }
    }

    #[test]
    fn a_secret_goes_in_clear_only_within_the_machine_or_to_a_declared_port() {
        let grant = grant(
            &[],
            &[
                ("KEY", &["example.com", "localhost", "127.0.0.1"]),
                ("INNER", &["example.com:80"]),
            ],
        );
        refused(
            grant.admit_secret("KEY", &url("http://example.com")),
            "the secret KEY would go to `example.com` in clear: use https, or bind it to the port with \
             `secrets(KEY = \"example.com:80\")`",
        );
        for admitted in [
            "https://example.com",
            "http://localhost",
            "http://127.0.0.1",
        ] {
            grant.admit_secret("KEY", &url(admitted)).unwrap();
        }
        grant
            .admit_secret("INNER", &url("http://example.com"))
            .unwrap();
    }

    #[test]
    fn a_declared_address_counts_on_its_own_port() {
        let grant = grant(
            &[
                "10.0.0.5:8080",
                "[fd00::1]",
                "8.8.8.8:8080",
                "*.example.com:*",
            ],
            &[],
        );
        let addresses = |text| grant.private_addresses(&url(text));
        assert_eq!(
            addresses("http://a.example.com:8080"),
            ["10.0.0.5".parse().unwrap()].into()
        );
        assert_eq!(
            addresses("http://a.example.com"),
            ["fd00::1".parse().unwrap()].into()
        );
        assert!(addresses("http://a.example.com:81").is_empty());
    }
}
