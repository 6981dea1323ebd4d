//! Expectations that a run does not meet, as data; pages format them for users. The sentences here
//! are for tests and terminals.

use super::spec::When;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An expectation that is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmet {
    /// A mailbox contains a different number of messages.
    Messages {
        /// The mailbox: `bob@b.test`, `bob@b.test Junk`.
        mailbox: String,
        /// The actual number.
        there: usize,
        /// The expected number.
        wanted: usize,
    },
    /// No message of a mailbox contains a text.
    Words {
        /// The mailbox.
        mailbox: String,
        /// The text.
        words: String,
    },
    /// A message of a mailbox contains an unwanted text.
    OtherWords {
        /// The mailbox.
        mailbox: String,
        /// The text.
        words: String,
    },
    /// The queue of a host contains a different number of messages.
    Waiting {
        /// The host.
        host: String,
        /// The actual number.
        there: usize,
        /// The expected number.
        wanted: usize,
    },
    /// An expected event did not occur.
    Happened(When),
    /// An unwanted event occurred.
    Never(When),
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmet::Messages {
                mailbox,
                there,
                wanted,
            } => write!(f, "{mailbox} holds {there} messages, not {wanted}"),
            Unmet::Words { mailbox, words } => {
                write!(f, "no message of {mailbox} contains “{words}”")
            }
            Unmet::OtherWords { mailbox, words } => {
                write!(f, "a message of {mailbox} contains “{words}”")
            }
            Unmet::Waiting {
                host,
                there,
                wanted: 0,
            } => write!(f, "{there} messages are queued at {host}"),
            Unmet::Waiting {
                host,
                there,
                wanted,
            } => write!(f, "{there} messages are queued at {host}, not {wanted}"),
            Unmet::Happened(when) => write!(f, "no such event: {when:?}"),
            Unmet::Never(when) => write!(f, "unwanted event: {when:?}"),
        }
    }
}
