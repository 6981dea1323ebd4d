//! Fault cards: what can be broken in any scenario at any moment, with what must be chosen for it.
//! The cards are data (`static/scenarios/cards.toml`, texts in both languages); what one does is
//! made of the steps that scenarios are made of. A new card is an entry in that file.
//!
//! Failures: what was not chosen, or chosen beyond its bounds, is named.

use super::read::{ScenarioError, fault, foreign, within};
use super::spec::{Scenario, Span, StepSpec, Text};
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
    /// `host-down`
    pub id: String,
    /// Cards of a kind lie together.
    pub group: Group,
    /// A few words.
    pub title: Text,
    /// What happens, and what to look at.
    pub lead: Text,
    /// What must be chosen.
    #[serde(default)]
    pub choose: Vec<Choose>,
    /// The steps, with `{key}` where a choice stands.
    pub steps: Vec<Map<String, Value>>,
}

/// What a card breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// A host.
    Host,
    /// What lies between two hosts.
    Link,
    /// One connection.
    Connection,
    /// Somebody on the way.
    Attacker,
    /// DNS.
    Dns,
    /// A host's rules.
    Policy,
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// Its name in the steps.
    pub key: String,
    /// What it is.
    pub kind: Chosen,
    /// How it is asked for.
    pub label: Text,
    /// What is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// For a choice: of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<CardOption>,
}

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// A host's name.
    Host,
    /// The name of a host on which something runs.
    Server,
    /// The address of somebody with a mailbox.
    Person,
    /// A name in DNS.
    Name,
    /// A port.
    Port,
    /// A whole number.
    Number,
    /// Words.
    Text,
    /// One of the options.
    Choice,
}

/// One of the options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardOption {
    /// As it stands in the steps.
    pub value: String,
    /// As it is shown.
    pub say: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    card: Vec<Card>,
}

/// All cards, in the order in which they are offered.
///
/// # Errors
/// What is wrong in the file of cards; a test sees to it that nothing is.
pub fn cards() -> Result<Vec<Card>, ScenarioError> {
    let wrong =
        |e: toml::de::Error| ScenarioError::at(FILE, e.span().map(|span| span.start), e.message());
    toml::from_str::<File>(FILE)
        .map(|file| file.card)
        .map_err(wrong)
}

impl Card {
    fn wrong(&self, error: ScenarioError) -> ScenarioError {
        fault(
            format!("{}：{}", self.title.zh, error.zh),
            format!("{}: {}", self.title.en, error.why),
        )
    }

    /// The card played at a moment: steps for the learner's edits.
    ///
    /// # Errors
    /// What was not chosen, or is out of bounds.
    pub fn played(
        &self,
        scenario: &Scenario,
        chosen: &BTreeMap<String, String>,
        at: Span,
    ) -> Result<Vec<StepSpec>, ScenarioError> {
        let mut values = BTreeMap::new();
        for choose in &self.choose {
            let told = chosen.get(&choose.key).or(choose.default.as_ref());
            let value = told.ok_or_else(|| {
                fault(
                    format!("{}：还没有选“{}”。", self.title.zh, choose.label.zh),
                    format!("{}: “{}” is not chosen", self.title.en, choose.label.en),
                )
            })?;
            values.insert(
                choose.key.clone(),
                choose.checked(value).map_err(|e| self.wrong(e))?,
            );
            if let Some(host) = scenario.hosts.iter().find(|h| h.name == *value) {
                values.insert(
                    format!("{}.address", choose.key),
                    Value::String(host.address.clone()),
                );
                values.insert(
                    format!("{}.reversed", choose.key),
                    Value::String(reversed(&host.address)),
                );
            }
        }
        let steps = self.steps.iter().map(|step| {
            let mut step: Map<String, Value> = step
                .iter()
                .map(|(key, value)| (key.clone(), filled(value, &values)))
                .collect();
            step.insert("at".to_owned(), Value::String(at.to_string()));
            serde_json::from_value(Value::Object(step))
                .map_err(|e| within([&self.title.zh, &self.title.en], foreign(&e.to_string())))
        });
        steps.collect()
    }
}

impl Choose {
    fn checked(&self, value: &str) -> Result<Value, ScenarioError> {
        let wrong = |[zh, en]: [&str; 2]| {
            fault(
                format!("“{}”：{value} {zh}", self.label.zh),
                format!("“{}”: {value} {en}", self.label.en),
            )
        };
        match self.kind {
            Chosen::Port => Ok(Value::Number(Number::from(
                value
                    .parse::<u16>()
                    .map_err(|_| wrong(["不是端口。", "is no port"]))?,
            ))),
            Chosen::Number => {
                let number: i64 = value
                    .parse()
                    .map_err(|_| wrong(["不是整数。", "is no whole number"]))?;
                let fits = self.min.is_none_or(|min| number >= min)
                    && self.max.is_none_or(|max| number <= max);
                if fits {
                    Ok(Value::Number(Number::from(number)))
                } else {
                    Err(wrong(["超出了范围。", "is out of bounds"]))
                }
            }
            Chosen::Choice if !self.options.iter().any(|option| option.value == value) => {
                Err(wrong(["不在选项里。", "is not offered"]))
            }
            _ => Ok(Value::String(value.to_owned())),
        }
    }
}

// RFC 5782 §2.1: as lists in DNS write an address.
fn reversed(address: &str) -> String {
    let name = address
        .parse::<IpAddr>()
        .map(|ip| Question::reverse(ip).name)
        .unwrap_or_default();
    name.trim_end_matches(".in-addr.arpa")
        .trim_end_matches(".ip6.arpa")
        .to_owned()
}

// A text that is nothing but `{key}` becomes the value, with its type; inside of a text the value's
// words are put.
fn filled(template: &Value, values: &BTreeMap<String, Value>) -> Value {
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
        Value::Array(all) => Value::Array(all.iter().map(|one| filled(one, values)).collect()),
        Value::Object(all) => Value::Object(
            all.iter()
                .map(|(key, one)| (key.clone(), filled(one, values)))
                .collect(),
        ),
        other => other.clone(),
    }
}
