//! The bytes of a line as transmitted, in rows of hexadecimal and text, with line ends,
//! dot-stuffing and multi-byte characters marked. Also decodes base64.

use super::i18n::say;
use super::model::Timeline;
use crate::i18n::Language;
use event::Kind;

/// Bytes per row.
pub const ROW_BYTES: usize = 16;
/// Maximum number of bytes shown of one line; a message may be long.
pub const SHOWN_BYTES_MAX: usize = 4096;

/// The role of a byte in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Byte {
    /// A printable ASCII character.
    Text,
    /// CR or LF of a line's end (RFC 5321 §2.3.8).
    LineEnd,
    /// A dot that the client added so that the line does not end the message (RFC 5321 §4.5.2).
    Stuffed,
    /// The dot that ends the message.
    EndDot,
    /// The first byte of a multi-byte character (RFC 3629).
    Lead,
    /// A continuation byte of a multi-byte character.
    Continuation,
    /// A control character such as NUL.
    Control,
}

/// Classified bytes, cut at [`SHOWN_BYTES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// The bytes in order.
    pub bytes: Vec<(u8, Byte)>,
    /// Number of bytes that were cut off.
    pub more: usize,
}

/// Why a step shows no bytes: nothing was sent so far, or this step has none.
pub fn no_bytes_text(language: Language, timeline: &Timeline, position: usize) -> &'static str {
    let is_sent = |i: usize| {
        let kind = timeline.event(i).map(|event| &event.kind);
        matches!(kind, Some(Kind::Line { .. } | Kind::Accepted { .. }))
    };
    if (0..=position).any(is_sent) {
        say(
            language,
            "这一步没有可显示的字节。",
            "This step has no bytes to show.",
        )
    } else {
        say(language, "还没有对话。", "Nothing has been sent yet.")
    }
}

impl Wire {
    /// A line, or a multi-line reply separated by LF; each line ends with CRLF on the wire.
    pub fn line(text: &str) -> Wire {
        let mut wire = Wire::default();
        for line in text.split('\n') {
            wire.text(line);
            wire.end_line();
        }
        wire.cut()
    }

    /// A message's content as DATA sends it, with dot-stuffing and the final dot, or unchanged as
    /// BDAT sends it (RFC 3030).
    pub fn content(message: &str, stuffed: bool) -> Wire {
        let mut wire = Wire::default();
        let body = message
            .strip_suffix("\r\n")
            .or_else(|| message.strip_suffix('\n'))
            .unwrap_or(message);
        for line in body.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if stuffed && line.starts_with('.') {
                wire.bytes.push((b'.', Byte::Stuffed));
            }
            wire.text(line);
            wire.end_line();
        }
        if stuffed {
            wire.bytes.push((b'.', Byte::EndDot));
            wire.end_line();
        }
        wire.cut()
    }

    /// Rows of [`ROW_BYTES`], each with the offset of its first byte.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[(u8, Byte)])> {
        self.bytes
            .chunks(ROW_BYTES)
            .enumerate()
            .map(|(i, row)| (i * ROW_BYTES, row))
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            let mut buffer = [0; 4];
            for (i, byte) in c.encode_utf8(&mut buffer).bytes().enumerate() {
                let what = match (c.is_ascii(), i) {
                    (true, _) if c.is_ascii_control() => Byte::Control,
                    (true, _) => Byte::Text,
                    (false, 0) => Byte::Lead,
                    (false, _) => Byte::Continuation,
                };
                self.bytes.push((byte, what));
            }
        }
    }

    fn end_line(&mut self) {
        self.bytes
            .extend([(b'\r', Byte::LineEnd), (b'\n', Byte::LineEnd)]);
    }

    fn cut(mut self) -> Wire {
        self.more = self.bytes.len().saturating_sub(SHOWN_BYTES_MAX);
        self.bytes.truncate(SHOWN_BYTES_MAX);
        self
    }
}

