//! Carries out a plan on a message that arrives in pieces. Decides nothing.

use super::encoders::Encoder;
use super::plan::{Action, PartPlan, Plan};
use super::walk::{Event, Walker};
use super::{LINE_BYTES_MAX, header};

/// Carries out a [`Plan`] on the same message.
pub struct Recoder {
    walker: Walker,
    writer: Writer,
}

struct Writer {
    plan: Plan,
    encoder: Option<Encoder>,
    /// The length of the line around parts so far.
    line_bytes: usize,
    header_bytes: Option<usize>,
}

impl Recoder {
    /// Begins with the message that the plan was made for.
    pub fn new(plan: Plan) -> Recoder {
        Recoder {
            walker: Walker::new(),
            writer: Writer {
                plan,
                encoder: None,
                line_bytes: 0,
                header_bytes: None,
            },
        }
    }

    /// Takes the next piece of the message, its header included; appends what is ready to `out`.
    pub fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let writer = &mut self.writer;
        self.walker
            .feed(piece, &mut |walker, event| writer.take(walker, event, out));
    }

    /// The message is complete.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let writer = &mut self.writer;
        self.walker
            .finish(&mut |walker, event| writer.take(walker, event, out));
    }

    /// The length of the changed header of the message, once it was written.
    pub fn header_bytes(&self) -> Option<usize> {
        self.writer.header_bytes
    }
}

impl Writer {
    fn take(&mut self, walker: &Walker, event: Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Header { part, bytes } => {
                self.line_bytes = 0;
                self.header(part, walker.parts[part].heads_message, bytes, out);
            }
            Event::Content { bytes, .. } => match &mut self.encoder {
                Some(encoder) => encoder.write(bytes, out),
                None => out.extend_from_slice(bytes),
            },
            Event::End { message_ends } => {
                if let Some(mut encoder) = self.encoder.take() {
                    encoder.finish(message_ends, out);
                }
            }
            Event::Around { part, bytes } => match self.plan.parts.get(part) {
                Some(part) if part.clean_around => self.clean(bytes, out),
                _ => out.extend_from_slice(bytes),
            },
            Event::Delimiter { bytes, .. } => {
                self.line_bytes = 0;
                out.extend_from_slice(bytes);
            }
        }
    }

    fn header(&mut self, part: usize, heads_message: bool, bytes: &[u8], out: &mut Vec<u8>) {
        let plan = self.plan.parts.get(part).copied();
        let PartPlan {
            action,
            charset,
            fold,
            ..
        } = plan.unwrap_or(PartPlan::KEEP);
        let folded = fold.then(|| header::folded(bytes));
        let bytes = folded.as_deref().unwrap_or(bytes);
        let (encoding, encoder) = match action {
            Action::Keep => (None, None),
            Action::DeclareSevenBit => (Some("7bit"), None),
            Action::QuotedPrintable => (
                Some("quoted-printable"),
                Some(Encoder::QuotedPrintable(Default::default())),
            ),
            Action::Base64 => (Some("base64"), Some(Encoder::Base64(Default::default()))),
            Action::RepairQuotedPrintable => (
                None,
                Some(Encoder::RepairQuotedPrintable(Default::default())),
            ),
            Action::RepairBase64 => (None, Some(Encoder::RepairBase64(Default::default()))),
        };
        self.encoder = encoder;
        let begin = out.len();
        match encoding {
            Some(encoding) => {
                let declared = header::Declared {
                    encoding,
                    charset,
                    mime_version: heads_message && action != Action::DeclareSevenBit,
                };
                out.extend_from_slice(&header::with_encoding(bytes, &declared));
            }
            None => out.extend_from_slice(bytes),
        }
        if part == 0 {
            self.header_bytes = Some(out.len() - begin);
        }
    }

    // Text that no reader shows: ASCII, in lines of lawful length that are no delimiters.
    fn clean(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if matches!(bytes, b"\r\n" | b"\n") {
            self.line_bytes = 0;
            out.extend_from_slice(bytes);
            return;
        }
        for b in bytes {
            if self.line_bytes == LINE_BYTES_MAX {
                out.extend_from_slice(b"\r\n ");
                self.line_bytes = 1;
            }
            // No boundary holds an asterisk (RFC 2046 §5.1.1).
            out.push(if b.is_ascii() { *b } else { b'*' });
            self.line_bytes += 1;
        }
    }
}
