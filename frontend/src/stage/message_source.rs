//! A message as text: header fields and body, raw and decoded (encoded words, quoted-printable,
//! base64), for display. It does not parse MIME parts.

use super::bytes::base64;

/// A message split into header fields and body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageSource {
    /// Header fields as transmitted, folded lines joined by LF.
    pub fields: Vec<String>,
    /// The body as transmitted, cut at [`BODY_SHOWN_MAX`].
    pub body: String,
}

/// Maximum number of body bytes shown.
pub const BODY_SHOWN_MAX: usize = 16 * 1024;

/// Splits a message: `message = (fields / obs-fields) [CRLF body]` (RFC 5322 §3.5).
pub fn split_message(text: &str) -> MessageSource {
    let text = text.replace("\r\n", "\n");
    let (header, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut fields: Vec<String> = Vec::new();
    for line in header.lines() {
        match fields.last_mut() {
            // RFC 5322 §2.2.3: a folded line continues the field.
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => fields.push(line.to_owned()),
        }
    }
    let mut body = body.to_owned();
    body.truncate(body.floor_char_boundary(BODY_SHOWN_MAX));
    MessageSource { fields, body }
}

/// Whether a field is one that hosts prepend (RFC 5321 §4.4, RFC 8601, RFC 6376). In the first
/// recorded header of a message, the leading trace fields are those that its recorder added.
pub(super) fn is_trace(field: &str) -> bool {
    let name = field
        .split(':')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        name.as_str(),
        "return-path"
            | "received"
            | "received-spf"
            | "delivered-to"
            | "authentication-results"
            | "dkim-signature"
    ) || name.starts_with("arc-")
}

/// A message taken from a mailbox, without the trace fields that hosts prepended and without Bcc,
/// which only the sender's own copy has (RFC 5322 §3.6.3): as it was first submitted.
pub fn without_trace_fields(source: &str) -> String {
    let source = source.replace("\r\n", "\n");
    let (header, body) = source.split_once("\n\n").unwrap_or((&source, ""));
    let written: Vec<String> = split_message(&format!("{header}\n\n"))
        .fields
        .into_iter()
        .skip_while(|field| is_trace(field))
        .filter(|field| !field.to_ascii_lowercase().starts_with("bcc:"))
        .collect();
    format!("{}\n\n{body}", written.join("\n")).replace('\n', "\r\n")
}

/// The value of a field, unfolded.
pub fn value<'a>(fields: impl IntoIterator<Item = &'a str>, name: &str) -> Option<String> {
    fields.into_iter().find_map(|f| {
        let (n, v) = f.split_once(':')?;
        n.trim()
            .eq_ignore_ascii_case(name)
            .then(|| v.replace(['\r', '\n'], "").trim().to_owned())
    })
}

/// A field with its encoded words decoded (RFC 2047 §2); invalid ones stay as they are.
pub fn decoded(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(begin) = rest.find("=?") {
        let end = rest[begin + 2..]
            .match_indices("?=")
            .map(|(at, _)| begin + 2 + at)
            .find_map(|at| Some((at, word(&rest[begin + 2..at])?)));
        let lead = &rest[..begin];
        match end {
            Some((at, word)) => {
                // RFC 2047 §6.2: white space between two encoded words is not shown.
                if !(after_word && lead.chars().all(char::is_whitespace)) {
                    decoded.push_str(lead);
                }
                decoded.push_str(&word);
                rest = &rest[at + 2..];
                after_word = true;
            }
            None => {
                decoded.push_str(&rest[..begin + 2]);
                rest = &rest[begin + 2..];
                after_word = false;
            }
        }
    }
    decoded + rest
}

/// Decodes the inside of an encoded word: `charset "?" encoding "?" encoded-text`.
fn word(inner: &str) -> Option<String> {
    let mut parts = inner.splitn(3, '?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") && !charset.eq_ignore_ascii_case("us-ascii") {
        return None;
    }
    match encoding {
        "B" | "b" => base64(text),
        "Q" | "q" => quoted(&text.replace('_', " ")),
        _ => None,
    }
}

