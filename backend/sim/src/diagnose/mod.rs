//! Finds out why a text could not be parsed: parses TOML and JSON into a tree of values with their
//! positions, and deserializes the wanted type from the tree with typed errors. Runs only after
//! parsing has failed.

mod de;
mod json;
mod toml;
mod tree;

use crate::error::{ScenarioError, Syntax};
use serde::de::DeserializeOwned;
use tree::Tree;

/// An error with its byte offset; `None` if it concerns the whole text.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    offset: Option<usize>,
    // `None` for a reason that is not typed, until the rejected value is known.
    syntax: Option<Syntax>,
}

impl Diagnosis {
    fn new(offset: usize, syntax: Syntax) -> Diagnosis {
        Diagnosis {
            offset: Some(offset),
            syntax: Some(syntax),
        }
    }

    fn syntax(self) -> Syntax {
        self.syntax.unwrap_or(Syntax::Json)
    }

    fn in_text(self, text: &str) -> ScenarioError {
        let offset = self.offset;
        let error = ScenarioError::from(self.syntax());
        match offset {
            Some(offset) => error.at(text, offset),
            None => error,
        }
    }
}

/// Finds out why a TOML text cannot be parsed as `T`.
pub(crate) fn toml<T: DeserializeOwned>(text: &str, error: &::toml::de::Error) -> ScenarioError {
    let offset = error.span().map_or(0, |span| span.start);
    match toml::tree(text).and_then(|tree| check::<T>(&tree)) {
        Err(diagnosis) => diagnosis.in_text(text),
        // Should not happen; the position is correct in any case.
        Ok(()) => Diagnosis::new(offset, Syntax::Toml(String::new())).in_text(text),
    }
}

/// Finds out why a JSON text cannot be parsed as `T`.
pub(crate) fn json<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> ScenarioError {
    match json::tree(text, error).and_then(|tree| check::<T>(&tree)) {
        Err(diagnosis) => diagnosis.in_text(text),
        Ok(()) => Diagnosis::new(json::offset(text, error), Syntax::Json).in_text(text),
    }
}

/// Finds out why a value cannot be parsed as `T`.
pub(crate) fn value<T: DeserializeOwned>(value: &serde_json::Value) -> Syntax {
    match check::<T>(&Tree::of(value)) {
        Err(diagnosis) => diagnosis.syntax(),
        Ok(()) => Syntax::Json,
    }
}

fn check<T: DeserializeOwned>(tree: &Tree) -> Result<(), Diagnosis> {
    T::deserialize(tree).map(drop)
}

#[cfg(test)]
mod tests;
