//! Strings in IMAP wire form (RFC 9051 §9): quoted where possible, literals for 8-bit octets or
//! control characters, NIL for `None`.

/// `nstring = string / nil`
pub(crate) fn nstring(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        Some(v) => string(v, out),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// `string = quoted / literal`. An octet that is invalid in a literal (NUL) becomes `?`.
pub(crate) fn string(value: &[u8], out: &mut Vec<u8>) {
    if value.iter().all(|b| matches!(b, b'\t' | b' '..=b'~')) {
        out.push(b'"');
        for &b in value {
            if matches!(b, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(b);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(format!("{{{}}}\r\n", value.len()).as_bytes());
        out.extend(value.iter().map(|b| if *b == 0 { b'?' } else { *b }));
    }
}

/// `number`
pub(crate) fn number(value: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_quoted_literal_and_nil() {
        for (value, expected) in [
            (None, &b"NIL"[..]),
            (Some(&b""[..]), b"\"\""),
            (Some(b"a \"b\" \\c"), b"\"a \\\"b\\\" \\\\c\""),
            (Some("ä".as_bytes()), "{2}\r\nä".as_bytes()),
            (Some(b"a\r\nb\0"), b"{5}\r\na\r\nb?"),
        ] {
            let mut out = Vec::new();
            super::nstring(value, &mut out);
            assert_eq!(out, expected);
        }
    }
}
