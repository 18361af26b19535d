//! [`Grant`]: where the bodies of a tool may send requests, and which secrets where.

use super::host::{HostError, HostPattern};
use std::collections::BTreeMap;

/// What a tool was declared with.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The tool's name.
    tool: String,
    /// Where requests may go, the secrets' hosts not included.
    hosts: Vec<HostPattern>,
    /// Where each secret may go, which implies that requests may.
    secrets: BTreeMap<String, Vec<HostPattern>>,
}

impl Grant {
    /// What was declared for `tool`: its hosts, and each secret's own hosts.
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
}

fn read(hosts: &[String]) -> Result<Vec<HostPattern>, HostError> {
    hosts.iter().map(|host| host.parse()).collect()
}
