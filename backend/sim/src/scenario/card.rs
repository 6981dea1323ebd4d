//! Fault cards: faults that can be added to any scenario at any time, with values to choose. The
//! cards are data (`static/scenarios/cards.toml`, texts in both languages) made of the same steps
//! as scenarios. A new card is an entry in that file.
//!
//! Failures: a value that is missing or out of range is reported with the card's title.

use super::read::read_step;
use super::spec::{Scenario, Span, StepSpec, Text};
use crate::diagnose;
use crate::error::{Context, RequestProblem, ScenarioError, Within};
use mail::dns::Question;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use std::net::IpAddr;

const FILE: &str = include_str!("../../../../static/scenarios/cards.toml");

/// A fault card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The id: `host-down`.
    pub id: String,
    /// The group it is listed in.
    pub group: Group,
    /// The title.
    pub title: Text,
    /// What happens, and what to watch in the run.
    pub lead: Text,
    /// The values to choose.
    #[serde(default)]
    pub choose: Vec<Choose>,
    /// The steps, with `{key}` as the placeholder of a value.
    pub steps: Vec<Map<String, Value>>,
}

/// The part of the system that a card affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// A host.
    Host,
    /// The link between two hosts.
    Link,
    /// One connection.
    Connection,
    /// An attacker on the path.
    Attacker,
    /// DNS.
    Dns,
    /// A host's policy.
    Policy,
}

/// A value to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// The placeholder in the steps.
    pub key: String,
    /// The type of the value.
    pub kind: Chosen,
    /// The label.
    pub label: Text,
    /// The default value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The minimum of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The maximum of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The options of [`Chosen::Choice`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<CardOption>,
}

/// The type of a value to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// A host's name.
    Host,
    /// The name of a host that runs a server.
    Server,
    /// The address of a user with a mailbox.
    Person,
    /// A name in DNS.
    Name,
    /// A port.
    Port,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// One of the options.
    Choice,
}

/// An option of [`Chosen::Choice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardOption {
    /// The value in the steps.
    pub value: String,
    /// The label.
    pub say: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    card: Vec<Card>,
}

/// All cards, in the order in which they are listed.
///
/// # Errors
/// An error in the file of cards; a test makes sure that there is none.
pub fn cards() -> Result<Vec<Card>, ScenarioError> {
    toml::from_str::<File>(FILE)
        .map(|file| file.card)
        .map_err(|error| diagnose::toml::<File>(FILE, &error))
}

impl Card {
    /// The card's steps at a time, to be added to the learner's edits.
    ///
    /// # Errors
    /// If a value is missing or out of range.
    pub fn played(
        &self,
        scenario: &Scenario,
        chosen: &BTreeMap<String, String>,
        at: Span,
    ) -> Result<Vec<StepSpec>, ScenarioError> {
        let context = || Context::Card(self.title.clone());
        let values = self.values(scenario, chosen).within(context)?;
        let steps = self.steps.iter().map(|step| {
            let mut step: Map<String, Value> = step
                .iter()
                .map(|(key, value)| (key.clone(), fill(value, &values)))
                .collect();
            step.insert("at".to_owned(), Value::String(at.to_string()));
            read_step(&Value::Object(step)).within(context)
        });
        steps.collect()
    }

    // The value of each `{key}` in the steps.
    fn values(
        &self,
        scenario: &Scenario,
        chosen: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Value>, ScenarioError> {
        let mut values = BTreeMap::new();
        for choose in &self.choose {
            let context = || Context::Choice(choose.label.clone());
            let value = chosen.get(&choose.key).or(choose.default.as_ref());
            let value = value.ok_or(RequestProblem::NotChosen).within(context)?;
            let checked = choose.check_value(value).within(context)?;
            values.insert(choose.key.clone(), checked);
            if let Some(host) = scenario.hosts.iter().find(|host| host.name == *value) {
                values.insert(
                    format!("{}.address", choose.key),
                    Value::String(host.address.clone()),
                );
                values.insert(
                    format!("{}.reversed", choose.key),
                    Value::String(reverse_address(&host.address)),
                );
            }
        }
        Ok(values)
    }
}

impl Choose {
    fn check_value(&self, value: &str) -> Result<Value, RequestProblem> {
        let text = || value.to_owned();
        match self.kind {
            Chosen::Port => {
                let port = value.parse::<u16>();
                let port = port.map_err(|_| RequestProblem::NotAPort(text()))?;
                Ok(Value::Number(Number::from(port)))
            }
            Chosen::Number => {
                let number = value.parse::<i64>();
                let number = number.map_err(|_| RequestProblem::NotANumber(text()))?;
                let in_range = self.min.is_none_or(|min| number >= min)
                    && self.max.is_none_or(|max| number <= max);
                if in_range {
                    Ok(Value::Number(Number::from(number)))
                } else {
                    Err(RequestProblem::OutOfRange(text()))
                }
            }
            Chosen::Choice if !self.options.iter().any(|option| option.value == value) => {
                Err(RequestProblem::NotOffered(text()))
            }
            _ => Ok(Value::String(text())),
        }
    }
}

// RFC 5782 §2.1: an address in the form used by DNS lists.
fn reverse_address(address: &str) -> String {
    let name = address
        .parse::<IpAddr>()
        .map(|ip| Question::reverse(ip).name)
        .unwrap_or_default();
    name.trim_end_matches(".in-addr.arpa")
        .trim_end_matches(".ip6.arpa")
        .to_owned()
}

// A text that is only `{key}` becomes the value with its type; in a longer text the value is
// inserted as text.
fn fill(template: &Value, values: &BTreeMap<String, Value>) -> Value {
    match template {
        Value::String(text) => {
            if let Some(value) = text
                .strip_prefix('{')
                .and_then(|t| t.strip_suffix('}'))
                .and_then(|key| values.get(key))
            {
                return value.clone();
            }
            let words = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            let put = |text: String, (key, value): (&String, &Value)| {
                text.replace(&format!("{{{key}}}"), &words(value))
            };
            Value::String(values.iter().fold(text.clone(), put))
        }
        Value::Array(all) => Value::Array(all.iter().map(|one| fill(one, values)).collect()),
        Value::Object(all) => Value::Object(
            all.iter()
                .map(|(key, one)| (key.clone(), fill(one, values)))
                .collect(),
        ),
        other => other.clone(),
    }
}
