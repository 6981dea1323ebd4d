//! Plain text → safe HTML: everything escaped, web and mail addresses as links, quoted lines folded
//! by level.

use std::fmt::Write as _;

/// The most levels of quotes that are distinguished.
pub(super) const LEVELS_MAX: usize = 10;

/// A plain message as HTML: `<br>` at line ends, links for `http:`, `https:` and `mailto:`, each
/// level of quoted lines (`>`) in a `<details class="quote" data-level="n">` of its own. Contains
/// no other markup, whatever the text.
pub fn text_to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut open = 0;
    let mut begun = false;
    for line in text.lines() {
        let (level, line) = split_level(line);
        if level == open && begun {
            out.push_str("<br>\n");
        }
        while open > level {
            out.push_str("</blockquote></details>\n");
            open -= 1;
        }
        while open < level {
            open += 1;
            let _ = write!(
                out,
                "<details class=\"quote\" data-level=\"{open}\"><summary>\u{22ef}</summary><blockquote>"
            );
        }
        begun = true;
        push_line(line, &mut out);
    }
    out.push_str(&"</blockquote></details>".repeat(open));
    out
}

/// The number of `>` at the beginning of a line, spaces between them allowed, and the line without
/// them. `>From ` is not a quote (RFC 4155).
fn split_level(line: &str) -> (usize, &str) {
    if line.starts_with(">From ") {
        return (0, line);
    }
    let (mut level, mut rest) = (0, line);
    while let Some(after) = rest
        .strip_prefix('>')
        .or_else(|| rest.strip_prefix(" >").filter(|_| level > 0))
    {
        if level == LEVELS_MAX {
            break;
        }
        level += 1;
        rest = after;
    }
    (
        level,
        if level > 0 {
            rest.strip_prefix(' ').unwrap_or(rest)
        } else {
            rest
        },
    )
}

fn push_line(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some((start, len)) = find_link(rest) {
        escape(&rest[..start], out);
        let link = &rest[start..start + len];
        let scheme = if link.contains("://")
            || link
                .get(..7)
                .is_some_and(|s| s.eq_ignore_ascii_case("mailto:"))
        {
            ""
        } else {
            "https://"
        };
        out.push_str("<a href=\"");
        out.push_str(scheme);
        escape(link, out);
        out.push_str("\" rel=\"noopener noreferrer\" target=\"_blank\">");
        escape(link, out);
        out.push_str("</a>");
        rest = &rest[start + len..];
    }
    escape(rest, out);
}

/// The first web or mail address: its offset and length, without trailing punctuation.
fn find_link(text: &str) -> Option<(usize, usize)> {
    const STARTS: [&str; 4] = ["https://", "http://", "mailto:", "www."];
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let (start, prefix) = STARTS
            .iter()
            .filter_map(|s| lower[from..].find(s).map(|i| (from + i, *s)))
            .min_by_key(|(i, _)| *i)?;
        let word_before = text[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let rest = &text[start..];
        // A path may contain non-ASCII letters, but CJK punctuation and characters usually begin
        // the next sentence.
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || c.is_control() || "<>\"'`{}|\\^".contains(c) || !c.is_ascii()
            })
            .unwrap_or(rest.len());
        let link = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', ']']);
        let link = if link.contains('(') {
            link
        } else {
            link.trim_end_matches(')')
        };
        if !word_before && link.len() > prefix.len() {
            return Some((start, link.len()));
        }
        from = start + prefix.len();
    }
}

fn escape(text: &str, out: &mut String) {
    let mut spaces = 0;
    for c in text.chars() {
        // Runs of spaces are kept, for ASCII drawings and tables.
        if c == ' ' {
            spaces += 1;
            out.push(if spaces % 2 == 0 { '\u{a0}' } else { ' ' });
            continue;
        }
        spaces = 0;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("\u{a0} \u{a0} "),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(text_to_html(text), expected, "{text:?}");
    }

    #[test]
    fn escapes_everything() {
        check("<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;");
        check("a\nb\u{1b}", "a<br>\nb\u{fffd}");
        check(
            "https://a.test/\"onclick=x",
            "<a href=\"https://a.test/\" rel=\"noopener noreferrer\" target=\"_blank\">https://a.test/</a>&quot;onclick=x",
        );
    }

    #[test]
    fn links_exclude_trailing_punctuation() {
        let link = |target: &str, shown: &str| {
            format!(
                "<a href=\"{target}\" rel=\"noopener noreferrer\" target=\"_blank\">{shown}</a>"
            )
        };
        check(
            "(see https://a.test/b).",
            &format!("(see {}).", link("https://a.test/b", "https://a.test/b")),
        );
        check("xwww.a.test", "xwww.a.test");
        check(
            "到 www.a.test/x，谢谢",
            &format!("到 {}，谢谢", link("https://www.a.test/x", "www.a.test/x")),
        );
        check("javascript:alert(1) http://", "javascript:alert(1) http://");
    }

    #[test]
    fn folds_quotes_by_level() {
        let open = |n: usize| {
            format!("<details class=\"quote\" data-level=\"{n}\"><summary>⋯</summary><blockquote>")
        };
        let close = "</blockquote></details>";
        check(
            "hi\n> a\n> > b\n> c\nbye",
            &format!("hi{}a{}b{close}\nc{close}\nbye", open(1), open(2)),
        );
        check(
            &">".repeat(LEVELS_MAX + 1),
            &format!(
                "{}&gt;{}",
                (1..=LEVELS_MAX).map(open).collect::<String>(),
                close.repeat(LEVELS_MAX)
            ),
        );
    }
}
