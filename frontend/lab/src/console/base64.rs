//! Base64 for manual logins (RFC 4648 §4): encodes, decodes, and builds AUTH PLAIN responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Encodes text as base64.
pub fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

/// Decodes base64; `None` if it is not base64 or does not encode text. NUL is shown as `\0`.
pub fn decode(encoded: &str) -> Option<String> {
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(|c| c.is_control() && c != '\0')).then(|| text.replace('\0', "\\0"))
}

/// The response of AUTH PLAIN: an empty authorization identity, NUL, name, NUL, password (RFC 4616
/// §2).
pub fn plain(name: &str, password: &str) -> String {
    encode(&format!("\0{name}\0{password}"))
}

/// Decodes the longest word of a line that may be base64: `AUTH PLAIN AGFs…`, `334 VXNlcm5hbWU6`.
pub fn decoded_in(line: &str) -> Option<String> {
    // Shorter words such as `LIST`, `DATA` or `EHLO` would be valid base64 by accident.
    let words = line
        .split(' ')
        .filter(|word| word.len() >= 8 && word.len().is_multiple_of(4));
    words
        .max_by_key(|word| word.len())
        .and_then(decode)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(decoded_in(line).as_deref(), expected, "{line}");
    }

    #[test]
    fn auth_plain_contains_name_and_password() {
        assert_eq!(
            plain("alice@a.test", "open-sesame"),
            "AGFsaWNlQGEudGVzdABvcGVuLXNlc2FtZQ=="
        );
        assert_eq!(
            decode(&plain("alice@a.test", "open-sesame")).as_deref(),
            Some("\\0alice@a.test\\0open-sesame")
        );
        assert_eq!(encode("密码"), "5a+G56CB");
    }

    #[test]
    fn finds_base64_in_a_line() {
        check("334 VXNlcm5hbWU6", Some("Username:"));
        check("AUTH PLAIN AGFsaWNlAHB3AA==", Some("\\0alice\\0pw\\0"));
        check("5a+G56CB", Some("密码"));
        check("MAIL FROM:<alice@a.test>", None);
        check("250 2.0.0 Accepted as 0011223344556677", None);
        check("EHLO laptop.a.test", None);
        check("334", None);
    }

    #[test]
    fn rejects_invalid_base64_and_binary_data() {
        assert_eq!(decode("?"), None);
        assert_eq!(decode("/w=="), None);
        assert_eq!(decode("AQID"), None);
    }
}
