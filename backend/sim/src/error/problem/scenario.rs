//! Why a part of a scenario is invalid.

use crate::text::Span;
use mail::{AddressError, DomainError};
use serde::{Deserialize, Serialize};

/// Why a domain name or an address is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameProblem {
    /// A domain name has an empty label.
    EmptyLabel(String),
    /// A domain name or one of its labels is too long.
    TooLong(String),
    /// A domain name contains a character that is not allowed.
    BadCharacter(String),
    /// A domain outside `.test` and `.example`.
    NotALabDomain(String),
    /// Not a mail address.
    NotAnAddress(String),
    /// Not a port number.
    NotAPort(String),
    /// No mailbox of the host has the address.
    NoSuchMailbox(String),
    /// Not the name of an alias.
    NotAnAlias(String),
}

impl NameProblem {
    /// Converts an error of the domain name parser.
    pub(crate) fn domain(name: &str, error: DomainError) -> NameProblem {
        let name = name.to_owned();
        match error {
            DomainError::Empty => NameProblem::EmptyLabel(name),
            DomainError::TooLong => NameProblem::TooLong(name),
            DomainError::BadCharacter => NameProblem::BadCharacter(name),
        }
    }

    /// Converts an error of the mail address parser.
    pub(crate) fn address(address: &str, error: AddressError) -> NameProblem {
        match error {
            AddressError::Domain(error) => NameProblem::domain(address, error),
            _ => NameProblem::NotAnAddress(address.to_owned()),
        }
    }
}

/// Why a zone is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneProblem {
    /// An entry of the zone file cannot be parsed.
    Entry {
        /// The line, from 1.
        line: usize,
        /// The reason.
        problem: world::zone::EntryError,
    },
    /// `{dkim:…}` without `selector@domain`.
    NoSelector(String),
    /// An unknown placeholder.
    NoRecord(String),
    /// A removal without a name and a record type.
    NoNameAndType(String),
    /// A removal of an unknown record type.
    UnknownType(String),
}

/// Why a dialogue is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialogueProblem {
    /// `/` with an unknown command.
    UnknownCommand(String),
    /// A line without a valid mark.
    NoMark(String),
    /// A backslash before a character that cannot be escaped.
    UnknownEscape {
        /// The line.
        line: String,
        /// The character; `None` at the end of the line.
        escape: Option<char>,
    },
}

/// Why a host is invalid.
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

/// Why a step, a fault or the duration of the run is invalid.
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
        /// The duration of the run.
        lasts: Span,
    },
    /// The latency of a link, or the default latency, is too high.
    Latency {
        /// The limit in seconds.
        seconds_max: u64,
    },
    /// The error of a clock is too large.
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
    /// A reply that is not a rejection.
    NotARejection(String),
    /// The text to be replaced is empty.
    NothingToReplace,
    /// Not a DNS failure.
    UnknownDnsFailure(String),
    /// Not a kind of certificate.
    UnknownCertificate(String),
    /// A step to be removed does not exist.
    RemovedUnknown {
        /// The requested number, from 1.
        number: usize,
        /// The number of steps.
        count: usize,
    },
}

/// A setting whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingProblem {
    /// The key, including its sections.
    pub key: String,
    /// The violated rule.
    pub rule: SettingRule,
}

/// A rule for the value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingRule {
    /// At least this value.
    AtLeast(u64),
    /// Between these two values.
    Between(u64, u64),
    /// At least this long.
    AtLeastDuration(Span),
    /// Not greater than the value of another key.
    NotGreaterThan(String),
    /// Shorter than the duration of another key.
    ShorterThan(String),
    /// Requires another key.
    Requires(String),
    /// A supported SASL mechanism.
    KnownMechanism(String),
    /// A SASL mechanism that only another key can offer.
    MechanismOf {
        /// The mechanism.
        mechanism: String,
        /// The key that offers it.
        key: String,
    },
    /// A URL without this error.
    Url(UrlFault),
    /// A relay without this error.
    Relay {
        /// The host of the relay.
        host: String,
        /// The error.
        fault: RelayFault,
    },
    /// No files: the Lab has none.
    NoFiles,
}

/// Why a URL is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UrlFault {
    /// It does not begin with `https://`.
    NotHttps,
    /// The port is not a number.
    Port,
    /// The host is not a domain name.
    Host,
    /// The path contains a character that is not allowed in a URL.
    Path,
}

/// Why a relay is invalid.
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
