//! Explanations by key: title, text and RFC reference, one JSON file per language. This module
//! parses the file; the view fetches it.

use serde::Deserialize;
use std::collections::HashMap;

/// The explanation of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Explanation {
    /// The title, a few words long.
    pub title: String,
    /// The text, a short paragraph.
    #[serde(default)]
    pub text: String,
    /// Reference such as `RFC 5321 §4.1.1.3`; empty if there is none.
    #[serde(default)]
    pub rfc: String,
}

/// All explanations of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanations(HashMap<String, Explanation>);

impl Explanations {
    /// Parses a file: one JSON object with an explanation per key. Invalid entries are skipped.
    pub fn read(json: &str) -> Explanations {
        let all: HashMap<String, serde_json::Value> =
            serde_json::from_str(json).unwrap_or_default();
        let explanation = |v| serde_json::from_value::<Explanation>(v).ok();
        Explanations(
            all.into_iter()
                .filter_map(|(k, v)| explanation(v).map(|e| (k, e)))
                .collect(),
        )
    }

    /// The explanation of a key, or of the nearest more general one: `smtp.reply.458` →
    /// `smtp.reply`. Events name replies by code only; the enhanced code has a key of its own,
    /// `enhanced.4.3.3`.
    pub fn find(&self, key: &str) -> Option<&Explanation> {
        std::iter::successors(Some(key), |k| Some(k.rsplit_once('.')?.0))
            .find_map(|k| self.0.get(k))
    }

    /// The key under which [`Explanations::find`] finds the explanation.
    pub fn found_at<'k>(&self, key: &'k str) -> Option<&'k str> {
        std::iter::successors(Some(key), |k| Some(k.rsplit_once('.')?.0))
            .find(|k| self.0.contains_key(*k))
    }

    /// Whether no explanation is loaded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, expected: Option<&str>) {
        let file = r#"{"smtp.rcpt":{"title":"RCPT","text":"…","rfc":"RFC 5321 §4.1.1.3"},"smtp.reply":{"title":"Reply"},"$comment":"x"}"#;
        let all = Explanations::read(file);
        assert_eq!(all.find(key).map(|e| e.title.as_str()), expected);
    }

    #[test]
    fn finds_a_key_or_a_more_general_one() {
        check("smtp.rcpt", Some("RCPT"));
        check("smtp.reply.250", Some("Reply"));
        check("smtp.noop", None);
        check("$comment", None);
    }

    #[test]
    fn an_invalid_file_yields_no_explanations() {
        assert!(Explanations::read("<html>").is_empty());
    }
}
