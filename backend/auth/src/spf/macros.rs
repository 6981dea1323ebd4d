//! SPF macros (RFC 7208 §7): parsing and expansion. Makes no lookups: the value of `%{p}`, the only
//! macro that needs DNS, is a parameter.

use mail::Time;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::IpAddr;

// All but the unreserved characters (RFC 3986 §2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A parsed `macro-string` or `domain-spec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MacroText(Vec<MacroPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum MacroPart {
    Literal(String),
    Macro {
        letter: u8,
        url: bool,
        keep: Option<usize>,
        reverse: bool,
        delimiters: String,
    },
}

/// The values of the macros.
#[derive(Clone, Debug)]
pub(super) struct Values<'a> {
    pub ip: IpAddr,
    pub local: &'a str,
    pub sender_domain: &'a str,
    pub domain: &'a str,
    pub helo: &'a str,
    /// `%{p}`: the client's validated name, or `unknown`.
    pub validated: &'a str,
    pub receiver: &'a str,
    pub now: Time,
}

impl MacroText {
    /// `macro-string = *( macro-expand / macro-literal )`, without the macros that are allowed in
    /// an explanation only.
    pub(super) fn string(text: &str) -> Option<MacroText> {
        MacroText::parse(text, false)
    }

    /// `explain-string = *( macro-string / SP )`
    pub(super) fn explanation(text: &str) -> Option<MacroText> {
        MacroText::parse(text, true)
    }

    /// `domain-spec = macro-string domain-end`; `domain-end = ( "." toplabel [ "." ] ) /
    /// macro-expand`
    pub(super) fn domain_spec(text: &str) -> Option<MacroText> {
        let parsed = MacroText::parse(text, false)?;
        let ends_in_macro =
            text.ends_with('}') || ["%%", "%_", "%-"].iter().any(|m| text.ends_with(m));
        let ends_in_label = || {
            let (_, label) = text.strip_suffix('.').unwrap_or(text).rsplit_once('.')?;
            is_top_label(label).then_some(())
        };
        (ends_in_macro || ends_in_label().is_some()).then_some(parsed)
    }

    fn parse(text: &str, explains: bool) -> Option<MacroText> {
        let (mut pieces, mut literal, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            if first == '%' {
                let body = &rest[1..];
                match body.as_bytes().first()? {
                    b'%' => literal.push('%'),
                    b'_' => literal.push(' '),
                    b'-' => literal.push_str("%20"),
                    b'{' => {
                        let close = body.find('}')?;
                        if !literal.is_empty() {
                            pieces.push(MacroPart::Literal(std::mem::take(&mut literal)));
                        }
                        pieces.push(expand(&body[1..close], explains)?);
                        rest = &body[close + 1..];
                        continue;
                    }
                    _ => return None,
                }
                rest = &body[1..];
                continue;
            }
            // macro-literal = %x21-24 / %x26-7E
            if !(first.is_ascii_graphic() || (explains && first == ' ')) {
                return None;
            }
            literal.push(first);
            rest = &rest[1..];
        }
        if !literal.is_empty() {
            pieces.push(MacroPart::Literal(literal));
        }
        Some(MacroText(pieces))
    }

    /// Whether `%{p}` occurs.
    pub(super) fn needs_validated(&self) -> bool {
        self.0
            .iter()
            .any(|p| matches!(p, MacroPart::Macro { letter: b'p', .. }))
    }

    /// Expands the macros.
    pub(super) fn expand(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                MacroPart::Literal(text) => out.push_str(text),
                MacroPart::Macro {
                    letter,
                    url,
                    keep,
                    reverse,
                    delimiters,
                } => {
                    let value = transform(&values.of(*letter), *keep, *reverse, delimiters);
                    if *url {
                        out.extend(utf8_percent_encode(&value, &RESERVED));
                    } else {
                        out.push_str(&value);
                    }
                }
            }
        }
        out
    }

    /// Expands the macros to a domain name. Labels are removed from the left of one that is too
    /// long (RFC 7208 §7.3).
    pub(super) fn expand_name(&self, values: &Values<'_>) -> String {
        let mut name = self.expand(values);
        if name.ends_with('.') {
            name.pop();
        }
        while name.len() > 253 {
            match name.split_once('.') {
                Some((_, rest)) => name = rest.to_owned(),
                None => break,
            }
        }
        name
    }
}

