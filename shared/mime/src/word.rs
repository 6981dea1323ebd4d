//! Decodes encoded words of header values, `=?charset?encoding?text?=` (RFC 2047). Tolerant:
//! malformed ones are kept as they are. Writing them is in `build`.

use memchr::memmem;

use crate::{charset, lines, transfer};

/// The longest encoded word that is recognized, in bytes. RFC 2047 §2 allows 75; mailers exceed it.
const WORD_BYTES_MAX: usize = 4096;

/// One encoded word, parsed but not yet in UTF-8.
struct EncodedWord<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    len: usize,
}

/// An unstructured value for a reader: unfolded, encoded words decoded, the charset of raw 8-bit
/// text guessed, without control characters.
pub fn decode(value: &[u8]) -> String {
    let value = value.trim_ascii();
    let mut out = String::with_capacity(value.len());
    let mut pending: Option<(&str, Vec<u8>)> = None;
    let (mut at, mut text_start) = (0, 0);
    while let Some(i) = memmem::find(&value[at..], b"=?").map(|i| at + i) {
        let Some(word) = read_word(&value[i..]) else {
            at = i + 2;
            continue;
        };
        let between = &value[text_start..i];
        // RFC 2047 §6.2: white space between two encoded words is dropped.
        if pending.is_none() || !between.iter().all(u8::is_ascii_whitespace) {
            flush(&mut pending, &mut out);
            push_text(&charset::guess(between), &mut out);
        }
        // RFC 2047 §5: each word is decoded by itself. A word that ends within a character or
        // outside ASCII, against the same section, is joined with the next one of its charset.
        match &mut pending {
            Some((charset, bytes))
                if charset.eq_ignore_ascii_case(word.charset)
                    && charset::ends_within_character(charset, bytes) =>
            {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut pending, &mut out);
                pending = Some((word.charset, word.bytes));
            }
        }
        at = i + word.len;
        text_start = at;
    }
    flush(&mut pending, &mut out);
    push_text(&charset::guess(&value[text_start..]), &mut out);
    out.truncate(out.trim_end().len());
    out.drain(..out.len() - out.trim_start().len());
    out
}

/// As [`decode`], for text in which encoded words are only characters: parts of an address (RFC
/// 2047 §5 (3)).
pub(crate) fn literal(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    push_text(&charset::guess(value.trim_ascii()), &mut out);
    out
}

/// True where the value is nothing but encoded words.
pub(crate) fn is_encoded(value: &[u8]) -> bool {
    let mut rest = value.trim_ascii();
    while let Some(len) = word_len(rest) {
        rest = rest[len..].trim_ascii_start();
        if rest.is_empty() {
            return true;
        }
    }
    false
}

fn flush(pending: &mut Option<(&str, Vec<u8>)>, out: &mut String) {
    if let Some((charset, bytes)) = pending.take() {
        push_text(&charset::decode(Some(charset), &bytes), out);
    }
}

// A line end with following white space becomes one space; other control characters a space too, so
// that no value contains a line end.
fn push_text(text: &str, out: &mut String) {
    let mut folding = false;
    for c in text.chars() {
        match c {
            '\r' | '\n' => {
                if !folding {
                    out.push(' ');
                }
                folding = true;
            }
            ' ' | '\t' if folding => {}
            _ => {
                folding = false;
                out.push(if c.is_control() { ' ' } else { c });
            }
        }
    }
}

/// `encoded-word = "=?" charset "?" encoding "?" encoded-text "?="` (RFC 2047 §2). Spaces inside
/// the text are tolerated.
fn read_word(bytes: &[u8]) -> Option<EncodedWord<'_>> {
    let (charset, encoding, text) = cut_word(bytes)?;
    let decoded = match encoding {
        b'b' | b'B' => transfer::base64(text),
        b'q' | b'Q' => transfer::q_encoding(text),
        _ => return None,
    };
    Some(EncodedWord {
        charset,
        bytes: decoded,
        len: charset.len() + text.len() + 7,
    })
}

fn cut_word(bytes: &[u8]) -> Option<(&str, u8, &[u8])> {
    let window = &bytes[..bytes.len().min(WORD_BYTES_MAX)];
    let rest = window.strip_prefix(b"=?")?;
    let charset_len = rest
        .iter()
        .take(64)
        .position(|b| !(b.is_ascii_graphic() && *b != b'?'))?;
    let charset = std::str::from_utf8(&rest[..charset_len]).ok()?;
    let [b'?', encoding, b'?', text @ ..] = &rest[charset_len..] else {
        return None;
    };
    if charset.is_empty() || !matches!(encoding, b'b' | b'B' | b'q' | b'Q') {
        return None;
    }
    Some((charset, *encoding, &text[..memmem::find(text, b"?=")?]))
}

/// The length of the encoded word at the beginning of `bytes`; for the lexer, which ignores the
/// commas in it.
pub(crate) fn word_len(bytes: &[u8]) -> Option<usize> {
    let (charset, _, text) = cut_word(bytes)?;
    (!text
        .iter()
        .any(|b| lines::is_wsp(*b) || matches!(b, b'\r' | b'\n')))
    .then(|| charset.len() + text.len() + 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(decode(value.as_bytes()), expected, "{value:?}");
    }

    #[test]
    fn decodes_the_examples_of_the_rfc() {
        check("=?ISO-8859-1?Q?a?=", "a");
        check("(=?ISO-8859-1?Q?a?= b)", "(a b)");
        check("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab");
        check("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-2?Q?_b?=", "a b");
        check("=?ISO-8859-1?Q?a_b?=", "a b");
        check(
            "=?US-ASCII*EN?Q?Keith_Moore?= <moore@cs.utk.edu>",
            "Keith Moore <moore@cs.utk.edu>",
        );
    }

    #[test]
    fn joins_a_character_that_was_split_over_two_words() {
        check("=?utf-8?q?caf=C3?= =?UTF-8?q?=A9?=", "café");
        check("=?gb2312?B?xOM=?= =?gb2312?B?usM=?=", "你好");
        check("=?gb2312?B?xA==?= =?gb2312?B?47rD?=", "你好");
        // A shift state that continues in the next word.
        check(
            "=?iso-2022-jp?B?GyRCRV8=?= =?iso-2022-jp?B?RV8bKEI=?=",
            "冬冬",
        );
        check("=?utf-7?Q?+AK?= =?utf-7?Q?M-?=", "£");
    }

    #[test]
    fn decodes_each_complete_word_by_itself() {
        // ESC $ B … ESC ( B in each; joined, the two escapes would meet.
        check(
            "=?ISO-2022-JP?B?GyRCRV8bKEI=?=\r\n =?ISO-2022-JP?B?GyRCRV8bKEI=?=",
            "冬冬",
        );
        // A byte order mark in each word.
        check("=?utf-8?B?77u/5Yas?= =?utf-8?B?77u/5Yas?=", "冬冬");
    }

    #[test]
    fn keeps_text_that_is_not_an_encoded_word() {
        for same in [
            "=?",
            "=?utf-8?",
            "=?utf-8?x?abc?=",
            "=??q?a?=",
            "a =? b ?= c",
            "=?utf-8?q?no end",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn decoded_value_has_no_line_end() {
        check("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x");
        check("a\r\n\tb", "a b");
    }

    #[test]
    fn flood_of_openings_takes_linear_time() {
        assert_eq!(decode("=?a?q?x".repeat(50_000).as_bytes()).len(), 350_000);
    }
}
