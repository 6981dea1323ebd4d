//! SASLprep (RFC 4013): one form for names and passwords that can be typed in several.

/// The prepared form; `None` where the text contains what the profile forbids (control characters,
/// mixed directions) or becomes empty. ASCII is unchanged.
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
