//! Header fields, one by one, so that a difference in one does not hide another. Each parser is
//! given the same raw value.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};
use mime::Field;

use crate::Report;
use crate::{Reason, Theme};

/// Parameters that are compared where either parser finds them.
const PARAMETERS: [&str; 6] = ["boundary", "charset", "name", "filename", "format", "type"];

/// Compares the fields of one header.
pub(crate) fn compare(message: &[u8], report: &mut Report) {
    for field in mime::fields(message) {
        compare_field(&field, report);
    }
}

/// Compares what both parsers read from one field, by its name.
pub fn compare_field(field: &Field<'_>, report: &mut Report) {
    let value = field.value;
    match field.name.to_ascii_lowercase().as_str() {
        "from" | "to" | "cc" | "bcc" | "sender" | "reply-to" | "resent-from" | "resent-to" => {
            report.check(
                Theme::Addresses,
                value,
                own_addresses(value),
                other_addresses(value),
                |own, other| Reason::of_addresses(value, own, other),
            );
        }
        "subject" | "comments" | "content-description" => report.check(
            Theme::EncodedWords,
            value,
            folded(&mime::decode_words(value)),
            folded(&other_text(value)),
            |own, other| Reason::of_words(value, own, other),
        ),
        "date" | "resent-date" => report.check(
            Theme::Dates,
            value,
            format!("{:?}", mime::parse_date(value).map(|time| time.secs())),
            format!("{:?}", other_date(value)),
            |own, other| Reason::of_date(value, own, other),
        ),
        "message-id" | "in-reply-to" | "references" | "resent-message-id" => report.check(
            Theme::Ids,
            value,
            mime::ids(value).join(" "),
            other_ids(value).join(" "),
            |own, other| Reason::of_ids(value, own, other),
        ),
        "received" => report.check(
            Theme::Received,
            value,
            mime::received_protocol(value)
                .unwrap_or_default()
                .to_ascii_uppercase(),
            other_protocol(value),
            |own, other| Reason::of_received(value, own, other),
        ),
        "content-type" | "content-disposition" => compare_parameters(value, report),
        _ => {}
    }
}

fn compare_parameters(value: &[u8], report: &mut Report) {
    let line = with_end(value);
    let parsed = MessageStream::new(&line).parse_content_type();
    let other = parsed.as_content_type();
    for name in PARAMETERS {
        let own = mime::parameter(value, name);
        let other = other.and_then(|c| c.attribute(name));
        if own.is_some() || other.is_some() {
            report.check(
                Theme::Parameters,
                value,
                format!("{name}={}", own.unwrap_or_default()),
                format!("{name}={}", other.unwrap_or_default()),
                |own, other| Reason::of_parameter(value, own, other),
            );
        }
    }
}

/// White space runs as one space: folding makes them equal (RFC 5322 §2.2.3).
pub(crate) fn folded(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn with_end(value: &[u8]) -> Vec<u8> {
    [value, b"\r\n"].concat()
}

fn own_addresses(value: &[u8]) -> String {
    let shown = |m: mime::NameAddr| format!("{} <{}>", folded(&m.name), m.address);
    mime::addresses(value)
        .into_iter()
        .map(shown)
        .collect::<Vec<_>>()
        .join(", ")
}

fn other_addresses(value: &[u8]) -> String {
    let line = with_end(value);
    let parsed = MessageStream::new(&line).parse_address();
    let shown = |a: &Addr<'_>| {
        format!(
            "{} <{}>",
            folded(a.name().unwrap_or_default()),
            a.address().unwrap_or_default()
        )
    };
    parsed
        .as_address()
        .map(|list| list.iter().map(shown).collect::<Vec<_>>().join(", "))
        .unwrap_or_default()
}

fn other_text(value: &[u8]) -> String {
    let line = with_end(value);
    let text = MessageStream::new(&line).parse_unstructured();
    text.into_text().unwrap_or_default().into_owned()
}

fn other_date(value: &[u8]) -> Option<i64> {
    let line = with_end(value);
    match MessageStream::new(&line).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
        _ => None,
    }
}

fn other_ids(value: &[u8]) -> Vec<String> {
    let line = with_end(value);
    let ids = MessageStream::new(&line).parse_id().into_text_list();
    ids.unwrap_or_default()
        .into_iter()
        .map(|id| id.into_owned())
        .collect()
}

fn other_protocol(value: &[u8]) -> String {
    let line = with_end(value);
    let received = MessageStream::new(&line).parse_received();
    let with = received.as_received().and_then(|r| r.with());
    with.map(|p| p.as_str().to_ascii_uppercase())
        .unwrap_or_default()
}

/// Times both parsers on fields of one theme; see the program.
pub fn read_own(theme: Theme, value: &[u8]) -> usize {
    match theme {
        Theme::Addresses => mime::addresses(value).len(),
        Theme::EncodedWords => mime::decode_words(value).len(),
        Theme::Dates => usize::from(mime::parse_date(value).is_some()),
        Theme::Ids => mime::ids(value).len(),
        Theme::Parameters => mime::parameter(value, "name").map_or(0, |v| v.len()),
        Theme::Received => mime::received_protocol(value).map_or(0, |v| v.len()),
        _ => 0,
    }
}

/// As [`read_own`], by `mail-parser`; `line` ends in CRLF.
pub fn read_other(theme: Theme, line: &[u8]) -> usize {
    let mut stream = MessageStream::new(line);
    let value = match theme {
        Theme::Addresses => stream.parse_address(),
        Theme::EncodedWords => stream.parse_unstructured(),
        Theme::Dates => stream.parse_date(),
        Theme::Ids => stream.parse_id(),
        Theme::Parameters => stream.parse_content_type(),
        Theme::Received => stream.parse_received(),
        _ => HeaderValue::Empty,
    };
    usize::from(!value.is_empty())
}

/// The theme of a field, by its name.
pub fn theme_of(name: &str) -> Option<Theme> {
    Some(match name.to_ascii_lowercase().as_str() {
        "from" | "to" | "cc" | "bcc" | "sender" | "reply-to" => Theme::Addresses,
        "subject" | "comments" => Theme::EncodedWords,
        "date" => Theme::Dates,
        "message-id" | "in-reply-to" | "references" => Theme::Ids,
        "received" => Theme::Received,
        "content-type" | "content-disposition" => Theme::Parameters,
        _ => return None,
    })
}

/// The value as one line of a header, for [`read_other`].
pub fn line_of(value: &[u8]) -> Vec<u8> {
    suites::crlf(&with_end(value))
}
