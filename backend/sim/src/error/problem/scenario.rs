//! What can be wrong with the parts of a scenario.

use crate::text::Span;
use mail::{AddressError, DomainError};
use serde::{Deserialize, Serialize};

/// What is wrong with a domain name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameProblem {
    /// A domain name has an empty label.
    EmptyLabel(String),
    /// A domain name or a label of it is too long.
    TooLong(String),
    /// A domain name has a character that is not allowed.
    BadCharacter(String),
    /// A domain outside of `.test` and `.example`.
    NotALabDomain(String),
    /// Not a mail address.
    NotAnAddress(String),
    /// Not a port number.
    NotAPort(String),
    /// No mailbox of the host has the address.
    NoSuchMailbox(String),
    /// Not an alias's name.
    NotAnAlias(String),
}

impl NameProblem {
    /// From the parser of domain names.
    pub(crate) fn domain(name: &str, error: DomainError) -> NameProblem {
        let name = name.to_owned();
        match error {
            DomainError::Empty => NameProblem::EmptyLabel(name),
            DomainError::TooLong => NameProblem::TooLong(name),
            DomainError::BadCharacter => NameProblem::BadCharacter(name),
        }
    }

    /// From the parser of mail addresses.
    pub(crate) fn address(address: &str, error: AddressError) -> NameProblem {
        match error {
            AddressError::Domain(error) => NameProblem::domain(address, error),
            _ => NameProblem::NotAnAddress(address.to_owned()),
        }
    }
}

/// What is wrong with a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneProblem {
    /// An entry of the zone file cannot be read.
    Entry {
        /// The line, from 1.
        line: usize,
        /// Why.
        problem: world::zone::EntryError,
    },
    /// `{dkim:…}` without `selector@domain`.
    NoSelector(String),
    /// A placeholder that stands for no record.
    NoRecord(String),
    /// A removal without a name and a record type.
    NoNameAndType(String),
    /// A removal of an unknown record type.
    UnknownType(String),
}

/// What is wrong with a dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialogueProblem {
    /// `/` with an unknown command.
    UnknownCommand(String),
    /// A line that begins with none of the marks.
    NoMark(String),
    /// A backslash before a character that cannot be escaped.
    UnknownEscape {
        /// The line.
        line: String,
        /// The character; `None` at the end of the line.
        escape: Option<char>,
    },
}

/// What is wrong with a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostProblem {
    /// Two hosts have the same name.
    DuplicateName(String),
    /// Another host has the address.
    DuplicateAddress(String),
    /// There is no such host.
    Unknown(String),
    /// A host to be removed does not exist.
    RemovedUnknown(String),
    /// The edits change one host twice.
    EditedTwice,
    /// The host runs nothing but has a script.
    UnusedScript,
    /// The host runs a script but has none.
    NoScript,
}

/// What is wrong with a step, a fault or the length of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepProblem {
    /// The scenario lasts too long.
    TooLong {
        /// The limit in days.
        days_max: u64,
    },
    /// A step is later than the end of the run.
    AfterEnd {
        /// How long the run lasts.
        lasts: Span,
    },
    /// The latency of a link, or the usual latency, is too high.
    Latency {
        /// The limit in seconds.
        seconds_max: u64,
    },
    /// A clock is too far off.
    Clock {
        /// The limit in seconds.
        seconds_max: i64,
    },
    /// An SMTP command whose reply cannot be replaced.
    UnknownCommand {
        /// The command.
        command: String,
        /// The commands whose replies can be replaced.
        known: Vec<String>,
    },
    /// A reply that does not reject.
    NotARejection(String),
    /// No text to be replaced.
    NothingToReplace,
    /// Not a DNS failure.
    UnknownDnsFailure(String),
    /// Not a kind of certificate.
    UnknownCertificate(String),
    /// A step to be removed does not exist.
    RemovedUnknown {
        /// Its number, from 1.
        number: usize,
        /// How many steps there are.
        count: usize,
    },
}

/// A setting whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingProblem {
    /// The key with its sections.
    pub key: String,
    /// The rule that the value breaks.
    pub rule: SettingRule,
}

/// A rule for a setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingRule {
    /// At least this number.
    AtLeast(u64),
    /// From one number to another.
    Between(u64, u64),
    /// At least this long.
    AtLeastDuration(Span),
    /// Not greater than another key.
    NotGreaterThan(String),
    /// Shorter than another key.
    ShorterThan(String),
    /// Only together with another key.
    Requires(String),
    /// A SASL mechanism that is implemented.
    KnownMechanism(String),
    /// A SASL mechanism that is not offered because of another key.
    MechanismOf {
        /// The mechanism.
        mechanism: String,
        /// The key that offers it.
        key: String,
    },
    /// A URL without this fault.
    Url(UrlFault),
    /// A relay without this fault.
    Relay {
        /// The relay.
        host: String,
        /// What is wrong with it.
        fault: RelayFault,
    },
    /// No files: the Lab has none.
    NoFiles,
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UrlFault {
    /// It does not begin with `https://`.
    NotHttps,
    /// The port is not a number.
    Port,
    /// The host is not a domain name.
    Host,
    /// The path has a character that a URL cannot have.
    Path,
}

/// What is wrong with a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelayFault {
    /// Its host is neither a domain name nor an address.
    Host,
    /// Its password would be sent without verified TLS.
    PasswordWithoutTls,
    /// It has a password but no user.
    PasswordWithoutUser,
    /// It has a user and not exactly one password.
    PasswordMissing,
}
