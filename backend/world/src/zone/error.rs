//! What is wrong with a zone file.

use mail::DomainError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An error in a zone file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with the entry that begins there.
    pub problem: EntryError,
}

/// What is wrong with an entry of a zone file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryError {
    /// A domain name is missing.
    NameMissing,
    /// `$ORIGIN` without a name.
    OriginMissing,
    /// `$TTL` without seconds.
    TtlMissing,
    /// The first entry has no owner name.
    OwnerMissing,
    /// The record type is missing.
    TypeMissing,
    /// Data of a record of this type is missing.
    DataMissing(String),
    /// A TXT record of several words is not quoted.
    Unquoted,
    /// Not a number of seconds.
    NotSeconds(String),
    /// Not a number in the range of the field.
    NotANumber {
        /// As written.
        text: String,
        /// The largest number allowed.
        max: u16,
    },
    /// Not an IPv4 address.
    NotIpv4(String),
    /// Not an IPv6 address.
    NotIpv6(String),
    /// Not a domain name.
    NotADomain {
        /// As written.
        text: String,
        /// Which rule is broken.
        problem: DomainError,
    },
    /// Not bytes in hexadecimal digits.
    NotHex(String),
    /// A record type that is not supported.
    UnknownType(String),
    /// A backslash without a character, or with a number that is no octet of three digits.
    BadEscape(String),
    /// The octets of a text are not UTF-8.
    NotUtf8(String),
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryError::NameMissing => f.write_str("a name is missing"),
            EntryError::OriginMissing => f.write_str("$ORIGIN needs a name"),
            EntryError::TtlMissing => f.write_str("$TTL needs seconds"),
            EntryError::OwnerMissing => f.write_str("the first entry needs a name"),
            EntryError::TypeMissing => f.write_str("a record type is missing"),
            EntryError::DataMissing(kind) => write!(f, "{kind} needs more data"),
            EntryError::Unquoted => f.write_str("a TXT record of several words needs quotes"),
            EntryError::NotSeconds(text) => write!(f, "{text} is not a number of seconds"),
            EntryError::NotANumber { text, max } => {
                write!(f, "{text} is not a number from 0 to {max}")
            }
            EntryError::NotIpv4(text) => write!(f, "{text} is not an IPv4 address"),
            EntryError::NotIpv6(text) => write!(f, "{text} is not an IPv6 address"),
            EntryError::NotADomain { text, problem } => write!(f, "{text}: {problem}"),
            EntryError::NotHex(text) => write!(f, "{text} is not in hexadecimal digits"),
            EntryError::UnknownType(kind) => write!(f, "record type {kind} is not supported"),
            EntryError::BadEscape(text) => {
                write!(f, "{text} must be \\ and a character, or \\000 to \\255")
            }
            EntryError::NotUtf8(text) => write!(f, "{text} is not UTF-8"),
        }
    }
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for ZoneError {}
