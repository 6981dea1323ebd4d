//! Finds out what is wrong with a text that could not be read: TOML and JSON are parsed into a tree
//! of values with their places, and the wanted type is read from the tree by a deserializer whose
//! error is typed. Runs only after a failed read; what can be read never comes here.

mod de;
mod json;
mod toml;
mod tree;

use crate::error::{ScenarioError, Syntax};
use serde::de::DeserializeOwned;
use tree::Tree;

/// An error at a byte of the text; at none where the whole is meant.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    offset: Option<usize>,
    // `None` until the value is known that its type refused for a reason of its own.
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

/// What keeps a TOML text from being read as `T`.
pub(crate) fn toml<T: DeserializeOwned>(text: &str, error: &::toml::de::Error) -> ScenarioError {
    let offset = error.span().map_or(0, |span| span.start);
    match toml::tree(text).and_then(|tree| check::<T>(&tree)) {
        Err(diagnosis) => diagnosis.in_text(text),
        // Never seen; the place is right in any case.
        Ok(()) => Diagnosis::new(offset, Syntax::Toml(String::new())).in_text(text),
    }
}

/// What keeps a JSON text from being read as `T`.
pub(crate) fn json<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> ScenarioError {
    match json::tree(text, error).and_then(|tree| check::<T>(&tree)) {
        Err(diagnosis) => diagnosis.in_text(text),
        Ok(()) => Diagnosis::new(json::offset(text, error), Syntax::Json).in_text(text),
    }
}

/// What keeps a value from being read as `T`.
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
