//! [`HostPattern`]: a host as it is declared, and which URLs it admits.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use thiserror::Error;
use url::{Host, Url};

/// A declared host: `name`, `*.name` or an address, IPv6 in brackets; each with `:port`, `:*` or nothing behind it.
///
/// `*.name` admits every name that ends in `.name`, and not `name` itself. Without a port, the scheme's own is admitted:
/// 80 for http, 443 for https. Names are compared as `url` writes them: in lower case, in punycode; a dot at the end does
/// not count. `localhost` is a name like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPattern {
    host: Hosts,
    port: Ports,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    One(Host),
    /// All whose name ends in a dot and this.
    Under(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ports {
    /// The scheme's own.
    Default,
    One(u16),
    All,
}

/// What was declared as a host is none. Says why, and what to write.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no host: {why}. Write `example.com`, `example.com:8080`, `example.com:*`, `*.example.com`, `127.0.0.1:8080` or `[::1]:8080`"
)]
pub(crate) struct HostError {
    text: String,
    why: String,
}

impl HostPattern {
    /// What has to be declared for `url`; nothing less would do.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: Hosts::One(plain(url.host()?)),
            port: url.port().map_or(Ports::Default, Ports::One),
        })
    }

    /// What has to be declared for `address` where `url` names the port.
    pub(super) fn of_address(address: IpAddr, url: &Url) -> Self {
        let host = match address {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        };
        Self {
            host: Hosts::One(host),
            port: url.port().map_or(Ports::Default, Ports::One),
        }
    }

    pub(crate) fn admits(&self, url: &Url) -> bool {
        let Some(asked) = url.host().map(plain) else {
            return false;
        };
        let host = match (&self.host, asked) {
            (Hosts::One(host), asked) => *host == asked,
            (Hosts::Under(name), Host::Domain(asked)) => asked
                .strip_suffix(name)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            (Hosts::Under(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        };
        host && self.admits_port(url)
    }

    pub(super) fn admits_port(&self, url: &Url) -> bool {
        match self.port {
            // A port that is the scheme's own is none to `url`.
            Ports::Default => url.port().is_none(),
            Ports::One(port) => url.port_or_known_default() == Some(port),
            Ports::All => true,
        }
    }

    /// Whether it was declared with a port, be it any.
    pub(super) fn has_port(&self) -> bool {
        self.port != Ports::Default
    }

    /// The address that it is.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self.host {
            Hosts::One(Host::Ipv4(address)) => Some(address.into()),
            Hosts::One(Host::Ipv6(address)) => Some(address.into()),
            Hosts::One(Host::Domain(_)) | Hosts::Under(_) => None,
        }
    }
}

/// The host without what does not count in comparisons.
fn plain<S: AsRef<str>>(host: Host<S>) -> Host {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref();
            Host::Domain(name.strip_suffix('.').unwrap_or(name).to_owned())
        }
        Host::Ipv4(address) => Host::Ipv4(address),
        Host::Ipv6(address) => Host::Ipv6(address),
    }
}

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        read(text).map_err(|why| HostError {
            text: text.to_owned(),
            why,
        })
    }
}

fn read(text: &str) -> Result<HostPattern, String> {
    if text.contains("://") {
        return Err("it begins with a scheme".to_owned());
    }
    if text.contains('@') {
        return Err("it names a user".to_owned());
    }
    if text.contains(['/', '\\', '?', '#']) {
        return Err("it goes on behind the host".to_owned());
    }
    let (host, port) = parts(text)?;
    Ok(HostPattern {
        host: hosts(host)?,
        port: port.map_or(Ok(Ports::Default), ports)?,
    })
}

/// The host, and what stands behind its colon.
fn parts(text: &str) -> Result<(&str, Option<&str>), String> {
    let end = match text.starts_with('[') {
        true => text.find(']').map(|end| end + 1),
        false => text.find(':'),
    };
    let (host, rest) = text.split_at(end.unwrap_or(text.len()));
    match rest.strip_prefix(':') {
        _ if rest.is_empty() => Ok((host, None)),
        Some(port) if port.contains(':') => Err("an IPv6 address stands in brackets".to_owned()),
        Some(port) => Ok((host, Some(port))),
        None => Err(format!("`{rest}` is no port")),
    }
}

fn hosts(text: &str) -> Result<Hosts, String> {
    let (under, name) = match text.strip_prefix("*.") {
        Some(name) => (true, name),
        None => (false, text),
    };
    if name.contains('*') {
        return Err(
            "a `*` stands for all that is before a name's dot, or for all ports".to_owned(),
        );
    }
    if name.is_empty() || name == "." {
        return Err("it has no name".to_owned());
    }
    match Host::parse(name).map(plain) {
        Ok(Host::Domain(name)) if under => Ok(Hosts::Under(name)),
        Ok(_) if under => Err("nothing is under an address".to_owned()),
        Ok(host) => Ok(Hosts::One(host)),
        Err(error) => Err(error.to_string()),
    }
}

