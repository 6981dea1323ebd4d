//! Forms as data: the fields of a host, an event or settings, their kinds, and their paths in the
//! edited JSON.

use super::field_error::{self, FieldError};
use serde_json::{Map, Value, json};

/// The type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A domain name of the Lab.
    Name,
    /// Domain names, separated by spaces or commas.
    Names,
    /// An address of the Lab.
    Ip,
    /// A mail address.
    Mail,
    /// Mail addresses, separated by spaces or commas.
    Mails,
    /// The name of one of the hosts.
    Host,
    /// A duration.
    Span,
    /// A whole number in this range.
    Number(i64, i64),
    /// Port numbers, separated by spaces or commas.
    Ports,
    /// A checkbox.
    Toggle,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A single line of text.
    Line,
    /// Text of several lines.
    Text,
    /// A list of strings, one per line.
    Lines,
    /// A zone file.
    Zone,
    /// A dialogue with a server or client.
    Dialogue,
    /// An SMTP reply.
    Reply,
    /// Any JSON value.
    Json,
}

/// One field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The path of its value in the JSON: `submit.to-host`, `fault.link.between.0`.
    pub path: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Whether it may be left empty; its key is then left out.
    pub optional: bool,
}

/// A required field.
pub const fn needed(path: &'static str, kind: Kind) -> Field {
    Field {
        path,
        kind,
        optional: false,
    }
}

