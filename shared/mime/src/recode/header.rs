//! Changes to the header of one part: what it declares of its content, and folds in lines that are
//! too long. Every other octet stays.

use super::LINE_BYTES_MAX;
use crate::field::Fields;

/// What a header is to declare.
pub(super) struct Declared {
    pub(super) encoding: &'static str,
    /// The content is text of this charset; the header has no Content-Type.
    pub(super) charset: Option<&'static str>,
    /// Add MIME-Version where it is missing (RFC 2045 §4).
    pub(super) mime_version: bool,
}

/// Declares a transfer encoding in place of the one that was declared, else at the end of the
/// header; what else is missing stands there too.
pub(super) fn with_encoding(header: &[u8], declared: &Declared) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + 128);
    let field = format!("Content-Transfer-Encoding: {}\r\n", declared.encoding);
    let (mut at, mut is_declared, mut has_version) = (0, false, false);
    let mut end = 0;
    for found in Fields::of_header(header) {
        end = found.range.end;
        has_version |= found.is("MIME-Version");
        if found.is("Content-Transfer-Encoding") {
            out.extend_from_slice(&header[at..found.range.start]);
            if !is_declared {
                out.extend_from_slice(field.as_bytes());
            }
            is_declared = true;
            at = found.range.end;
        }
    }
    // The fields end where only the empty line is left; without fields, an mbox line may precede
    // it.
    let body = match header {
        [.., b'\n', b'\r', b'\n'] => header.len() - 2,
        [.., b'\n', b'\n'] => header.len() - 1,
        b"\r\n" | b"\n" => 0,
        _ => header.len(),
    };
    let end = end.max(body);
    out.extend_from_slice(&header[at..end.max(at)]);
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    if declared.mime_version && !has_version {
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    }
    if let Some(charset) = declared.charset {
        let field = format!("Content-Type: text/plain; charset={charset}\r\n");
        out.extend_from_slice(field.as_bytes());
    }
    if !is_declared {
        out.extend_from_slice(field.as_bytes());
    }
    match &header[end.max(at)..] {
        [] => out.extend_from_slice(b"\r\n"),
        empty_line => out.extend_from_slice(empty_line),
    }
    out
}

/// Folds lines that are too long before white space (RFC 5322 §2.2.3); a line without any stays as
/// it is. The fold adds no octet to the value.
pub(super) fn folded(header: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + 64);
    for line in header.split_inclusive(|b| *b == b'\n') {
        let mut rest = line;
        while text_of(rest).len() > LINE_BYTES_MAX {
            let Some(at) = fold_of(rest) else { break };
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(b"\r\n");
            rest = &rest[at..];
        }
        out.extend_from_slice(rest);
    }
    out
}

/// True where a line is too long.
pub(super) fn has_long_line(header: &[u8]) -> bool {
    header
        .split(|b| *b == b'\n')
        .any(|line| text_of(line).len() > LINE_BYTES_MAX)
}

fn text_of(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

// The last white space that leaves a line of lawful length with something other than white space on
// both sides.
fn fold_of(line: &[u8]) -> Option<usize> {
    let text = text_of(line);
    let is_space = |b: &u8| matches!(b, b' ' | b'\t');
    let first = text.iter().position(|b| !is_space(b))?;
    let last = text.iter().rposition(|b| !is_space(b))?;
    (first + 1..=LINE_BYTES_MAX.min(last)).rev().find(|at| {
        // In the name of a field no fold is possible.
        is_space(&text[*at]) && !is_space(&text[at - 1]) && text[..*at].last() != Some(&b':')
    })
}
