//! Finds what each part of a message holds that some hosts do not take. Decides nothing.

use super::plan::{self, Found, Plan};
use super::walk::{Event, Walker};
use super::{LINE_BYTES_MAX, Unfit, header};
use crate::field::Fields;

/// Finds what each part of a message needs.
pub struct Survey {
    walker: Walker,
    found: Vec<Found>,
    /// The length of the line of content so far.
    line_bytes: usize,
    /// The message has a DKIM signature, which a change would break (RFC 6376 §5.3).
    is_signed: bool,
}

impl Default for Survey {
    fn default() -> Survey {
        Survey {
            walker: Walker::new(),
            found: Vec::new(),
            line_bytes: 0,
            is_signed: false,
        }
    }
}

impl Survey {
    /// Takes the next piece of the message, its header included.
    pub fn write(&mut self, piece: &[u8]) {
        let (found, line_bytes) = (&mut self.found, &mut self.line_bytes);
        let is_signed = &mut self.is_signed;
        self.walker.feed(piece, &mut |_, event| {
            *is_signed |= heads_signed_message(&event);
            look(found, line_bytes, event);
        });
    }

    /// The message is complete.
    pub fn finish(mut self) -> Plan {
        let (found, line_bytes) = (&mut self.found, &mut self.line_bytes);
        let is_signed = &mut self.is_signed;
        self.walker.finish(&mut |_, event| {
            *is_signed |= heads_signed_message(&event);
            look(found, line_bytes, event);
        });
        if self.is_signed || self.walker.gave_up {
            return plan::unchanged(&self.found);
        }
        plan::plan(&self.walker, &self.found)
    }
}

fn heads_signed_message(event: &Event<'_>) -> bool {
    match event {
        Event::Header { part: 0, bytes } => {
            Fields::of_header(bytes).any(|field| field.is("DKIM-Signature"))
        }
        _ => false,
    }
}

fn look(found: &mut Vec<Found>, line_bytes: &mut usize, event: Event<'_>) {
    match event {
        Event::Header { part, bytes } => {
            debug_assert_eq!(part, found.len());
            *line_bytes = 0;
            let mut unfit = unfit_text(bytes);
            unfit.long_line = header::has_long_line(bytes);
            let can_fold = unfit.long_line && !header::has_long_line(&header::folded(bytes));
            found.push(Found {
                header: unfit,
                can_fold,
                ..Found::default()
            });
        }
        Event::Content { part, bytes } => {
            let unfit = look_at_line(line_bytes, bytes);
            let Some(part) = found.get_mut(part) else {
                return;
            };
            part.content.add(unfit);
            part.charset.write(bytes);
            part.bytes += bytes.len() as u64;
            part.escaped_bytes += bytes
                .iter()
                .filter(|b| !b.is_ascii() || **b == b'=')
                .count() as u64;
        }
        Event::Around { part, bytes } => {
            let unfit = look_at_line(line_bytes, bytes);
            if let Some(part) = found.get_mut(part) {
                part.around.add(unfit);
            }
        }
        Event::Delimiter { part, bytes } => {
            *line_bytes = 0;
            if let Some(part) = found.get_mut(part) {
                part.header.add(unfit_text(bytes));
            }
        }
        Event::End { .. } => *line_bytes = 0,
    }
}

fn look_at_line(line_bytes: &mut usize, bytes: &[u8]) -> Unfit {
    let mut unfit = unfit_text(bytes);
    if matches!(bytes, b"\r\n" | b"\n") {
        *line_bytes = 0;
    } else {
        *line_bytes += bytes.len();
        unfit.long_line = *line_bytes > LINE_BYTES_MAX;
    }
    unfit
}

// Everything but the length of lines.
fn unfit_text(bytes: &[u8]) -> Unfit {
    let mut binary = memchr::memchr(0, bytes).is_some();
    let mut rest = bytes;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        match &rest[at..] {
            [b'\r', b'\n', tail @ ..] => rest = tail,
            other => {
                binary = true;
                rest = &other[1..];
            }
        }
    }
    Unfit {
        eight_bit: !bytes.is_ascii(),
        long_line: false,
        binary,
    }
}
