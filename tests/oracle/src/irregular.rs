//! What is irregular in the structure of a message: its boundaries, delimiters and headers.

use crate::explain_fields::memchr_find;
use crate::reason::Reason;

/// The delimiter lines of a message, and what they say about it.
struct Delimiters<'a> {
    boundaries: Vec<Vec<u8>>,
    lines: Vec<&'a [u8]>,
}

impl<'a> Delimiters<'a> {
    fn of(message: &'a [u8]) -> Delimiters<'a> {
        let lines: Vec<&[u8]> = message
            .split(|b| *b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .collect();
        Delimiters {
            boundaries: declared(&lines),
            lines,
        }
    }

    /// Each line that begins with `--` and a boundary, with what follows that.
    fn begun<'b>(&'b self, boundary: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        self.lines
            .iter()
            .filter_map(move |line| line.strip_prefix(b"--")?.strip_prefix(boundary))
    }
}

/// The longest boundary that `mime` takes.
const BOUNDARY_BYTES_MAX: usize = 1000;

/// Every value of a `boundary` parameter in the message, wherever it stands.
fn declared(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    lines
        .iter()
        .filter(|line| memchr_find(&line.to_ascii_lowercase(), b"boundary"))
        .filter_map(|line| {
            let value = [b"x/x; ", *line].concat();
            mime::parameter(&value, "boundary")
        })
        .map(String::into_bytes)
        .collect()
}

/// What is irregular in the structure of a message; `None` where nothing is, and both parsers must
/// find the same parts.
pub(crate) fn irregularity(message: &[u8]) -> Option<Reason> {
    let found = Delimiters::of(message);
    let multiparts = found
        .lines
        .iter()
        .filter(|l| memchr_find(&l.to_ascii_lowercase(), b"multipart/"))
        .count();
    let is_padding = |rest: &[u8]| rest.trim_ascii().is_empty();
    if has_encoded_message(&found.lines) {
        return Some(Reason::EncodedMessage);
    }
    for (i, boundary) in found.boundaries.iter().enumerate() {
        let shares = |other: &Vec<u8>| other.starts_with(boundary);
        let others = found.boundaries.iter().enumerate().filter(|(j, _)| *j != i);
        if others.map(|(_, b)| b).any(shares) {
            return Some(Reason::SharedBoundary);
        }
        if found
            .begun(boundary)
            .any(|rest| !is_padding(rest) && !rest.starts_with(b"--"))
        {
            return Some(Reason::LongerLine);
        }
        let marker = [b"--", &boundary[..]].concat();
        let within = |line: &&&[u8]| memchr_find(&line[1.min(line.len())..], &marker);
        if found.lines.iter().find(within).is_some() {
            return Some(Reason::WithinLine);
        }
        if !found.begun(boundary).any(is_padding) {
            return Some(Reason::NoParts);
        }
        if found
            .begun(boundary)
            .filter(|rest| rest.starts_with(b"--"))
            .count()
            != 1
        {
            return Some(Reason::Unclosed);
        }
    }
    if found
        .boundaries
        .iter()
        .any(|b| b.len() > BOUNDARY_BYTES_MAX)
    {
        return Some(Reason::Limits);
    }
    if multiparts > found.boundaries.len() {
        return Some(Reason::NoParts);
    }
    of_lines(&found)
}

/// Headers that break off, repeat a field or hold other lines; parts that are empty.
fn of_lines(found: &Delimiters<'_>) -> Option<Reason> {
    let is_delimiter = |line: &[u8]| {
        found
            .boundaries
            .iter()
            .any(|b| line.strip_prefix(b"--").is_some_and(|l| l.starts_with(b)))
    };
    let mut in_header = true;
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut after_message = false;
    let is_fold = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
    // Without a line end there is no field for `mail-parser`, without an empty line no body.
    let (_, whole) = found.lines.split_last().unwrap_or((&&b""[..], &[]));
    let is_cut = !whole.iter().any(|line| line.is_empty());
    if is_cut || is_fold(found.lines.first().copied().unwrap_or_default()) {
        return Some(Reason::MalformedHeader);
    }
    let mut begins = false;
    for line in &found.lines {
        if std::mem::take(&mut begins) && is_fold(line) {
            return Some(Reason::MalformedHeader);
        }
        if is_delimiter(line) {
            if in_header {
                return Some(Reason::EmptyPart);
            }
            in_header = !line.ends_with(b"--");
            names.clear();
            after_message = false;
            begins = true;
            continue;
        } else if in_header && line.is_empty() {
            // The header of an inner message begins at once.
            if names.is_empty() && after_message {
                return Some(Reason::EmptyPart);
            }
            in_header = names.iter().any(|n| n == b"message");
            after_message = in_header;
            names.clear();
        } else if in_header && !is_fold(line) {
            let Some(colon) = line.iter().position(|b| *b == b':') else {
                return Some(Reason::MalformedHeader);
            };
            let name = line[..colon].to_ascii_lowercase();
            if line.contains(&b'\r') {
                return Some(Reason::MalformedHeader);
            }
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
                return Some(Reason::MalformedHeader);
            }
            if name.starts_with(b"content-") && names.contains(&name) {
                return Some(Reason::RepeatedField);
            }
            if name == b"content-type" && !has_subtype(&line[colon + 1..]) {
                return Some(Reason::MalformedHeader);
            }
            if name == b"content-type" && memchr_find(&line.to_ascii_lowercase(), b"message/") {
                names.push(b"message".to_vec());
            }
            names.push(name);
        }
    }
    // The last part, or the only one, has no body.
    let is_message = names.iter().any(|n| n == b"message") || after_message;
    (in_header && (!found.boundaries.is_empty() || is_message)).then_some(Reason::EmptyPart)
}

/// `type "/" subtype` before the parameters, both of letters, digits and the usual signs.
fn has_subtype(value: &[u8]) -> bool {
    let media = value.split(|b| *b == b';').next().unwrap_or_default();
    let is_name = |name: &[u8]| {
        let name = name.trim_ascii();
        !name.is_empty()
            && name
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(b))
    };
    media.iter().filter(|b| **b == b'/').count() == 1 && media.split(|b| *b == b'/').all(is_name)
}

/// A part of type message with an encoding: both fields in one header.
fn has_encoded_message(lines: &[&[u8]]) -> bool {
    lines.split(|line| line.is_empty()).any(|header| {
        let has = |name: &[u8], values: &[&[u8]]| {
            header.iter().any(|line| {
                let line = line.to_ascii_lowercase();
                line.starts_with(name) && values.iter().any(|v| memchr_find(&line, v))
            })
        };
        has(b"content-type", &[b"message/"])
            && has(
                b"content-transfer-encoding",
                &[b"base64", b"quoted-printable", b"uue"],
            )
    })
}
