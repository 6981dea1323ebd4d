//! Splits lines, header fields and DNS records into terms, each with the key of its explanation.
//! The terms joined give the line; validity is not checked.

mod field;
mod record;

pub use field::field;
pub use record::{record, text};

use event::{Event, Kind};
use mail::session::Speaker;

/// A piece of a line. All pieces joined give the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The text as transmitted.
    pub text: String,
    /// Key of its explanation in `static/explain`; `None` if it needs none.
    pub key: Option<String>,
}

impl Term {
    pub(super) fn plain(text: impl Into<String>) -> Term {
        Term {
            text: text.into(),
            key: None,
        }
    }

    pub(super) fn keyed(text: impl Into<String>, key: impl Into<String>) -> Term {
        Term {
            text: text.into(),
            key: Some(key.into()),
        }
    }
}

/// The terms of an event's text, line by line; empty unless the event is a line.
pub fn line_terms(event: &Event) -> Vec<Vec<Term>> {
    let Kind::Line { speaker, text, .. } = &event.kind else {
        return Vec::new();
    };
    let family = event.explain.split('.').next().unwrap_or_default();
    text.lines()
        .enumerate()
        .map(|(i, line)| match (family, speaker) {
            ("smtp", Speaker::Client) => smtp_command(&event.explain, line),
            ("smtp", Speaker::Server) => smtp_reply(line, i > 0),
            ("imap", Speaker::Client) => imap_command(&event.explain, line),
            ("imap", Speaker::Server) => imap_answer(line),
            ("pop3", Speaker::Client) => pop3_command(&event.explain, line),
            ("pop3", Speaker::Server) => pop3_answer(&event.explain, line),
            _ => vec![Term::keyed(line, event.explain.as_ref())],
        })
        .collect()
}

/// Words and the white space between them, alternating.
pub(super) fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut blank = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() != blank {
            if at > start {
                words.push(&line[start..at]);
            }
            (start, blank) = (at, c.is_whitespace());
        }
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

fn is_blank(word: &str) -> bool {
    word.starts_with(char::is_whitespace)
}

/// Splits a command: `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF` and similar (RFC
/// 5321 §4.1.1).
fn smtp_command(explain: &str, line: &str) -> Vec<Term> {
    if explain == "smtp.message" {
        return vec![Term::keyed(line, explain)];
    }
    if explain == "smtp.auth.response" {
        return vec![Term::keyed(line, "word.base64")];
    }
    let mut terms: Vec<Term> = Vec::new();
    for (i, word) in words(line).into_iter().enumerate() {
        let upper = word.to_ascii_uppercase();
        if is_blank(word) {
            terms.push(Term::plain(word));
        } else if i == 0 {
            terms.push(Term::keyed(word, explain));
        } else if let Some((lead, path)) = word
            .split_once(':')
            .filter(|_| matches!(upper.get(..3), Some("FRO" | "TO:")))
        {
            let key = if lead.eq_ignore_ascii_case("FROM") {
                "word.reverse-path"
            } else {
                "word.forward-path"
            };
            terms.push(Term::keyed(format!("{lead}:"), explain));
            if !path.is_empty() {
                terms.push(Term::keyed(path, key));
            }
        } else {
            terms.push(smtp_word(explain, word, &upper));
        }
    }
    terms
}

fn smtp_word(explain: &str, word: &str, upper: &str) -> Term {
    match explain {
        "smtp.ehlo" | "smtp.helo" => Term::keyed(word, "word.helo-name"),
        "smtp.bdat" if upper == "LAST" => Term::keyed(word, "smtp.bdat.last"),
        "smtp.bdat" => Term::keyed(word, "word.octets"),
        "smtp.auth" if is_mechanism(upper) => {
            Term::keyed(word, format!("sasl.{}", upper.to_ascii_lowercase()))
        }
        "smtp.auth" => Term::keyed(word, "word.base64"),
        "smtp.mail" | "smtp.rcpt" if word.starts_with('<') => Term::keyed(
            word,
            if explain == "smtp.mail" {
                "word.reverse-path"
            } else {
                "word.forward-path"
            },
        ),
        "smtp.mail" | "smtp.rcpt" => {
            let name = upper
                .split('=')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            Term::keyed(word, format!("smtp.param.{name}"))
        }
        _ => Term::plain(word),
    }
}

fn is_mechanism(upper: &str) -> bool {
    const NAMES: [&str; 10] = [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
        "SCRAM-SHA-1",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256-PLUS",
        "XOAUTH2",
        "OAUTHBEARER",
        "EXTERNAL",
    ];
    NAMES.contains(&upper)
}

/// Splits a reply: `Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring
/// ] CRLF` (RFC 5321 §4.2). `later` is true from the second line on.
fn smtp_reply(line: &str, later: bool) -> Vec<Term> {
    let Some((code, rest)) = line
        .split_at_checked(3)
        .filter(|(code, _)| code.bytes().all(|b| b.is_ascii_digit()))
    else {
        return vec![Term::plain(line)];
    };
    let mut terms = vec![Term::keyed(code, format!("smtp.reply.{code}"))];
    let Some((mark, rest)) = rest.split_at_checked(1) else {
        return terms;
    };
    terms.push(if mark == "-" {
        Term::keyed(mark, "word.reply-goes-on")
    } else {
        Term::plain(mark)
    });
    let mut mechanisms = false;
    for (i, word) in words(rest).into_iter().enumerate() {
        if is_blank(word) {
            terms.push(Term::plain(word));
        } else if i == 0 && is_enhanced(word) {
            terms.push(Term::keyed(word, format!("enhanced.{word}")));
        } else if i == 0 && code == "250" && later {
            mechanisms = word.eq_ignore_ascii_case("AUTH");
            terms.push(Term::keyed(
                word,
                format!("ehlo.{}", word.to_ascii_lowercase()),
            ));
        } else if mechanisms && is_mechanism(&word.to_ascii_uppercase()) {
            terms.push(Term::keyed(
                word,
                format!("sasl.{}", word.to_ascii_lowercase()),
            ));
        } else if code == "334" {
            terms.push(Term::keyed(word, "word.base64"));
        } else {
            terms.push(Term::plain(word));
        }
    }
    terms
}

