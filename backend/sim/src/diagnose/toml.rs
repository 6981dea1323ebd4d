//! Parses TOML into a tree with positions.

use super::Diagnosis;
use super::tree::{Entry, Tree, Value, shorten};
use crate::error::{Found, Syntax, ValueKind};
use serde_json::Number;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Parses a text.
pub(super) fn tree(text: &str) -> Result<Tree, Diagnosis> {
    let root = DeTable::parse(text).map_err(|error| not_toml(text, error.span()))?;
    Ok(Tree {
        offset: Some(0),
        value: Value::Table(entries(root.get_ref())?),
    })
}

fn not_toml(text: &str, span: Option<Range<usize>>) -> Diagnosis {
    let span = span.unwrap_or(0..0);
    let near = text.get(span.clone()).unwrap_or_default();
    let near = near.lines().next().unwrap_or_default().trim();
    Diagnosis::new(span.start, Syntax::Toml(shorten(near)))
}

fn entries(table: &DeTable<'_>) -> Result<Vec<Entry>, Diagnosis> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        entries.push(Entry {
            key: key.get_ref().clone().into_owned(),
            offset: Some(key.span().start),
            tree: node(value)?,
        });
    }
    Ok(entries)
}

fn node(value: &Spanned<DeValue<'_>>) -> Result<Tree, Diagnosis> {
    let offset = value.span().start;
    let out_of_range = |kind, text: &str| {
        Diagnosis::new(
            offset,
            Syntax::InvalidValue(Found {
                kind,
                value: shorten(text),
            }),
        )
    };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix());
            let number = number.map_err(|_| out_of_range(ValueKind::Integer, integer.as_str()))?;
            Value::Number(number.into())
        }
        DeValue::Float(float) => {
            let number = float.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or_else(|| out_of_range(ValueKind::Float, float.as_str()))?)
        }
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(all) => Value::List(
            all.iter()
                .map(node)
                .collect::<Result<Vec<_>, Diagnosis>>()?,
        ),
        DeValue::Table(table) => Value::Table(entries(table)?),
    };
    Ok(Tree {
        offset: Some(offset),
        value,
    })
}
