//! SASLprep (RFC 4013): one form for names and passwords that may be typed in several. Only where a
//! mechanism demands it.

/// The prepared form; `None` where the text holds what the profile forbids (control characters,
/// mixed directions) or nothing is left. ASCII passes as it is.
pub fn prepare(text: &str) -> Option<String> {
    stringprep::saslprep(text)
        .ok()
        .map(|t| t.into_owned())
        .filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(prepare(text).as_deref(), expected, "{text:?}");
    }

    // RFC 4013 §3
    #[test]
    fn prepares_the_examples_of_the_rfc() {
        check("I\u{ad}X", Some("IX"));
        check("user", Some("user"));
        check("USER", Some("USER"));
        check("\u{aa}", Some("a"));
        check("\u{2168}", Some("IX"));
        check("\u{7}", None);
        check("\u{627}\u{31}", None);
        check("", None);
        check("\u{ad}", None);
        check("密码", Some("密码"));
    }
}
