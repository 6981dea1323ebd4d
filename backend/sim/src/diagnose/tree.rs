//! A tree of values with their positions.

use crate::error::{Found, ValueKind};
use serde_json::Number;

/// A value and the byte offset at which it begins.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) offset: Option<usize>,
    pub(super) value: Value,
}

/// A value of TOML or JSON.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    // The text of a date, which only TOML has.
    Date(String),
    List(Vec<Tree>),
    Table(Vec<Entry>),
}

/// An entry of a table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) offset: Option<usize>,
    pub(super) tree: Tree,
}

impl Tree {
    /// The tree of a value, without positions.
    pub(super) fn of(value: &serde_json::Value) -> Tree {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Boolean(*value),
            serde_json::Value::Number(number) => Value::Number(number.clone()),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(all) => Value::List(all.iter().map(Tree::of).collect()),
            serde_json::Value::Object(all) => Value::Table(
                all.iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        offset: None,
                        tree: Tree::of(value),
                    })
                    .collect(),
            ),
        };
        Tree {
            offset: None,
            value,
        }
    }

    /// The value in the form that an error shows.
    pub(super) fn found(&self) -> Found {
        let (kind, value) = match &self.value {
            Value::Null => (ValueKind::Null, String::new()),
            Value::Boolean(value) => (ValueKind::Boolean, value.to_string()),
            Value::Number(number) if number.is_f64() => (ValueKind::Float, number.to_string()),
            Value::Number(number) => (ValueKind::Integer, number.to_string()),
            Value::Text(text) => (ValueKind::Text, shorten(text)),
            Value::Date(text) => (ValueKind::Date, text.clone()),
            Value::List(_) => (ValueKind::List, String::new()),
            Value::Table(_) => (ValueKind::Table, String::new()),
        };
        Found { kind, value }
    }
}

/// Maximum characters of a text that an error shows.
const SHOWN_CHARS_MAX: usize = 60;

pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
