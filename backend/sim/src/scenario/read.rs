//! Parses and writes scenario files: TOML, as in the collection, and JSON, as exported by the Lab.
//! Both have the same keys.

use super::limits::FILE_BYTES_MAX;
use super::spec::{Scenario, StepSpec};
use super::validate;
use crate::diagnose;
use crate::error::{Document, Problem, ScenarioError};

/// Serializes a scenario as indented JSON.
pub fn to_json(scenario: &Scenario) -> String {
    serde_json::to_string_pretty(scenario).unwrap_or_default()
}

/// Parses a scenario in TOML and checks that it is consistent. [`read_any`] checks more.
///
/// # Errors
/// See [`ScenarioError`].
pub fn read(text: &str) -> Result<Scenario, ScenarioError> {
    let scenario = from_toml(text)?;
    validate::structure(&scenario)?;
    Ok(scenario)
}

/// Parses a scenario in TOML or JSON and validates it fully.
///
/// # Errors
/// See [`ScenarioError`].
pub fn read_any(text: &str) -> Result<Scenario, ScenarioError> {
    let scenario = if text.trim_start().starts_with('{') {
        from_json(text)?
    } else {
        from_toml(text)?
    };
    validate::scenario(&scenario)?;
    Ok(scenario)
}

/// Parses a step from its JSON value.
///
/// # Errors
/// The invalid key or value.
pub fn read_step(value: &serde_json::Value) -> Result<StepSpec, ScenarioError> {
    serde_json::from_value(value.clone()).map_err(|_| diagnose::value::<StepSpec>(value).into())
}

fn fits(text: &str) -> Result<(), ScenarioError> {
    if text.len() <= FILE_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::TooLarge {
        document: Document::Scenario,
        bytes: text.len(),
        bytes_max: FILE_BYTES_MAX,
    }
    .into())
}

fn from_toml(text: &str) -> Result<Scenario, ScenarioError> {
    fits(text)?;
    toml::from_str(text).map_err(|error| diagnose::toml::<Scenario>(text, &error))
}

fn from_json(text: &str) -> Result<Scenario, ScenarioError> {
    fits(text)?;
    serde_json::from_str(text).map_err(|error| diagnose::json::<Scenario>(text, &error))
}