fn ports(text: &str) -> Result<Ports, String> {
    match text.parse() {
        _ if text == "*" => Ok(Ports::All),
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Ports::One(port))
        }
        _ => Err(format!("`{text}` is no port")),
    }
}

/// As it can be declared.
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Hosts::One(host) => write!(f, "{host}")?,
            Hosts::Under(name) => write!(f, "*.{name}")?,
        }
        match self.port {
            Ports::Default => Ok(()),
            Ports::One(port) => write!(f, ":{port}"),
            Ports::All => f.write_str(":*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, admitted: &[&str], refused: &[&str]) {
        let pattern: HostPattern = pattern.parse().unwrap();
        for (urls, admits) in [(admitted, true), (refused, false)] {
            for url in urls {
                let url = Url::parse(url).unwrap();
                assert_eq!(pattern.admits(&url), admits, "{pattern} and {url}");
            }
        }
    }

    #[test]
    fn a_name_admits_itself_on_the_schemes_own_port() {
        check(
            "Example.com",
            &[
                "https://example.com/path",
                "http://EXAMPLE.com",
                "https://example.com.:443",
                "http://example.com:80",
            ],
            &[
                "https://example.com:80",
                "https://example.com:8443",
                "https://www.example.com",
                "https://example.com.evil.com",
                "https://notexample.com",
                "https://evil.com#example.com",
                "https://evil.com/example.com",
                "https://example.com..",
            ],
        );
    }

    #[test]
    fn a_port_is_the_one_that_was_declared_or_any() {
        check(
            "example.com:443",
            &["https://example.com", "http://example.com:443"],
            &["http://example.com", "https://example.com:444"],
        );
        check(
            "127.0.0.1:*",
            &["http://127.0.0.1", "http://127.0.0.1:9"],
            &["http://127.0.0.2", "http://localhost"],
        );
    }

    #[test]
    fn a_star_admits_what_is_under_a_name_and_not_the_name() {
        check(
            "*.example.com:*",
            &["https://a.example.com", "http://a.b.example.com.:81"],
            &[
                "https://example.com",
                "https://.example.com",
                "https://aexample.com",
            ],
        );
    }

    #[test]
    fn an_address_is_itself_however_it_is_written() {
        check(
            "127.0.0.1",
            &[
                "http://127.0.0.1",
                "http://2130706433",
                "http://0x7f.1",
                "http://0177.0.0.1",
                "http://127.1",
            ],
            &["http://[::ffff:127.0.0.1]", "http://127.0.0.1.example.com"],
        );
        check(
            "[::1]:8080",
            &["http://[0:0::1]:8080"],
            &["http://[::1]", "http://[::2]:8080"],
        );
    }

    #[test]
    fn names_beyond_ascii_are_compared_in_punycode() {
        check(
            "Bücher.example",
            &["https://bücher.example", "https://xn--bcher-kva.example"],
            &["https://bucher.example"],
        );
    }

    #[test]
    fn what_is_no_host_is_refused_with_what_to_write() {
        for (text, why) in [
            ("https://example.com", "it begins with a scheme"),
            ("example.com/path", "it goes on behind the host"),
            ("evil.com#example.com", "it goes on behind the host"),
            ("evil.com\\example.com", "it goes on behind the host"),
            ("user@example.com", "it names a user"),
            ("", "it has no name"),
            (":80", "it has no name"),
            ("*.", "it has no name"),
            ("*", "a `*` stands for all that is before"),
            ("a*.example.com", "a `*` stands for all that is before"),
            ("*.*.example.com", "a `*` stands for all that is before"),
            ("*.127.0.0.1", "nothing is under an address"),
            ("::1", "an IPv6 address stands in brackets"),
            ("[::1", "invalid IPv6 address"),
            ("[::1]8080", "`8080` is no port"),
            ("example.com:", "`` is no port"),
            ("example.com:0", "`0` is no port"),
            ("example.com:+80", "`+80` is no port"),
            ("example.com:65536", "`65536` is no port"),
            ("exa mple.com", "invalid"),
            ("example.com\0", "invalid"),
        ] {
            let error = text.parse::<HostPattern>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is no host: {why}")),
                "{error}"
            );
            assert!(error.contains("Write `example.com`"), "{error}");
        }
    }

    #[test]
    fn what_is_to_be_declared_for_a_url_admits_it() {
        for (url, pattern) in [
            ("https://Example.com./a", "example.com"),
            ("http://localhost:4000", "localhost:4000"),
            ("http://[::1]:80", "[::1]"),
            ("http://0x7f.1:8080", "127.0.0.1:8080"),
        ] {
            let url = Url::parse(url).unwrap();
            let declared = HostPattern::of(&url).unwrap().to_string();
            assert_eq!(declared, pattern);
            assert!(declared.parse::<HostPattern>().unwrap().admits(&url));
        }
    }
}
