//! `[[host]]`: a host, the people with a mailbox there, and its configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The sections of a configuration file (`docs/CONFIG.md`), as they are written.
pub type Sections = Map<String, Value>;

/// `[[host]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// In `.test` or `.example`.
    pub name: String,
    /// In a documentation range.
    pub address: String,
    /// What runs there.
    pub runs: Runs,
    /// The domains for which it accepts mail.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The people with a mailbox there.
    #[serde(rename = "person", default)]
    pub people: Vec<PersonSpec>,
    /// Settings other than the defaults: sections of the configuration file (`docs/CONFIG.md`).
    #[serde(default, skip_serializing_if = "Sections::is_empty")]
    pub settings: Sections,
    /// Aliases.
    #[serde(rename = "alias", default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<AliasSpec>,
    /// DKIM keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<SigningSpec>,
    /// Scripted ports: dialogues by port, one for each connection, the last for all further ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub script: BTreeMap<String, Vec<String>>,
}

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// This mail server.
    Glasspost,
    /// A scripted server, such as another product or a misbehaving relay.
    Script,
    /// No server: the machine of a person or an attacker.
    Nothing,
}

/// A person with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// `alice@a.test`
    pub address: String,
    /// In plain text: nothing in a scenario is secret.
    #[serde(default = "password_usual")]
    pub password: String,
    /// Display name.
    #[serde(default)]
    pub name: String,
    /// Further addresses in the host's domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Quota in bytes; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// The secret for CRAM-MD5, stored in readable form.
    #[serde(
        rename = "shared-secret",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub shared_secret: Option<String>,
}

fn password_usual() -> String {
    "open-sesame".to_owned()
}

/// `[[host.alias]]`: forwards mail for an address of the host's domains to other addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasSpec {
    /// `team@b.test`, or `@b.test` for all addresses without a mailbox or alias.
    pub name: String,
    /// The targets.
    pub to: Vec<String>,
}

/// `[[host.dkim]]`: a DKIM key of the host. Its record in a zone is written
/// `{dkim:selector@domain}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSpec {
    /// The signing domain (d=).
    pub domain: String,
    /// The selector (s=).
    pub selector: String,
    /// Whether it signs; otherwise it is only published.
    #[serde(default = "default_true")]
    pub signs: bool,
}

fn default_true() -> bool {
    true
}
