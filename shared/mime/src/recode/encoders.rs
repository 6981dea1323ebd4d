//! Transfer encoders for content that arrives in pieces (RFC 2045 §6.7, §6.8), and repairs of
//! content that is encoded, but not in lines of 7-bit text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest line of an encoded body (RFC 2045 §6.7, §6.8).
const ENCODED_LINE_CHARS_MAX: usize = 76;
/// Where a line of quoted-printable that is too long is broken.
const REPAIRED_LINE_CHARS_MAX: usize = 900;

/// Turns the content of one part into lines of 7-bit text.
pub(super) enum Encoder {
    QuotedPrintable(QuotedPrintable),
    Base64(Base64),
    RepairQuotedPrintable(RepairQuotedPrintable),
    RepairBase64(RepairBase64),
}

impl Encoder {
    /// Takes the next piece. A line end is a piece of its own; a line begins with a piece.
    pub(super) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match self {
            Encoder::QuotedPrintable(encoder) => encoder.write(piece, out),
            Encoder::Base64(encoder) => encoder.write(piece, out),
            Encoder::RepairQuotedPrintable(encoder) => encoder.write(piece, out),
            Encoder::RepairBase64(encoder) => encoder.write(piece, out),
        }
    }

    /// Ends the content. With `message_ends` no line end follows of itself.
    pub(super) fn finish(&mut self, message_ends: bool, out: &mut Vec<u8>) {
        let column = match self {
            Encoder::QuotedPrintable(encoder) => encoder.finish(out),
            Encoder::Base64(encoder) => encoder.finish(out),
            Encoder::RepairQuotedPrintable(_) => 0,
            Encoder::RepairBase64(encoder) => encoder.column,
        };
        if message_ends && column > 0 {
            if let Encoder::QuotedPrintable(_) = self {
                out.push(b'=');
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Text as quoted-printable.
#[derive(Default)]
pub(super) struct QuotedPrintable {
    column: usize,
    /// White space that may end the line.
    space: Option<u8>,
}

impl QuotedPrintable {
    fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if piece == b"\r\n" {
            self.end_space(out);
            out.extend_from_slice(piece);
            self.column = 0;
            return;
        }
        for (i, &b) in piece.iter().enumerate() {
            if let Some(space) = self.space.take() {
                self.put(space, true, out);
            }
            match b {
                b' ' | b'\t' => self.space = Some(b),
                b'F' if self.column == 0 => self.put(b, !piece[i..].starts_with(b"From "), out),
                // A line may not begin like a delimiter.
                b'-' => self.put(b, self.column > 0, out),
                b'=' => self.put(b, false, out),
                b'!'..=b'~' => self.put(b, true, out),
                _ => self.put(b, false, out),
            }
        }
    }

    fn put(&mut self, b: u8, is_plain: bool, out: &mut Vec<u8>) {
        let width = if is_plain { 1 } else { 3 };
        let mut is_plain = is_plain;
        // One column is reserved for the `=` of a soft break.
        if self.column + width > ENCODED_LINE_CHARS_MAX - 1 {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
            is_plain &= !matches!(b, b'-' | b'F');
        }
        if is_plain {
            out.push(b);
            self.column += 1;
        } else {
            out.extend_from_slice(&escape(b));
            self.column += 3;
        }
    }

    fn end_space(&mut self, out: &mut Vec<u8>) {
        if let Some(space) = self.space.take() {
            self.put(space, false, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> usize {
        self.end_space(out);
        self.column
    }
}

/// Any bytes as base64.
#[derive(Default)]
pub(super) struct Base64 {
    line: Vec<u8>,
}

impl Base64 {
    const LINE_BYTES: usize = ENCODED_LINE_CHARS_MAX / 4 * 3;

    // A full line is written when more follows, since the last one has no line end of its own.
    fn write(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while !piece.is_empty() {
            if self.line.len() == Base64::LINE_BYTES {
                self.put_line(out);
                out.extend_from_slice(b"\r\n");
            }
            let room = Base64::LINE_BYTES - self.line.len();
            let (now, later) = piece.split_at(room.min(piece.len()));
            self.line.extend_from_slice(now);
            piece = later;
        }
    }

    fn put_line(&mut self, out: &mut Vec<u8>) -> usize {
        let mut encoded = [0; ENCODED_LINE_CHARS_MAX];
        let length = STANDARD.encode_slice(&self.line, &mut encoded).unwrap_or(0);
        out.extend_from_slice(&encoded[..length]);
        self.line.clear();
        length
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> usize {
        self.put_line(out)
    }
}

/// Quoted-printable that holds raw octets or long lines.
#[derive(Default)]
pub(super) struct RepairQuotedPrintable {
    column: usize,
    /// The octets that belong to an escape before.
    escape: usize,
}

impl RepairQuotedPrintable {
    fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        // A line end stands for that of a text (RFC 2045 §6.7 (4)).
        if matches!(piece, b"\r\n" | b"\n") {
            out.extend_from_slice(b"\r\n");
            *self = RepairQuotedPrintable::default();
            return;
        }
        for &b in piece {
            let breaks = self.column >= REPAIRED_LINE_CHARS_MAX && self.escape == 0;
            if breaks {
                out.extend_from_slice(b"=\r\n");
                self.column = 0;
            }
            self.escape = match b {
                b'=' => 2,
                _ => self.escape.saturating_sub(1),
            };
            if b.is_ascii() && !matches!(b, 0 | b'\r') && !(breaks && matches!(b, b'-' | b'F')) {
                out.push(b);
                self.column += 1;
            } else {
                out.extend_from_slice(&escape(b));
                self.column += 3;
            }
        }
    }
}

/// base64 that holds raw octets or long lines: what is not of the alphabet means nothing.
#[derive(Default)]
pub(super) struct RepairBase64 {
    column: usize,
}

impl RepairBase64 {
    fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for &b in piece {
            if !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
                continue;
            }
            if self.column == ENCODED_LINE_CHARS_MAX {
                out.extend_from_slice(b"\r\n");
                self.column = 0;
            }
            out.push(b);
            self.column += 1;
        }
    }
}

fn escape(b: u8) -> [u8; 3] {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    [b'=', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]
}