// `toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )`
fn is_top_label(label: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !label.is_empty()
        && label.bytes().all(good)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.bytes().all(|b| b.is_ascii_digit())
}

// `macro-expand = "%{" macro-letter transformers *delimiter "}"` (RFC 7208 §7.1)
fn expand(body: &str, explains: bool) -> Option<MacroPart> {
    let first = *body.as_bytes().first()?;
    let letter = first.to_ascii_lowercase();
    let known = matches!(
        letter,
        b's' | b'l' | b'o' | b'd' | b'i' | b'p' | b'h' | b'v'
    );
    let explaining = explains && matches!(letter, b'c' | b'r' | b't');
    if !(known || explaining) {
        return None;
    }
    let rest = &body[1..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    let keep = if number.is_empty() {
        None
    } else {
        // RFC 7208 §7.1: zero is a syntax error; a number above that of the labels means all.
        Some(number.parse::<usize>().unwrap_or(usize::MAX))
            .filter(|n| *n > 0)
            .map(Some)?
    };
    let (reverse, delimiters) = match rest.as_bytes().first() {
        Some(b'r' | b'R') => (true, &rest[1..]),
        _ => (false, rest),
    };
    let known = delimiters
        .bytes()
        .all(|b| matches!(b, b'.' | b'-' | b'+' | b',' | b'/' | b'_' | b'='));
    known.then(|| MacroPart::Macro {
        letter,
        url: first.is_ascii_uppercase(),
        keep,
        reverse,
        delimiters: delimiters.to_owned(),
    })
}

fn transform(value: &str, keep: Option<usize>, reverse: bool, delimiters: &str) -> String {
    if keep.is_none() && !reverse && delimiters.is_empty() {
        return value.to_owned();
    }
    let delimiters = if delimiters.is_empty() {
        "."
    } else {
        delimiters
    };
    let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
    if reverse {
        parts.reverse();
    }
    let from = keep.map_or(0, |n| parts.len().saturating_sub(n));
    parts[from..].join(".")
}

impl Values<'_> {
    fn of(&self, letter: u8) -> String {
        match letter {
            b's' => format!("{}@{}", self.local, self.sender_domain),
            b'l' => self.local.to_owned(),
            b'o' => self.sender_domain.to_owned(),
            b'd' => self.domain.to_owned(),
            b'i' => match self.ip {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => {
                    let nibbles = ip
                        .octets()
                        .iter()
                        .flat_map(|o| [o >> 4, o & 15])
                        .map(|n| format!("{n:x}"))
                        .collect::<Vec<_>>();
                    nibbles.join(".")
                }
            },
            b'p' => self.validated.to_owned(),
            b'v' => (if self.ip.is_ipv4() { "in-addr" } else { "ip6" }).to_owned(),
            b'h' => self.helo.to_owned(),
            b'c' => self.ip.to_string(),
            b'r' => self.receiver.to_owned(),
            b't' => self.now.secs().to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ip: &str, text: &str, expected: Option<&str>) {
        let values = Values {
            ip: ip.parse().unwrap(),
            local: "strong-bad",
            sender_domain: "email.example.com",
            domain: "email.example.com",
            helo: "mx.example.org",
            validated: "mx.example.org",
            receiver: "here.test",
            now: Time::from_secs(7),
        };
        assert_eq!(
            MacroText::explanation(text)
                .map(|m| m.expand(&values))
                .as_deref(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn expands_as_the_examples_of_rfc_7208_7_4() {
        for (text, expected) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            (
                "%{ir}.%{v}._spf.%{d2}",
                "3.2.0.192.in-addr._spf.example.com",
            ),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            (
                "%{d2}.trusted-domains.example.net",
                "example.com.trusted-domains.example.net",
            ),
            (
                "%{S} %%%_%-%{t} %{c}",
                "strong-bad%40email.example.com % %207 192.0.2.3",
            ),
        ] {
            check("192.0.2.3", text, Some(expected));
        }
        check(
            "2001:db8::cb01",
            "%{ir}.%{v}._spf.%{d2}",
            Some(
                "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com",
            ),
        );
    }

    #[test]
    fn refuses_what_the_grammar_does_not_have() {
        for bad in [
            "%", "%x", "%{", "%{}", "%{x}", "%{d0}", "%{d.x}", "%{dr r}", "%{d", "é", "\t",
        ] {
            check("192.0.2.3", bad, None);
        }
        assert!(MacroText::string("%{c}").is_none() && MacroText::string("a b").is_none());
    }
}
