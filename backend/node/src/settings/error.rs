//! Why settings that are well-formed one by one cannot be used. Typed, with the key; the English
//! sentence is made by `Display`, for the command line and for logs.

use mail::{Duration, format_duration};
use std::fmt;

/// A setting that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The key, with its sections: `inbound.score_junk`.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: SettingsProblem,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsProblem {
    /// A number below the minimum.
    BelowMinimum {
        /// The smallest number allowed.
        min: u64,
    },
    /// A number outside of a range, both ends included.
    OutOfRange {
        /// The smallest number allowed.
        min: u64,
        /// The largest number allowed.
        max: u64,
    },
    /// A duration below the minimum.
    TooShort {
        /// The shortest duration allowed.
        min: Duration,
    },
    /// Greater than the value of another key.
    GreaterThan {
        /// The other key.
        other: &'static str,
    },
    /// Not shorter than the value of another key.
    NotShorterThan {
        /// The other key.
        other: &'static str,
    },
    /// Needs another key, which is not set.
    Requires {
        /// The other key.
        other: &'static str,
    },
    /// A SASL mechanism that is not implemented.
    UnknownMechanism {
        /// Its name.
        name: String,
    },
    /// A token mechanism, which is offered when introspection is configured.
    TokenMechanism {
        /// Its name.
        name: String,
    },
    /// A -PLUS mechanism, which is offered when channel binding is on.
    PlusMechanism {
        /// Its name.
        name: String,
    },
    /// A URL that cannot be used.
    Url(UrlProblem),
    /// A relay's host is neither a domain name nor an address literal.
    RelayHost {
        /// As written.
        host: String,
        /// Why it was not understood.
        why: String,
    },
    /// A relay's password would be sent without verified TLS.
    RelayPasswordWithoutTls {
        /// The relay.
        host: String,
    },
    /// A relay has a password but no user.
    RelayPasswordWithoutUser {
        /// The relay.
        host: String,
    },
    /// A relay has a user and not exactly one of `password` and `password_file`.
    RelayPasswordSource {
        /// The relay.
        host: String,
    },
    /// A relay's password file cannot be read.
    RelayPasswordFile {
        /// Path and reason.
        why: String,
    },
}

/// What is wrong with a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlProblem {
    /// It does not begin with `https://`.
    NotHttps,
    /// The port is not a number.
    Port,
    /// The host is not a domain name.
    Host(String),
    /// The path has a character that a URL cannot have.
    Path,
}

impl SettingsError {
    pub(super) fn new(key: &'static str, problem: SettingsProblem) -> SettingsError {
        SettingsError { key, problem }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        match &self.problem {
            SettingsProblem::BelowMinimum { min } => write!(f, "{key} must be at least {min}"),
            SettingsProblem::OutOfRange { min, max } => {
                write!(f, "{key} must be between {min} and {max}")
            }
            SettingsProblem::TooShort { min } => {
                write!(f, "{key} must be at least \"{}\"", format_duration(*min))
            }
            SettingsProblem::GreaterThan { other } => {
                write!(f, "{key} must not be greater than {other}")
            }
            SettingsProblem::NotShorterThan { other } => {
                write!(f, "{key} must be shorter than {other}")
            }
            SettingsProblem::Requires { other } => write!(f, "{key} requires {other}"),
            SettingsProblem::UnknownMechanism { name } => {
                write!(f, "{key}: {name} is not supported")
            }
            SettingsProblem::TokenMechanism { name } => write!(
                f,
                "{key}: {name} cannot be listed; it is offered when login.introspection_url is set"
            ),
            SettingsProblem::PlusMechanism { name } => write!(
                f,
                "{key}: {name} cannot be listed; it is offered when login.channel_binding is true"
            ),
            SettingsProblem::Url(problem) => write!(f, "{key}: {problem}"),
            SettingsProblem::RelayHost { host, why } => {
                write!(f, "{key}: invalid relay host {host:?}: {why}")
            }
            SettingsProblem::RelayPasswordWithoutTls { host } => write!(
                f,
                "{key}: a password for {host} requires tls = \"required\" or \"implicit\""
            ),
            SettingsProblem::RelayPasswordWithoutUser { host } => {
                write!(f, "{key}: the password for {host} requires a user")
            }
            SettingsProblem::RelayPasswordSource { host } => {
                write!(f, "{key}: set either password or password_file for {host}")
            }
            SettingsProblem::RelayPasswordFile { why } => {
                write!(f, "{key}: cannot read the password file {why}")
            }
        }
    }
}

impl fmt::Display for UrlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlProblem::NotHttps => f.write_str("the URL must begin with https://"),
            UrlProblem::Port => f.write_str("the port is not a number"),
            UrlProblem::Host(why) => write!(f, "invalid host: {why}"),
            UrlProblem::Path => {
                f.write_str("the path has a character that is not allowed in a URL")
            }
        }
    }
}

impl std::error::Error for SettingsError {}