/// The character that represents a byte in the text column.
pub fn glyph(byte: u8, what: Byte) -> char {
    match (what, byte) {
        (Byte::LineEnd, b'\r') => '←',
        (Byte::LineEnd, _) => '↓',
        (Byte::Control, 0) => '∅',
        (Byte::Control, b'\t') => '→',
        (Byte::Control | Byte::Lead | Byte::Continuation, _) => '·',
        (_, b' ') => '␣',
        (_, other) => char::from(other),
    }
}

/// Decodes base64 (RFC 4648 §4) as UTF-8 text; `None` if it is not base64 or not text.
pub fn base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    if text.is_empty() {
        return None;
    }
    let (mut bits, mut held, mut decoded) = (0_u32, 0, Vec::new());
    for c in text.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.push((bits >> held) as u8);
        }
    }
    String::from_utf8(decoded).ok()
}

/// Decoded base64 for display: NUL, which separates the fields of AUTH PLAIN (RFC 4616 §2), is made
/// visible.
pub fn shown(decoded: &str) -> String {
    decoded
        .chars()
        .map(|c| if c == '\0' { '∅' } else { c })
        .collect()
}

/// The characters outside ASCII, each once, with code point and UTF-8 bytes: `U+5468 = E5 91 A8`.
pub fn characters(text: &str) -> Vec<(char, String)> {
    let mut all: Vec<(char, String)> = Vec::new();
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if !all.iter().any(|(known, _)| *known == c) {
            let mut buffer = [0; 4];
            let bytes: Vec<String> = c
                .encode_utf8(&mut buffer)
                .bytes()
                .map(|b| format!("{b:02X}"))
                .collect();
            all.push((c, format!("U+{:04X} = {}", u32::from(c), bytes.join(" "))));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn a_step_without_bytes_after_others_does_not_say_that_nothing_was_sent() {
        let t = Timeline::from_events(samples::composed_and_pushed());
        let text = |position| no_bytes_text(Language::English, &t, position);
        assert_eq!(text(0), "Nothing has been sent yet.");
        assert_eq!(text(t.last()), "This step has no bytes to show.");
    }

    fn check(wire: &Wire, expected: &str) {
        assert_eq!(
            wire.bytes
                .iter()
                .map(|(o, w)| glyph(*o, *w))
                .collect::<String>(),
            expected
        );
    }

    #[test]
    fn lines_end_with_crlf_and_only_data_doubles_a_leading_dot() {
        check(&Wire::line("250-a\n250 b"), "250-a←↓250␣b←↓");
        check(
            &Wire::content("Hi\r\n.\r\n..x\r\n", true),
            "Hi←↓..←↓...x←↓.←↓",
        );
        check(&Wire::content("Hi\r\n.\r\n", false), "Hi←↓.←↓");
        let wire = Wire::content(".\r\n", true);
        assert_eq!(
            wire.bytes
                .iter()
                .map(|(_, w)| *w)
                .take(2)
                .collect::<Vec<_>>(),
            [Byte::Stuffed, Byte::Text]
        );
    }

    #[test]
    fn cuts_a_long_message_at_the_limit() {
        for (length, more) in [(SHOWN_BYTES_MAX - 2, 0), (SHOWN_BYTES_MAX - 1, 1)] {
            let wire = Wire::content(&"x".repeat(length), false);
            assert_eq!((wire.bytes.len(), wire.more), (SHOWN_BYTES_MAX, more));
        }
    }

    #[test]
    fn decodes_base64_and_rejects_other_text() {
        for (text, expected) in [
            ("AGFsaWNlAHNlc2FtZQ==", Some("\0alice\0sesame")),
            ("VXNlcm5hbWU6", Some("Username:")),
            ("not base64!", None),
            ("", None),
            ("/w==", None),
        ] {
            assert_eq!(base64(text).as_deref(), expected, "{text}");
        }
        assert_eq!(shown("\0a"), "∅a");
    }

    #[test]
    fn characters_outside_ascii_are_listed_with_their_bytes() {
        assert_eq!(
            characters("周 a 周"),
            [('周', "U+5468 = E5 91 A8".to_owned())]
        );
    }
}
