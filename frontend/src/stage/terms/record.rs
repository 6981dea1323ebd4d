//! Terms of a DNS record: preference and host, and the terms and tags of a published policy.

use super::field::tags;
use super::{Term, is_blank, words};
use crate::stage::dns_text::record_text;
use mail::dns::Record;

/// Splits a record's data in zone file format.
pub fn record(record: &Record) -> Vec<Term> {
    match record {
        Record::Txt(text) => self::text(text),
        Record::Mx(preference, None) => {
            vec![Term::keyed(format!("{preference} ."), "record.null-mx")]
        }
        Record::Mx(preference, Some(host)) => {
            vec![
                Term::keyed(preference.to_string(), "record.preference"),
                Term::plain(" "),
                Term::keyed(host.to_string(), "record.mx"),
            ]
        }
        Record::A(_) => vec![Term::keyed(record_text(record), "record.a")],
        Record::Aaaa(_) => vec![Term::keyed(record_text(record), "record.aaaa")],
        Record::Ptr(_) => vec![Term::keyed(record_text(record), "record.ptr")],
        Record::Cname(_) => vec![Term::keyed(record_text(record), "record.cname")],
        Record::Ns(_) => vec![Term::keyed(record_text(record), "record.ns")],
        Record::Tlsa(..) => vec![Term::keyed(record_text(record), "record.tlsa")],
        Record::Srv(..) => vec![Term::keyed(record_text(record), "record.srv")],
    }
}

/// Splits the text of a TXT record according to its version tag.
pub fn text(text: &str) -> Vec<Term> {
    let begins = |with: &str| {
        text.get(..with.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(with))
    };
    if begins("v=spf1") {
        spf(text)
    } else if begins("v=DMARC1") {
        tags(text, "dmarc")
    } else if begins("v=DKIM1") || (text.contains("p=") && text.contains("k=")) {
        tags(text, "dkimkey")
    } else if begins("v=STSv1") {
        tags(text, "sts")
    } else if begins("v=TLSRPTv1") {
        tags(text, "tlsrpt")
    } else {
        vec![Term::keyed(text, "record.txt")]
    }
}

/// Splits an SPF record: `record = version terms *SP` (RFC 7208 §4.5).
fn spf(text: &str) -> Vec<Term> {
    let part = |word: &str| {
        if is_blank(word) {
            return Term::plain(word);
        }
        let name = word.trim_start_matches(['+', '-', '~', '?']);
        let name = name
            .split([':', '=', '/'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        Term::keyed(word, format!("spf.{name}"))
    };
    words(text).into_iter().map(part).collect()
}
