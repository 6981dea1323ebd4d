//! A scenario as JSON: what the Lab exports and takes back. The same names as in the file (TOML).

use super::read::{FILE_BYTES_MAX, ScenarioError, foreign, too_long};
use super::sound::sound;
use super::spec::Scenario;

/// A scenario as JSON, indented for people.
pub fn to_json(scenario: &Scenario) -> String {
    serde_json::to_string_pretty(scenario).unwrap_or_default()
}

/// Reads a scenario, as TOML or as JSON, and asks of it all that can be asked before it is played.
///
/// # Errors
/// See [`ScenarioError`].
pub fn read_any(text: &str) -> Result<Scenario, ScenarioError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(too_long(text));
    }
    let scenario = if text.trim_start().starts_with('{') {
        from_json(text)?
    } else {
        super::read(text)?
    };
    sound(&scenario)?;
    Ok(scenario)
}

fn from_json(text: &str) -> Result<Scenario, ScenarioError> {
    serde_json::from_str(text).map_err(|e| {
        let place = (e.line() > 0).then(|| (e.line(), e.column()));
        ScenarioError {
            place,
            ..foreign(&sentence(&e))
        }
    })
}

/// What is wrong in a text of JSON, without the place at the end of it, which is told beside.
pub(crate) fn sentence(error: &serde_json::Error) -> String {
    let why = error.to_string();
    why.rsplit_once(" at line ")
        .map_or(why.clone(), |(sentence, _)| sentence.to_owned())
}
