//! Terms of a header field: its name, and the clauses, methods and tags in trace fields and
//! signatures.

use super::{Term, is_blank, words};

/// Splits a header field as transmitted, including folded lines (RFC 5322 §2.2).
pub fn field(text: &str) -> Vec<Term> {
    let Some((name, value)) = text.split_once(':') else {
        return vec![Term::plain(text)];
    };
    let lower = name.trim().to_ascii_lowercase();
    let mut terms = vec![Term::keyed(format!("{name}:"), format!("header.{lower}"))];
    match lower.as_str() {
        "dkim-signature" | "arc-message-signature" | "arc-seal" => {
            terms.extend(tags(value, "dkim"));
        }
        "authentication-results" | "arc-authentication-results" => terms.extend(results(value)),
        "received" => terms.extend(received(value)),
        "return-path" => terms.push(Term::keyed(value, "word.reverse-path")),
        _ => terms.push(Term::plain(value)),
    }
    terms
}

/// Splits a tag list: `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]` (RFC 6376 §3.2). Each tag
/// with its value is one term.
pub(super) fn tags(value: &str, family: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for spec in value.split_inclusive(';') {
        let lead = spec.len() - spec.trim_start().len();
        let (blank, spec) = spec.split_at(lead);
        if !blank.is_empty() {
            terms.push(Term::plain(blank));
        }
        let body = spec.trim_end_matches(';');
        match body.split_once('=') {
            Some((tag, _)) => terms.push(Term::keyed(
                body,
                format!("{family}.{}", tag.trim().to_ascii_lowercase()),
            )),
            None if body.is_empty() => {}
            None => terms.push(Term::plain(body)),
        }
        if spec.len() > body.len() {
            terms.push(Term::plain(&spec[body.len()..]));
        }
    }
    terms
}

/// Splits authentication results: `resinfo = [CFWS] ";" methodspec …` (RFC 8601 §2.2).
fn results(value: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (i, word) in words(value).into_iter().enumerate() {
        let bare = word.trim_end_matches(';');
        let end = &word[bare.len()..];
        let key = match bare.split_once('=') {
            Some((method @ ("spf" | "dkim" | "dmarc" | "arc"), _)) => {
                Some(format!("check.{method}"))
            }
            Some((property, _)) if property.contains('.') => Some(format!("results.{property}")),
            Some((other, _)) => Some(format!("results.{other}")),
            None if i <= 1 && !is_blank(word) => Some("results.host".to_owned()),
            None => None,
        };
        terms.push(Term {
            text: bare.to_owned(),
            key,
        });
        if !end.is_empty() {
            terms.push(Term::plain(end));
        }
    }
    terms.retain(|p| !p.text.is_empty());
    terms
}

/// Splits a Received field: `Stamp = From-domain By-domain Opt-info [CFWS] ";" FWS date-time` (RFC
/// 5321 §4.4). The keyword of each clause is one term, and so is its value.
fn received(value: &str) -> Vec<Term> {
    const CLAUSES: [&str; 6] = ["from", "by", "via", "with", "id", "for"];
    let (clauses, date) = match value.rfind(';') {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let mut terms: Vec<Term> = Vec::new();
    let (mut key, mut depth) = (None, 0_usize);
    for word in words(clauses) {
        if depth == 0 && CLAUSES.contains(&word) {
            key = Some(format!("received.{word}"));
            terms.push(Term {
                text: word.to_owned(),
                key: key.clone(),
            });
            continue;
        }
        let before = depth;
        depth = (depth + word.matches('(').count()).saturating_sub(word.matches(')').count());
        // The protocol in the WITH clause has an explanation of its own (RFC 3848).
        let protocol = key.as_deref() == Some("received.with")
            && before + depth == 0
            && !is_blank(word)
            && word.starts_with(|c: char| c.is_ascii_uppercase());
        let own = if protocol {
            Some(format!("received.with.{}", word.to_ascii_lowercase()))
        } else {
            key.clone()
        };
        match terms.last_mut() {
            Some(last) if last.key == own && !CLAUSES.contains(&last.text.as_str()) => {
                last.text.push_str(word);
            }
            _ => terms.push(Term {
                text: word.to_owned(),
                key: if is_blank(word) { None } else { own },
            }),
        }
    }
    if !date.is_empty() {
        terms.push(Term::plain(";"));
        if date.len() > 1 {
            terms.push(Term::keyed(&date[1..], "received.date"));
        }
    }
    terms
}
