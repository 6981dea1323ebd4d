//! Korean charsets that the WHATWG tables lack: ISO-2022-KR (RFC 1557), with the Chinese half of
//! ISO-2022-CN (RFC 1922) beside it, and Johab (KS X 1001 annex 3).

use encoding_rs::{EUC_KR, GBK};

const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

pub(super) fn is_iso_2022(name: &str) -> bool {
    [
        "iso-2022-kr",
        "csiso2022kr",
        "iso-2022-cn",
        "iso-2022-cn-ext",
    ]
    .iter()
    .any(|n| n.eq_ignore_ascii_case(name))
}

/// True where the text ends outside ASCII.
pub(super) fn is_shifted(bytes: &[u8]) -> bool {
    memchr::memrchr(SHIFT_OUT, bytes) > memchr::memrchr(SHIFT_IN, bytes)
}

/// `ESC $ ) C` designates KS X 1001, `ESC $ ) A` GB 2312; SO shifts to it, SI and a line end shift
/// back. A designation of another set leaves its characters undecoded.
pub(super) fn iso_2022(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut designated = EUC_KR;
    let mut shifted = false;
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        match rest {
            [0x1b, b'$', b')', set, tail @ ..] => {
                designated = if *set == b'A' { GBK } else { EUC_KR };
                rest = tail;
                continue;
            }
            _ if matches!(first, SHIFT_OUT | SHIFT_IN) => {
                shifted = first == SHIFT_OUT;
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        let is_control = |b: &u8| matches!(*b, 0x1b | SHIFT_OUT | SHIFT_IN | b'\n');
        let len = rest[1..]
            .iter()
            .position(is_control)
            .map_or(rest.len(), |i| i + 1);
        let (run, tail) = rest.split_at(len);
        if shifted && first != b'\n' {
            let high: Vec<u8> = run
                .iter()
                .map(|b| if b.is_ascii_graphic() { b | 0x80 } else { *b })
                .collect();
            out.push_str(&designated.decode_without_bom_handling(&high).0);
        } else {
            shifted &= first != b'\n';
            out.push_str(&String::from_utf8_lossy(run));
        }
        rest = tail;
    }
    out
}

/// Two bytes per character: a Hangul syllable is one bit and three codes of five bits, for its
/// initial, its vowel and its final; other characters are those of KS X 1001 in another order.
pub(super) fn johab(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if first.is_ascii() {
            out.push(char::from(*first));
            continue;
        }
        let [second, tail @ ..] = rest else {
            out.push(char::REPLACEMENT_CHARACTER);
            break;
        };
        rest = tail;
        match syllable(*first, *second) {
            Some(c) => out.push(c),
            None => out.push_str(&symbol(*first, *second)),
        }
    }
    out
}

fn syllable(first: u8, second: u8) -> Option<char> {
    let code = u32::from(first) << 8 | u32::from(second);
    let initial = (code >> 10 & 31).checked_sub(2).filter(|i| *i < 19)?;
    let vowel = match code >> 5 & 31 {
        v @ 3..=7 => v - 3,
        v @ 10..=15 => v - 5,
        v @ 18..=23 => v - 7,
        v @ 26..=29 => v - 9,
        _ => return None,
    };
    let last = match code & 31 {
        f @ 1..=17 => f - 1,
        f @ 19..=29 => f - 2,
        _ => return None,
    };
    char::from_u32(0xac00 + (initial * 21 + vowel) * 28 + last)
}

fn symbol(first: u8, second: u8) -> String {
    let row = match first {
        0xd9..=0xde => 2 * u32::from(first - 0xd9),
        0xe0..=0xf9 => 2 * u32::from(first) - 0x197,
        _ => return char::REPLACEMENT_CHARACTER.to_string(),
    };
    let cell = match second {
        0x31..=0x7e => u32::from(second) - 0x31,
        0x91..=0xfe => u32::from(second) - 0x43,
        _ => return char::REPLACEMENT_CHARACTER.to_string(),
    };
    let lead = row + cell / 94 + 0xa1;
    let trail = cell % 94 + 0xa1;
    let pair = [lead, trail].map(|b| u8::try_from(b).unwrap_or(0xff));
    EUC_KR.decode_without_bom_handling(&pair).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_ends_the_shift() {
        assert_eq!(iso_2022(b"\x1b$)C\x0eGQ\nab"), "한\nab");
        assert_eq!(iso_2022(b"\x1b$)A\x0eDc:C\x0f!"), "你好!");
        assert!(is_shifted(b"\x0eGQ") && !is_shifted(b"\x0eGQ\x0f") && !is_shifted(b"ab"));
    }

    #[test]
    fn johab_orders_ks_x_1001_anew() {
        for (bytes, text) in [
            (&b"\xe0\x31"[..], "伽"),
            (b"\xd9\x31", "\u{3000}"),
            (b"\x88\x61", "가"),
            (b"a\xff", "a\u{fffd}"),
            (b"\xff\xff", "\u{fffd}"),
        ] {
            assert_eq!(johab(bytes), text, "{bytes:x?}");
        }
    }
}
