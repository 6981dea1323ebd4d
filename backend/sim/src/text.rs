//! Values used by both scenario files and errors: a text in both languages, and a duration.

use mail::Duration;
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A duration: `"250ms"`, `"90s"`, `"5m"`, `"4h"`, `"5d"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// The type name that [`Span`] gives to a deserializer, so that it can distinguish an invalid
/// duration from other invalid strings.
pub(crate) const SPAN_TYPE: &str = "Span";

impl Span {
    /// Parses a duration; `None` if the text is not one or the duration is too long.
    pub fn parse(text: &str) -> Option<Span> {
        mail::parse_duration(text).map(Span).ok()
    }
}

struct SpanVisitor;

impl<'de> Visitor<'de> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 250ms, 90s, 5m, 4h or 5d")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
        Span::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, d: D) -> Result<Span, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Span, D::Error> {
        d.deserialize_newtype_struct(SPAN_TYPE, SpanVisitor)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mail::format_duration(self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<u64>) {
        let expected = expected.map(|millis| Span(Duration::from_millis(millis)));
        assert_eq!(Span::parse(text), expected, "{text}");
        let json = serde_json::Value::String(text.to_owned());
        assert_eq!(serde_json::from_value(json).ok(), expected, "{text}");
    }

    #[test]
    fn reads_durations_with_a_unit() {
        check("250ms", Some(250));
        check("90s", Some(90_000));
        check("5d", Some(432_000_000));
        check("90", None);
        check("-1s", None);
        check("1.5h", None);
        check("18446744073709551615d", None);
        check("", None);
    }
}
