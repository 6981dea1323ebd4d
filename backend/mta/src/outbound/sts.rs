//! MTA-STS (RFC 8461) as text: the record that says there is a policy, the policy itself, and which
//! hosts it names. Pure; who fetches and keeps it is `policy`.

use mail::{Domain, Duration};
use serde::{Deserialize, Serialize};

/// The longest time that a policy may be kept (RFC 8461 §3.2).
pub const MAX_AGE_MAX: Duration = Duration::from_secs(31_557_600);
/// Patterns of one policy.
pub const PATTERNS_MAX: usize = 100;

/// What is to be done with a host that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It gets nothing.
    Enforce,
    /// It gets the message, and the domain's owner gets a report.
    Testing,
    /// As if there were no policy.
    None,
}

/// A domain's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How strict it is.
    pub mode: Mode,
    /// `mx.b.test`, `*.b.test`; lower case.
    pub mx: Vec<String>,
    /// For how many seconds it holds.
    pub max_age_secs: u64,
}

/// `sts-text-record = sts-version 1*(sts-field-delim sts-field) [sts-field-delim]` (RFC 8461 §3.1):
/// the identifier of the policy. None where there is not exactly one such record.
pub fn record_id<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut ours = texts.filter(|t| t.split(';').next().is_some_and(|v| v.trim() == "v=STSv1"));
    let (one, other) = (ours.next()?, ours.next());
    if other.is_some() {
        return None;
    }
    let id = one
        .split(';')
        .filter_map(|field| field.split_once('='))
        .find(|(name, _)| name.trim() == "id")?
        .1
        .trim();
    let good = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then(|| id.to_owned())
}

impl Policy {
    /// `sts-policy-record = sts-policy-field *(sts-policy-term sts-policy-field)` (RFC 8461 §3.2):
    /// lines of `key: value`, CRLF or LF.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Policy, String> {
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            let (key, value) = line
                .split_once(':')
                .ok_or_else(|| format!("the line {line:?} has no colon"))?;
            let value = value.trim();
            match key.trim() {
                // All keys but mx: the first one counts.
                "version" if version.is_none() => version = Some(value),
                "mode" if mode.is_none() => {
                    mode = Some(match value {
                        "enforce" => Mode::Enforce,
                        "testing" => Mode::Testing,
                        "none" => Mode::None,
                        other => return Err(format!("the mode {other:?} is unknown")),
                    });
                }
                "max_age" if max_age.is_none() => {
                    max_age = Some(
                        value
                            .parse::<u64>()
                            .map_err(|_| format!("max_age {value:?} is no number"))?,
                    );
                }
                "mx" => mx.push(pattern(value)?),
                _ => {}
            }
        }
        if version != Some("STSv1") {
            return Err("the version is not STSv1".into());
        }
        let mode = mode.ok_or("there is no mode")?;
        let max_age_secs = max_age
            .ok_or("there is no max_age")?
            .min(MAX_AGE_MAX.as_secs());
        if mode != Mode::None && mx.is_empty() {
            return Err("no mx is named".into());
        }
        if mx.len() > PATTERNS_MAX {
            return Err("too many mx are named".into());
        }
        Ok(Policy {
            mode,
            mx,
            max_age_secs,
        })
    }

    /// True where a pattern fits the host (RFC 8461 §4.1): a star stands for one label, the
    /// leftmost.
    pub fn names(&self, host: &Domain) -> bool {
        let rest = host.as_str().split_once('.').map(|(_, rest)| rest);
        self.mx
            .iter()
            .any(|pattern| match pattern.strip_prefix("*.") {
                Some(parent) => rest == Some(parent),
                None => pattern == host.as_str(),
            })
    }

    /// The policy as its lines, for reports (RFC 8460 §4.4).
    pub fn lines(&self) -> Vec<String> {
        let mode = match self.mode {
            Mode::Enforce => "enforce",
            Mode::Testing => "testing",
            Mode::None => "none",
        };
        let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {mode}")];
        lines.extend(self.mx.iter().map(|mx| format!("mx: {mx}")));
        lines.push(format!("max_age: {}", self.max_age_secs));
        lines
    }
}

fn pattern(value: &str) -> Result<String, String> {
    let value = value.to_lowercase();
    let value = value.trim_end_matches('.');
    match Domain::new(value.strip_prefix("*.").unwrap_or(value)) {
        Ok(_) => Ok(value.to_owned()),
        Err(e) => Err(format!("mx {value:?}: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str =
        "version: STSv1\r\nmode: enforce\r\nmx: mx.b.test\r\nmx: *.c.test\r\nmax_age: 604800\r\n";

    fn check(text: &str, expected: Result<Mode, &str>) {
        let got = Policy::parse(text);
        assert_eq!(
            got.as_ref().map(|p| p.mode).map_err(String::as_str),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn reads_policies_and_says_what_is_wrong_with_others() {
        check(GOOD, Ok(Mode::Enforce));
        check(&GOOD.replace("\r\n", "\n"), Ok(Mode::Enforce));
        check(
            "version:STSv1\nmode: none\nmax_age: 1\nextension: x\n",
            Ok(Mode::None),
        );
        check(&format!("{GOOD}mode: none\n"), Ok(Mode::Enforce));
        check("mode: enforce", Err("the version is not STSv1"));
        check(
            "version: STSv1\nmode: testing\nmax_age: 1",
            Err("no mx is named"),
        );
        check(
            "version: STSv1\nmode: strict\n",
            Err("the mode \"strict\" is unknown"),
        );
        check(
            "version: STSv1\nmode: none\nmax_age: -1\n",
            Err("max_age \"-1\" is no number"),
        );
        check(
            "version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1",
            Err("mx \"a b\": a domain name holds letters, digits and inner hyphens"),
        );
        check("<html>", Err("the line \"<html>\" has no colon"));
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let policy = Policy::parse(GOOD).unwrap();
        for (host, fits) in [
            ("mx.b.test", true),
            ("mx1.c.test", true),
            ("c.test", false),
            ("a.b.c.test", false),
            ("b.test", false),
            ("mx.b.test.c.test", false),
        ] {
            assert_eq!(policy.names(&host.parse().unwrap()), fits, "{host}");
        }
        assert_eq!(Policy::parse(&policy.lines().join("\n")), Ok(policy));
    }

    #[test]
    fn exactly_one_record_with_a_good_identifier_counts() {
        let id = |texts: &[&str]| record_id(texts.iter().copied());
        assert_eq!(
            id(&["v=spf1 -all", "v=STSv1; id=20261121T1;"]).as_deref(),
            Some("20261121T1")
        );
        assert_eq!(id(&["v=STSv1;id=1"]).as_deref(), Some("1"));
        assert_eq!(id(&["v=STSv1; id=1", "v=STSv1; id=2"]), None);
        assert_eq!(id(&["v=STSv1; id=a b"]), None);
        assert_eq!(id(&["v=STSv1"]), None);
        assert_eq!(
            id(&[&format!("v=STSv1; id={}", "a".repeat(32))]).map(|i| i.len()),
            Some(32)
        );
        assert_eq!(id(&[&format!("v=STSv1; id={}", "a".repeat(33))]), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Policy::parse(&text);
            let _ = record_id([text.as_str()].into_iter());
        }
    }
}
