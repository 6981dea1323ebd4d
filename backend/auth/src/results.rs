//! Writes the Authentication-Results field (RFC 8601).

use crate::arc::{Arc, ArcResult};
use crate::dkim::Dkim;
use crate::dmarc::Dmarc;
use crate::spf::Spf;

/// `authres-header-field = "Authentication-Results:" authres-payload` with its line end. `results`
/// are written by the functions below.
pub(crate) fn field(service: &str, results: &[String]) -> String {
    let mut field = format!("Authentication-Results: {}", word(service));
    if results.is_empty() {
        field.push_str("; none");
    }
    for result in results {
        field.push_str(";\r\n\t");
        field.push_str(result);
    }
    field.push_str("\r\n");
    field
}

/// RFC 8601 §2.7.2
pub(crate) fn spf(spf: &Spf, property: &str, value: &str) -> String {
    format!("spf={} smtp.{property}={}", spf.result, word(value))
}

/// RFC 8601 §2.7.1, RFC 6008
pub(crate) fn dkim(dkim: &Dkim) -> String {
    let mut text = format!("dkim={}", dkim.result.as_str());
    for (property, value) in [
        ("d", &dkim.domain),
        ("s", &dkim.selector),
        ("b", &dkim.header_b),
    ] {
        if let Some(value) = value {
            text.push_str(&format!(" header.{property}={}", word(value)));
        }
    }
    if let Some(algorithm) = dkim.algorithm {
        text.push_str(&format!(" header.a={}", algorithm.as_str()));
    }
    text
}

/// RFC 9989 §10 (policy.dmarc), RFC 8601 §2.7
pub(crate) fn dmarc(dmarc: &Dmarc) -> String {
    let policy = if dmarc.record.is_some() {
        format!(" policy.dmarc={}", dmarc.policy)
    } else {
        String::new()
    };
    format!(
        "dmarc={}{policy} header.from={}",
        dmarc.result.as_str(),
        word(&dmarc.domain)
    )
}

/// RFC 8617 §10.1
pub(crate) fn arc(arc: &Arc) -> Option<String> {
    if arc.result == ArcResult::None {
        return None;
    }
    let sealer = arc
        .sealer
        .as_deref()
        .map(|d| format!(" header.d={}", word(d)))
        .unwrap_or_default();
    Some(format!("arc={}{sealer}", arc.result.as_str()))
}

// `value = token / quoted-string` (RFC 2045 §5.1): text from the message must not break the field.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let safe: String = text
        .chars()
        .map(|c| {
            if c == '"' || c == '\\' || c.is_control() {
                '?'
            } else {
                c
            }
        })
        .collect();
    format!("\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_folded_and_cannot_be_broken() {
        assert_eq!(
            field("mx.here.test", &[]),
            "Authentication-Results: mx.here.test; none\r\n"
        );
        let two = field(
            "mx.here.test",
            &[
                "spf=pass smtp.mailfrom=a.test".into(),
                "dmarc=none header.from=a.test".into(),
            ],
        );
        assert_eq!(
            two,
            "Authentication-Results: mx.here.test;\r\n\tspf=pass smtp.mailfrom=a.test;\r\n\tdmarc=none header.from=a.test\r\n"
        );
        for (text, expected) in [
            ("a.test", "a.test"),
            ("a\r\nX: y", "\"a??X: y\""),
            ("a\"; dkim=pass", "\"a?; dkim=pass\""),
            ("", "\"\""),
            ("a/b=", "\"a/b=\""),
        ] {
            assert_eq!(word(text), expected);
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        for value in [
            "a.test",
            "例子.test",
            "a\"; dkim=pass",
            "x y",
            "",
            "[192.0.2.1]",
        ] {
            let result = format!("spf=softfail smtp.mailfrom={}", word(value));
            let text = field("mx.here.test", &[result, "dkim=none".into()]);
            let found = mime::find(text.as_bytes(), "Authentication-Results").unwrap();
            let found = mime::authentication_results(found.value);
            assert_eq!(found.service, "mx.here.test");
            let methods: Vec<_> = found.results.iter().map(|r| r.method.as_str()).collect();
            assert_eq!(methods, ["spf", "dkim"], "{text}");
            assert_eq!(found.results[0].result, "softfail");
            let read = found.results[0].property("smtp.mailfrom");
            assert_eq!(read, Some(&*value.replace('"', "?")));
        }
    }
}
