//! Parses MTA-STS (RFC 8461): the DNS record, the policy, and its host patterns. Pure; fetching and
//! caching are in `sts_policy`.

use event::catalogue::delivery::StsError;
use mail::{Domain, Duration};
use serde::{Deserialize, Serialize};

/// The longest lifetime of a policy (RFC 8461 §3.2).
pub const MAX_AGE_MAX: Duration = Duration::from_secs(31_557_600);
/// Host patterns in one policy.
pub const PATTERNS_MAX: usize = 100;

/// What happens with a host that the policy does not list, or that fails TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The message is not sent to it.
    Enforce,
    /// The message is sent, and the failure reported.
    Testing,
    /// As if there were no policy.
    None,
}

/// A domain's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The mode.
    pub mode: Mode,
    /// `mx.b.test`, `*.b.test`; lower case.
    pub mx: Vec<String>,
    /// Lifetime in seconds.
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
    /// [`StsError`].
    pub fn parse(text: &str) -> Result<Policy, StsError> {
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            let (key, value) = line
                .split_once(':')
                .ok_or_else(|| StsError::BadLine { line: line.into() })?;
            let value = value.trim();
            match key.trim() {
                // All keys but mx: the first one counts.
                "version" if version.is_none() => version = Some(value),
                "mode" if mode.is_none() => {
                    mode = Some(match value {
                        "enforce" => Mode::Enforce,
                        "testing" => Mode::Testing,
                        "none" => Mode::None,
                        other => return Err(StsError::BadMode { mode: other.into() }),
                    });
                }
                "max_age" if max_age.is_none() => {
                    max_age = Some(value.parse::<u64>().map_err(|_| StsError::BadMaxAge {
                        value: value.into(),
                    })?);
                }
                "mx" => mx.push(pattern(value)?),
                _ => {}
            }
        }
        if version != Some("STSv1") {
            return Err(StsError::BadVersion);
        }
        let mode = mode.ok_or(StsError::NoMode)?;
        let max_age_secs = max_age
            .ok_or(StsError::NoMaxAge)?
            .min(MAX_AGE_MAX.as_secs());
        if mode != Mode::None && mx.is_empty() {
            return Err(StsError::NoMx);
        }
        if mx.len() > PATTERNS_MAX {
            return Err(StsError::TooManyMx);
        }
        Ok(Policy {
            mode,
            mx,
            max_age_secs,
        })
    }

    /// Whether a pattern matches the host (RFC 8461 §4.1): a star matches the leftmost label.
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

fn pattern(value: &str) -> Result<String, StsError> {
    let value = value.to_lowercase();
    let value = value.trim_end_matches('.');
    match Domain::new(value.strip_prefix("*.").unwrap_or(value)) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(StsError::BadMx {
            value: value.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str =
        "version: STSv1\r\nmode: enforce\r\nmx: mx.b.test\r\nmx: *.c.test\r\nmax_age: 604800\r\n";

    fn check(text: &str, expected: Result<Mode, StsError>) {
        let got = Policy::parse(text);
        assert_eq!(
            got.as_ref().map(|p| p.mode).map_err(Clone::clone),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn parses_policies_and_reports_errors() {
        check(GOOD, Ok(Mode::Enforce));
        check(&GOOD.replace("\r\n", "\n"), Ok(Mode::Enforce));
        check(
            "version:STSv1\nmode: none\nmax_age: 1\nextension: x\n",
            Ok(Mode::None),
        );
        check(&format!("{GOOD}mode: none\n"), Ok(Mode::Enforce));
        check("mode: enforce", Err(StsError::BadVersion));
        check(
            "version: STSv1\nmode: testing\nmax_age: 1",
            Err(StsError::NoMx),
        );
        check(
            "version: STSv1\nmode: strict\n",
            Err(StsError::BadMode {
                mode: "strict".into(),
            }),
        );
        check(
            "version: STSv1\nmode: none\nmax_age: -1\n",
            Err(StsError::BadMaxAge { value: "-1".into() }),
        );
        check(
            "version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1",
            Err(StsError::BadMx {
                value: "a b".into(),
            }),
        );
        check(
            "<html>",
            Err(StsError::BadLine {
                line: "<html>".into(),
            }),
        );
    }

    #[test]
    fn star_matches_one_label() {
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
    fn requires_exactly_one_record_with_a_valid_id() {
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
        fn never_panics(text in any::<String>()) {
            let _ = Policy::parse(&text);
            let _ = record_id([text.as_str()].into_iter());
        }
    }
}
