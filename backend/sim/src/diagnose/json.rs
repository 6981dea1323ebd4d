//! Parses JSON into a tree with positions. serde_json has already rejected the text and says
//! whether it is JSON at all; this module walks its structure to find the positions.

use super::Diagnosis;
use super::tree::{Entry, Tree, Value};
use crate::error::Syntax;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Deserializer;
use serde_json::error::Category;

// The nesting limit of serde_json.
const DEPTH_MAX: usize = 128;

/// Parses a text; `error` is the error of serde_json.
pub(super) fn tree(text: &str, error: &serde_json::Error) -> Result<Tree, Diagnosis> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(not_json(text, &error));
    }
    if error.classify() == Category::Syntax {
        // Valid JSON that was rejected while parsing: it is nested too deeply.
        return Err(Diagnosis::new(offset(text, error), Syntax::TooDeep));
    }
    let mut reader = Reader { text, at: 0 };
    reader.node(0)
}

fn not_json(text: &str, error: &serde_json::Error) -> Diagnosis {
    let syntax = match error.classify() {
        Category::Eof => Syntax::Truncated,
        _ => Syntax::Json,
    };
    Diagnosis::new(offset(text, error), syntax)
}

/// The byte offset of an error.
pub(super) fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = error.line().saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
    (start + error.column().saturating_sub(1)).min(text.len())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn broken(&self) -> Diagnosis {
        Diagnosis::new(self.at, Syntax::Json)
    }

    // The next character that is not white space, without consuming it.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += rest.iter().take_while(|byte| blank(byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    // Consumes the next character if it is `wanted`.
    fn take(&mut self, wanted: u8) -> bool {
        let there = self.next() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    // Parses a string, number, boolean or null.
    fn scalar<T: DeserializeOwned>(&mut self) -> Result<T, Diagnosis> {
        let mut stream = Deserializer::from_str(&self.text[self.at..]).into_iter::<T>();
        let value = stream.next().and_then(Result::ok);
        let length = stream.byte_offset();
        let value = value.ok_or_else(|| self.broken())?;
        self.at += length;
        Ok(value)
    }

    fn node(&mut self, depth: usize) -> Result<Tree, Diagnosis> {
        let first = self.next();
        let offset = self.at;
        if depth > DEPTH_MAX {
            return Err(Diagnosis::new(offset, Syntax::TooDeep));
        }
        let value = match first {
            Some(b'{') => Value::Table(self.table(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            _ => Tree::of(&self.scalar()?).value,
        };
        Ok(Tree {
            offset: Some(offset),
            value,
        })
    }

    fn table(&mut self, depth: usize) -> Result<Vec<Entry>, Diagnosis> {
        let mut entries = Vec::new();
        self.at += 1;
        while !self.take(b'}') {
            self.take(b',');
            self.next();
            let offset = Some(self.at);
            let key = self.scalar()?;
            if !self.take(b':') {
                return Err(self.broken());
            }
            let tree = self.node(depth + 1)?;
            entries.push(Entry { key, offset, tree });
        }
        Ok(entries)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Tree>, Diagnosis> {
        let mut all = Vec::new();
        self.at += 1;
        while !self.take(b']') {
            self.take(b',');
            all.push(self.node(depth + 1)?);
        }
        Ok(all)
    }
}
