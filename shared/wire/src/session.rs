//! Sign-in and the first frame of a connection.

use serde::{Deserialize, Serialize};

/// The body of a sign-in request.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The full address. A local part alone is completed with the server's first domain.
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

/// The signed-in account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The primary address.
    pub address: String,
    /// The display name; may be empty.
    pub name: String,
}

/// The response to `Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's [`crate::VERSION`]; if it differs from the tab's, the tab reloads the page.
    pub version: u32,
    /// The signed-in account.
    pub who: Identity,
    /// Addresses the account may send from; the first is the default.
    pub identities: Vec<String>,
    /// The message size limit in bytes, attachments in encoded form.
    pub message_bytes_max: u64,
    /// The host name: `mail.glasspost.test`.
    pub host: String,
    /// Addresses to try in a demonstration; empty on a real server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demo_addresses: Vec<String>,
}
