//! Parser and matcher of search queries. All conditions must hold.
//!
//! ```text
//! query     = *( term WSP )
//! term      = word / phrase / field ":" ( word / phrase ) / "has:attachment" / "is:" state
//!             / ( "before:" / "after:" ) date / "in:" folder
//! phrase    = DQUOTE *CHAR DQUOTE
//! field     = "from" / "to" / "subject"
//! state     = "unread" / "read" / "flagged" / "answered"
//! date      = 4DIGIT ( "-" / "/" ) 1*2DIGIT ( "-" / "/" ) 1*2DIGIT
//! ```
//! Anything else is a word. `after:` includes the day, `before:` excludes it (UTC).

use mail::{Time, flags};
use mime::{NameAddr, Needle, Summary};

/// Conditions per query; further ones are ignored.
pub const TERMS_MAX: usize = 32;

/// A parsed query.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) words: Vec<Needle>,
    from: Vec<Needle>,
    to: Vec<Needle>,
    subject: Vec<Needle>,
    attachment: bool,
    with: u8,
    without: u8,
    before: Option<Time>,
    after: Option<Time>,
    /// Folder names of `in:`.
    pub(super) folders: Vec<String>,
}

impl Query {
    pub(super) fn read(text: &str) -> Query {
        let mut query = Query::default();
        for (field, value) in terms(text).into_iter().take(TERMS_MAX) {
            query.add(field.as_deref(), value);
        }
        query
    }

    fn add(&mut self, field: Option<&str>, value: String) {
        let lower = value.to_lowercase();
        match (field, lower.as_str()) {
            (Some("from"), _) => self.from.push(Needle::new(&value)),
            (Some("to"), _) => self.to.push(Needle::new(&value)),
            (Some("subject"), _) => self.subject.push(Needle::new(&value)),
            (Some("in"), _) => self.folders.push(lower),
            (Some("has"), "attachment" | "attachments") => self.attachment = true,
            (Some("is"), "unread" | "unseen") => self.without |= flags::SEEN,
            (Some("is"), "read" | "seen") => self.with |= flags::SEEN,
            (Some("is"), "flagged" | "starred") => self.with |= flags::FLAGGED,
            (Some("is"), "answered") => self.with |= flags::ANSWERED,
            (Some("before"), date) if day(date).is_some() => self.before = day(date),
            (Some("after"), date) if day(date).is_some() => self.after = day(date),
            (Some(field), _) => self.words.push(Needle::new(&format!("{field}:{value}"))),
            (None, _) => self.words.push(Needle::new(&value)),
        }
    }

    /// Matches what is known without reading the message.
    pub(super) fn may_match(&self, system: u8, date: Time) -> bool {
        system & self.with == self.with
            && system & self.without == 0
            && self.before.is_none_or(|before| date < before)
            && self.after.is_none_or(|after| date >= after)
    }

    /// Whether the summary of a message is needed.
    pub(super) fn asks_summary(&self) -> bool {
        self.attachment
            || [&self.from, &self.to, &self.subject, &self.words]
                .iter()
                .any(|list| !list.is_empty())
    }

    /// Matches the summary and returns the words that remain to be found in the text; `None` if it
    /// does not match.
    pub(super) fn rest_of<'a>(&'a self, summary: &Summary) -> Option<Vec<&'a Needle>> {
        if self.attachment && summary.attachments == 0 {
            return None;
        }
        let who = |list: &[NameAddr]| {
            list.iter()
                .map(|c| format!("{} <{}>\n", c.name, c.address))
                .collect::<String>()
        };
        let all_in = |needles: &[Needle], text: &dyn Fn() -> String| {
            needles.is_empty() || holds_all(needles, &text())
        };
        let recipients = || who(&summary.to) + &who(&summary.cc);
        if !all_in(&self.from, &|| who(&summary.from))
            || !all_in(&self.to, &recipients)
            || !all_in(&self.subject, &|| summary.subject.clone())
        {
            return None;
        }
        if self.words.is_empty() {
            return Some(Vec::new());
        }
        let shown = format!(
            "{}\n{}{}{}",
            summary.subject,
            who(&summary.from),
            recipients(),
            summary.preview
        );
        Some(
            self.words
                .iter()
                .filter(|word| !word.is_in(&shown))
                .collect(),
        )
    }
}

