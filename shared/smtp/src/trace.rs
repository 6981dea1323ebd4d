//! The lines of a dialogue as the journey shows them, in one place, so that redaction cannot be
//! forgotten at one of many. Does not store them.

use mail::Reply;
pub(crate) use mail::session::Line;
use mail::session::Speaker;
use std::io::Write;

/// What stands where a secret was.
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
    }
}

/// A line whose secret part was left out already; `text` is what may be shown.
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

/// A text in which control characters are shown as their pictures: a stray CR as `␍`.
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
    }
}

/// Appends a reply's wire form (RFC 5321 §4.2). As [`Reply::to_wire`], without a buffer of its own.
pub(crate) fn write_reply(out: &mut Vec<u8>, reply: &Reply) {
    let count = reply.lines.len().max(1);
    for i in 0..count {
        let text = reply.lines.get(i).map_or("", String::as_str);
        let between = if i + 1 == count { ' ' } else { '-' };
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{:03}{between}", reply.code);
        if let Some(enhanced) = reply.enhanced {
            let _ = write!(out, "{enhanced} ");
        }
        // No text can forge a line.
        out.extend(text.bytes().map(|b| {
            if matches!(b, b'\r' | b'\n' | 0) {
                b' '
            } else {
                b
            }
        }));
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_replies_as_the_words_of_the_trade_do() {
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
    fn shows_a_reply_of_many_lines_as_lines() {
        assert_eq!(
            reply(b"250-a\r\n250 b\r\n", 250, "greeted", "hello").text,
            "250-a\n250 b"
        );
    }
}
