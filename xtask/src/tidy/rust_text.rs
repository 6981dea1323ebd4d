//! Blanks comments, strings and character literals of Rust source, line for line: enough to find
//! functions and paths without a parser.

/// The text with only code left; positions do not change.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1).copied()) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => comment_end(&chars, at),
            ('"', _) => string_end(&chars, at + 1),
            ('r' | 'b' | 'c', _) if starts_word(&chars, at) => {
                literal_end(&chars, at).unwrap_or(at)
            }
            ('\'', _) => char_end(&chars, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(
                chars[at..end]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

fn starts_word(chars: &[char], at: usize) -> bool {
    at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..]
        .iter()
        .position(|c| *c == '\n')
        .map_or(chars.len(), |n| at + n)
}

/// Block comments nest.
fn comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `b'…'`, `c"…"`; `None` if it is only a name.
fn literal_end(chars: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    if matches!(chars[at], 'b' | 'c') {
        at += 1;
    }
    if chars.get(at) == Some(&'\'') {
        return char_end(chars, at);
    }
    if chars.get(at) == Some(&'"') {
        return Some(string_end(chars, at + 1));
    }
    if chars.get(at) != Some(&'r') {
        return None;
    }
    at += 1;
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    at += hashes;
    if chars.get(at) != Some(&'"') {
        return None;
    }
    at += 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(chars.len())
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(chars: &[char], at: usize) -> Option<usize> {
    if chars.get(at + 1) == Some(&'\\') {
        let close = chars
            .get(at + 3..)?
            .iter()
            .take(12)
            .position(|c| *c == '\'')?;
        return Some(at + 3 + close + 1);
    }
    (chars.get(at + 2) == Some(&'\'')).then_some(at + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the rest with runs of blanks collapsed; positions must not change.
    fn check(source: &str, expected: &str) {
        let left = code_only(source);
        assert_eq!(
            left.split_whitespace().collect::<Vec<_>>().join(" "),
            expected,
            "{source}"
        );
        assert_eq!(left.chars().count(), source.chars().count(), "{source}");
        assert_eq!(left.lines().count(), source.lines().count(), "{source}");
    }

    #[test]
    fn blanks_comments_and_keeps_lines() {
        check("a // {\nb", "a b");
        check("a /* { /* } */\n */ b", "a b");
    }

    #[test]
    fn blanks_strings_of_every_kind() {
        check(r#"f("{\"}") g"#, "f( ) g");
        check("x = r#\"}\"#;", "x = ;");
        check("x = b\"{\" + br\"}\"", "x = +");
    }

    #[test]
    fn tells_a_character_from_a_lifetime() {
        check("'{' 'a '\\'' '\\u{7d}' '\"'", "'a");
        check("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)");
    }

    #[test]
    fn keeps_names_that_look_like_literals() {
        check("number r b", "number r b");
    }
}
