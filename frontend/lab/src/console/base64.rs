//! Base64 for manual logins (RFC 4648 §4): encodes, decodes, and builds AUTH PLAIN responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Text as base64.
pub fn pack(text: &str) -> String {
    STANDARD.encode(text)
}

/// What base64 stands for; none where it is no base64, or no text. NUL is shown as `\0`.
pub fn unpack(packed: &str) -> Option<String> {
    let bytes = STANDARD.decode(packed.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(|c| c.is_control() && c != '\0')).then(|| text.replace('\0', "\\0"))
}

/// The one line of AUTH PLAIN: nobody else's name, one's own, the password, a NUL before the latter
/// two (RFC 4616 §2).
pub fn plain(name: &str, password: &str) -> String {
    pack(&format!("\0{name}\0{password}"))
}

/// The longest piece of a line that is base64 and stands for text: `AUTH PLAIN AGFs…`, `334
/// VXNlcm5hbWU6`.
pub fn found_in(line: &str) -> Option<String> {
    // Shorter words are words: `LIST`, `DATA`, `EHLO` would be base64 by accident.
    let words = line
        .split(' ')
        .filter(|word| word.len() >= 8 && word.len().is_multiple_of(4));
    words
        .max_by_key(|word| word.len())
        .and_then(unpack)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(found_in(line).as_deref(), expected, "{line}");
    }

    #[test]
    fn plain_is_name_and_password_for_all_who_can_read() {
        assert_eq!(
            plain("alice@a.test", "open-sesame"),
            "AGFsaWNlQGEudGVzdABvcGVuLXNlc2FtZQ=="
        );
        assert_eq!(
            unpack(&plain("alice@a.test", "open-sesame")).as_deref(),
            Some("\\0alice@a.test\\0open-sesame")
        );
        assert_eq!(pack("密码"), "5a+G56CB");
    }

    #[test]
    fn finds_what_is_packed_in_a_line() {
        check("334 VXNlcm5hbWU6", Some("Username:"));
        check("AUTH PLAIN AGFsaWNlAHB3AA==", Some("\\0alice\\0pw\\0"));
        check("5a+G56CB", Some("密码"));
        check("MAIL FROM:<alice@a.test>", None);
        check("250 2.0.0 Accepted as 0011223344556677", None);
        check("EHLO laptop.a.test", None);
        check("334", None);
    }

    #[test]
    fn what_is_no_base64_or_no_text_is_nothing() {
        assert_eq!(unpack("?"), None);
        assert_eq!(unpack("/w=="), None);
        assert_eq!(unpack("AQID"), None);
    }
}
