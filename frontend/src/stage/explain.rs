//! Explanations by key: title, text and RFC reference, one JSON file a language. Parses the file;
//! the view fetches it.

use serde::Deserialize;
use std::collections::HashMap;

/// What one key explains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Explanation {
    /// A few words.
    pub title: String,
    /// A short paragraph.
    #[serde(default)]
    pub text: String,
    /// `RFC 5321 §4.1.1.3`; empty where no RFC says it.
    #[serde(default)]
    pub rfc: String,
}

/// All explanations of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanations(HashMap<String, Explanation>);

impl Explanations {
    /// Reads a file: an object of keys. What is not an explanation is left out.
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

    /// The explanation of a key, or of the more general one that it belongs to: `smtp.reply.458` →
    /// `smtp.reply`. Events name replies by code only; the enhanced code is a key of its own,
    /// `enhanced.4.3.3`.
    pub fn find(&self, key: &str) -> Option<&Explanation> {
        std::iter::successors(Some(key), |k| Some(k.rsplit_once('.')?.0))
            .find_map(|k| self.0.get(k))
    }

    /// The key under which [`Explanations::find`] finds it.
    pub fn found_at<'k>(&self, key: &'k str) -> Option<&'k str> {
        std::iter::successors(Some(key), |k| Some(k.rsplit_once('.')?.0))
            .find(|k| self.0.contains_key(*k))
    }

    /// Nothing is loaded.
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
    fn finds_a_key_or_the_more_general_one() {
        check("smtp.rcpt", Some("RCPT"));
        check("smtp.reply.250", Some("Reply"));
        check("smtp.noop", None);
        check("$comment", None);
    }

    #[test]
    fn a_broken_file_explains_nothing() {
        assert!(Explanations::read("<html>").is_empty());
    }
}