/// Decodes quoted-printable (RFC 2045 §6.7) as UTF-8; `None` if invalid.
fn quoted(text: &str) -> Option<String> {
    let (mut decoded, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, rest) {
            (b'=', [b'\n', more @ ..]) => rest = more,
            (b'=', [high, low, more @ ..]) => {
                let digit = |d: u8| char::from(d).to_digit(16);
                decoded.push((digit(*high)? * 16 + digit(*low)?) as u8);
                rest = more;
            }
            _ => decoded.push(*first),
        }
    }
    String::from_utf8(decoded).ok()
}

/// The body with its content transfer encoding decoded; `None` if it has none or is invalid.
pub fn decoded_body(message: &MessageSource) -> Option<String> {
    let encoding = value(
        message.fields.iter().map(String::as_str),
        "Content-Transfer-Encoding",
    )?
    .to_ascii_lowercase();
    match encoding.as_str() {
        "base64" => base64(&message.body.split_whitespace().collect::<String>()),
        "quoted-printable" => quoted(&message.body),
        _ => None,
    }
}

/// The addresses in a field: the text in angle brackets, or else any item with an at sign.
pub fn addresses(value: &str) -> Vec<String> {
    let one = |piece: &str| {
        let inside = piece
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(address, _)| address);
        inside.unwrap_or(piece).trim().to_ascii_lowercase()
    };
    value
        .split(',')
        .map(one)
        .filter(|a| a.contains('@'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(decoded(text), expected);
    }

    #[test]
    fn decodes_encoded_words_and_leaves_invalid_ones() {
        check("Subject: =?UTF-8?B?5ZGo5LqU?=", "Subject: 周五");
        check("=?utf-8?Q?caf=C3=A9_?= =?utf-8?Q?noir?=", "café noir");
        check("=?koi8-r?B?AAAA?= x", "=?koi8-r?B?AAAA?= x");
        check("a =? b", "a =? b");
    }

    #[test]
    fn splits_fields_and_body_and_decodes_the_body() {
        let message = split_message(
            "From: A <a@a.test>\r\nSubject: x\r\n\ty\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9=\r\n!\r\n",
        );
        assert_eq!(message.fields.len(), 3);
        assert_eq!(
            value(message.fields.iter().map(String::as_str), "subject").as_deref(),
            Some("x\ty")
        );
        assert_eq!(decoded_body(&message).as_deref(), Some("café!\n"));
        assert_eq!(
            addresses("A <a@a.test>, b@b.test"),
            ["a@a.test", "b@b.test"]
        );
    }

    #[test]
    fn removes_leading_trace_fields_only() {
        let check =
            |source: &str, expected: &str| assert_eq!(without_trace_fields(source), expected);
        let original =
            "From: a@a.test\r\nSubject: x\r\n\ty\r\nReceived: of old\r\n\r\nhi\r\n\r\nb\r\n";
        check(
            &format!(
                "Return-Path: <a@a.test>\r\nReceived: from a\r\n\tby b; now\r\nDKIM-Signature: v=1\r\n{original}"
            ),
            original,
        );
        check(original, original);
        check("Received: x\n\nhi", "\r\n\r\nhi");
        check(
            "To: b@b.test\r\nBcc: c@c.test,\r\n\td@d.test\r\nSubject: x\r\n\r\nhi",
            "To: b@b.test\r\nSubject: x\r\n\r\nhi",
        );
        check("", "\r\n\r\n");
    }

    #[test]
    fn cuts_a_long_body_at_the_limit() {
        for (length, shown) in [
            (BODY_SHOWN_MAX, BODY_SHOWN_MAX),
            (BODY_SHOWN_MAX + 1, BODY_SHOWN_MAX),
        ] {
            assert_eq!(
                split_message(&format!("A: b\n\n{}", "x".repeat(length)))
                    .body
                    .len(),
                shown
            );
        }
    }
}
