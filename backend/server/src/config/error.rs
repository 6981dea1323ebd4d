//! What is wrong with a configuration file: typed, with line and column. The English sentence is
//! made by `Display`, for the command line.

use super::value_reader::{ReadError, ReadProblem, ValueType};
use node::settings::{RENAMED_KEYS, RenamedKey, SettingsError};
use std::fmt;

/// A place in a text; both numbers count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Position {
    /// The position of a byte offset.
    pub(super) fn of(text: &str, offset: usize) -> Position {
        let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// An error in a configuration file, and where it is. The position is missing only for a key that
/// is not in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where.
    pub position: Option<Position>,
    /// What.
    pub problem: ConfigProblem,
}

/// What is wrong in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigProblem {
    /// The text is not TOML.
    Syntax {
        /// The TOML parser's description.
        description: String,
    },
    /// A key that does not exist here.
    UnknownKey {
        /// As written.
        key: String,
        /// The keys that exist here.
        known: &'static [&'static str],
    },
    /// A string that is not one of a fixed set.
    UnknownChoice {
        /// As written.
        value: String,
        /// The set.
        known: &'static [&'static str],
    },
    /// A required key is missing.
    MissingKey(&'static str),
    /// A key is there twice: under its present name and under its old one.
    DuplicateKey(&'static str),
    /// A value of the wrong type.
    WrongType {
        /// Its type.
        found: ValueType,
        /// What was expected.
        expected: String,
    },
    /// A number that does not fit its key.
    NumberOutOfRange(String),
    /// A value of the right type that cannot be used.
    BadValue {
        /// Why, from the value's own parser.
        why: String,
    },
    /// `[tls]` has only one of `certificate` and `key`.
    IncompleteTls,
    /// `inbound.relay` has a network so large that the host would be an open relay.
    OpenRelay {
        /// The network.
        network: String,
    },
    /// Values that are each well-formed but cannot be used.
    Settings(SettingsError),
}

/// A key that is written with its old name; the file is valid all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenamedKeyWarning {
    /// Where it is written.
    pub position: Position,
    /// Old and present name.
    pub key: RenamedKey,
}

impl fmt::Display for RenamedKeyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RenamedKey { section, old, new } = self.key;
        if section.is_empty() {
            write!(f, "`[{old}]` was renamed to `[{new}]`")
        } else {
            let section = section.join(".");
            write!(f, "`{section}.{old}` was renamed to `{section}.{new}`")
        }
    }
}

impl ConfigError {
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
        ConfigError {
            position: Some(Position::of(
                text,
                error.span().map_or(0, |span| span.start),
            )),
            problem: ConfigProblem::Syntax {
                description: error.message().to_owned(),
            },
        }
    }

    pub(super) fn read(text: &str, error: ReadError) -> ConfigError {
        let problem = match error.problem {
            ReadProblem::UnknownKey { key, known } => ConfigProblem::UnknownKey { key, known },
            ReadProblem::UnknownChoice { value, known } => {
                ConfigProblem::UnknownChoice { value, known }
            }
            ReadProblem::MissingKey(key) => ConfigProblem::MissingKey(key),
            ReadProblem::DuplicateKey(key) => ConfigProblem::DuplicateKey(key),
            ReadProblem::WrongType { found, expected } => {
                ConfigProblem::WrongType { found, expected }
            }
            ReadProblem::NumberOutOfRange(number) => ConfigProblem::NumberOutOfRange(number),
            ReadProblem::BadValue(why) => ConfigProblem::BadValue { why },
        };
        ConfigError {
            position: Some(Position::of(text, error.offset.unwrap_or(0))),
            problem,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        self.problem.fmt(f)
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigProblem::Syntax { description } => write!(f, "syntax error: {description}"),
            ConfigProblem::UnknownKey { key, known } => {
                write!(f, "unknown key `{key}`")?;
                let known: Vec<&str> = known
                    .iter()
                    .copied()
                    .filter(|name| !RENAMED_KEYS.iter().any(|renamed| renamed.old == *name))
                    .collect();
                match nearest(key, &known) {
                    Some(near) => write!(f, "; did you mean `{near}`?"),
                    None => write!(f, "; valid keys: {}", quoted(&known)),
                }
            }
            ConfigProblem::UnknownChoice { value, known } => {
                write!(f, "unknown value {value:?}")?;
                match nearest(value, known) {
                    Some(near) => write!(f, "; did you mean \"{near}\"?"),
                    None => write!(f, "; valid values: {}", known.join(", ")),
                }
            }
            ConfigProblem::MissingKey(key) => write!(f, "the key `{key}` is required"),
            ConfigProblem::DuplicateKey(key) => write!(f, "`{key}` is set twice"),
            ConfigProblem::WrongType { found, expected } => {
                write!(f, "expected {expected}, found {found}")
            }
            ConfigProblem::NumberOutOfRange(number) => write!(f, "{number} is out of range"),
            ConfigProblem::BadValue { why } => f.write_str(why),
            ConfigProblem::IncompleteTls => {
                f.write_str("[tls] requires both certificate and key, or neither")
            }
            ConfigProblem::OpenRelay { network } => write!(
                f,
                "inbound.relay: {network} would make this host an open relay"
            ),
            ConfigProblem::Settings(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

// The closest name, if it is close enough to be a typing error.
fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, name) = known
        .iter()
        .map(|name| (edit_distance(written, name), *name))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + written.chars().count() / 3).then_some(name)
}

// Levenshtein distance, in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
