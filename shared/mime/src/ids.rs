//! Message identifiers: Message-ID, In-Reply-To, References (RFC 5322 §3.6.4), without their angle
//! brackets.

use crate::charset;

/// The most identifiers read from one field; the oldest and the newest are the most useful, so the
/// middle is dropped.
pub const IDS_MAX: usize = 100;
/// The longest identifier, in bytes: a longer one does not fit on a line (RFC 5322 §2.1.1).
pub const ID_BYTES_MAX: usize = 996;

/// `msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]`, several of them. A value without brackets
/// is accepted where it is one word with an `@`.
pub fn ids(value: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = memchr::memchr(b'<', rest) {
        rest = &rest[start + 1..];
        let Some(end) = memchr::memchr(b'>', rest) else {
            break;
        };
        // `<<a>`: the inner bracket begins the identifier.
        let begin = memchr::memrchr(b'<', &rest[..end]).map_or(0, |i| i + 1);
        push(&rest[begin..end], &mut found);
        rest = &rest[end + 1..];
    }
    if found.is_empty() {
        let word = value.trim_ascii();
        if word.contains(&b'@')
            && !word
                .iter()
                .any(|b| b.is_ascii_whitespace() || matches!(b, b'<' | b'>'))
        {
            push(word, &mut found);
        }
    }
    if found.len() > IDS_MAX {
        found.drain(1..found.len() - IDS_MAX + 1);
    }
    found
}

fn push(id: &[u8], found: &mut Vec<String>) {
    let id: Vec<u8> = id
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace() && !b.is_ascii_control())
        .collect();
    if !id.is_empty() && id.len() <= ID_BYTES_MAX {
        found.push(charset::guess(&id).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[&str]) {
        assert_eq!(ids(value.as_bytes()), expected, "{value:?}");
    }

    #[test]
    fn reads_one_and_many() {
        check("<1@a.test>", &["1@a.test"]);
        check(
            "<1@a.test>\r\n <2@b. test>(x)<3@c>",
            &["1@a.test", "2@b.test", "3@c"],
        );
        check(" 1@a.test ", &["1@a.test"]);
        check("<<a@b>>", &["a@b"]);
        check("Your message of Friday", &[]);
        check("<>", &[]);
        check("<a@b", &[]);
    }

    #[test]
    fn enforces_number_and_length_limits() {
        let many = |n: usize| {
            ids((0..n)
                .map(|i| format!("<{i}@a>"))
                .collect::<String>()
                .as_bytes())
        };
        assert_eq!(many(IDS_MAX).len(), IDS_MAX);
        let past = many(IDS_MAX + 1);
        assert_eq!(
            (past.len(), &*past[0], &*past[1], &*past[IDS_MAX - 1]),
            (IDS_MAX, "0@a", "2@a", "100@a")
        );
        assert_eq!(
            ids(format!("<{}>", "a".repeat(ID_BYTES_MAX)).as_bytes()).len(),
            1
        );
        assert_eq!(
            ids(format!("<{}>", "a".repeat(ID_BYTES_MAX + 1)).as_bytes()).len(),
            0
        );
    }
}
