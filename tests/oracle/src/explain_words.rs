//! Why encoded words and charsets are read differently.

use mail_parser::decoders::charsets::map::charset_decoder;

use crate::reason::Reason;

/// The encoded words of a value, each with the bytes around it; `None` where one breaks the grammar
/// of RFC 2047 §2.
fn words(value: &[u8]) -> Option<Vec<Word>> {
    let text = std::str::from_utf8(value).ok()?;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("=?").map(|i| at + i) {
        let mut pieces = text[start + 2..].splitn(3, '?');
        let (charset, encoding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
        let length = rest.find("?=")?;
        let encoded = &rest[..length];
        let end = start + 2 + charset.len() + encoding.len() + 2 + length + 2;
        let is_token = |t: &str| {
            !t.is_empty()
                && t.bytes()
                    .all(|b| b.is_ascii_graphic() && !b"()<>@,;:\"/[]?.=".contains(&b))
        };
        if !is_token(charset) || encoded.is_empty() || encoded.contains(['?', ' ', '\t', '\r']) {
            return None;
        }
        let is_text = match encoding {
            "b" | "B" => is_base64(encoded),
            "q" | "Q" => is_q(encoded),
            _ => false,
        };
        if !is_text || !encoded.is_ascii() {
            return None;
        }
        found.push(Word {
            charset: charset.split('*').next()?.to_ascii_lowercase(),
            stands_alone: stands_alone(text, start, end),
        });
        at = end;
    }
    Some(found)
}

struct Word {
    charset: String,
    stands_alone: bool,
}

/// White space, or the beginning or end of the text or of a comment, is on both sides (§5).
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_space = |c: Option<char>| c.is_none_or(|c| c.is_ascii_whitespace());
    is_space(text[..start].chars().next_back()) && is_space(text[end..].chars().next())
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(is_digit)
}

fn is_q(text: &str) -> bool {
    let mut pieces = text.split('=');
    pieces.next();
    pieces.all(|p| p.len() >= 2 && p.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
}

/// Why encoded words are read differently.
pub(crate) fn of_encoded_words(value: &[u8], own: &str, other: &str) -> Option<Reason> {
    let Some(words) = words(value) else {
        return Some(Reason::MalformedWord);
    };
    if words.iter().any(|w| !w.stands_alone) {
        return Some(Reason::MisplacedWord);
    }
    if words.iter().any(|w| of_charset_name(&w.charset).is_some()) {
        return Some(Reason::MissingCharset);
    }
    if other.contains('\u{fffd}') && words.len() > 1 {
        return Some(Reason::SplitCharacter);
    }
    // A byte order mark, or a control character that was encoded.
    let is_hidden = |c: char| c == '\u{feff}' || c.is_control();
    (own.contains(is_hidden) || other.contains(is_hidden)).then_some(Reason::Controls)
}

/// Why a charset is read differently by its name.
pub(crate) fn of_charset_name(name: &str) -> Option<Reason> {
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    let is_escaped = [
        "utf-7",
        "utf7",
        "unicode-1-1-utf-7",
        "hz",
        "iso-2022",
        "iso2022",
        "csiso2022",
    ]
    .iter()
    .any(|p| name.starts_with(p));
    if is_escaped || matches!(&*name, "johab" | "ksc5601-1992" | "cp1361") {
        return Some(Reason::CharsetDecoder);
    }
    let is_utf8 = matches!(&*name, "utf-8" | "utf8");
    (!is_utf8 && charset_decoder(name.as_bytes()).is_none()).then_some(Reason::MissingCharset)
}

/// A byte of the text is one for which the two tables of this charset differ.
pub(crate) fn has_disputed_byte(name: &str, bytes: &[u8]) -> bool {
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    let name = name.replace('_', "-");
    let disputed: &[u8] = match name.as_str() {
        "iso-8859-7" | "iso8859-7" | "greek" => b"\xa4\xa5\xaa",
        "iso-8859-16" | "iso8859-16" => b"\xa5\xab",
        "windows-1255" | "cp1255" => b"\xca",
        "koi8-u" => b"\xae\xbe",
        "macintosh" => b"\xc6\xcd\xdb\xf0\xf6\xf7",
        "iso-8859-9" | "iso8859-9" | "latin5" | "iso-8859-11" | "iso8859-11" | "tis-620" => {
            return bytes.iter().any(|b| matches!(b, 0x80..=0xa0));
        }
        _ => return false,
    };
    bytes.iter().any(|b| disputed.contains(b))
}
