//! The structure of a plain text: paragraphs, collapsible quotations, safe links, search hits.
//! Produces no markup; the view builds elements from the structure, so that message content cannot
//! become markup.

use super::mailto::is_mailto;

/// A block of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines by the author.
    Plain(Vec<Span>),
    /// Quoted lines without their marks.
    Quote(Vec<Block>),
    /// The quotation at the end, of the message that is answered; it is shown collapsed.
    Answered(Vec<Block>),
    /// The signature.
    Signature(Vec<Span>),
}

/// A span of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Text, line ends included.
    Text(String),
    /// A link: `http:`, `https:` or `mailto:` only.
    Link {
        /// The target.
        href: String,
        /// The text.
        text: String,
    },
}

/// Maximum nesting of quotations; deeper ones are shown with their marks.
const QUOTES_DEEP_MAX: usize = 8;

/// Splits a text into blocks.
pub fn blocks(text: &str) -> Vec<Block> {
    nested(&text.replace("\r\n", "\n"), 0)
}

fn nested(text: &str, depth: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let lines: Vec<&str> = text.trim_end().split('\n').collect();
    let mut at = 0;
    while at < lines.len() {
        let quotes = depth < QUOTES_DEEP_MAX && lines[at].starts_with('>');
        let end = at
            + lines[at..]
                .iter()
                .take_while(|line| (depth < QUOTES_DEEP_MAX && line.starts_with('>')) == quotes)
                .count();
        if quotes {
            let inner: Vec<&str> = lines[at..end]
                .iter()
                .map(|line| line[1..].strip_prefix(' ').unwrap_or(&line[1..]))
                .collect();
            let inner = nested(&inner.join("\n"), depth + 1);
            let answered = depth == 0 && is_answered(&lines[..at], &lines[end..]);
            blocks.push(if answered {
                Block::Answered(inner)
            } else {
                Block::Quote(inner)
            });
        } else {
            plain(&lines[at..end], &mut blocks);
        }
        at = end;
    }
    blocks
}

/// Whether quoted lines are those of the message that is answered: a line that says who wrote them
/// precedes them, and only further ones and a signature follow. Others are part of the text.
fn is_answered(before: &[&str], after: &[&str]) -> bool {
    let is_quoted = |line: &&str| line.starts_with('>') || line.trim().is_empty();
    let rest = after.iter().find(|line| !is_quoted(line));
    let intro = before.iter().rev().find(|line| !is_quoted(line));
    rest.is_none_or(|line| *line == "-- ") && intro.is_some_and(|line| is_attribution(line))
}

/// Whether a line says who wrote the quotation below it: `On 3 March 2026, Ann wrote:`.
fn is_attribution(line: &str) -> bool {
    line.trim_end()
        .strip_suffix([':', '：'])
        .is_some_and(|line| {
            let names = line.contains(|c: char| c.is_ascii_digit() || c == '@');
            names || line.ends_with("wrote") || line.ends_with("写道")
        })
}

fn plain(lines: &[&str], blocks: &mut Vec<Block>) {
    // RFC 3676 §4.3: the signature separator is a line that contains only "-- ".
    let mark = lines.iter().position(|line| *line == "-- ");
    let (body, signature) = lines.split_at(mark.unwrap_or(lines.len()));
    let body = body.join("\n");
    if !body.trim().is_empty() {
        blocks.push(Block::Plain(spans(body.trim_matches('\n'))));
    }
    if let Some((_, rest)) = signature.split_first() {
        blocks.push(Block::Signature(spans(rest.join("\n").trim_matches('\n'))));
    }
}

/// Splits a text into text and links.
pub fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        let begins =
            !before.is_some_and(|c| c.is_ascii_alphanumeric()) && !is_within_address(&text[..at]);
        let length = match before {
            Some('<') if is_mailto(rest) => bracketed_length(rest),
            _ if begins => link_length(rest),
            _ => 0,
        };
        if length > 0 {
            if from < at {
                spans.push(Span::Text(text[from..at].to_owned()));
            }
            let shown = &rest[..length];
            let web = is_web(shown) || is_mailto(shown);
            let href = if web {
                shown.to_owned()
            } else {
                format!("mailto:{shown}")
            };
            spans.push(Span::Link {
                href,
                text: shown.to_owned(),
            });
            at += length;
            from = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if from < text.len() {
        spans.push(Span::Text(text[from..].to_owned()));
    }
    spans
}

