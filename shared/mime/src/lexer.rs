//! The tokens of structured header values (RFC 5322 §3.2): atoms, quoted strings, comments, domain
//! literals, specials. Tolerant: an unclosed quote is an ordinary character, an unclosed comment
//! extends to the end of the value. Does not interpret the tokens.

use std::borrow::Cow;

use crate::word;

/// One token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `atext` and dots; a backslash outside quotes escapes the next character. An encoded word is
    /// one atom.
    Atom(Cow<'a, [u8]>),
    /// `quoted-string`, unquoted.
    Quoted(Vec<u8>),
    /// `comment`, without its outer parentheses.
    Comment(Vec<u8>),
    /// `domain-literal`, with brackets.
    Literal(&'a [u8]),
    /// One of `<>@,;:` or any other single character.
    Special(u8),
}

/// Splits a value into tokens.
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// White space precedes the last token.
    pub(crate) spaced: bool,
    /// No closing quote follows.
    unquoted: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Lexer<'a> {
        Lexer {
            bytes,
            at: 0,
            spaced: false,
            unquoted: false,
        }
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.spaced = self.at > start;
        let first = *self.bytes.get(self.at)?;
        Some(match first {
            b'"' => {
                self.at += 1;
                match self.quoted() {
                    Some(text) => Token::Quoted(text),
                    None => return self.next(),
                }
            }
            b'(' => {
                self.at += 1;
                Token::Comment(self.comment())
            }
            b'[' => Token::Literal(self.literal()),
            _ if is_special(first) => {
                self.at += 1;
                Token::Special(first)
            }
            _ => Token::Atom(self.atom()),
        })
    }

    /// `quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE` (RFC 5322 §3.2.4), after its first
    /// quote. Folds are removed. `None` where it is not closed; reading continues after the quote
    /// then.
    fn quoted(&mut self) -> Option<Vec<u8>> {
        if self.unquoted {
            return None;
        }
        let start = self.at;
        let mut out = Vec::new();
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'"' => return Some(out),
                b'\\' => out.extend(self.escaped()),
                b'\r' | b'\n' => {}
                _ => out.push(b),
            }
        }
        self.at = start;
        self.unquoted = true;
        None
    }

    /// `comment = "(" *([FWS] ccontent) [FWS] ")"` (RFC 5322 §3.2.2), after its first parenthesis;
    /// comments nest.
    fn comment(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut depth = 1u32;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'(' => depth += 1,
                b')' if depth == 1 => break,
                b')' => depth -= 1,
                b'\r' | b'\n' => continue,
                b'\\' => {
                    out.extend(self.escaped());
                    continue;
                }
                _ => {}
            }
            out.push(b);
        }
        out
    }

    /// `domain-literal = "[" *([FWS] dtext) [FWS] "]"` (RFC 5322 §3.4.1).
    fn literal(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let len = memchr::memchr(b']', rest).map_or(rest.len(), |i| i + 1);
        self.at += len;
        &rest[..len]
    }

    fn atom(&mut self) -> Cow<'a, [u8]> {
        let start = self.at;
        if let Some(len) = word::word_len(&self.bytes[start..]) {
            self.at += len;
            return Cow::Borrowed(&self.bytes[start..self.at]);
        }
        let mut escaped: Option<Vec<u8>> = None;
        while let Some(&b) = self.bytes.get(self.at) {
            if b == b'\\' {
                let out = escaped.get_or_insert_with(|| self.bytes[start..self.at].to_vec());
                self.at += 1;
                out.extend(self.bytes.get(self.at));
                self.at = (self.at + 1).min(self.bytes.len());
                continue;
            }
            if is_special(b) || matches!(b, b'"' | b'(' | b'[') || b.is_ascii_whitespace() {
                break;
            }
            if let Some(out) = &mut escaped {
                out.push(b);
            }
            self.at += 1;
        }
        escaped.map_or_else(|| Cow::Borrowed(&self.bytes[start..self.at]), Cow::Owned)
    }

    fn escaped(&mut self) -> Option<u8> {
        let b = self
            .bytes
            .get(self.at)
            .copied()
            .filter(|b| !matches!(b, b'\r' | b'\n'));
        self.at = (self.at + 1).min(self.bytes.len());
        b
    }
}

fn is_special(b: u8) -> bool {
    matches!(b, b'<' | b'>' | b'@' | b',' | b';' | b':' | b')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[&str]) {
        let mut lexer = Lexer::new(value.as_bytes());
        let mut got = Vec::new();
        while let Some(token) = lexer.next() {
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            got.push(match token {
                Token::Atom(a) => text(&a),
                Token::Quoted(q) => format!("\"{}\"", text(&q)),
                Token::Comment(c) => format!("({})", text(&c)),
                Token::Literal(l) => text(l),
                Token::Special(s) => (s as char).to_string(),
            });
        }
        assert_eq!(got, expected, "{value:?}");
    }

    #[test]
    fn splits_each_kind_of_token() {
        check(
            "a.b \"c \\\"d\" (e (f) \\)) <@[1]>",
            &["a.b", "\"c \"d\"", "(e (f) ))", "<", "@", "[1]", ">"],
        );
        check("Foo \\(bar", &["Foo", "(bar"]);
        check("=?utf-8?Q?a,b?= c", &["=?utf-8?Q?a,b?=", "c"]);
    }

    #[test]
    fn unclosed_tokens_lose_nothing() {
        check("\"a b", &["a", "b"]);
        check("(a (b)", &["(a (b))"]);
        check("[a", &["[a"]);
        check("\\", &[""]);
    }
}
