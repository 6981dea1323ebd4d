//! The parts of a message as byte ranges (RFC 2046), found in one pass that watches every open
//! boundary, so that an outer boundary also ends inner parts. Decodes nothing. Time is linear in
//! the size; depth and number of parts are bounded.

use std::ops::Range;

use memchr::memmem;

use crate::field::{Fields, HeaderScan};
use crate::lines;
use crate::parameters::{ContentType, Disposition};
use crate::transfer::Encoding;

/// The longest message that is searched for parts, in bytes; delimiters after that are ignored.
pub const MESSAGE_BYTES_MAX: usize = 150 * 1024 * 1024;
/// The deepest nesting of parts; a deeper part is opaque.
pub const DEPTH_MAX: usize = 50;
/// The most parts of one message; the last one extends to the end.
pub const PARTS_MAX: usize = 1000;
/// The longest boundary, in bytes. RFC 2046 §5.1.1 allows 70; mailers exceed it.
const BOUNDARY_BYTES_MAX: usize = 1000;

/// The limits of parsing; smaller ones in tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) message_bytes_max: usize,
    pub(crate) depth_max: usize,
    pub(crate) parts_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            depth_max: DEPTH_MAX,
            parts_max: PARTS_MAX,
        }
    }
}

/// The content of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Bytes.
    Content,
    /// Parts.
    Parts,
    /// A message: its one child is that message's root.
    Message,
}

/// One part. The root of a message is a part too.
#[derive(Debug)]
pub(crate) struct Part {
    /// The header with the empty line behind it.
    pub(crate) header: Range<usize>,
    /// The body, without the line end that belongs to the next delimiter.
    pub(crate) body: Range<usize>,
    pub(crate) holds: Holds,
    pub(crate) media: ContentType,
    pub(crate) children: Vec<usize>,
}

/// All parts of a message; the root is the first.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) parts: Vec<Part>,
}

impl<'a> Tree<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Tree<'a> {
        Tree::parse_within(bytes, Limits::default())
    }

    pub(crate) fn parse_within(bytes: &'a [u8], limits: Limits) -> Tree<'a> {
        let mut scanner = Scanner {
            bytes,
            limits,
            parts: Vec::new(),
            open: Vec::new(),
        };
        scanner.run();
        Tree {
            bytes,
            parts: scanner.parts,
        }
    }

    pub(crate) fn part(&self, index: usize) -> &Part {
        &self.parts[index]
    }

    pub(crate) fn fields(&self, index: usize) -> Fields<'a> {
        Fields::of_header(&self.bytes[self.parts[index].header.clone()])
    }

    pub(crate) fn body(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.parts[index].body.clone()]
    }

    pub(crate) fn encoding(&self, index: usize) -> Encoding {
        self.fields(index)
            .find(|f| f.is("Content-Transfer-Encoding"))
            .map(|f| Encoding::of(f.value))
            .unwrap_or_default()
    }

    pub(crate) fn disposition(&self, index: usize) -> Disposition {
        self.fields(index)
            .find(|f| f.is("Content-Disposition"))
            .map(|f| Disposition::parse(f.value))
            .unwrap_or_default()
    }
}

/// An open part. Its boundary is watched while its multipart is open and its end was not found.
struct Open {
    part: usize,
    boundary: Option<Vec<u8>>,
}

