//! What is still missing where a run should come to something: in which mailbox, at which host,
//! which event. Data, worded by whoever shows it; the sentences here are for tests and for people
//! at a terminal.

use super::spec::When;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// A mailbox holds more messages, or fewer, than it should.
    Messages {
        /// `bob@b.test`, `bob@b.test Junk`.
        mailbox: String,
        /// So many are there.
        there: usize,
        /// And so many should be.
        wanted: usize,
    },
    /// No message of a mailbox says something.
    Words {
        /// Which mailbox.
        mailbox: String,
        /// What should stand there.
        words: String,
    },
    /// A message of a mailbox says something that none should.
    OtherWords {
        /// Which mailbox.
        mailbox: String,
        /// What should not stand there.
        words: String,
    },
    /// More messages wait at a host, or fewer, than should.
    Waiting {
        /// Which host.
        host: String,
        /// So many wait.
        there: usize,
        /// And so many should.
        wanted: usize,
    },
    /// It never happened.
    Happened(When),
    /// It happened, and should not have.
    Never(When),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lack::Messages {
                mailbox,
                there,
                wanted,
            } => write!(f, "{mailbox} holds {there} messages, not {wanted}"),
            Lack::Words { mailbox, words } => write!(f, "no message of {mailbox} says “{words}”"),
            Lack::OtherWords { mailbox, words } => {
                write!(f, "a message of {mailbox} says “{words}”")
            }
            Lack::Waiting {
                host,
                there,
                wanted: 0,
            } => write!(f, "{there} messages wait at {host}"),
            Lack::Waiting {
                host,
                there,
                wanted,
            } => write!(f, "{there} messages wait at {host}, not {wanted}"),
            Lack::Happened(when) => write!(f, "it never happened: {when:?}"),
            Lack::Never(when) => write!(f, "it happened: {when:?}"),
        }
    }
}
