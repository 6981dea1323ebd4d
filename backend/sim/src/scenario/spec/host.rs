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
    /// Of a documentation range.
    pub address: String,
    /// What runs there.
    pub runs: Runs,
    /// The domains for which it takes mail.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Who has a mailbox there.
    #[serde(rename = "person", default)]
    pub people: Vec<PersonSpec>,
    /// How the server is set up, where it is not as it comes: the sections of its configuration
    /// file (`docs/CONFIG.md`).
    #[serde(default, skip_serializing_if = "Sections::is_empty")]
    pub settings: Sections,
    /// Addresses that lead to others.
    #[serde(rename = "alias", default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<AliasSpec>,
    /// Keys with which it signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<SigningSpec>,
    /// Instead of a mail server: dialogues that are played, by port, one for each connection, the
    /// last for all that follow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub script: BTreeMap<String, Vec<String>>,
}

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// This very mail server.
    Glasspost,
    /// A played part: somebody else's server, a relay that misbehaves.
    Script,
    /// Nothing that listens: a person's machine, an attacker's.
    Nothing,
}

/// A person with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// `alice@a.test`
    pub address: String,
    /// In the clear: nothing here is secret.
    #[serde(default = "password_usual")]
    pub password: String,
    /// As the address book has it.
    #[serde(default)]
    pub name: String,
    /// Further addresses of theirs, in the host's domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Octets that the mailbox may hold; without it as many as there is room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// The secret of CRAM-MD5, which must be kept readable.
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

/// `[[host.alias]]`: mail for an address of the host's domains goes to others, here or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasSpec {
    /// `team@b.test`, or `@b.test` for all that nobody else has.
    pub name: String,
    /// To whom.
    pub to: Vec<String>,
}

/// `[[host.dkim]]`: a key with which the host signs. Its record stands in a zone as
/// `{dkim:selector@domain}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSpec {
    /// Whose messages it signs.
    pub domain: String,
    /// Under which name it is published.
    pub selector: String,
    /// It signs; otherwise it is only there (not yet, or no more).
    #[serde(default = "yes")]
    pub signs: bool,
}

fn yes() -> bool {
    true
}
