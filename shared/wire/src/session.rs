//! Signing in, and the first frame.

use serde::{Deserialize, Serialize};

/// What sign-in sends.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The full address; a name without a domain is completed with the server's first domain.
    pub address: String,
    /// The password.
    pub password: String,
    /// Keep the cookie after the browser is closed.
    #[serde(default)]
    pub remember: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, …)", self.address)
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account's address.
    pub address: String,
    /// Its person's name, may be empty.
    pub name: String,
}

/// The answer to `Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's [`crate::VERSION`]; another one than the tab's means: reload the page.
    pub version: u32,
    /// Who is signed in.
    pub who: Who,
    /// The addresses one may send from, the first being the usual one.
    pub identities: Vec<String>,
    /// The largest message, in octets, attachments already encoded.
    pub message_bytes_max: u64,
    /// The message's host's name: `mail.glasspost.test`.
    pub host: String,
    /// The hint for a demonstration, shown quietly: domain and accounts to write to. Empty on a
    /// real server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demo_addresses: Vec<String>,
}