/// The length of a link at the start of the text: a URL or an address.
fn link_length(text: &str) -> usize {
    let stops = |c: char| {
        !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
    };
    let word = &text[..text.find(stops).unwrap_or(text.len())];
    if is_mailto(text) {
        return mailto_length(text);
    }
    let lower = word.get(..8).unwrap_or(word).to_ascii_lowercase();
    let scheme = ["https://", "http://"]
        .iter()
        .find(|s| lower.starts_with(**s))
        .map_or(0, |s| s.len());
    let trimmed = trimmed_end(word);
    if scheme > 0 {
        return if trimmed.len() > scheme {
            trimmed.len()
        } else {
            0
        };
    }
    let address = &word[..word
        .find(|c: char| !(c.is_ascii_alphanumeric() || "@._+-".contains(c)))
        .unwrap_or(word.len())];
    let address = address.trim_end_matches(['.', '-', '_', '+']);
    let whole = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.starts_with('.')
            && domain.contains('.')
            && !domain.contains('@')
            && !domain.starts_with('.')
    });
    if whole { address.len() } else { 0 }
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Whether the text ends within an address, so that a match here would be only part of one: `o'` of
/// `o'brien@a.test`.
fn is_within_address(before: &str) -> bool {
    let is_special = |c: char| "!#$%&'*+/=?^_`{|}~".contains(c);
    let start = before.trim_end_matches(is_special);
    start.len() < before.len() && start.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// The length of a `mailto:` link up to its closing angle bracket (RFC 3986 Appendix C).
fn bracketed_length(text: &str) -> usize {
    let end = text
        .find(['>', '\n'])
        .filter(|end| text[*end..].starts_with('>'));
    end.unwrap_or_else(|| mailto_length(text))
}

/// The length of a `mailto:` link in running text. It may contain letters of any script, but not
/// text directly after an ASCII domain: `mailto:lin@a.test请回复`.
fn mailto_length(text: &str) -> usize {
    let (mut length, mut label, mut in_query) = ("mailto:".len(), None, false);
    for c in text[length..].chars() {
        let belongs = if c.is_ascii() {
            c.is_ascii_graphic()
                && !matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
        } else {
            c.is_alphanumeric() && (in_query || label != Some(true))
        };
        if !belongs {
            break;
        }
        match c {
            '?' => (label, in_query) = (None, true),
            '@' | '.' if c == '@' || label.is_some() => label = (!in_query).then_some(false),
            ',' => label = None,
            // The domain's label started with ASCII.
            _ => label = label.map(|ascii| ascii || c.is_ascii_alphanumeric()),
        }
        length += c.len_utf8();
    }
    let trimmed = trimmed_end(&text[..length]);
    if trimmed.len() > "mailto:".len() {
        trimmed.len()
    } else {
        0
    }
}

/// Removes trailing punctuation and unbalanced brackets, which are not part of a link.
fn trimmed_end(word: &str) -> &str {
    let mut word = word;
    loop {
        let shorter = word.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']);
        let open = |open, close| {
            shorter.ends_with(close)
                && shorter.matches(close).count() > shorter.matches(open).count()
        };
        let next = if open('(', ')') || open('[', ']') {
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        if next.len() == word.len() {
            return word;
        }
        word = next;
    }
}

/// Splits a text at search hits, ignoring case. Each piece is (is a hit, text).
pub fn hits<'a>(text: &'a str, words: &[String]) -> Vec<(bool, &'a str)> {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let chars: Vec<(usize, char)> = text.char_indices().map(|(i, c)| (i, lower(c))).collect();
    let words: Vec<Vec<char>> = words
        .iter()
        .map(|w| w.chars().map(lower).collect())
        .filter(|w: &Vec<char>| !w.is_empty())
        .collect();
    let mut cuts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < chars.len() {
        let hit = words
            .iter()
            .filter(|w| {
                chars[at..].len() >= w.len() && chars[at..].iter().zip(*w).all(|((_, a), b)| a == b)
            })
            .map(Vec::len)
            .max();
        let Some(length) = hit else {
            at += 1;
            continue;
        };
        let begin = chars[at].0;
        let end = chars.get(at + length).map_or(text.len(), |(i, _)| *i);
        if from < begin {
            cuts.push((false, &text[from..begin]));
        }
        cuts.push((true, &text[begin..end]));
        (from, at) = (end, at + length);
    }
    if from < text.len() {
        cuts.push((false, &text[from..]));
    }
    cuts
}

/// The beginning of a long text, up to the end of a line within this many bytes; all of a shorter
/// one.
pub fn beginning(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').map_or(end, |line| line + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<String> {
        let of = |span| {
            if let Span::Link { href, .. } = span {
                Some(href)
            } else {
                None
            }
        };
        spans(text).into_iter().filter_map(of).collect()
    }

    #[test]
    fn the_beginning_of_a_long_text_ends_with_a_line() {
        assert_eq!(beginning("one\ntwo", 20), "one\ntwo");
        assert_eq!(beginning("one\ntwo\nthree", 9), "one\ntwo\n");
        assert_eq!(beginning("一二三", 4), "一");
    }

    #[test]
    fn finds_links_without_trailing_punctuation() {
        assert_eq!(
            links("See (https://a.test/x_(y)), or HTTP://b.test."),
            ["https://a.test/x_(y)", "HTTP://b.test"]
        );
        assert_eq!(
            links("见https://a.test/路 和 lin@a.test。"),
            ["https://a.test/", "mailto:lin@a.test"]
        );
        assert_eq!(links("write to bob@b.test, please"), ["mailto:bob@b.test"]);
    }

    #[test]
    fn finds_mailto_links_with_their_fields() {
        for (text, link) in [
            ("(mailto:a@b.test).", "mailto:a@b.test"),
            (
                "MAILTO:a+b@b.test?subject=x%20y, or",
                "MAILTO:a+b@b.test?subject=x%20y",
            ),
            (
                "<mailto:a@b.test?subject=a%20b> x",
                "mailto:a@b.test?subject=a%20b",
            ),
            (
                "<mailto:a@b.test?subject=a b!>",
                "mailto:a@b.test?subject=a b!",
            ),
            ("<mailto:a@b.test\n> x", "mailto:a@b.test"),
            ("写信给mailto:伟@例子.test，谢谢", "mailto:伟@例子.test"),
            ("mailto:lin@a.test请回复", "mailto:lin@a.test"),
            (
                "mailto:lin@a.test?subject=你好 x",
                "mailto:lin@a.test?subject=你好",
            ),
            ("mailto:a@b.test,c@d.test", "mailto:a@b.test,c@d.test"),
            ("d'arcy@m.test and 'bob@b.test'", "mailto:bob@b.test"),
            ("请写信给san@b.test", "mailto:san@b.test"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
        assert_eq!(links("mailto: x"), Vec::<String>::new());
    }

    #[test]
    fn ignores_unsafe_and_invalid_links() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "a@b",
            "@b.test",
            "file:///etc/passwd",
            "xhttps://a.test",
        ] {
            assert_eq!(links(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn splits_quotations_by_level_and_signature() {
        let found = blocks("hello\n> said\n>> earlier\n> again\n\nbye\n-- \nLin\n");
        let text = |t: &str| vec![Span::Text(t.into())];
        assert_eq!(
            found,
            [
                Block::Plain(text("hello")),
                Block::Quote(vec![
                    Block::Plain(text("said")),
                    Block::Quote(vec![Block::Plain(text("earlier"))]),
                    Block::Plain(text("again"))
                ]),
                Block::Plain(text("bye")),
                Block::Signature(text("Lin")),
            ]
        );
    }

    #[test]
    fn only_the_quotation_that_is_answered_is_collapsed() {
        for (text, answered) in [
            ("Yes.\n\nOn 3 March 2026, Ann wrote:\n> Come?\n", true),
            ("好\n\n2026年3月3日，林晓 写道：\n> 来吗？\n>\n> 林\n", true),
            (
                "Yes.\n\nAnn Marsh <ann@m.test> wrote:\n\n> a\n\n> b\n",
                true,
            ),
            ("-- \nLin\n\nOn 3 March 2026, Ann wrote:\n> Come?", true),
            ("On 3 March 2026, Ann wrote:\n> Come?\n\n-- \nLin\n", true),
            // Typed by the author, or answered in between.
            ("> be careful\n", false),
            ("As the song says:\n> be careful\n", false),
            (
                "On 3 March 2026, Ann wrote:\n> Come?\nYes.\n> When?\nAt 9.",
                false,
            ),
        ] {
            let any = blocks(text).iter().any(|b| matches!(b, Block::Answered(_)));
            assert_eq!(any, answered, "{text:?}");
        }
    }

    #[test]
    fn splitting_loses_no_text() {
        let text = "a@b.c<https://x.y>,林http://z 1@2";
        let joined: String = spans(text)
            .iter()
            .map(|s| {
                let (Span::Text(t) | Span::Link { text: t, .. }) = s;
                t.as_str()
            })
            .collect();
        assert_eq!(joined, text);
        assert_eq!(
            hits(text, &["林".into(), "HTTP".into()])
                .iter()
                .map(|(_, t)| *t)
                .collect::<String>(),
            text
        );
    }

    #[test]
    fn finds_hits_case_insensitively_in_both_scripts() {
        let words = ["午餐".to_owned(), "friday".to_owned()];
        assert_eq!(
            hits("Friday 周五的午餐!", &words),
            [
                (true, "Friday"),
                (false, " 周五的"),
                (true, "午餐"),
                (false, "!")
            ]
        );
        assert_eq!(hits("İx", &["x".to_owned()]), [(false, "İ"), (true, "x")]);
    }

    #[test]
    fn limits_quotation_depth() {
        assert!(!blocks(&format!("{} x", ">".repeat(5000))).is_empty());
    }
}
