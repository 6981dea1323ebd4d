//! `[[host]]`: a host, its users, and its configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The sections of a configuration file (`docs/CONFIG.md`), as written.
pub type Sections = Map<String, Value>;

/// `[[host]]`: a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// The name, in `.test` or `.example`.
    pub name: String,
    /// The address, in a documentation range.
    pub address: String,
    /// The program that runs on it.
    pub runs: Runs,
    /// The domains for which it accepts mail.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The users with a mailbox on it.
    #[serde(rename = "person", default)]
    pub people: Vec<PersonSpec>,
    /// Settings that differ from the defaults: sections of the configuration file
    /// (`docs/CONFIG.md`).
    #[serde(default, skip_serializing_if = "Sections::is_empty")]
    pub settings: Sections,
    /// The aliases.
    #[serde(rename = "alias", default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<AliasSpec>,
    /// The DKIM keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<SigningSpec>,
    /// Scripted ports: dialogues by port, one for each connection, the last for all further ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub script: BTreeMap<String, Vec<String>>,
}

/// The program that runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// This mail server.
    Glasspost,
    /// A scripted server, such as another product or a misbehaving relay.
    Script,
    /// No server: the computer of a user or an attacker.
    Nothing,
}

/// A user with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// The mail address: `alice@a.test`.
    pub address: String,
    /// The password, in plain text: a scenario contains no secrets.
    #[serde(default = "password_usual")]
    pub password: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// Further addresses in the host's domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The quota in bytes; `None`: unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// The secret for CRAM-MD5, stored in plain text.
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
