//! What can be wrong, for the browser to say in its reader's language.

use serde::{Deserialize, Serialize};

/// Why a call failed. The texts inside are the server's own words (an address, a limit), never
/// whole sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Problem {
    /// Not signed in, or no longer.
    SignIn,
    /// Address or password is wrong.
    Credentials,
    /// Too many attempts: wait so many seconds.
    Slow(u32),
    /// The message or folder is no longer there.
    Gone,
    /// An address is not well formed: which.
    Address(String),
    /// A receiver does not exist or is refused: which, and the reply.
    Recipient(String, String),
    /// Nobody to send to.
    NoRecipient,
    /// Larger than allowed: the limit in octets.
    TooLarge(u64),
    /// The folder name cannot be used: why not, in English.
    Name(String),
    /// A folder of this name exists.
    Exists,
    /// This cannot be done with this folder (INBOX, special folders).
    Protected,
    /// The account is full.
    Quota,
    /// The frame was not understood: a newer or older server.
    Malformed,
    /// The server is short of something or broken; the number stands in its log.
    Server(String),
}
