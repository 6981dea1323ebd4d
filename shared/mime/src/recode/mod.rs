//! Makes a message fit for hosts that take only lines of 7-bit text: leaf parts that hold octets
//! above 127, lines of more than 998 octets, or NUL are encoded as quoted-printable or base64,
//! before the message is signed (RFC 6152 §3, RFC 6409 §8.4). Of the headers only
//! Content-Transfer-Encoding changes; text of an undeclared type gets a Content-Type, and lines
//! that are too long are folded. Signed and encrypted parts (RFC 1847), messages that have a DKIM
//! signature already, and the headers of attached messages stay as they are: what they hold is
//! reported. Does not convert header fields.
//!
//! Two passes, each over pieces of the message, so that a large one is never in memory: [`Survey`]
//! finds what each part needs, and [`Recoder`] carries the [`Plan`] out.

mod charset;
mod encoders;
mod header;
mod plan;
mod recoder;
mod survey;
mod walk;

pub use plan::{Changes, Plan};
pub use recoder::Recoder;
pub use survey::Survey;

use crate::transfer::Encoding;

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
