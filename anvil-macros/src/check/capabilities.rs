//! What a tool's bodies may have beyond arguments and the standard library.

use super::Mistakes;
use crate::model::{Arguments, Parameter};

/// What the body is passed, before its arguments, where the tool has capabilities.
const CONTEXT: &str = "cx";

pub(super) fn check(arguments: &Arguments, mistakes: &mut Mistakes) {
    let bound = arguments.secrets.iter().map(|secret| &secret.host);
    for host in arguments.hosts.iter().chain(bound) {
        if let Err(mistake) = host_pattern(&host.value()) {
            mistakes.add(host, mistake);
        }
    }
    for secret in &arguments.secrets {
        let name = secret.name.to_string();
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if !name.chars().all(plain) || name.len() > 64 {
            mistakes.add(
                &secret.name,
                "a secret is looked up in the environment: name it like a variable there, `API_KEY`",
            );
        }
    }
}

pub(super) fn check_crates(arguments: &Arguments, mistakes: &mut Mistakes) {
    for one in &arguments.crates {
        if !is_crate_name(&one.name.value()) {
            mistakes.add(
                &one.name,
                "name a crate as its registry does, and none that every body has (std, serde, serde_json)",
            );
        }
        if semver::VersionReq::parse(&one.version.value()).is_err() {
            mistakes.add(
                &one.version,
                "write versions as in a `Cargo.toml`: `\"1\"`, `\"0.3.2\"`, `\"=1.4.0\"`",
            );
        }
    }
}

/// Whether bodies could depend on something of this name. As the runtime reads it.
fn is_crate_name(name: &str) -> bool {
    const TAKEN: [&str; 11] = [
        "alloc",
        "anvil",
        "anvil_core",
        "core",
        "crate",
        "glue",
        "proc_macro",
        "self",
        "serde",
        "serde_json",
        "std",
    ];
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.chars().all(plain)
        && !TAKEN.contains(&name.replace('-', "_").as_str())
}

pub(super) fn check_parameters(
    arguments: &Arguments,
    parameters: &[Parameter],
    mistakes: &mut Mistakes,
) {
    if arguments.hosts.is_empty() && arguments.secrets.is_empty() {
        return;
    }
    for parameter in parameters.iter().filter(|one| one.ident == CONTEXT) {
        mistakes.add(
            &parameter.ident,
            "`cx` is what the body makes its requests with: give the parameter another name",
        );
    }
}

/// Whether `text` names hosts: `name`, `*.name`, `name:port`, `name:*`, with an address for a name as well.
///
/// As the runtime reads it; there it is matched, here it is only told early.
fn host_pattern(text: &str) -> Result<(), &'static str> {
    const HOST: &str = "write a host as `\"api.example.com\"`, `\"*.example.com\"`, `\"localhost:8080\"` or `\"127.0.0.1:*\"`: \
         no scheme, no path";
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']').ok_or(HOST)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| HOST)?;
            ("v6", rest)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    match port.strip_prefix(':') {
        None if port.is_empty() => {}
        Some("*") => {}
        Some(number) if number.parse::<u16>().is_ok_and(|number| number > 0) => {}
        _ => return Err(HOST),
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let label = |label: &str| {
        let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.len() <= 63 && label.chars().all(plain)
    };
    match name.len() <= 253 && name.split('.').all(label) {
        true => Ok(()),
        false => Err(HOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_a_port_or_without() {
        for host in [
            "api.github.com",
            "*.example.org",
            "*.example.org:8443",
            "localhost:8080",
            "localhost:*",
            "127.0.0.1:*",
            "10.0.0.7",
            "[::1]:8080",
            "[::1]",
            "bücher.example",
        ] {
            assert!(host_pattern(host).is_ok(), "{host}");
        }
        for host in [
            "",
            "*",
            "*.",
            "https://api.github.com",
            "api.github.com/",
            "user@host",
            "a..b",
            "a b",
            "host:",
            "host:0",
            "host:99999",
            "host:80:80",
            "a.*.b",
            "[::1",
            "[nine]",
            "evil.com#api.github.com",
            "host\0",
        ] {
            assert!(host_pattern(host).is_err(), "{host}");
        }
    }
}
