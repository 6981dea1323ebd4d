//! The lines of a dialogue as the journey shows them. Made in one place, so that redaction is never
//! forgotten. Does not store them.

use mail::Reply;
pub(crate) use mail::session::Line;
use mail::session::{LineKind, Speaker};
use std::io::Write;

/// Replaces a secret.
pub(crate) const REDACTED: &str = "••••";

/// A command, or another line that is not a reply.
pub(crate) fn line(
    speaker: Speaker,
    text: impl Into<String>,
    state: &'static str,
    explain: impl Into<String>,
) -> Line {
    Line {
        speaker,
        text: text.into(),
        redacted: false,
        before: state,
        after: state,
        explain: explain.into(),
        kind: LineKind::Other,
    }
}

/// A line whose secret part is removed; `text` is what may be shown.
pub(crate) fn redacted(
    speaker: Speaker,
    text: impl Into<String>,
    state: &'static str,
    explain: impl Into<String>,
) -> Line {
    Line {
        redacted: true,
        ..line(speaker, text, state, explain)
    }
}

/// A text with control characters replaced by their pictures: a stray CR by `␍`.
pub(crate) fn visible(text: &str) -> String {
    let picture = |c: char| {
        if c.is_ascii_control() {
            char::from_u32(0x2400 + (u32::from(c) & 0x1f)).unwrap_or(c)
        } else {
            c
        }
    };
    text.chars().map(picture).collect()
}

/// A reply: its wire form (whole, with CRLF ends) as text.
pub(crate) fn reply(wire: &[u8], code: u16, before: &'static str, after: &'static str) -> Line {
    let text = String::from_utf8_lossy(wire.strip_suffix(b"\r\n").unwrap_or(wire));
    let text = if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text.into_owned()
    };
    Line {
        speaker: Speaker::Server,
        text,
        redacted: false,
        before,
        after,
        explain: format!("smtp.reply.{code}"),
        kind: LineKind::Reply(code),
    }
}

/// Appends a reply's wire form (RFC 5321 §4.2). As [`Reply::to_wire`], without a buffer of its own.
pub(crate) fn write_reply(out: &mut Vec<u8>, reply: &Reply) {
    let count = reply.lines.len().max(1);
    for i in 0..count {
        let text = reply.lines.get(i).map_or("", String::as_str);
        let between = if i + 1 == count { b' ' } else { b'-' };
        let digit = |n: u16| b'0' + (n % 10) as u8;
        let code = reply.code;
        out.extend_from_slice(&[digit(code / 100), digit(code / 10), digit(code), between]);
        if let Some(enhanced) = reply.enhanced {
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{enhanced} ");
        }
        let from = out.len();
        out.extend_from_slice(text.as_bytes());
        // Line ends in a text cannot forge a line.
        for byte in &mut out[from..] {
            if matches!(*byte, b'\r' | b'\n' | 0) {
                *byte = b' ';
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_replies_as_mail_reply_does() {
        for reply in [
            Reply::new(250, (2, 1, 0), "Ok"),
            Reply {
                code: 250,
                enhanced: None,
                lines: vec!["a".into(), "b\r\n550 c".into()],
            },
            Reply {
                code: 354,
                enhanced: None,
                lines: vec![],
            },
        ] {
            let mut out = Vec::new();
            write_reply(&mut out, &reply);
            assert_eq!(out, reply.to_wire());
        }
    }

    #[test]
    fn shows_a_multiline_reply_as_lines() {
        assert_eq!(
            reply(b"250-a\r\n250 b\r\n", 250, "greeted", "hello").text,
            "250-a\n250 b"
        );
    }
}
