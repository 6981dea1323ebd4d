//! Makes a message fit for hosts that take only lines of 7-bit text: leaf parts that hold octets
//! above 127, lines of more than 998 octets, or NUL are encoded as quoted-printable or base64,
//! before the message is signed (RFC 6152 §3, RFC 6409 §8.4). Of the headers only
//! Content-Transfer-Encoding changes, and lines that are too long are folded. Signed and encrypted
//! parts (RFC 1847) and the headers of attached messages stay as they are: what they hold is
//! reported. Does not convert header fields.
//!
//! Two passes, each over pieces of the message, so that a large one is never in memory: [`Survey`]
//! finds what each part needs, and [`Recoder`] carries the [`Plan`] out.

mod encoders;
mod header;
mod recoder;
mod walk;

pub use recoder::Recoder;

use crate::transfer::Encoding;
use walk::{Event, PartInfo, Walker};

/// The longest line in octets, without its CRLF (RFC 5322 §2.1.1).
pub const LINE_BYTES_MAX: usize = 998;

/// What a part is, as far as its encoding is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartKind {
    /// Content that may be encoded, with the encoding that it has.
    Leaf { transfer: Encoding, is_text: bool },
    /// Holds parts.
    Multipart { digest: bool },
    /// Holds a message.
    Message,
    /// May not be encoded, and is not divided.
    Opaque,
}

/// Properties of octets that some hosts do not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfit {
    /// An octet above 127: needs 8BITMIME.
    pub eight_bit: bool,
    /// A line of more than [`LINE_BYTES_MAX`] octets.
    pub long_line: bool,
    /// A NUL, or a CR or LF alone: needs BINARYMIME.
    pub binary: bool,
}

impl Unfit {
    fn any(self) -> bool {
        self.eight_bit || self.long_line || self.binary
    }

    fn add(&mut self, other: Unfit) {
        self.eight_bit |= other.eight_bit;
        self.long_line |= other.long_line;
        self.binary |= other.binary;
    }
}

/// What happens to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Keep,
    QuotedPrintable,
    Base64,
    RepairQuotedPrintable,
    RepairBase64,
    /// The parts in it are 7-bit text now (RFC 2045 §6.4).
    DeclareSevenBit,
}

#[derive(Clone, Copy, Debug)]
struct PartPlan {
    action: Action,
    fold: bool,
    /// The text around the parts, which no reader shows (RFC 2046 §5.1.1), is made fit.
    clean_around: bool,
}

/// What a message needs to pass every host.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    parts: Vec<PartPlan>,
    kept: Unfit,
}

impl Plan {
    /// Something changes.
    pub fn is_needed(&self) -> bool {
        self.parts
            .iter()
            .any(|p| p.action != Action::Keep || p.fold || p.clean_around)
    }

    /// What is left after the change, in parts and headers that may not be changed.
    pub fn kept(&self) -> Unfit {
        self.kept
    }
}

/// What the content of a part was found to be.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    header: Unfit,
    /// The header can be folded into lines of lawful length.
    can_fold: bool,
    content: Unfit,
    around: Unfit,
    bytes: u64,
    /// Octets that quoted-printable triples.
    escaped_bytes: u64,
}

/// Finds what each part of a message needs.
pub struct Survey {
    walker: Walker,
    found: Vec<Found>,
    /// The length of the line of content so far.
    line_bytes: usize,
}

impl Default for Survey {
    fn default() -> Survey {
        Survey {
            walker: Walker::new(),
            found: Vec::new(),
            line_bytes: 0,
        }
    }
}

impl Survey {
    /// Takes the next piece of the message, its header included.
    pub fn write(&mut self, piece: &[u8]) {
        let (found, line_bytes) = (&mut self.found, &mut self.line_bytes);
        self.walker
            .feed(piece, &mut |_, event| look(found, line_bytes, event));
    }

    /// The message is complete.
    pub fn finish(mut self) -> Plan {
        let (found, line_bytes) = (&mut self.found, &mut self.line_bytes);
        self.walker
            .finish(&mut |_, event| look(found, line_bytes, event));
        plan(&self.walker, &self.found)
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

fn plan(walker: &Walker, found: &[Found]) -> Plan {
    let mut plan = Plan::default();
    if walker.gave_up {
        for part in found {
            for unfit in [part.header, part.content, part.around] {
                plan.kept.add(unfit);
            }
        }
        return plan;
    }
    // What is left in each part, and whether anything in it changes.
    let mut left = vec![Unfit::default(); found.len()];
    let mut changed = vec![false; found.len()];
    for (index, (info, found)) in walker.parts.iter().zip(found).enumerate() {
        let (part, unfit) = plan_part(info, found);
        left[index] = unfit;
        changed[index] = part.action != Action::Keep;
        plan.parts.push(part);
        plan.kept.add(unfit);
    }
    for index in (0..plan.parts.len()).rev() {
        let info = &walker.parts[index];
        let is_composite = matches!(info.kind, PartKind::Multipart { .. } | PartKind::Message);
        if is_composite
            && changed[index]
            && info.is_declared_8bit
            && !left[index].eight_bit
            && !left[index].binary
        {
            plan.parts[index].action = Action::DeclareSevenBit;
        }
        if let Some(parent) = info.parent {
            changed[parent] |= changed[index];
            let unfit = left[index];
            left[parent].add(unfit);
        }
    }
    plan
}

// The plan of one part, and what is left in its own octets.
fn plan_part(info: &PartInfo, found: &Found) -> (PartPlan, Unfit) {
    let mut part = PartPlan {
        action: Action::Keep,
        fold: false,
        clean_around: false,
    };
    let mut left = found.header;
    if found.header.long_line && found.can_fold && !info.is_protected {
        part.fold = true;
        left.long_line = false;
    }
    if info.is_protected {
        left.add(found.content);
        left.add(found.around);
        return (part, left);
    }
    let around = Unfit {
        binary: false,
        ..found.around
    };
    part.clean_around = around.any() && info.children > 0;
    if part.clean_around {
        left.binary |= found.around.binary;
    } else {
        left.add(found.around);
    }
    if !found.content.any() {
        return (part, left);
    }
    part.action = match info.kind {
        PartKind::Leaf { transfer, is_text } => match transfer {
            Encoding::Identity => identity_action(is_text, found),
            Encoding::QuotedPrintable => Action::RepairQuotedPrintable,
            Encoding::Base64 => Action::RepairBase64,
            Encoding::Uuencode => Action::Keep,
        },
        _ => Action::Keep,
    };
    if part.action == Action::Keep {
        left.add(found.content);
    }
    (part, left)
}

// Text that is mostly ASCII stays readable as quoted-printable; the rest is shorter as base64.
fn identity_action(is_text: bool, found: &Found) -> Action {
    if is_text && !found.content.binary && found.escaped_bytes * 6 <= found.bytes {
        Action::QuotedPrintable
    } else {
        Action::Base64
    }
}

/// Makes a whole message fit; `None` where nothing changes. The second value is what is left.
pub fn recode(message: &[u8]) -> (Option<Vec<u8>>, Unfit) {
    let mut survey = Survey::default();
    survey.write(message);
    let plan = survey.finish();
    let kept = plan.kept();
    if !plan.is_needed() {
        return (None, kept);
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 2);
    let mut recoder = Recoder::new(plan);
    recoder.write(message, &mut out);
    recoder.finish(&mut out);
    (Some(out), kept)
}

#[cfg(test)]
mod tests;
