//! Charsets that encode everything in ASCII with escapes: UTF-7 (RFC 2152) and HZ, an old one for
//! Chinese (RFC 1843).

use encoding_rs::GBK;

use crate::transfer;

/// `+` base64 of UTF-16 `-`; `+-` is a plus. The `-` is dropped, another character that ends a run
/// is kept.
pub(super) fn utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = memchr::memchr(b'+', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..plus]));
        rest = &rest[plus + 1..];
        let len = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')))
            .unwrap_or(rest.len());
        if len == 0 {
            out.push('+');
        } else {
            let length = transfer::base64(&rest[..len]);
            let units = length
                .chunks_exact(2)
                .map(|c| u16::from_be_bytes([c[0], c[1]]));
            out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
        rest = &rest[len..];
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

/// True where the last run breaks off within a character.
pub(super) fn utf7_is_cut(bytes: &[u8]) -> bool {
    let Some(plus) = memchr::memrchr(b'+', bytes) else {
        return false;
    };
    let run = &bytes[plus + 1..];
    run.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'/')
        && (run.is_empty() || run.len() * 6 % 16 >= 6)
}

/// `~{` GB2312 without its high bits `~}`; `~~` is a tilde, `~` before a line end joins lines.
pub(super) fn hz(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(tilde) = memchr::memchr(b'~', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..tilde]));
        rest = &rest[tilde + 1..];
        match rest.first() {
            Some(b'~') => {
                out.push('~');
                rest = &rest[1..];
            }
            Some(b'\n') => rest = &rest[1..],
            Some(b'{') => {
                // A line end ends the run too (RFC 1843 §2).
                let end = rest
                    .windows(2)
                    .position(|w| w == b"~}")
                    .into_iter()
                    .chain(memchr::memchr(b'\n', rest))
                    .min()
                    .unwrap_or(rest.len());
                let bytes: Vec<u8> = rest[1..end].iter().map(|b| b | 0x80).collect();
                out.push_str(&GBK.decode_without_bom_handling(&bytes).0);
                rest = &rest[end..];
                rest = rest.strip_prefix(b"~}").unwrap_or(rest);
            }
            _ => out.push('~'),
        }
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_utf7_and_keeps_the_run_terminator() {
        for (coded, text) in [
            ("+AKM.", "£."),
            ("x +AKM y", "x £ y"),
            ("1 +- 1", "1 + 1"),
            ("+AKM--x", "£-x"),
            ("+2D3eAA-", "😀"),
            ("+", "+"),
            ("+AK", ""),
        ] {
            assert_eq!(utf7(coded.as_bytes()), text, "{coded}");
        }
    }

    #[test]
    fn reads_hz() {
        for (coded, text) in [
            ("~{<:Ky2;S{#,~}Bye.", "己所不欲，Bye."),
            ("a~~b", "a~b"),
            ("a~\nb", "ab"),
            ("~{<:\nx", "己\nx"),
            ("~", "~"),
        ] {
            assert_eq!(hz(coded.as_bytes()), text, "{coded}");
        }
    }
}
