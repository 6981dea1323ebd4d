//! Expectations that a run does not meet: data, worded by the page that shows them. The sentences
//! here are for tests and terminals.

use super::spec::When;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An expectation that is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmet {
    /// A mailbox holds a different number of messages.
    Messages {
        /// `bob@b.test`, `bob@b.test Junk`.
        mailbox: String,
        /// How many it holds.
        there: usize,
        /// How many it should hold.
        wanted: usize,
    },
    /// No message of a mailbox contains a text.
    Words {
        /// The mailbox.
        mailbox: String,
        /// The text.
        words: String,
    },
    /// A message of a mailbox contains a text that none should.
    OtherWords {
        /// The mailbox.
        mailbox: String,
        /// The text.
        words: String,
    },
    /// A host's queue holds a different number of messages.
    Waiting {
        /// The host.
        host: String,
        /// How many it holds.
        there: usize,
        /// How many it should hold.
        wanted: usize,
    },
    /// An event that should happen did not.
    Happened(When),
    /// An event that should not happen did.
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
