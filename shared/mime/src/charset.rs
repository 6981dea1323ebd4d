//! Decodes bytes in a declared or undeclared charset. Never fails: what cannot be decoded becomes
//! U+FFFD.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, ISO_2022_JP, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memmem;

mod escaped;
mod korean;

/// Decodes by the charset's name. Without a name, with an unknown one, or with one that is
/// evidently wrong (8-bit bytes in US-ASCII): as [`guess`].
pub fn decode<'a>(charset: Option<&str>, bytes: &'a [u8]) -> Cow<'a, str> {
    // RFC 2231 §5: a language may follow the name of the charset in an encoded word.
    let name = charset
        .map(|c| c.trim().trim_matches('"'))
        .map(|c| c.split('*').next().unwrap_or(c))
        .unwrap_or("");
    if bytes.is_ascii() && !is_stateful(name) {
        return utf8(bytes);
    }
    if name.is_empty()
        || ["us-ascii", "ascii", "unknown-8bit", "x-unknown", "default"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n))
    {
        return guess(bytes);
    }
    if let Some(decode) = seven_bit(name) {
        return Cow::Owned(decode(bytes));
    }
    if is_iso_2022_jp(name) {
        return Cow::Owned(iso_2022_jp(bytes));
    }
    match Encoding::for_label(alias(name).as_bytes()) {
        Some(encoding) if encoding != encoding_rs::REPLACEMENT => encoding.decode(bytes).0,
        _ => match charset_decoder(name.as_bytes()) {
            Some(decode) if !name.is_empty() => Cow::Owned(decode(bytes)),
            _ => guess(bytes),
        },
    }
}

/// Aliases of charsets that the tables know by another name.
fn alias(name: &str) -> &str {
    const ALIASES: [(&str, &str); 6] = [
        ("cp949", "euc-kr"),
        ("uhc", "euc-kr"),
        ("ms949", "euc-kr"),
        ("iso2022-jp", "iso-2022-jp"),
        ("euc-jisx0213", "euc-jp"),
        ("gb18030-2022", "gb18030"),
    ];
    ALIASES
        .iter()
        .find(|(a, _)| a.eq_ignore_ascii_case(name))
        .map_or(name, |(_, n)| n)
}

fn is_iso_2022_jp(name: &str) -> bool {
    Encoding::for_label(alias(name).as_bytes()) == Some(ISO_2022_JP)
}

/// RFC 1468. An escape sequence that another one follows at once is removed first: the decoder
/// takes such a pair, which joined texts have, for an error.
fn iso_2022_jp(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(i) = memchr::memchr(0x1b, rest) {
        out.extend_from_slice(&rest[..i]);
        rest = &rest[i..];
        let len = escape_len(rest);
        if rest.get(len) != Some(&0x1b) {
            out.extend_from_slice(&rest[..len]);
        }
        rest = &rest[len..];
    }
    out.extend_from_slice(rest);
    ISO_2022_JP.decode_without_bom_handling(&out).0.into_owned()
}

/// The length of the escape sequence at the beginning: ESC, intermediate characters, a final one
/// (ECMA-35 §13.1).
fn escape_len(text: &[u8]) -> usize {
    let intermediate = text[1..]
        .iter()
        .take_while(|b| matches!(b, 0x20..=0x2f))
        .count();
    (intermediate + 2).min(text.len())
}

/// True where the text of an encoded word breaks off: within a character, or in a shift state other
/// than ASCII.
pub(crate) fn ends_within_character(charset: &str, bytes: &[u8]) -> bool {
    let name = charset.split('*').next().unwrap_or(charset);
    if is_iso_2022_jp(name) {
        let last = memchr::memrchr(0x1b, bytes).map(|i| &bytes[i..]);
        return last.is_some_and(|e| !matches!(e.get(1..3), Some(b"(B" | b"(J")));
    }
    if korean::is_iso_2022(name) {
        return korean::is_shifted(bytes);
    }
    match seven_bit(name) {
        Some(_) if name.to_ascii_lowercase().starts_with("hz") => {
            memmem::rfind(bytes, b"~{") > memmem::rfind(bytes, b"~}")
        }
        Some(_) => escaped::utf7_is_cut(bytes),
        None => decode(Some(charset), bytes).ends_with(char::REPLACEMENT_CHARACTER),
    }
}

/// The decoder of a charset that is in no table, most of them encoded in ASCII.
fn seven_bit(name: &str) -> Option<fn(&[u8]) -> String> {
    let is = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    if is(&["utf-7", "utf7", "unicode-1-1-utf-7", "csunicode11utf7"]) {
        Some(escaped::utf7)
    } else if is(&["hz-gb-2312", "hz"]) {
        Some(escaped::hz)
    } else if korean::is_iso_2022(name) {
        Some(korean::iso_2022)
    } else if is(&[
        "johab",
        "ksc5601-1992",
        "ks_c_5601-1992",
        "cp1361",
        "ms1361",
    ]) {
        Some(korean::johab)
    } else {
        None
    }
}

/// Charsets in which ASCII bytes do not mean ASCII.
fn is_stateful(name: &str) -> bool {
    [
        "iso-2022",
        "iso2022",
        "csiso2022",
        "utf-7",
        "utf7",
        "unicode-1-1-utf-7",
        "utf-16",
        "utf16",
        "ucs-2",
        "unicode",
        "hz",
    ]
    .iter()
    .any(|p| {
        name.get(..p.len())
            .is_some_and(|n| n.eq_ignore_ascii_case(p))
    })
}

