//! What can be wrong with the form of a text.

use serde::{Deserialize, Serialize};

/// What is wrong with the form of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// Not TOML; the text at the place.
    Toml(String),
    /// Not JSON.
    Json,
    /// The JSON text ends before it is complete.
    Truncated,
    /// Values are nested too deeply.
    TooDeep,
    /// A key occurs twice.
    DuplicateKey(String),
    /// A required key is missing.
    MissingKey(String),
    /// A key that has no meaning here.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are known here.
        known: Vec<String>,
    },
    /// A keyword that has no meaning here.
    UnknownKeyword {
        /// The keyword.
        keyword: String,
        /// The keywords that are known here.
        known: Vec<String>,
    },
    /// A value of another type than is wanted.
    WrongType {
        /// The value.
        found: Found,
        /// The type; `None` where it is not known.
        wanted: Option<Wanted>,
    },
    /// A value of the right type that is not allowed.
    InvalidValue(Found),
    /// A list with a wrong number of values.
    WrongLength(usize),
    /// A text that is not a duration such as `90s`.
    NotADuration(String),
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its type.
    pub kind: ValueKind,
    /// As it is written; empty for lists and tables.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// The type of a value in TOML or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// A string.
    Text,
    /// A date or time (TOML only).
    Date,
    /// An array.
    List,
    /// A table or an object.
    Table,
}

/// The type that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A whole number that is not negative.
    Unsigned,
    /// Any number.
    Number,
    /// A string.
    Text,
    /// An array.
    List,
    /// A table or an object.
    Table,
    /// A keyword, or a table with one key.
    Keyword,
}