/// A line that begins with a boundary of an open multipart.
struct Delimiter {
    /// The index of that multipart in the stack.
    level: usize,
    closing: bool,
    line: usize,
    next: usize,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    limits: Limits,
    parts: Vec<Part>,
    open: Vec<Open>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        let mut found = self.begin(0, ("text", "plain"));
        while let Some(delimiter) = found {
            self.close_above(delimiter.level, delimiter.line);
            let parent = self.open[delimiter.level].part;
            found = if delimiter.closing {
                // What follows is the epilogue, which belongs to no part.
                self.open[delimiter.level].boundary = None;
                self.next_delimiter(delimiter.next)
            } else {
                // RFC 2046 §5.1.5: in a digest the default is a message.
                let default = if self.parts[parent].media.subtype == "digest" {
                    ("message", "rfc822")
                } else {
                    ("text", "plain")
                };
                let index = self.parts.len();
                self.parts[parent].children.push(index);
                self.begin(delimiter.next, default)
            };
        }
        self.close_above(0, self.bytes.len());
        if let Some(root) = self.open.pop() {
            self.close(root.part, self.bytes.len());
        }
    }

    /// Opens the part whose header begins at `start`, and messages directly inside it; returns the
    /// next delimiter.
    fn begin(&mut self, start: usize, default: (&str, &str)) -> Option<Delimiter> {
        let (mut start, mut default) = (start, default);
        loop {
            let (body, cut) = self.scan_header(start);
            let index = self.parts.len();
            let header = &self.bytes[start..body];
            let declared = Fields::of_header(header)
                .find(|f| f.is("Content-Type"))
                .and_then(|f| ContentType::parse(f.value));
            let mut part = Part {
                header: start..body,
                body: body..body,
                holds: Holds::Content,
                media: declared.unwrap_or_else(|| ContentType::new(default.0, default.1)),
                children: Vec::new(),
            };
            let boundary = self.classify(&mut part);
            let holds = part.holds;
            self.parts.push(part);
            self.open.push(Open {
                part: index,
                boundary,
            });
            if cut.is_some() {
                return cut;
            }
            if holds != Holds::Message {
                return self.next_delimiter(body);
            }
            self.parts[index].children.push(index + 1);
            (start, default) = (body, ("text", "plain"));
        }
    }

    // Determines the content of the part; returns the boundary to watch.
    fn classify(&self, part: &mut Part) -> Option<Vec<u8>> {
        let deeper = self.open.len() + 1 < self.limits.depth_max
            && self.parts.len() + 1 < self.limits.parts_max;
        if part.media.kind == "multipart" {
            match boundary_of(&part.media) {
                Some(boundary) if deeper => {
                    part.holds = Holds::Parts;
                    return Some(boundary);
                }
                Some(_) => part.media = ContentType::new("application", "octet-stream"),
                None => part.media = ContentType::new("text", "plain"),
            }
        } else if part.media.is_message() {
            if deeper {
                part.holds = Holds::Message;
            } else {
                part.media = ContentType::new("application", "octet-stream");
            }
        }
        None
    }

    /// The offset of the body, and the delimiter that cut the header short.
    fn scan_header(&self, start: usize) -> (usize, Option<Delimiter>) {
        let mut scan = HeaderScan::default();
        let mut at = start;
        while at < self.bytes.len() {
            if let Some(delimiter) = self.delimiter_at(at) {
                return (scan.finish(at), Some(delimiter));
            }
            let (end, next) = lines::line(self.bytes, at);
            if let Some(body) = scan.line(&self.bytes[at..end], at, next) {
                return (body, None);
            }
            at = next;
        }
        (scan.finish(self.bytes.len()), None)
    }

    /// The first delimiter at or after `from`, which is the beginning of a line.
    fn next_delimiter(&self, from: usize) -> Option<Delimiter> {
        let end = self.bytes.len().min(self.limits.message_bytes_max);
        if from >= end || !self.open.iter().any(|o| o.boundary.is_some()) {
            return None;
        }
        if let Some(delimiter) = self.delimiter_at(from) {
            return Some(delimiter);
        }
        memmem::find_iter(&self.bytes[from..end], b"\n--")
            .find_map(|i| self.delimiter_at(from + i + 1))
    }

    /// A delimiter line of an open multipart.
    fn delimiter_at(&self, at: usize) -> Option<Delimiter> {
        if !self.bytes[at..].starts_with(b"--") {
            return None;
        }
        let (end, next) = lines::line(self.bytes, at);
        let open = self.open.iter().map(|o| o.boundary.as_deref());
        let (level, closing) = delimiter(&self.bytes[at..end], open)?;
        // The limit is reached: the last part extends to the end.
        if !closing && self.parts.len() >= self.limits.parts_max {
            return None;
        }
        Some(Delimiter {
            level,
            closing,
            line: at,
            next,
        })
    }

    /// Closes everything inside the multipart at `level`; `line` is where the delimiter's line
    /// begins.
    fn close_above(&mut self, level: usize, line: usize) {
        let at_end = line == self.bytes.len();
        let mut end = line;
        // The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
        if !at_end && self.bytes[..end].ends_with(b"\n") {
            end -= if self.bytes[..end].ends_with(b"\r\n") {
                2
            } else {
                1
            };
        }
        while self.open.len() > level + 1 {
            if let Some(open) = self.open.pop() {
                self.close(open.part, end);
            }
        }
    }

    fn close(&mut self, index: usize, end: usize) {
        let part = &mut self.parts[index];
        part.body.end = end.max(part.body.start);
        if part.holds == Holds::Parts && part.children.is_empty() {
            // A multipart without parts: shown as text rather than lost.
            part.holds = Holds::Content;
            part.media = ContentType::new("text", "plain");
        }
        if part.holds == Holds::Message && part.children.is_empty() {
            part.holds = Holds::Content;
            part.media = ContentType::new("application", "byte-stream");
        }
    }
}

/// `delimiter := CRLF "--" boundary`, `close-delimiter := delimiter "--"`, then white space (RFC
/// 2046 §5.1.1). Of the boundaries of the open parts, the outermost first, the innermost that is
/// the whole line counts; failing that, the longest one that the line begins with. Returns its
/// index and whether the delimiter is a closing one.
pub(crate) fn delimiter<'b>(
    line: &[u8],
    open: impl DoubleEndedIterator<Item = Option<&'b [u8]>> + ExactSizeIterator,
) -> Option<(usize, bool)> {
    let text = line.strip_prefix(b"--")?.trim_ascii_end();
    let mut best: Option<(usize, usize, bool)> = None;
    for (level, boundary) in open.enumerate().rev() {
        let Some(boundary) = boundary else {
            continue;
        };
        let Some(rest) = text.strip_prefix(boundary) else {
            continue;
        };
        let (exact, closing) = match rest {
            b"" => (true, false),
            b"--" => (true, true),
            [b'-', b'-', ..] => (false, true),
            // A boundary that was declared with trailing white space, against the grammar.
            [b' ' | b'\t', ..] if rest.trim_ascii() == b"--" => (false, true),
            // A longer word is another text: `--12` is not a delimiter of `1`.
            [b, ..] => match b {
                b' ' | b'\t' | b'"' | b';' | b'<' | b'>' => (false, false),
                _ => continue,
            },
        };
        if exact {
            return Some((level, closing));
        }
        if best.is_none_or(|(_, len, _)| boundary.len() > len) {
            best = Some((level, boundary.len(), closing));
        }
    }
    best.map(|(level, _, closing)| (level, closing))
}

/// The boundary of a multipart, where it is declared and can be used.
pub(crate) fn boundary_of(media: &ContentType) -> Option<Vec<u8>> {
    let declared = media.parameters.bytes("boundary")?;
    let boundary = declared.trim_ascii_end();
    (!boundary.is_empty() && boundary.len() <= BOUNDARY_BYTES_MAX).then(|| boundary.to_vec())
}

#[cfg(test)]
mod tests;
