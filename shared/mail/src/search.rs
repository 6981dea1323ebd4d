//! Splits a search query into its terms. What a filter means is for the caller.
//!
//! ```text
//! query  = *( term [ WSP ( "OR" / "|" ) WSP term ] WSP )
//! term   = [ "-" ] ( [ field ":" ] ( word / phrase ) )
//! field  = 2*( ALPHA / "_" )
//! phrase = DQUOTE *CHAR DQUOTE
//! ```
//! Quotation marks and colons may be those of Chinese input methods. An unclosed phrase ends with
//! the query.

/// The filters that search knows.
pub const FIELDS: [&str; 15] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "filename",
    "has",
    "is",
    "in",
    "before",
    "after",
    "newer_than",
    "older_than",
    "larger",
    "smaller",
];

/// A term of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerm {
    /// Preceded by `OR`: this term or the one before it.
    pub or: bool,
    /// Preceded by `-`: matches where the rest does not.
    pub negated: bool,
    /// The filter's name in lower case, known or not.
    pub field: Option<String>,
    /// The word, the phrase, or the value of the filter. Not empty.
    pub value: String,
    /// Written in quotation marks.
    pub quoted: bool,
}

impl SearchTerm {
    /// Whether the term has one of [`FIELDS`].
    pub fn is_filter(&self) -> bool {
        let known = |field: &String| FIELDS.contains(&field.as_str());
        self.field.as_ref().is_some_and(known)
    }

    /// The text of the term without the sign: `from:lin`, `10:30`
    pub fn text(&self) -> String {
        match &self.field {
            Some(field) => format!("{field}:{}", self.value),
            None => self.value.clone(),
        }
    }
}

const QUOTES: [char; 3] = ['"', '“', '”'];

/// Splits a query into its terms.
pub fn terms(query: &str) -> Vec<SearchTerm> {
    let mut all: Vec<SearchTerm> = Vec::new();
    let mut rest = query.trim_start();
    let mut or = false;
    while !rest.is_empty() {
        let word = word_of(rest);
        if matches!(word, "OR" | "|") {
            or = !all.is_empty();
            rest = rest[word.len()..].trim_start();
            continue;
        }
        let (mut term, after) = term(rest);
        rest = after.trim_start();
        if !term.value.trim().is_empty() {
            term.or = std::mem::take(&mut or);
            all.push(term);
        }
    }
    all
}

fn word_of(text: &str) -> &str {
    &text[..text.find(char::is_whitespace).unwrap_or(text.len())]
}

fn term(text: &str) -> (SearchTerm, &str) {
    let signed = text
        .strip_prefix(['-', '−', '－'])
        .filter(|rest| rest.starts_with(|c: char| !c.is_whitespace() && c != '-'));
    let (negated, text) = (signed.is_some(), signed.unwrap_or(text));
    let (field, text) = field(text);
    let (value, quoted, after) = value(text);
    let term = SearchTerm {
        or: false,
        negated,
        field,
        value: value.to_owned(),
        quoted,
    };
    (term, after)
}

// A known filter may be followed by spaces before its value. Addresses of pages, drives and times
// are words.
fn field(text: &str) -> (Option<String>, &str) {
    let Some((name, rest)) = text.split_once([':', '：']) else {
        return (None, text);
    };
    let is_name = name.len() >= 2 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    if !is_name {
        return (None, text);
    }
    let name = name.to_ascii_lowercase();
    if FIELDS.contains(&name.as_str()) {
        return (Some(name), rest.trim_start());
    }
    let is_value = rest.starts_with(|c: char| !c.is_whitespace()) && !rest.starts_with("//");
    if is_value {
        (Some(name), rest)
    } else {
        (None, text)
    }
}

fn value(text: &str) -> (&str, bool, &str) {
    match text.strip_prefix(QUOTES) {
        Some(phrase) => {
            let end = phrase.find(QUOTES).unwrap_or(phrase.len());
            let after = phrase[end..].strip_prefix(QUOTES).unwrap_or_default();
            (&phrase[..end], true, after)
        }
        None => {
            let word = word_of(text);
            (word, false, &text[word.len()..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let shown: Vec<String> = terms(query)
            .iter()
            .map(|t| {
                let (or, sign) = (
                    ["", "|"][usize::from(t.or)],
                    ["", "-"][usize::from(t.negated)],
                );
                format!("{or}{sign}{}", t.text())
            })
            .collect();
        assert_eq!(shown, expected, "{query}");
    }

    #[test]
    fn splits_words_phrases_filters_and_signs() {
        check("a b", &["a", "b"]);
        check("\"a b\" c", &["a b", "c"]);
        check("“周五 午餐” from：“林 晓”", &["周五 午餐", "from:林 晓"]);
        check(
            "a -b -\"c d\" -from:e a-b",
            &["a", "-b", "-c d", "-from:e", "a-b"],
        );
        check("a OR b | c or d", &["a", "|b", "|c", "or", "d"]);
        check("OR a", &["a"]);
        check("FROM:x Label:y", &["from:x", "label:y"]);
        check("from: x", &["from:x"]);
        check("from:", &[]);
        check("\"open end", &["open end"]);
        check("\"\" - \"", &["-"]);
        check("--x", &["--x"]);
    }

    #[test]
    fn times_and_addresses_of_pages_are_words() {
        for word in ["10:30", "https://x.test/a", "C:\\x", "Re:"] {
            let all = terms(word);
            assert_eq!((all.len(), &all[0].field), (1, &None), "{word}");
            assert_eq!(all[0].value, word);
        }
    }

    #[test]
    fn knows_which_filters_exist() {
        let known = |query: &str| terms(query)[0].is_filter();
        assert!(known("newer_than:2d") && !known("label:x") && !known("x"));
    }
}
