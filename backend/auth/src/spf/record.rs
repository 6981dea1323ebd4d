//! Parses an SPF record (RFC 7208 §12). Expands no macros and makes no lookups.

use super::macros::MacroText;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A parsed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpfRecord {
    pub directives: Vec<Directive>,
    pub redirect: Option<MacroText>,
    pub exp: Option<MacroText>,
}

/// `directive = [ qualifier ] mechanism`, with its text for the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub qualifier: Qualifier,
    pub mechanism: Mechanism,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(MacroText),
    A(Option<MacroText>, Cidr),
    Mx(Option<MacroText>, Cidr),
    Ptr(Option<MacroText>),
    Ip4(Ipv4Addr, u8),
    Ip6(Ipv6Addr, u8),
    Exists(MacroText),
}

/// `dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    pub four: u8,
    pub six: u8,
}

/// `version = "v=spf1"`: whether a text is an SPF record at all (RFC 7208 §4.5).
pub(super) fn is_record(text: &str) -> bool {
    let Some(version) = text.get(..6) else {
        return false;
    };
    version.eq_ignore_ascii_case("v=spf1") && (text.len() == 6 || text.as_bytes()[6] == b' ')
}

impl SpfRecord {
    /// `record = version terms *SP`; `terms = *( 1*SP ( directive / modifier ) )`. The error is the
    /// term that breaks the grammar.
    pub(super) fn parse(text: &str) -> Result<SpfRecord, String> {
        let mut record = SpfRecord {
            directives: Vec::new(),
            redirect: None,
            exp: None,
        };
        for term in text
            .get(6..)
            .unwrap_or_default()
            .split(' ')
            .filter(|t| !t.is_empty())
        {
            record.term(term).ok_or_else(|| term.to_owned())?;
        }
        Ok(record)
    }

    fn term(&mut self, term: &str) -> Option<()> {
        if let Some((name, value)) = modifier(term) {
            // RFC 7208 §6: each of the two at most once.
            if name.eq_ignore_ascii_case("redirect") {
                return self
                    .redirect
                    .replace(MacroText::domain_spec(value)?)
                    .is_none()
                    .then_some(());
            }
            if name.eq_ignore_ascii_case("exp") {
                return self
                    .exp
                    .replace(MacroText::domain_spec(value)?)
                    .is_none()
                    .then_some(());
            }
            // Unknown modifiers of valid syntax are ignored.
            return MacroText::string(value).map(drop);
        }
        let (qualifier, rest) = match term.as_bytes().first()? {
            b'+' => (Qualifier::Pass, &term[1..]),
            b'-' => (Qualifier::Fail, &term[1..]),
            b'~' => (Qualifier::SoftFail, &term[1..]),
            b'?' => (Qualifier::Neutral, &term[1..]),
            _ => (Qualifier::Pass, term),
        };
        self.directives.push(Directive {
            qualifier,
            mechanism: mechanism(rest)?,
            text: term.to_owned(),
        });
        Some(())
    }
}

/// `modifier = name "=" macro-string`; `name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )`
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let starts = name.as_bytes().first()?.is_ascii_alphabetic();
    let inner = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (starts && inner).then_some((name, value))
}

fn mechanism(text: &str) -> Option<Mechanism> {
    let end = text.find([':', '/']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let spec = |rest: &str| rest.strip_prefix(':').and_then(MacroText::domain_spec);
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(spec(rest)?),
        "exists" => Mechanism::Exists(spec(rest)?),
        "ptr" if rest.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(spec(rest)?)),
        "a" | "mx" => {
            let (rest, cidr) = dual_cidr(rest)?;
            let domain = if rest.is_empty() {
                None
            } else {
                Some(spec(rest)?)
            };
            if lower == "a" {
                Mechanism::A(domain, cidr)
            } else {
                Mechanism::Mx(domain, cidr)
            }
        }
        "ip4" => {
            let (network, length) = network(rest)?;
            Mechanism::Ip4(network.parse().ok()?, cidr_length(length, 32)?)
        }
        "ip6" => {
            let (network, length) = network(rest)?;
            Mechanism::Ip6(network.parse().ok()?, cidr_length(length, 128)?)
        }
        _ => return None,
    })
}

fn network(rest: &str) -> Option<(&str, Option<&str>)> {
    let rest = rest.strip_prefix(':')?;
    Some(match rest.split_once('/') {
        Some((network, length)) => (network, Some(length)),
        None => (rest, None),
    })
}

fn dual_cidr(rest: &str) -> Option<(&str, Cidr)> {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (rest, six) = match rest.rfind("//") {
        Some(i) if digits(&rest[i + 2..]) => (&rest[..i], Some(&rest[i + 2..])),
        _ => (rest, None),
    };
    let (rest, four) = match rest.rfind('/') {
        Some(i) if digits(&rest[i + 1..]) => (&rest[..i], Some(&rest[i + 1..])),
        _ => (rest, None),
    };
    Some((
        rest,
        Cidr {
            four: cidr_length(four, 32)?,
            six: cidr_length(six, 128)?,
        },
    ))
}

/// `"0" / %x31-39 0*1DIGIT`: no leading zeros.
fn cidr_length(text: Option<&str>, max: u8) -> Option<u8> {
    let Some(text) = text else { return Some(max) };
    if text.is_empty()
        || !text.bytes().all(|b| b.is_ascii_digit())
        || (text.len() > 1 && text.starts_with('0'))
    {
        return None;
    }
    text.parse().ok().filter(|n| *n <= max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<usize, &str>) {
        let got = SpfRecord::parse(text).map(|r| r.directives.len());
        assert_eq!(got, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn reads_every_mechanism() {
        check(
            "v=spf1 +a:a.test/24//64 mx//96 -ptr:x.test ?ip4:192.0.2.0/24 ~ip6:2001:db8::/32 exists:%{i}._spf.a.test include:b.test a:foo:bar/baz.a.test -all",
            Ok(9),
        );
        check(
            "v=spf1   redirect=%{d}.a.test  exp=x.a.test unknown=%{s}-",
            Ok(0),
        );
    }

    #[test]
    fn names_the_term_that_breaks_the_grammar() {
        for bad in [
            "a:",
            "a/33",
            "a/024",
            "a//129",
            "a:x.test/-1",
            "ip4:1.2.3",
            "ip4:1.2.3.4/33",
            "ip6:::1/129",
            "all:x",
            "include",
            "ptr:",
            "exists",
            "-",
            "foo",
            "redirect=",
            "include:a.test\t",
            "a:museum",
            "a:x.123",
            "mx:%{z}.a.test",
            "x=%(",
            "all.x",
        ] {
            check(&format!("v=spf1 a {bad} -all"), Err(bad));
        }
        check(
            "v=spf1 redirect=a.test redirect=b.test",
            Err("redirect=b.test"),
        );
    }

    #[test]
    fn a_record_begins_with_its_version_and_a_space() {
        for (text, is) in [
            ("v=spf1", true),
            ("V=SPF1 -all", true),
            ("v=spf10", false),
            ("v=spf1\t-all", false),
            ("v=spf", false),
            ("é=spf1", false),
        ] {
            assert_eq!(is_record(text), is, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hostile_records_break_nothing(text in "\\PC{0,80}") {
            let _ = SpfRecord::parse(&format!("v=spf1 {text}"));
        }
    }
}
