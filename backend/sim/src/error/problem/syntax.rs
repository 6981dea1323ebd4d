//! Why a text is malformed.

use serde::{Deserialize, Serialize};

/// Why a text is malformed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// Invalid TOML; the text at the position.
    Toml(String),
    /// Invalid JSON.
    Json,
    /// The JSON text is truncated.
    Truncated,
    /// Values are nested too deeply.
    TooDeep,
    /// A key occurs twice.
    DuplicateKey(String),
    /// A required key is missing.
    MissingKey(String),
    /// An unknown key.
    UnknownKey {
        /// The key.
        key: String,
        /// The allowed keys.
        known: Vec<String>,
    },
    /// An unknown keyword.
    UnknownKeyword {
        /// The keyword.
        keyword: String,
        /// The allowed keywords.
        known: Vec<String>,
    },
    /// A value of the wrong type.
    WrongType {
        /// The value.
        found: Found,
        /// The expected type; `None` if it is not known.
        wanted: Option<Wanted>,
    },
    /// A value of the right type that is not allowed.
    InvalidValue(Found),
    /// A list with the wrong number of values.
    WrongLength(usize),
    /// A text that is not a duration such as `90s`.
    NotADuration(String),
}

/// A value in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its type.
    pub kind: ValueKind,
    /// The value as written; empty for lists and tables.
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

/// The expected type of a value.
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