/// Whether a word is an enhanced status code: `class "." subject "." detail` (RFC 3463 §2).
fn is_enhanced(word: &str) -> bool {
    let numbers: Vec<&str> = word.split('.').collect();
    numbers.len() == 3
        && matches!(numbers[0], "2" | "4" | "5")
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Splits a command: `command = tag SP (command-any / …) CRLF` (RFC 9051 §9).
fn imap_command(explain: &str, line: &str) -> Vec<Term> {
    if explain == "imap.idle.done" {
        return vec![Term::keyed(line, explain)];
    }
    let mut terms = Vec::new();
    for (i, word) in words(line).into_iter().enumerate() {
        terms.push(match i {
            0 => Term::keyed(word, "word.imap-tag"),
            2 => Term::keyed(word, explain),
            4 if word.eq_ignore_ascii_case("FETCH") || word.eq_ignore_ascii_case("STORE") => {
                Term::keyed(word, explain)
            }
            _ => imap_word(word),
        });
    }
    terms
}

fn imap_word(word: &str) -> Term {
    let bare = word.trim_matches(['(', ')', '[', ']']);
    let upper = bare.to_ascii_uppercase();
    if let Some(flag) = bare.strip_prefix('\\') {
        return Term::keyed(word, format!("imap.flag.{}", flag.to_ascii_lowercase()));
    }
    if upper.starts_with("BODY") || upper.starts_with("RFC822") {
        return Term::keyed(word, "imap.item.body");
    }
    if bare.starts_with('{') {
        return Term::keyed(word, "word.literal");
    }
    match upper.as_str() {
        "FLAGS" | "UID" | "ENVELOPE" | "BODYSTRUCTURE" | "INTERNALDATE" => {
            Term::keyed(word, format!("imap.item.{}", upper.to_ascii_lowercase()))
        }
        "+FLAGS" | "-FLAGS" | "+FLAGS.SILENT" | "-FLAGS.SILENT" | "FLAGS.SILENT" => {
            Term::keyed(word, "imap.item.flags")
        }
        "INBOX" => Term::keyed(word, "word.inbox"),
        _ => Term::plain(word),
    }
}

/// Splits a response line: `response = *(continue-req / response-data) response-done` (RFC 9051
/// §9).
fn imap_answer(line: &str) -> Vec<Term> {
    const STATES: [&str; 5] = ["OK", "NO", "BAD", "BYE", "PREAUTH"];
    const DATA: [&str; 10] = [
        "EXISTS",
        "RECENT",
        "EXPUNGE",
        "FETCH",
        "FLAGS",
        "LIST",
        "SEARCH",
        "CAPABILITY",
        "STATUS",
        "ESEARCH",
    ];
    let mut terms = Vec::new();
    for (i, word) in words(line).into_iter().enumerate() {
        let upper = word.to_ascii_uppercase();
        terms.push(match (i, upper.as_str()) {
            (0, "*") => Term::keyed(word, "word.untagged"),
            (0, "+") => Term::keyed(word, "imap.reply.continue"),
            (0, _) => Term::keyed(word, "word.imap-tag"),
            (2, state) if STATES.contains(&state) => {
                Term::keyed(word, format!("imap.reply.{}", state.to_ascii_lowercase()))
            }
            (2 | 4, data) if DATA.contains(&data) => {
                Term::keyed(word, format!("imap.data.{}", data.to_ascii_lowercase()))
            }
            (4, code) if code.starts_with('[') => Term::keyed(
                word,
                format!(
                    "imap.code.{}",
                    code.trim_matches(['[', ']']).to_ascii_lowercase()
                ),
            ),
            _ => imap_word(word),
        });
    }
    terms
}

/// Splits a command: `keyword [SP argument]` (RFC 1939 §3).
fn pop3_command(explain: &str, line: &str) -> Vec<Term> {
    if explain == "pop3.auth.response" {
        return vec![Term::keyed(line, "word.base64")];
    }
    let word = |(i, word): (usize, &str)| {
        if i == 0 {
            Term::keyed(word, explain)
        } else {
            Term::plain(word)
        }
    };
    words(line).into_iter().enumerate().map(word).collect()
}

fn pop3_answer(explain: &str, line: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (i, word) in words(line).into_iter().enumerate() {
        terms.push(match (i, word) {
            (0, "+OK") => Term::keyed(word, "pop3.reply.ok"),
            (0, "-ERR") => Term::keyed(word, "pop3.reply.err"),
            (0, "+") => Term::keyed(word, "pop3.reply.continue"),
            (0, ".") => Term::keyed(word, "word.end-dot"),
            (2, code) if code.starts_with('[') => Term::keyed(word, explain),
            _ => Term::plain(word),
        });
    }
    terms
}

#[cfg(test)]
mod tests;
