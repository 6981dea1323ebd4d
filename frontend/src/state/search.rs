//! Search queries as shown in the search box: words and filter chips. The server searches; here the
//! text is only split for display.

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, or a quoted phrase.
    Word(String),
    /// `from:lin`
    Filter {
        /// One of [`KEYS`].
        key: &'static str,
        /// The value without quotes.
        value: String,
    },
}

/// The known filters.
pub const KEYS: [&str; 8] = [
    "from", "to", "subject", "has", "is", "before", "after", "in",
];

impl Token {
    /// The token as typed.
    pub fn typed(&self) -> String {
        let quoted = |text: &str| {
            if text.contains(char::is_whitespace) {
                format!("\"{text}\"")
            } else {
                text.to_owned()
            }
        };
        match self {
            Token::Word(word) => quoted(word),
            Token::Filter { key, value } => format!("{key}:{}", quoted(value)),
        }
    }
}

/// Splits a query.
pub fn tokens(query: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let (word, after) = cut(rest);
        rest = after.trim_start();
        let filter = word.split_once([':', '：']).and_then(|(key, value)| {
            let key = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key))?;
            let value = value.trim_matches('"').to_owned();
            (!value.is_empty()).then_some(Token::Filter { key, value })
        });
        let plain = word.trim_matches('"');
        match filter {
            Some(filter) => tokens.push(filter),
            None if !plain.is_empty() => tokens.push(Token::Word(plain.to_owned())),
            None => {}
        }
    }
    tokens
}

/// Returns the first token: up to a space outside quotes.
fn cut(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// The query without filters, as shown in the box.
pub fn words_only(query: &str) -> String {
    join(
        tokens(query)
            .iter()
            .filter(|token| matches!(token, Token::Word(_))),
    )
}

/// The filters, as shown in chips.
pub fn filters(query: &str) -> Vec<Token> {
    tokens(query)
        .into_iter()
        .filter(|token| matches!(token, Token::Filter { .. }))
        .collect()
}

/// Joins chips and box to a query.
pub fn query(filters: &[Token], typed: &str) -> String {
    let typed = tokens(typed);
    join(filters.iter().chain(&typed))
}

fn join<'a>(tokens: impl Iterator<Item = &'a Token>) -> String {
    tokens.map(Token::typed).collect::<Vec<_>>().join(" ")
}

/// The words to highlight in results.
pub fn marked(query: &str) -> Vec<String> {
    let marked = tokens(query).into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word),
        Token::Filter {
            key: "from" | "to" | "subject",
            value,
        } => Some(value),
        Token::Filter { .. } => None,
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(key: &'static str, value: &str) -> Token {
        Token::Filter {
            key,
            value: value.into(),
        }
    }

    #[test]
    fn splits_words_phrases_and_filters() {
        let expected = [
            Token::Word("周五 午餐".into()),
            filter("from", "林 晓"),
            filter("has", "attachment"),
            Token::Word("x:y".into()),
        ];
        assert_eq!(
            tokens("\"周五 午餐\" from:\"林 晓\" HAS：attachment x:y \"\""),
            expected
        );
    }

    #[test]
    fn splitting_and_joining_a_query_round_trips() {
        for text in ["a b", "from:\"a b\" c", "is:unread before:2026-01-01 午餐"] {
            assert_eq!(join(tokens(text).iter()), text);
        }
        assert_eq!(
            query(&filters("a from:b c"), &words_only("a from:b c")),
            "from:b a c"
        );
    }

    #[test]
    fn incomplete_filter_is_a_word() {
        assert_eq!(tokens("from:"), [Token::Word("from:".into())]);
    }

    #[test]
    fn highlights_words_and_names_but_not_dates() {
        assert_eq!(
            marked("午餐 from:lin after:2026-01-01 is:unread"),
            ["午餐", "lin"]
        );
    }
}
