//! The pieces of a header field: its name, and inside a trace or a signature each clause, method
//! and tag.

use super::{Part, is_blank, words};

/// `fields`: a field as on the wire, folded lines and all (RFC 5322 §2.2).
pub fn field(text: &str) -> Vec<Part> {
    let Some((name, value)) = text.split_once(':') else {
        return vec![Part::plain(text)];
    };
    let lower = name.trim().to_ascii_lowercase();
    let mut parts = vec![Part::keyed(format!("{name}:"), format!("header.{lower}"))];
    match lower.as_str() {
        "dkim-signature" | "arc-message-signature" | "arc-seal" => {
            parts.extend(tags(value, "dkim"))
        }
        "authentication-results" | "arc-authentication-results" => parts.extend(results(value)),
        "received" => parts.extend(received(value)),
        "return-path" => parts.push(Part::keyed(value, "word.reverse-path")),
        _ => parts.push(Part::plain(value)),
    }
    parts
}

/// `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]` (RFC 6376 §3.2): each tag with its value is one
/// piece.
pub(super) fn tags(value: &str, family: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for spec in value.split_inclusive(';') {
        let lead = spec.len() - spec.trim_start().len();
        let (blank, spec) = spec.split_at(lead);
        if !blank.is_empty() {
            parts.push(Part::plain(blank));
        }
        let body = spec.trim_end_matches(';');
        match body.split_once('=') {
            Some((tag, _)) => parts.push(Part::keyed(
                body,
                format!("{family}.{}", tag.trim().to_ascii_lowercase()),
            )),
            None if body.is_empty() => {}
            None => parts.push(Part::plain(body)),
        }
        if spec.len() > body.len() {
            parts.push(Part::plain(&spec[body.len()..]));
        }
    }
    parts
}

/// `resinfo = [CFWS] ";" methodspec …` (RFC 8601 §2.2).
fn results(value: &str) -> Vec<Part> {
    let mut parts = Vec::new();
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
        parts.push(Part {
            text: bare.to_owned(),
            key,
        });
        if !end.is_empty() {
            parts.push(Part::plain(end));
        }
    }
    parts.retain(|p| !p.text.is_empty());
    parts
}

/// `Stamp = From-domain By-domain Opt-info [CFWS] ";" FWS date-time` (RFC 5321 §4.4): the word of
/// each clause is one piece, and so is what follows it up to the next.
fn received(value: &str) -> Vec<Part> {
    const CLAUSES: [&str; 6] = ["from", "by", "via", "with", "id", "for"];
    let (clauses, date) = match value.rfind(';') {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let mut parts: Vec<Part> = Vec::new();
    let (mut key, mut depth) = (None, 0_usize);
    for word in words(clauses) {
        if depth == 0 && CLAUSES.contains(&word) {
            key = Some(format!("received.{word}"));
            parts.push(Part {
                text: word.to_owned(),
                key: key.clone(),
            });
            continue;
        }
        let before = depth;
        depth = (depth + word.matches('(').count()).saturating_sub(word.matches(')').count());
        // The protocol that a host says it was spoken by has a meaning of its own (RFC 3848).
        let protocol = key.as_deref() == Some("received.with")
            && before + depth == 0
            && !is_blank(word)
            && word.starts_with(|c: char| c.is_ascii_uppercase());
        let own = if protocol {
            Some(format!("received.with.{}", word.to_ascii_lowercase()))
        } else {
            key.clone()
        };
        match parts.last_mut() {
            Some(last) if last.key == own && !CLAUSES.contains(&last.text.as_str()) => {
                last.text.push_str(word)
            }
            _ => parts.push(Part {
                text: word.to_owned(),
                key: if is_blank(word) { None } else { own },
            }),
        }
    }
    if !date.is_empty() {
        parts.push(Part::plain(";"));
        if date.len() > 1 {
            parts.push(Part::keyed(&date[1..], "received.date"));
        }
    }
    parts
}
