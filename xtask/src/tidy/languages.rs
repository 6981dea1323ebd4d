//! Completeness of both languages. Interface texts are a typed table, checked by the compiler;
//! explanations are data: every entry of static/explain/* must have both `en` and `zh`.

use super::Finding;

/// True if a file has texts in both languages as data.
pub fn is_data(path: &str) -> bool {
    path.starts_with("static/explain/") && [".toml", ".json"].iter().any(|end| path.ends_with(end))
}

/// Checks data files (path, text).
pub fn check(files: &[(&str, &str)]) -> Vec<Finding> {
    files
        .iter()
        .flat_map(|(path, text)| {
            if path.ends_with(".toml") {
                toml(path, text)
            } else {
                json(path, text)
            }
        })
        .collect()
}

/// A table `[key]` that has one of the two languages must have the other; neither may be empty.
fn toml(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut entry = Entry::new("the top", 1);
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.starts_with('[') && line.ends_with(']') {
            findings.extend(entry.finding(path));
            entry = Entry::new(line.trim_matches(['[', ']']), number + 1);
        } else if let Some((key, value)) = line.split_once('=') {
            entry.see(key.trim(), !matches!(value.trim(), "\"\"" | "''"));
            // An inline table on one line: key = { en = "…", zh = "…" }
            if let Some(inner) = value.trim().strip_prefix('{') {
                let mut inline = Entry::new(key.trim(), number + 1);
                for language in ["en", "zh"] {
                    if inner.contains(&format!("{language} ="))
                        || inner.contains(&format!("{language}="))
                    {
                        inline.see(language, true);
                    }
                }
                findings.extend(inline.finding(path));
            }
        }
    }
    findings.extend(entry.finding(path));
    findings
}

/// An object that has one of the two languages as a key must have the other.
fn json(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Vec<Entry> = Vec::new();
    let mut last_key = "the top".to_owned();
    let (mut line, mut rest) = (1, text);
    while let Some(first) = rest.chars().next() {
        let mut width = first.len_utf8();
        match first {
            '\n' => line += 1,
            '{' => open.push(Entry::new(&last_key, line)),
            '}' => findings.extend(open.pop().and_then(|entry| entry.finding(path))),
            '"' => {
                let body = string_body(&rest[1..]);
                width = (body.len() + 2).min(rest.len());
                if let Some(value) = rest[width..].trim_start().strip_prefix(':') {
                    body.clone_into(&mut last_key);
                    if let Some(entry) = open.last_mut() {
                        entry.see(body, !value.trim_start().starts_with("\"\""));
                    }
                }
            }
            _ => {}
        }
        rest = &rest[width..];
    }
    findings
}

/// What stands before the closing quote.
fn string_body(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    &text[..end.unwrap_or(text.len())]
}

struct Entry {
    name: String,
    line: usize,
    english: Option<bool>,
    chinese: Option<bool>,
}

impl Entry {
    fn new(name: &str, line: usize) -> Self {
        Self {
            name: name.to_owned(),
            line,
            english: None,
            chinese: None,
        }
    }

    fn see(&mut self, key: &str, filled: bool) {
        match key {
            "en" => self.english = Some(filled),
            "zh" => self.chinese = Some(filled),
            _ => {}
        }
    }

    fn finding(&self, path: &str) -> Option<Finding> {
        let missing = match (self.english, self.chinese) {
            (None, None) | (Some(true), Some(true)) => return None,
            (Some(true), _) => "zh",
            _ => "en",
        };
        Some(Finding::Violation(format!(
            "{path}:{}: `{}` lacks the language `{missing}`",
            self.line, self.name
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_both_languages_in_toml() {
        assert_eq!(
            toml(
                "a.toml",
                "[ehlo]\nen = \"hello\"\nzh = \"问候\"\n[quit]\nterm = \"x\"\n"
            ),
            []
        );
        assert_eq!(
            toml(
                "a.toml",
                "[ehlo]\nen = \"hello\"\n[quit]\nen = \"bye\"\nzh = \"再见\"\n"
            )
            .len(),
            1
        );
        assert_eq!(
            toml("a.toml", "[ehlo]\nen = \"hello\"\nzh = \"\"\n").len(),
            1
        );
        assert_eq!(
            toml(
                "a.toml",
                "ehlo = { en = \"hello\" }\nquit = { en = \"bye\", zh = \"再见\" }\n"
            )
            .len(),
            1
        );
    }

    #[test]
    fn wants_both_languages_in_json() {
        assert_eq!(
            json(
                "a.json",
                r#"{"ehlo": {"en": "say \"hi\" {", "zh": "问候"}, "n": [1]}"#
            ),
            []
        );
        assert_eq!(
            json(
                "a.json",
                r#"{"ehlo": {"en": "hello"}, "quit": {"en": "bye", "zh": "再见"}}"#
            )
            .len(),
            1
        );
        assert_eq!(
            json("a.json", r#"{"ehlo": {"zh": "问候", "en": ""}}"#).len(),
            1
        );
    }
}
