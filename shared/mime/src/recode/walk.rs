//! Walks over the parts of a message that arrives in pieces: the same parts as [`crate::tree`]
//! finds, without the message in memory. Holds one line, one part header and the stack of open
//! parts.

use super::PartKind;
use crate::field::{Fields, HeaderScan};
use crate::parameters::ContentType;
use crate::transfer::Encoding;
use crate::tree::{self, DEPTH_MAX, PARTS_MAX};

/// The longest part header, in bytes; a message with a longer one is not divided further.
const HEADER_BYTES_MAX: usize = 256 * 1024;
/// The longest line that can be a delimiter; a longer one is passed on in pieces.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// What the walker finds, in the order of the message. The bytes of all events together are the
/// message.
pub(super) enum Event<'a> {
    /// The header of a part, with its empty line where it has one.
    Header { part: usize, bytes: &'a [u8] },
    /// Text of a part without parts of its own. A line end is an event of its own.
    Content { part: usize, bytes: &'a [u8] },
    /// The content of the part before is complete.
    End { message_ends: bool },
    /// Text of a multipart before or after its parts. A line end is an event of its own.
    Around { part: usize, bytes: &'a [u8] },
    /// A delimiter, with the line end before it.
    Delimiter { part: usize, bytes: &'a [u8] },
}

/// What is known of a part from its header.
#[derive(Clone, Debug)]
pub(super) struct PartInfo {
    pub(super) kind: PartKind,
    pub(super) parent: Option<usize>,
    /// The header is that of a message: it may need MIME-Version.
    pub(super) heads_message: bool,
    /// The part or one around it is signed or encrypted: no octet may change (RFC 1847 §2.1).
    pub(super) is_protected: bool,
    /// The declared encoding is 8bit or binary.
    pub(super) is_declared_8bit: bool,
    /// The header has no Content-Type, and the content counts as plain text.
    pub(super) is_untyped: bool,
    pub(super) children: usize,
}

struct Open {
    part: usize,
    boundary: Option<Vec<u8>>,
}

enum Mode {
    Header {
        scan: HeaderScan,
        bytes: Vec<u8>,
        /// The type of a part that declares none (RFC 2045 §5.2, RFC 2046 §5.1.5).
        default: (&'static str, &'static str),
        heads_message: bool,
    },
    Content(usize),
    Around(usize),
}

pub(super) struct Walker {
    pub(super) parts: Vec<PartInfo>,
    /// The message has more parts, or a longer part header, than are looked at.
    pub(super) gave_up: bool,
    open: Vec<Open>,
    mode: Mode,
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// The beginning of the line was passed on already.
    is_continued: bool,
    /// The line end that belongs to the next delimiter, if one follows.
    held: Vec<u8>,
}

impl Walker {
    pub(super) fn new() -> Walker {
        Walker {
            parts: Vec::new(),
            gave_up: false,
            open: Vec::new(),
            mode: header_mode(("text", "plain"), true),
            line: Vec::new(),
            is_continued: false,
            held: Vec::new(),
        }
    }

    /// Takes the next piece of the message.
    pub(super) fn feed(&mut self, mut piece: &[u8], each: &mut impl FnMut(&Walker, Event<'_>)) {
        while let Some(at) = memchr::memchr(b'\n', piece) {
            let (line, rest) = piece.split_at(at + 1);
            if self.line.is_empty() {
                self.take_line(line, each);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.take_line(&whole, each);
                whole.clear();
                self.line = whole;
            }
            self.is_continued = false;
            piece = rest;
        }
        self.line.extend_from_slice(piece);
        match &self.mode {
            Mode::Header { bytes, .. } if bytes.len() + self.line.len() > HEADER_BYTES_MAX => {
                self.give_up(each);
            }
            Mode::Header { .. } => {}
            _ if self.line.len() > LINE_BYTES_MAX => {
                // A CR at the end may begin the line end.
                let mut whole = std::mem::take(&mut self.line);
                let keep = whole.split_off(whole.len() - 1);
                self.release_held(each);
                self.text(&whole, each);
                (self.line, self.is_continued) = (keep, true);
            }
            _ => {}
        }
    }

    /// The message is complete.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(&Walker, Event<'_>)) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, each);
        }
        while let Mode::Header { scan, bytes, .. } = &mut self.mode {
            let body = scan.finish(bytes.len());
            let rest = bytes.split_off(body);
            self.begin_part(each);
            self.take_lines(&rest, each);
        }
        self.release_held(each);
        self.end_content(true, each);
    }

    fn take_lines(&mut self, bytes: &[u8], each: &mut impl FnMut(&Walker, Event<'_>)) {
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            self.take_line(line, each);
        }
    }

    // A line with its end; without one where the message ends.
    fn take_line(&mut self, line: &[u8], each: &mut impl FnMut(&Walker, Event<'_>)) {
        let (text, end) = divide(line);
        if !self.is_continued
            && let Some((level, closing)) = self.delimiter(text)
        {
            self.take_delimiter(line, level, closing, each);
            return;
        }
        if let Mode::Header { scan, bytes, .. } = &mut self.mode {
            let at = bytes.len();
            bytes.extend_from_slice(line);
            if let Some(body) = scan.line(text, at, at + line.len()) {
                let rest = bytes.split_off(body);
                self.begin_part(each);
                self.take_lines(&rest, each);
            } else if bytes.len() > HEADER_BYTES_MAX {
                self.give_up(each);
            }
            return;
        }
        self.release_held(each);
        self.text(text, each);
        self.held.extend_from_slice(end);
    }

    fn delimiter(&self, text: &[u8]) -> Option<(usize, bool)> {
        tree::delimiter(text, self.open.iter().map(|o| o.boundary.as_deref()))
    }

    fn take_delimiter(
        &mut self,
        line: &[u8],
        level: usize,
        closing: bool,
        each: &mut impl FnMut(&Walker, Event<'_>),
    ) {
        if let Mode::Header { scan, bytes, .. } = &mut self.mode {
            // The delimiter cuts the header short; lines that are no fields are its body.
            let body = scan.finish(bytes.len());
            let rest = bytes.split_off(body);
            self.begin_part(each);
            if let Mode::Header { .. } = self.mode {
                // A message without anything in it: its part ends here.
                self.mode = Mode::Content(self.parts.len() - 1);
            }
            for line in rest.split_inclusive(|b| *b == b'\n') {
                let (text, end) = divide(line);
                self.release_held(each);
                self.text(text, each);
                self.held.extend_from_slice(end);
            }
        }
        if !closing && self.parts.len() >= PARTS_MAX {
            self.stop_dividing();
            self.take_line(line, each);
            return;
        }
        self.end_content(false, each);
        self.open.truncate(level + 1);
        let part = self.open[level].part;
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(line);
        each(
            self,
            Event::Delimiter {
                part,
                bytes: &bytes,
            },
        );
        if closing {
            self.open[level].boundary = None;
            self.mode = Mode::Around(part);
            return;
        }
        self.parts[part].children += 1;
        let digest = matches!(self.parts[part].kind, PartKind::Multipart { digest: true });
        self.mode = if digest {
            header_mode(("message", "rfc822"), false)
        } else {
            header_mode(("text", "plain"), false)
        };
    }

    // Ends the header of a part, and begins its content.
    fn begin_part(&mut self, each: &mut impl FnMut(&Walker, Event<'_>)) {
        let Mode::Header {
            bytes,
            default,
            heads_message,
            ..
        } = std::mem::replace(&mut self.mode, Mode::Around(0))
        else {
            return;
        };
        let part = self.parts.len();
        let parent = self.open.last().map(|o| o.part);
        let (mut info, boundary) = classify(&bytes, default, self.open.len(), part);
        info.parent = parent;
        info.heads_message = heads_message;
        info.is_protected |= parent.is_some_and(|p| self.parts[p].is_protected);
        self.mode = match info.kind {
            PartKind::Multipart { .. } => Mode::Around(part),
            PartKind::Message => header_mode(("text", "plain"), true),
            _ => Mode::Content(part),
        };
        self.parts.push(info);
        self.open.push(Open { part, boundary });
        each(
            self,
            Event::Header {
                part,
                bytes: &bytes,
            },
        );
    }

    // The rest of the message is not divided.
    fn give_up(&mut self, each: &mut impl FnMut(&Walker, Event<'_>)) {
        self.begin_part(each);
        self.mode = Mode::Content(self.parts.len() - 1);
        self.stop_dividing();
    }

    fn stop_dividing(&mut self) {
        self.gave_up = true;
        for open in &mut self.open {
            open.boundary = None;
        }
    }

    fn text(&self, bytes: &[u8], each: &mut impl FnMut(&Walker, Event<'_>)) {
        match self.mode {
            _ if bytes.is_empty() => {}
            Mode::Content(part) => each(self, Event::Content { part, bytes }),
            Mode::Around(part) => each(self, Event::Around { part, bytes }),
            Mode::Header { .. } => {}
        }
    }

    fn release_held(&mut self, each: &mut impl FnMut(&Walker, Event<'_>)) {
        let held = std::mem::take(&mut self.held);
        self.text(&held, each);
    }

    fn end_content(&mut self, message_ends: bool, each: &mut impl FnMut(&Walker, Event<'_>)) {
        if let Mode::Content(_) = self.mode {
            each(self, Event::End { message_ends });
        }
    }
}

// The text of a line and its end.
fn divide(line: &[u8]) -> (&[u8], &[u8]) {
    match line {
        [.., b'\r', b'\n'] => line.split_at(line.len() - 2),
        [.., b'\n'] => line.split_at(line.len() - 1),
        _ => (line, &[]),
    }
}

fn header_mode(default: (&'static str, &'static str), heads_message: bool) -> Mode {
    Mode::Header {
        scan: HeaderScan::default(),
        bytes: Vec::new(),
        default,
        heads_message,
    }
}

// What a header says about its part, and the boundary of a multipart. `depth` and `number` count
// what is open and what was found already.
fn classify(
    header: &[u8],
    default: (&str, &str),
    depth: usize,
    number: usize,
) -> (PartInfo, Option<Vec<u8>>) {
    let field = |name: &str| Fields::of_header(header).find(|f| f.is(name));
    let content_type = field("Content-Type");
    let is_untyped = content_type.is_none() && default == ("text", "plain");
    let media = content_type
        .and_then(|f| ContentType::parse(f.value))
        .unwrap_or_else(|| ContentType::new(default.0, default.1));
    let encoding = field("Content-Transfer-Encoding");
    let transfer = encoding
        .as_ref()
        .map(|f| Encoding::of(f.value))
        .unwrap_or_default();
    // Without its empty line a header would run into that of the part inside.
    let is_ended = matches!(
        header,
        [.., b'\n', b'\r', b'\n'] | [.., b'\n', b'\n'] | b"\r\n" | b"\n"
    );
    let is_deeper = depth + 1 < DEPTH_MAX && number + 1 < PARTS_MAX && is_ended;
    let mut boundary = None;
    // RFC 2045 §6.4: a multipart or message part is never encoded as a whole. RFC 6532 §3.7 and RFC
    // 6533 permit it for the international forms.
    let kind = match &*media.kind {
        "multipart" => {
            boundary = tree::boundary_of(&media).filter(|_| is_deeper);
            match boundary {
                Some(_) => PartKind::Multipart {
                    digest: media.subtype == "digest",
                },
                None => PartKind::Opaque,
            }
        }
        "message" if media.subtype.starts_with("global") => PartKind::Leaf {
            transfer,
            is_text: false,
        },
        "message" if media.subtype == "rfc822" && is_deeper => match transfer {
            Encoding::Identity => PartKind::Message,
            _ => PartKind::Leaf {
                transfer,
                is_text: false,
            },
        },
        "message" => PartKind::Opaque,
        kind => PartKind::Leaf {
            transfer,
            is_text: kind == "text",
        },
    };
    let info = PartInfo {
        kind,
        parent: None,
        heads_message: false,
        is_protected: media.kind == "multipart"
            && matches!(&*media.subtype, "signed" | "encrypted"),
        is_declared_8bit: encoding.is_some_and(|f| {
            let value = f.unfolded();
            value.eq_ignore_ascii_case(b"8bit") || value.eq_ignore_ascii_case(b"binary")
        }),
        is_untyped,
        children: 0,
    };
    (info, boundary)
}