fn holds_all(needles: &[Needle], text: &str) -> bool {
    needles.iter().all(|needle| needle.is_in(text))
}

// Splits a query into terms with their field in lower case, if any. An unclosed quotation ends with
// the query.
fn terms(text: &str) -> Vec<(Option<String>, String)> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (field, value) = match rest.split_once([':', '：']) {
            Some((field, value)) if FIELDS.iter().any(|f| f.eq_ignore_ascii_case(field)) => {
                (Some(field.to_ascii_lowercase()), value)
            }
            _ => (None, rest),
        };
        let (value, after) = match value.strip_prefix(['"', '“', '”']) {
            Some(quoted) => {
                let end = quoted.find(['"', '“', '”']).unwrap_or(quoted.len());
                (
                    &quoted[..end],
                    quoted[end..]
                        .strip_prefix(['"', '“', '”'])
                        .unwrap_or_default(),
                )
            }
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        if !value.trim().is_empty() {
            terms.push((field, value.to_owned()));
        }
        rest = after.trim_start();
    }
    terms
}

const FIELDS: [&str; 8] = [
    "from", "to", "subject", "has", "is", "before", "after", "in",
];

fn day(text: &str) -> Option<Time> {
    let parts: Vec<u32> = text
        .split(['-', '/'])
        .map(|n| n.parse().ok())
        .collect::<Option<_>>()?;
    match parts[..] {
        [year @ 1000..=9999, month @ 1..=12, day @ 1..=31] => {
            Some(Time::from_civil(year as i32, month, day, 0, 0, 0))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: bool) {
        let mut summary = Summary::default();
        summary.subject = "项目计划 for Friday".into();
        summary.from = vec![NameAddr::new("李雷", "lilei@a.test")];
        summary.to = vec![NameAddr::new("Han Meimei", "han@b.test")];
        summary.preview = "see the attached sheet".into();
        summary.attachments = 1;
        let query_read = Query::read(query);
        let date = Time::from_civil(2026, 11, 20, 12, 0, 0);
        let found = query_read.may_match(flags::FLAGGED, date)
            && query_read
                .rest_of(&summary)
                .is_some_and(|rest| rest.is_empty());
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn requires_every_condition_to_match() {
        for (query, expected) in [
            ("", true),
            ("项目", true),
            ("计划 friday", true),
            ("计划 monday", false),
            ("from:李雷", true),
            ("from:han", false),
            ("to:han subject:计划", true),
            ("TO:HAN", true),
            ("subject:\"for friday\"", true),
            ("subject:\"friday for\"", false),
            ("\"attached sheet\"", true),
            ("has:attachment is:unread is:flagged", true),
            ("is:read", false),
            ("after:2026-11-20 before:2026-11-21", true),
            ("after:2026/11/21", false),
            ("before:2026-11-20", false),
            ("before:soon", false),
            ("“项目计划”", true),
            ("from:“李雷”", true),
        ] {
            check(query, expected);
        }
    }

    #[test]
    fn parses_any_text_as_a_query() {
        for (text, expected) in [
            ("a:b c", vec![(None, "a:b"), (None, "c")]),
            ("from:", vec![]),
            ("from: x", vec![(None, "x")]),
            ("\"open", vec![(None, "open")]),
            ("\"\" \"", vec![]),
            (
                "in:\"My folder\" x",
                vec![(Some("in"), "My folder"), (None, "x")],
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(f, v)| (f.map(str::to_owned), v.to_owned()))
                .collect();
            assert_eq!(terms(text), expected, "{text}");
        }
    }
}
