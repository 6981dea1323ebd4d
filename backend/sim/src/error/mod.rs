//! Why a scenario, an edit or a request cannot be used, or why a run was stopped: typed values with
//! their parameters. Contains no text; [`ScenarioError::text`] takes the sentences in both
//! languages from one catalogue.

mod catalogue;
mod problem;

pub use problem::{
    Counted, DialogueProblem, Document, Found, HostProblem, NameProblem, Problem, RelayFault,
    RequestProblem, RunProblem, SettingProblem, SettingRule, StepProblem, Syntax, UrlFault,
    ValueKind, Wanted, ZoneProblem,
};

use crate::text::{Span, Text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An error with its position and context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioError {
    /// Line and column in the scenario's text, counted from 1, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(usize, usize)>,
    /// The parts of the scenario that contain the error, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Context>,
    /// What is wrong.
    pub problem: Problem,
}

/// A part of a scenario, or the operation during which an error occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// While parsing a request.
    Request,
    /// While running the scenario.
    Run,
    /// A host, by name.
    Host(String),
    /// A step, counted from 1, and its time.
    Step(usize, Span),
    /// A host's settings.
    Settings,
    /// A line of the zone, counted from 1.
    ZoneLine(usize),
    /// An address, an alias, a key or another item, by name.
    Item(String),
    /// A fault card, by its title.
    Card(Text),
    /// A choice of a fault card, by its label.
    Choice(Text),
}

impl ScenarioError {
    /// Adds a context that contains all others so far.
    #[must_use]
    pub fn within(mut self, context: Context) -> ScenarioError {
        self.context.insert(0, context);
        self
    }

    /// Sets the position from a byte offset in a text.
    #[must_use]
    pub(crate) fn at(mut self, text: &str, offset: usize) -> ScenarioError {
        let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        self.place = Some((line, column));
        self
    }

    /// The sentence in both languages, without the position.
    pub fn text(&self) -> Text {
        catalogue::error(self)
    }
}

impl<P: Into<Problem>> From<P> for ScenarioError {
    fn from(problem: P) -> ScenarioError {
        ScenarioError {
            place: None,
            context: Vec::new(),
            problem: problem.into(),
        }
    }
}

/// Writes the English sentence, preceded by the position.
impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for ScenarioError {}

/// Adds context to the error of a result.
pub(crate) trait Within<T> {
    /// Adds an outermost context to the error.
    fn within(self, context: impl FnOnce() -> Context) -> Result<T, ScenarioError>;
}

impl<T, E: Into<ScenarioError>> Within<T> for Result<T, E> {
    fn within(self, context: impl FnOnce() -> Context) -> Result<T, ScenarioError> {
        self.map_err(|error| error.into().within(context()))
    }
}