/// 8-bit text of unknown charset: UTF-8 where it is well formed, else GB18030 where every run of
/// 8-bit bytes looks like it (the usual case of undeclared Chinese mail), else windows-1252.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    let cut = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        // Cut in the middle of a character, with non-ASCII characters before it.
        Err(e) => e.error_len().is_none() && !bytes[..e.valid_up_to()].is_ascii(),
    };
    // UTF-8 with few invalid bytes is still UTF-8.
    let bad = utf8_bad_bytes(bytes);
    let high = bytes.iter().filter(|b| !b.is_ascii()).count();
    if cut || bad * 8 <= high {
        return utf8(bytes);
    }
    if looks_like_gb2312(bytes) {
        let (text, broken) = GB18030.decode_without_bom_handling(bytes);
        if !broken {
            return text;
        }
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    UTF_8.decode_with_bom_removal(bytes).0
}

fn utf8_bad_bytes(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|c| c.invalid().len()).sum()
}

// GB2312 pairs have both bytes in A1–FE, so each run of 8-bit bytes has an even length; Latin text
// in a one-byte charset rarely does.
fn looks_like_gb2312(bytes: &[u8]) -> bool {
    bytes
        .split(|b| b.is_ascii())
        .all(|run| run.len() % 2 == 0 && run.iter().all(|b| (0xa1..=0xfe).contains(b)))
}

/// The charset that an HTML text declares: `<meta charset=…>` or `<meta http-equiv … content="…;
/// charset=…">`, in its first 2 KiB.
pub(crate) fn declared_in_html(bytes: &[u8]) -> Option<String> {
    let head = bytes[..bytes.len().min(HTML_SNIFF_BYTES_MAX)].to_ascii_lowercase();
    let mut rest = &head[..];
    while let Some(i) = memmem::find(rest, b"<meta") {
        let tag = &rest[i + 5..];
        let end = memchr::memchr(b'>', tag).unwrap_or(tag.len());
        if let Some(c) = memmem::find(&tag[..end], b"charset=") {
            let value = &tag[c + 8..end];
            let value = value.trim_ascii_start();
            let value = value
                .strip_prefix(b"\"")
                .or_else(|| value.strip_prefix(b"'"))
                .unwrap_or(value);
            let len = value
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || b"-_.:".contains(b)))
                .unwrap_or(value.len());
            if len > 0 {
                return Some(String::from_utf8_lossy(&value[..len]).into_owned());
            }
        }
        rest = &tag[end..];
    }
    None
}

/// How much of an HTML text is searched for its charset.
const HTML_SNIFF_BYTES_MAX: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(charset: Option<&str>, bytes: &[u8], expected: &str) {
        assert_eq!(decode(charset, bytes), expected, "{charset:?}");
    }

    #[test]
    fn decodes_the_charsets_of_chinese_mail() {
        let gbk = b"\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7";
        for name in [
            "gb2312",
            "GBK",
            "gb18030",
            "GB18030*zh",
            "cp936",
            "\"gb2312\"",
        ] {
            check(Some(name), gbk, "你好，世界");
        }
        check(Some("big5"), b"\xa7A\xa6n\xa1A\xa5@\xac\xc9", "你好，世界");
        check(Some("gb18030"), b"\x81\x30\x81\x30", "\u{80}");
    }

    #[test]
    fn decodes_characters_outside_gb2312() {
        check(
            Some("utf-7"),
            b"+ZYeB9FH6ckh5Pg-, 1980.",
            "文致出版社, 1980.",
        );
        check(Some("ibm850"), b"\x9b\x9c", "ø£");
        check(Some("iso-2022-jp"), b"\x1b$B%O%m!<\x1b(B", "ハロー");
        check(
            Some("iso-2022-jp"),
            b"\x1b$B%O\x1b(B\x1b$B%m!<\x1b(B\x1b(B!",
            "ハロー!",
        );
        check(Some("iso-2022-jp"), b"\x1b", "\u{fffd}");
    }

    #[test]
    fn decodes_korean_mail() {
        // 한국 mail
        check(
            Some("iso-2022-kr"),
            b"\x1b$)C\x0eGQ19\x0f mail\r\n",
            "한국 mail\r\n",
        );
        check(Some("johab"), b"\xd0\x65\x8a\x82 ok", "한국 ok");
        check(Some("euc-kr"), b"\xc7\xd1\xb1\xb9", "한국");
    }

    #[test]
    fn guesses_undeclared_text() {
        check(None, "你好".as_bytes(), "你好");
        check(None, b"\xc4\xe3\xba\xc3 hi", "你好 hi");
        check(Some("us-ascii"), b"caf\xe9", "café");
        check(Some("x-no-such"), "ä".as_bytes(), "ä");
        check(Some("utf-8"), b"a\xff", "a\u{fffd}");
        check(
            None,
            "你好你好".as_bytes().split_last().unwrap().1,
            "你好你\u{fffd}",
        );
    }

    #[test]
    fn finds_the_charset_in_html() {
        assert_eq!(
            declared_in_html(b"<html><META charset=\"GB2312\">").as_deref(),
            Some("gb2312")
        );
        assert_eq!(
            declared_in_html(b"<meta http-equiv=x content='text/html; charset=big5'>").as_deref(),
            Some("big5")
        );
        assert_eq!(declared_in_html(b"<p>charset=x</p>"), None);
    }
}
