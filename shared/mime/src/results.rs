//! Reads Authentication-Results (RFC 8601) and the protocol of a Received field. Whether a field
//! can be trusted is the caller's business: it proves nothing unless the reader's own host added
//! it.

use crate::lexer::{Lexer, Token};

/// The results that one host found for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// The authserv-id: the host, as it names itself.
    pub service: String,
    /// The results; empty for `none`.
    pub results: Vec<MethodResult>,
}

/// The result of one method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MethodResult {
    /// `spf`, `dkim`, `dmarc` …, in lower case.
    pub method: String,
    /// `pass`, `fail` …, in lower case.
    pub result: String,
    /// What was checked: `smtp.mailfrom`, `header.d` …, in lower case, with the values.
    pub properties: Vec<(String, String)>,
}

impl MethodResult {
    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut found = self.properties.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// `authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]`
/// (RFC 8601 §2.2). What cannot be read is left out.
pub fn authentication_results(value: &[u8]) -> AuthenticationResults {
    let mut found = AuthenticationResults::default();
    let mut sections = words(value).into_iter();
    let mut section = Vec::new();
    loop {
        let next = sections.next();
        if let Some(word) = next.as_ref().filter(|word| **word != Word::Semicolon) {
            section.push(word.clone());
            continue;
        }
        let words = std::mem::take(&mut section);
        if found.service.is_empty() {
            if let Some(Word::Text(service)) = words.into_iter().next() {
                found.service = service;
            }
        } else {
            found.results.extend(method_result(&words));
        }
        if next.is_none() {
            return found;
        }
    }
}

/// `resinfo = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]`, after the semicolon.
fn method_result(words: &[Word]) -> Option<MethodResult> {
    // `method = Keyword [ [CFWS] "/" [CFWS] method-version ]`
    let Word::Text(method) = words.first()? else {
        return None;
    };
    let mut pairs = pairs(words).into_iter();
    let (_, result) = pairs.next()?;
    Some(MethodResult {
        method: method.split('/').next()?.to_ascii_lowercase(),
        result: result.to_ascii_lowercase(),
        properties: pairs.collect(),
    })
}

// Names, in lower case, and values that an equals sign joins.
fn pairs(words: &[Word]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = words;
    loop {
        match rest {
            [Word::Text(name), Word::Equals, Word::Text(value), tail @ ..] => {
                found.push((name.to_ascii_lowercase(), value.clone()));
                rest = tail;
            }
            [_, tail @ ..] => rest = tail,
            [] => return found,
        }
    }
}

/// The `with` clause of a Received field (RFC 5321 §4.4): `ESMTPS`.
pub fn received_protocol(value: &[u8]) -> Option<String> {
    let words = words(value);
    let mut clauses = words
        .split(|word| *word == Word::Semicolon)
        .next()?
        .chunks(2);
    // Each clause is a keyword and a value.
    clauses.find_map(|clause| match clause {
        [Word::Text(keyword), Word::Text(value)] if keyword.eq_ignore_ascii_case("with") => {
            Some(value.clone())
        }
        _ => None,
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Equals,
    Semicolon,
}

// The words of a value, without comments. Tokens that no space divides are one word; an equals sign
// divides a word once, for it may be a character of the value.
fn words(value: &[u8]) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut lexer = Lexer::new(value);
    // The next token continues the last word; its name has been read.
    let (mut is_joined, mut has_name) = (false, false);
    while let Some(token) = lexer.next() {
        let (bytes, is_quoted) = match token {
            Token::Comment(_) => {
                // `from (client [192.0.2.1]) by …`: the host names none.
                if matches!(&found[..], [Word::Text(word)] if word.eq_ignore_ascii_case("from")) {
                    found.push(Word::Text(String::new()));
                }
                is_joined = false;
                continue;
            }
            Token::Special(b';') => {
                found.push(Word::Semicolon);
                (is_joined, has_name) = (false, false);
                continue;
            }
            Token::Special(special) => (vec![special], false),
            Token::Atom(atom) => (atom.into_owned(), false),
            Token::Quoted(text) => (text, true),
            Token::Literal(literal) => (literal.to_vec(), false),
        };
        is_joined &= !lexer.spaced;
        let text = String::from_utf8_lossy(&bytes);
        if !is_joined && !matches!(found.last(), Some(Word::Equals)) {
            has_name = false;
        }
        match text.split_once('=').filter(|_| !is_quoted && !has_name) {
            Some((name, value)) => {
                push(&mut found, name, is_joined);
                found.push(Word::Equals);
                has_name = true;
                push(&mut found, value, false);
                is_joined = !value.is_empty();
            }
            None => {
                if text.is_empty() {
                    found.push(Word::Text(String::new()));
                }
                push(&mut found, &text, is_joined);
                is_joined = true;
            }
        }
    }
    found
}

fn push(words: &mut Vec<Word>, text: &str, is_joined: bool) {
    match words.last_mut() {
        _ if text.is_empty() => {}
        Some(Word::Text(word)) if is_joined => word.push_str(text),
        _ => words.push(Word::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, service: &str, expected: &[&str]) {
        let found = authentication_results(value.as_bytes());
        assert_eq!(found.service, service, "{value:?}");
        let lines: Vec<String> = found
            .results
            .iter()
            .map(|one| {
                let mut line = format!("{} {}", one.method, one.result);
                for (name, value) in &one.properties {
                    line.push_str(&format!(" [{name}={value}]"));
                }
                line
            })
            .collect();
        assert_eq!(lines, expected, "{value:?}");
    }

    #[test]
    fn reads_methods_results_and_properties() {
        check(" mx.here.test; none\r\n", "mx.here.test", &[]);
        check("mx.here.test 1; none", "mx.here.test", &[]);
        check(
            "mx.here.test;\r\n\tspf=pass smtp.mailfrom=a.test;\r\n\tdkim=fail header.d=a.test header.b=\"a/b+c=\" header.a=rsa-sha256;\r\n\tdmarc=none policy.dmarc=reject header.from=\"例子.test\"\r\n",
            "mx.here.test",
            &[
                "spf pass [smtp.mailfrom=a.test]",
                "dkim fail [header.d=a.test] [header.b=a/b+c=] [header.a=rsa-sha256]",
                "dmarc none [policy.dmarc=reject] [header.from=例子.test]",
            ],
        );
    }

    #[test]
    fn tolerates_what_the_grammar_permits_and_more() {
        // Examples of RFC 8601, appendix B.
        check(
            "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net",
            &["dkim fail [expired=1362471462]"],
        );
        check(
            "example.com; SPF=Pass smtp.mailfrom=joe@example.net; auth=pass (cram-md5) smtp.auth=sender@example.net",
            "example.com",
            &[
                "spf pass [smtp.mailfrom=joe@example.net]",
                "auth pass [smtp.auth=sender@example.net]",
            ],
        );
        check("", "", &[]);
        check(";;=; x", "x", &[]);
        check("a; =; spf=; spf; =pass; dkim = pass", "a", &["dkim pass"]);
        check("\"a; dkim=pass\"; spf=none", "a; dkim=pass", &["spf none"]);
        check(
            "a; spf=fail smtp.helo=\"x; dkim=pass\"",
            "a",
            &["spf fail [smtp.helo=x; dkim=pass]"],
        );
    }

    #[test]
    fn reads_the_protocol_of_a_received_field() {
        for (value, expected) in [
            (
                "from c.test ([192.0.2.1])\r\n\tby mx.test (Glasspost) with ESMTPSA\r\n\t(TLS 1.3 X)\r\n\tid 1;\r\n\tSat, 21 Nov",
                Some("ESMTPSA"),
            ),
            (
                "by mx.test (Glasspost) with HTTP\r\n\tid 1; Sat",
                Some("HTTP"),
            ),
            (
                "from with ([192.0.2.1]) by mx.test with SMTP id 1 for <\"x with ESMTPSA\"@a.test>; Sat",
                Some("SMTP"),
            ),
            ("from [IPv6:::1] by mx.test; with ESMTPA", None),
            (
                "from  (localhost[192.0.2.1]) by mx.test (vm2) with SMTP\r\n id <1>; Wed",
                Some("SMTP"),
            ),
            (
                "from (x) ([192.0.2.1]) by mx.test with SMTP; Wed",
                Some("SMTP"),
            ),
            ("", None),
        ] {
            let found = received_protocol(value.as_bytes());
            assert_eq!(found.as_deref(), expected, "{value:?}");
        }
    }
}
