//! `xtext` (RFC 3461 §4): the encoding of ENVID and ORCPT for characters that a parameter value
//! cannot contain.

/// `xtext = *( xchar / hexchar )`: `xchar` is any printable ASCII but `+` and `=`, `hexchar` is `+`
/// and two upper-case hexadecimal digits. None where it does not decode to text without control
/// characters.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'+' => upper_hex(bytes.next()?)? << 4 | upper_hex(bytes.next()?)?,
            b'=' => return None,
            _ if b.is_ascii_graphic() => b,
            _ => return None,
        });
    }
    String::from_utf8(out)
        .ok()
        .filter(|t| !t.chars().any(char::is_control))
}

fn upper_hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Encodes for [`decode`].
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'+' | b'=' => out.push_str(&format!("+{b:02X}")),
            _ if b.is_ascii_graphic() => out.push(char::from(b)),
            _ => out.push_str(&format!("+{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for text in ["", "QQ314159", "a+b=c d", "用户", "\"x y\"@a.test"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(encode("a+b=c d"), "a+2Bb+3Dc+20d");
    }

    #[test]
    fn refuses_what_is_not_xtext() {
        for bad in [
            "a b", "a=b", "+", "+4", "+4x", "+2b", "+0D+0A", "+00", "ü", "+FF",
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
