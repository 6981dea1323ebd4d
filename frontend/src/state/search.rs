//! Search queries as shown in the search box: words and filter chips. The server searches; this
//! module only splits the text for display.

use mail::search::{FIELDS, SearchTerm, terms};

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, a quoted phrase, or an unknown filter.
    Word {
        /// Preceded by `-`: messages that contain it are excluded.
        negated: bool,
        /// The text without quotes.
        text: String,
        /// Written in quotation marks.
        quoted: bool,
    },
    /// A filter such as `from:lin`.
    Filter {
        /// Preceded by `-`.
        negated: bool,
        /// One of [`FIELDS`].
        key: &'static str,
        /// The value without quotes.
        value: String,
    },
}

impl Token {
    /// A filter.
    pub fn filter(key: &'static str, value: &str) -> Token {
        Token::Filter {
            negated: false,
            key,
            value: value.to_owned(),
        }
    }

    fn of(term: SearchTerm) -> Token {
        let known = FIELDS
            .into_iter()
            .find(|known| Some(*known) == term.field.as_deref());
        match known {
            Some(key) => Token::Filter {
                negated: term.negated,
                key,
                value: term.value,
            },
            None => Token::Word {
                negated: term.negated,
                text: term.text(),
                quoted: term.quoted && term.field.is_none(),
            },
        }
    }

    /// The token as typed.
    pub fn typed(&self) -> String {
        let quotes = |text: &str, quoted: bool| {
            if quoted || text.contains(char::is_whitespace) {
                format!("\"{text}\"")
            } else {
                text.to_owned()
            }
        };
        let sign = |negated: bool| if negated { "-" } else { "" };
        match self {
            Token::Word {
                negated,
                text,
                quoted,
            } => format!("{}{}", sign(*negated), quotes(text, *quoted)),
            Token::Filter {
                negated,
                key,
                value,
            } => format!("{}{key}:{}", sign(*negated), quotes(value, false)),
        }
    }

    fn is_filter(&self) -> bool {
        matches!(self, Token::Filter { .. })
    }
}

/// Splits a query.
fn tokens(query: &str) -> Vec<Token> {
    terms(query).into_iter().map(Token::of).collect()
}

/// Whether a query contains `OR`; such a query is not split into chips, since its order matters.
fn has_alternatives(query: &str) -> bool {
    terms(query).iter().any(|term| term.or)
}

/// The query without filters, as shown in the box.
pub fn words_only(query: &str) -> String {
    if has_alternatives(query) {
        return query.trim().to_owned();
    }
    join(tokens(query).iter().filter(|token| !token.is_filter()))
}

/// The filters, as shown in chips.
pub fn filters(query: &str) -> Vec<Token> {
    if has_alternatives(query) {
        return Vec::new();
    }
    let all = tokens(query).into_iter();
    all.filter(Token::is_filter).collect()
}

/// Joins the chips and the text of the box into a query.
pub fn query(filters: &[Token], typed: &str) -> String {
    if has_alternatives(typed) {
        let filters = join(filters.iter());
        return format!("{filters} {}", typed.trim()).trim().to_owned();
    }
    let typed = tokens(typed);
    join(filters.iter().chain(&typed))
}

fn join<'a>(tokens: impl Iterator<Item = &'a Token>) -> String {
    tokens.map(Token::typed).collect::<Vec<_>>().join(" ")
}

/// The words to highlight in results.
pub fn marked(query: &str) -> Vec<String> {
    let marked = tokens(query).into_iter().filter_map(|token| match token {
        Token::Word {
            negated: false,
            text,
            ..
        } => Some(text),
        Token::Filter {
            negated: false,
            key: "from" | "to" | "cc" | "subject",
            value,
        } => Some(value),
        Token::Word { .. } | Token::Filter { .. } => None,
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_chips_and_words_stay_in_the_box() {
        for (text, chips, words) in [
            (
                "\"周五 午餐\" from:\"林 晓\" HAS：attachment x:y \"\"",
                "from:\"林 晓\" has:attachment",
                "\"周五 午餐\" x:y",
            ),
            ("a -b -\"c d\" -from:e", "-from:e", "a -b -\"c d\""),
            ("\"from:x\" larger:2M", "larger:2M", "\"from:x\""),
            ("label:x 10:30", "", "label:x 10:30"),
            ("from:a OR from:b c", "", "from:a OR from:b c"),
        ] {
            assert_eq!(join(filters(text).iter()), chips, "{text}");
            assert_eq!(words_only(text), words, "{text}");
        }
    }

    #[test]
    fn splitting_and_joining_a_query_round_trips() {
        for text in [
            "a b",
            "from:\"a b\" c",
            "is:unread before:2026-01-01 午餐",
            "-is:read \"exact\" -word",
            "a OR b -c",
        ] {
            assert_eq!(query(&filters(text), &words_only(text)), text);
        }
        assert_eq!(
            query(&filters("a from:b c"), &words_only("a from:b c")),
            "from:b a c"
        );
        assert_eq!(query(&filters("is:unread"), "a OR b"), "is:unread a OR b");
    }

    #[test]
    fn filter_without_a_value_is_ignored() {
        assert_eq!(words_only("from:"), "");
        assert!(filters("from:").is_empty());
    }

    #[test]
    fn highlights_words_and_names_but_not_dates_or_exclusions() {
        assert_eq!(
            marked("午餐 from:lin after:2026-01-01 is:unread -not -to:me"),
            ["午餐", "lin"]
        );
    }
}
