//! Content transfer encodings (RFC 2045 §6) and the alphabet of `Q` words, and the choice between
//! them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest line that is sent unencoded, in octets without CRLF (RFC 5322 §2.1.1).
pub(super) const LINE_BYTES_MAX: usize = 998;
/// The longest line of an encoded body (RFC 2045 §6.7, §6.8).
const ENCODED_LINE_CHARS_MAX: usize = 76;

/// An encoded body and its Content-Transfer-Encoding.
pub(super) struct Encoded {
    pub(super) encoding: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Encodes a text with CRLF line ends: unencoded where that is safe, else in the shorter of
/// quoted-printable and base64.
pub(super) fn text(text: &str) -> Encoded {
    let text = with_crlf(text);
    if is_safe(text.as_bytes()) {
        return Encoded {
            encoding: "7bit",
            bytes: text.into_bytes(),
        };
    }
    let quoted = quoted_printable(text.as_bytes());
    if quoted.len() <= text.len() / 3 * 4 + 4 {
        return Encoded {
            encoding: "quoted-printable",
            bytes: quoted,
        };
    }
    base64(text.as_bytes())
}

/// Encodes any bytes as base64 in lines.
pub(super) fn base64(bytes: &[u8]) -> Encoded {
    let mut out = Vec::with_capacity(bytes.len() / 57 * 78 + 80);
    let mut line = [0; ENCODED_LINE_CHARS_MAX];
    for chunk in bytes.chunks(ENCODED_LINE_CHARS_MAX / 4 * 3) {
        let len = STANDARD.encode_slice(chunk, &mut line).unwrap_or(0);
        out.extend_from_slice(&line[..len]);
        out.extend_from_slice(b"\r\n");
    }
    Encoded {
        encoding: "base64",
        bytes: out,
    }
}

/// True for 7-bit text that no relay alters: no control characters, no long line, no line that an
/// mbox would change, no trailing white space.
pub(super) fn is_safe(text: &[u8]) -> bool {
    text.split(|b| *b == b'\n').all(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() <= LINE_BYTES_MAX
            && !line.starts_with(b"From ")
            && !line.ends_with(b" ")
            && !line.ends_with(b"\t")
            && line.iter().all(|b| matches!(b, b'\t' | b' '..=b'~'))
    })
}

/// True for octets that SMTP transmits without 8BITMIME.
pub(super) fn is_7bit(bytes: &[u8]) -> bool {
    bytes.is_ascii() && !bytes.contains(&0)
}

/// Converts every line end to CRLF.
pub(super) fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32 + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push_str("\r\n");
            }
            '\n' => out.push_str("\r\n"),
            _ => out.push(c),
        }
    }
    if !out.is_empty() && !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out
}

fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 5 / 4);
    for line in text.split_inclusive(|b| *b == b'\n') {
        let body = line.strip_suffix(b"\r\n").unwrap_or(line);
        let mut column = 0;
        for (i, &b) in body.iter().enumerate() {
            let last = i + 1 == body.len();
            // White space may not end a line; `From ` may not begin one.
            let plain = match b {
                b'=' => false,
                b' ' | b'\t' => !last,
                b'F' if i == 0 => !body.starts_with(b"From "),
                b'!'..=b'~' => true,
                _ => false,
            };
            let width = if plain { 1 } else { 3 };
            // One column is reserved for the `=` of a soft break.
            if column + width > ENCODED_LINE_CHARS_MAX - usize::from(!last) {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(b);
            } else {
                out.extend_from_slice(hex(b).as_bytes());
            }
            column += width;
        }
        if line.len() > body.len() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn hex(b: u8) -> String {
    format!("={b:02X}")
}

/// An octet in a `Q` word, in the alphabet that is permitted everywhere (RFC 2047 §5 (3)).
pub(super) fn q_byte(b: u8) -> String {
    match b {
        b' ' => "_".to_owned(),
        b'!' | b'*' | b'+' | b'-' | b'/' => (b as char).to_string(),
        _ if b.is_ascii_alphanumeric() => (b as char).to_string(),
        _ => hex(b),
    }
}

/// The length of a text in `Q`.
pub(super) fn q_len(text: &str) -> usize {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"!*+-/ ".contains(&b) {
                1
            } else {
                3
            }
        })
        .sum()
}
