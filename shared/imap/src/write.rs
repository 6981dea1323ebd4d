//! Writes the atoms, strings, numbers and flags of responses (RFC 3501 §9). No content can inject a
//! line: CR, LF and non-ASCII go into literals or, in text for people, become spaces or stay UTF-8.

use mail::Flags;

/// The longest string that is quoted; a longer one becomes a literal.
const QUOTED_BYTES_MAX: usize = 1024;

/// `number` in decimal.
pub fn number(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// `string = quoted / literal`
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    let plain = text.len() <= QUOTED_BYTES_MAX && text.iter().all(|b| matches!(b, b' '..=b'~'));
    if !plain {
        return literal(out, text);
    }
    out.push(b'"');
    for &b in text {
        // QUOTED-CHAR = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials
        if matches!(b, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(b);
    }
    out.push(b'"');
}

/// `literal = "{" number "}" CRLF *CHAR8`
pub fn literal(out: &mut Vec<u8>, bytes: &[u8]) {
    literal_head(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The announcement of a literal; the octets follow.
pub fn literal_head(out: &mut Vec<u8>, length: u64) {
    out.push(b'{');
    number(out, length);
    out.extend_from_slice(b"}\r\n");
}

/// `nstring = string / nil`
pub fn nstring(out: &mut Vec<u8>, text: Option<&[u8]>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// `astring = 1*ASTRING-CHAR / string`; NIL is quoted, so that it is not taken for an absent value.
pub fn astring(out: &mut Vec<u8>, text: &[u8]) {
    let atom = !text.is_empty()
        && text.len() <= QUOTED_BYTES_MAX
        && text.iter().all(|&b| is_astring_char(b));
    if atom && !text.eq_ignore_ascii_case(b"NIL") {
        out.extend_from_slice(text);
    } else {
        string(out, text);
    }
}

/// `mailbox`, in modified UTF-7 (RFC 3501 §5.1.3).
pub fn mailbox(out: &mut Vec<u8>, name: &str) {
    if name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'&') {
        astring(out, name.as_bytes());
    } else {
        astring(out, mail::to_modified_utf7(name).as_bytes());
    }
}

/// `"(" [flag-fetch *(SP flag-fetch)] ")"`
pub fn flags(out: &mut Vec<u8>, flags: &Flags, recent: bool) {
    out.push(b'(');
    let start = out.len();
    for (bit, name) in mail::flags::SYSTEM {
        if flags.system & bit != 0 {
            out.extend_from_slice(name.as_bytes());
            out.push(b' ');
        }
    }
    if recent {
        out.extend_from_slice(b"\\Recent ");
    }
    for keyword in &flags.keywords {
        out.extend_from_slice(keyword.as_bytes());
        out.push(b' ');
    }
    if out.len() > start {
        out.pop();
    }
    out.push(b')');
}

/// `text` of a response, for people: never empty, always one line.
pub fn text(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        out.push(b'.');
    }
    out.extend(
        text.bytes()
            .map(|b| if b.is_ascii_control() { b' ' } else { b }),
    );
}

/// `ASTRING-CHAR = ATOM-CHAR / resp-specials`
pub(crate) fn is_astring_char(b: u8) -> bool {
    is_atom_char(b) || b == b']'
}

/// `ATOM-CHAR = <any CHAR except atom-specials>`
pub(crate) fn is_atom_char(b: u8) -> bool {
    b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(write: impl Fn(&mut Vec<u8>), expected: &str) {
        let mut out = Vec::new();
        write(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn quotes_what_can_be_quoted_and_counts_the_rest() {
        check(|o| string(o, b"a \"b\" \\"), "\"a \\\"b\\\" \\\\\"");
        check(|o| string(o, b"a\r\nb"), "{4}\r\na\r\nb");
        check(|o| string(o, "ä".as_bytes()), "{2}\r\nä");
        check(
            |o| string(o, &[b'x'; 1024]),
            &format!("\"{}\"", "x".repeat(1024)),
        );
        check(
            |o| string(o, &[b'x'; 1025]),
            &format!("{{1025}}\r\n{}", "x".repeat(1025)),
        );
        check(|o| astring(o, b"INBOX"), "INBOX");
        check(|o| astring(o, b"nil"), "\"nil\"");
        check(|o| astring(o, b"a b"), "\"a b\"");
        check(|o| nstring(o, None), "NIL");
    }

    #[test]
    fn writes_numbers_flags_and_names() {
        check(|o| number(o, 0), "0");
        check(|o| number(o, u64::MAX), "18446744073709551615");
        let mut f = Flags::of(mail::flags::SEEN | mail::flags::ANSWERED);
        f.add("$Junk");
        check(|o| flags(o, &f, true), "(\\Answered \\Seen \\Recent $Junk)");
        check(|o| flags(o, &Flags::default(), false), "()");
        check(|o| mailbox(o, "课程/a&b"), "&i,56Cw-/a&-b");
    }

    #[test]
    fn response_text_cannot_inject_a_line() {
        check(|o| text(o, "no\r\na OK yes"), "no  a OK yes");
        check(|o| text(o, ""), ".");
    }
}