/// An optional field.
pub const fn optional(path: &'static str, kind: Kind) -> Field {
    Field {
        path,
        kind,
        optional: true,
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

impl Field {
    /// The text of the field in a JSON value.
    pub fn read(&self, value: &Value) -> String {
        let found = at(value, self.path).unwrap_or(&Value::Null);
        match (self.kind, found) {
            (_, Value::Null) => String::new(),
            (Kind::Json, other) => serde_json::to_string_pretty(other).unwrap_or_default(),
            (_, Value::String(text)) => text.clone(),
            (_, Value::Array(items)) => {
                let words: Vec<String> = items
                    .iter()
                    .map(|item| {
                        item.as_str()
                            .map_or_else(|| item.to_string(), str::to_owned)
                    })
                    .collect();
                let separator = if self.kind == Kind::Lines { "\n" } else { ", " };
                words.join(separator)
            }
            (_, other) => other.to_string(),
        }
    }

    /// Parses the text and puts it into the JSON value.
    ///
    /// # Errors
    /// See [`FieldError`]; the JSON value is unchanged.
    pub fn write(&self, value: &mut Value, text: &str) -> Result<(), FieldError> {
        let fresh = self.parse(text)?;
        put(value, self.path, fresh);
        Ok(())
    }

    /// Checks whether a text is valid for the field.
    ///
    /// # Errors
    /// See [`FieldError`].
    pub fn check(&self, text: &str) -> Result<(), FieldError> {
        self.parse(text).map(drop)
    }

    // `None`: the field is left out.
    fn parse(&self, text: &str) -> Result<Option<Value>, FieldError> {
        let many = matches!(
            self.kind,
            Kind::Text | Kind::Lines | Kind::Zone | Kind::Dialogue | Kind::Json
        );
        let max = if many {
            field_error::TEXT_CHARS_MAX
        } else {
            field_error::LINE_CHARS_MAX
        };
        if text.chars().count() > max {
            return Err(FieldError::TooLong(max));
        }
        let short = text.trim();
        if self.optional && short.is_empty() {
            return Ok(None);
        }
        let is_text = |checked: Result<(), FieldError>| checked.map(|()| Some(json!(short)));
        match self.kind {
            Kind::Name | Kind::Host => is_text(field_error::name(short)),
            Kind::Ip => is_text(field_error::ip(short)),
            Kind::Mail => is_text(field_error::mail(short)),
            Kind::Span => is_text(field_error::span(short).map(drop)),
            Kind::Reply => is_text(field_error::reply(short)),
            Kind::Line => is_text(if short.is_empty() {
                Err(FieldError::Empty)
            } else {
                Ok(())
            }),
            Kind::Names => each(short, field_error::name).map(Some),
            Kind::Mails => each(short, field_error::mail).map(Some),
            Kind::Ports => {
                let ports: Result<Vec<i64>, FieldError> = words(short)
                    .map(|word| field_error::number(word, 1, 65_535))
                    .collect();
                ports.map(|ports| Some(json!(ports)))
            }
            Kind::Number(least, most) => {
                field_error::number(short, least, most).map(|number| Some(json!(number)))
            }
            Kind::Toggle => Ok(Some(json!(short == "true"))),
            Kind::Choice(_) => Ok(Some(match short {
                "true" => json!(true),
                "false" => json!(false),
                word => json!(word),
            })),
            Kind::Text | Kind::Zone => Ok(Some(json!(text))),
            Kind::Lines => {
                let lines = short.lines().map(str::trim).filter(|line| !line.is_empty());
                Ok(Some(json!(lines.collect::<Vec<_>>())))
            }
            Kind::Dialogue => field_error::dialogue(text).map(|()| Some(json!(text))),
            Kind::Json => serde_json::from_str(text)
                .map(Some)
                .map_err(|e| FieldError::InvalidJson(e.line(), e.column())),
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', ';', '，', '、', '；', '\n'])
        .filter(|word| !word.is_empty())
}

fn each(text: &str, check: fn(&str) -> Result<(), FieldError>) -> Result<Value, FieldError> {
    let all: Vec<&str> = words(text).collect();
    all.iter().try_for_each(|word| check(word))?;
    Ok(json!(all))
}

/// Sets or removes the value at a path; creates missing parents and removes objects left empty.
pub fn put(value: &mut Value, path: &str, fresh: Option<Value>) {
    let Some((first, rest)) = path.split_once('.') else {
        set(value, path, fresh);
        return;
    };
    if fresh.is_none() && at(value, first).is_none() {
        return;
    }
    let next = if rest.starts_with(|c: char| c.is_ascii_digit()) {
        json!([])
    } else {
        json!({})
    };
    let below = match value {
        Value::Array(items) => first
            .parse::<usize>()
            .ok()
            .and_then(|place| items.get_mut(place)),
        Value::Object(map) => Some(map.entry(first).or_insert(next)),
        _ => None,
    };
    let Some(below) = below else { return };
    put(below, rest, fresh);
    if below.as_object().is_some_and(Map::is_empty) {
        set(value, first, None);
    }
}

fn set(value: &mut Value, key: &str, fresh: Option<Value>) {
    match (value, fresh) {
        (Value::Object(map), Some(fresh)) => drop(map.insert(key.to_owned(), fresh)),
        (Value::Object(map), None) => drop(map.remove(key)),
        (Value::Array(items), Some(fresh)) => {
            let Ok(place) = key.parse::<usize>() else {
                return;
            };
            if place < items.len() {
                items[place] = fresh;
            } else {
                items.push(fresh);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: Field, before: Value, text: &str, expected: Result<Value, FieldError>) {
        let mut value = before.clone();
        let result = field.write(&mut value, text);
        match expected {
            Ok(after) => {
                assert_eq!((result, &value), (Ok(()), &after));
            }
            Err(field_error) => assert_eq!((result, value), (Err(field_error), before)),
        }
    }

    #[test]
    fn a_field_writes_its_text_to_its_path_and_reads_it_back() {
        let to = needed("submit.to", Kind::Mails);
        check(
            to,
            json!({}),
            "a@a.test, b@b.test",
            Ok(json!({"submit": {"to": ["a@a.test", "b@b.test"]}})),
        );
        assert_eq!(
            to.read(&json!({"submit": {"to": ["a@a.test", "b@b.test"]}})),
            "a@a.test, b@b.test"
        );
        check(
            needed("fault.link.between.1", Kind::Host),
            json!({"fault": {"link": {"between": ["a.test"]}}}),
            "b.test",
            Ok(json!({"fault": {"link": {"between": ["a.test", "b.test"]}}})),
        );
        check(
            needed("at", Kind::Span),
            json!({"at": "1s"}),
            "5m",
            Ok(json!({"at": "5m"})),
        );
        check(
            needed("fault.clock.seconds", Kind::Number(-10, 10)),
            json!({}),
            "-3",
            Ok(json!({"fault": {"clock": {"seconds": -3}}})),
        );
        check(
            needed("x.on", Kind::Toggle),
            json!({}),
            "true",
            Ok(json!({"x": {"on": true}})),
        );
    }

    #[test]
    fn an_empty_field_is_removed_with_its_empty_parents() {
        let delay = optional("inbound.greylist.delay", Kind::Span);
        check(
            delay,
            json!({"inbound": {"greylist": {"delay": "5m"}}, "auth": {"spf": "off"}}),
            "",
            Ok(json!({"auth": {"spf": "off"}})),
        );
        check(delay, json!({}), " ", Ok(json!({})));
    }

    #[test]
    fn an_invalid_text_changes_nothing() {
        check(
            needed("submit.from", Kind::Mail),
            json!({"submit": {"from": "a@a.test"}}),
            "alice",
            Err(FieldError::InvalidAddress),
        );
        check(
            needed("submit.to", Kind::Mails),
            json!({}),
            "a@a.test b",
            Err(FieldError::InvalidAddress),
        );
        check(
            needed("name", Kind::Name),
            json!({}),
            "mail.gmail.com",
            Err(FieldError::NonTestDomain),
        );
        check(
            needed("x", Kind::Ports),
            json!({}),
            "25, 70000",
            Err(FieldError::NumberOutOfRange(1, 65_535)),
        );
        check(
            optional("settings", Kind::Json),
            json!({}),
            "{\n  \"door\": oops}",
            Err(FieldError::InvalidJson(2, 11)),
        );
        check(
            needed("x", Kind::Line),
            json!({}),
            &"x".repeat(field_error::LINE_CHARS_MAX + 1),
            Err(FieldError::TooLong(field_error::LINE_CHARS_MAX)),
        );
        check(
            needed("x", Kind::Line),
            json!({}),
            "y",
            Ok(json!({"x": "y"})),
        );
    }
}
