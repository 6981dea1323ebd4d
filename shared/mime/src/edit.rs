//! Changes to a header that preserve every other byte: prepending trace fields and removing fields
//! (RFC 5321 §4.4, RFC 8601 §5).

use std::fmt;

use crate::field::{self, Field, fields};
use crate::lines;

/// Why a field cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The name contains an invalid character.
    Name,
    /// A line end in the value without following white space would begin a new field.
    Injection,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EditError::Name => "a field name holds printable ASCII without a colon",
            EditError::Injection => "a field value may not begin a new line of the header",
        })
    }
}

impl std::error::Error for EditError {}

/// A change to a message: fields to prepend and fields to remove.
#[derive(Clone, Debug)]
pub struct Edit<'a> {
    message: &'a [u8],
    header_end: usize,
    top: Vec<u8>,
    /// Ranges of removed fields, in order.
    cuts: Vec<std::ops::Range<usize>>,
}

impl<'a> Edit<'a> {
    /// Begins a change of a message (or of its header alone).
    pub fn new(message: &'a [u8]) -> Edit<'a> {
        Edit {
            message,
            header_end: field::header_end(message),
            top: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Puts a field above all others; the one prepended last comes first. The value may be folded
    /// with CRLF and white space.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn prepend(mut self, name: &str, value: &str) -> Result<Edit<'a>, EditError> {
        let mut line = Vec::with_capacity(name.len() + value.len() + 4);
        write_field(name, value, &mut line)?;
        line.extend_from_slice(&self.top);
        self.top = line;
        Ok(self)
    }

    /// Removes every field of that name.
    pub fn remove(self, name: &str) -> Edit<'a> {
        self.remove_where(|f| f.is(name))
    }

    /// Removes every field for which `is_bad` is true.
    pub fn remove_where(mut self, is_bad: impl Fn(&Field<'_>) -> bool) -> Edit<'a> {
        let bad: Vec<_> = fields(self.message)
            .filter(|f| is_bad(f))
            .map(|f| f.range)
            .collect();
        self.cuts.extend(bad);
        self.cuts.sort_by_key(|r| r.start);
        self.cuts.dedup();
        self
    }

    /// Removes Authentication-Results fields that claim to be of `authserv_id`: only this host may
    /// add them (RFC 8601 §5).
    pub fn remove_forged_results(self, authserv_id: &str) -> Edit<'a> {
        self.remove_where(|f| {
            f.is("Authentication-Results")
                && authentication_service(f.value).eq_ignore_ascii_case(authserv_id)
        })
    }

    /// True where nothing would change.
    pub fn is_empty(&self) -> bool {
        self.top.is_empty() && self.cuts.is_empty()
    }

    /// The new header, and the offset in the old message from which its bytes are unchanged, so
    /// that a large body is not copied.
    pub fn header(&self) -> (Vec<u8>, usize) {
        if self.is_empty() {
            return (self.message[..self.header_end].to_vec(), self.header_end);
        }
        let mut out = Vec::with_capacity(self.top.len() + self.header_end);
        out.extend_from_slice(&self.top);
        let mut at = 0;
        for cut in &self.cuts {
            out.extend_from_slice(&self.message[at..cut.start]);
            at = cut.end;
        }
        out.extend_from_slice(&self.message[at..self.header_end]);
        // A message without an empty line after its header (or without a header) gets one, so that
        // its body does not become header.
        let header = &self.message[..self.header_end];
        let has_empty_line = header.ends_with(b"\n\r\n")
            || header.ends_with(b"\n\n")
            || header == b"\r\n"
            || header == b"\n";
        if !has_empty_line && !out.is_empty() {
            if !out.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"\r\n");
        }
        (out, self.header_end)
    }

    /// The whole changed message.
    pub fn finish(&self) -> Vec<u8> {
        let (mut out, from) = self.header();
        out.extend_from_slice(&self.message[from..]);
        out
    }
}

/// Writes `name: value CRLF`.
///
/// # Errors
/// [`EditError`].
pub fn write_field(name: &str, value: &str, out: &mut Vec<u8>) -> Result<(), EditError> {
    if name.is_empty() || !name.bytes().all(|b| matches!(b, 33..=57 | 59..=126)) {
        return Err(EditError::Name);
    }
    let bytes = value.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        let good = match b {
            b'\r' => bytes.get(i + 1) == Some(&b'\n'),
            b'\n' => {
                i > 0
                    && bytes[i - 1] == b'\r'
                    && bytes.get(i + 1).is_some_and(|b| lines::is_wsp(*b))
            }
            0 => false,
            _ => true,
        };
        if !good {
            return Err(EditError::Injection);
        }
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// `authres-payload = [CFWS] authserv-id [ CFWS authres-version ] …` (RFC 8601 §2.2): the first
/// word.
fn authentication_service(value: &[u8]) -> String {
    let mut lexer = crate::lexer::Lexer::new(value);
    loop {
        use crate::lexer::Token;
        return match lexer.next() {
            Some(Token::Comment(_)) => continue,
            Some(Token::Atom(a)) => String::from_utf8_lossy(&a).into_owned(),
            Some(Token::Quoted(q)) => String::from_utf8_lossy(&q).into_owned(),
            _ => String::new(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: &str =
        "Received: a\r\n b\r\nBcc: x@y\r\nSubject: s\r\nbcc: z\r\n\r\nbody\nBcc: no\r\n";

    fn check(edit: &Edit<'_>, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&edit.finish()), expected);
    }

    #[test]
    fn prepends_and_removes_fields_preserving_the_rest() {
        let edit = Edit::new(M.as_bytes())
            .remove("Bcc")
            .prepend("Received", "new\r\n\tfolded")
            .unwrap()
            .prepend("Return-Path", "<>")
            .unwrap();
        check(
            &edit,
            "Return-Path: <>\r\nReceived: new\r\n\tfolded\r\nReceived: a\r\n b\r\nSubject: s\r\n\r\nbody\nBcc: no\r\n",
        );
        assert!(Edit::new(M.as_bytes()).remove("X").is_empty());
        check(&Edit::new(M.as_bytes()), M);
    }

    #[test]
    fn body_without_header_stays_a_body() {
        check(
            &Edit::new(b"hello\r\n").prepend("A", "b").unwrap(),
            "A: b\r\n\r\nhello\r\n",
        );
        check(
            &Edit::new(b"\r\nhello\r\n").prepend("A", "b").unwrap(),
            "A: b\r\n\r\nhello\r\n",
        );
        check(
            &Edit::new(b"X: y").prepend("A", "b").unwrap(),
            "A: b\r\nX: y\r\n\r\n",
        );
        check(
            &Edit::new(b"X: y\r\nno field\r\n")
                .prepend("A", "b")
                .unwrap(),
            "A: b\r\nX: y\r\n\r\nno field\r\n",
        );
    }

    #[test]
    fn no_value_can_inject_a_field() {
        for bad in ["a\r\nB: c", "a\nb", "a\rb", "a\r\n", "a\0"] {
            assert_eq!(
                Edit::new(b"").prepend("A", bad).unwrap_err(),
                EditError::Injection,
                "{bad:?}"
            );
        }
        assert_eq!(
            Edit::new(b"").prepend("A b", "c").unwrap_err(),
            EditError::Name
        );
    }

    #[test]
    fn removes_only_results_with_our_authserv_id() {
        let m = b"Authentication-Results: (x) MX.us.test 1; spf=pass\r\nAuthentication-Results: other.test; none\r\n\r\n";
        check(
            &Edit::new(m).remove_forged_results("mx.us.test"),
            "Authentication-Results: other.test; none\r\n\r\n",
        );
    }
}
