//! What of a text from a message may be shown: names, subjects, file names, header values. Removes
//! the characters by which such a text can look like another one, and finds addresses in names.
//! Used wherever foreign text is shown in one line: list, header, notification, completion, print,
//! quotation. Does not decode, and does not judge the text of a message.

use std::borrow::Cow;

/// The text as it may be shown in one line: line ends and other white space as single spaces,
/// without control characters, bidirectional controls and invisible characters. Joiners and
/// variation selectors stay where scripts and emoji need them.
///
/// ```
/// assert_eq!(mail::display::visible("in\u{202e}fdp.exe\r\n"), "infdp.exe");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let plain = |c: char| matches!(c, ' '..='~') || (c > '\u{2fff}' && !is_special(c));
    let tidy = text.trim() == text && !text.contains("  ");
    if tidy && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_blank(c) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            continue;
        }
        let last = out.chars().next_back().unwrap_or(' ');
        let next = chars.peek().copied().unwrap_or(' ');
        if !is_special(c) || belongs_between(c, last, next) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

/// An address in a display name that is not the address of the mailbox: `bank@a.test` in
/// `"bank@a.test" <x@b.test>`.
pub fn other_address<'a>(name: &'a str, address: &str) -> Option<&'a str> {
    let ends = |c: char| {
        c.is_whitespace()
            || is_special(c)
            || matches!(
                c,
                '<' | '>'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '"'
                    | '\''
                    | ','
                    | ';'
                    | ':'
                    | '，'
                    | '；'
                    | '：'
                    | '（'
                    | '）'
                    | '《'
                    | '》'
                    | '“'
                    | '”'
            )
    };
    name.split(ends)
        .find(|word| is_address(word) && !is_same(word, address))
}

fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once(AT_SIGNS) else {
        return false;
    };
    let domain = domain.trim_end_matches(['.', '。', '!', '?']);
    !local.is_empty()
        && domain.contains(['.', '。', '．'])
        && !domain.starts_with('.')
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '。' | '．'))
}

fn is_same(word: &str, address: &str) -> bool {
    let plain = |text: &str| {
        text.trim_end_matches(['.', '。'])
            .replace(AT_SIGNS, "@")
            .replace(['。', '．'], ".")
            .to_lowercase()
    };
    plain(word) == plain(address)
}

/// `@` and the characters that look like it.
const AT_SIGNS: [char; 3] = ['@', '＠', '﹫'];

/// White space, line ends, and characters without ink that take up width.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// Characters that are dropped unless their neighbours need them.
fn is_special(c: char) -> bool {
    is_bidi_control(c) || is_invisible(c) || matches!(c, '\u{3164}' | '\u{ffa0}')
}

/// Unicode's Bidi_Control property (UAX #9 §2).
fn is_bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Unicode's Default_Ignorable_Code_Point property, with annotations and noncharacters.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a dropped character has a meaning between two others: joiners within words of scripts
/// that need them and within emoji, variation selectors after what they select, tags in a flag.
fn belongs_between(c: char, last: char, next: char) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' => joins(last) && joins(next),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            !last.is_ascii() && !is_special(last) || (last.is_ascii_digit() && next == '\u{20e3}')
        }
        '\u{e0020}'..='\u{e007f}' => {
            last == '\u{1f3f4}' || matches!(last, '\u{e0020}'..='\u{e007e}')
        }
        _ => false,
    }
}

/// Letters of Arabic, Indic and related scripts, and emoji with their selectors.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}'
            | '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2b00}'..='\u{2bff}'

    ) && !is_bidi_control(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_what_hides_or_reorders_text() {
        for (text, shown) in [
            ("plain", "plain"),
            ("你好，世界", "你好，世界"),
            ("a\r\n b\t\tc  d ", "a b c d"),
            ("a\u{0}b\u{1b}[31m", "a b [31m"),
            ("\u{202e}fdp.exe\u{202c}", "fdp.exe"),
            ("\u{2067}x\u{2069}\u{200f}\u{61c}y", "xy"),
            ("pay\u{200b}pal\u{feff}\u{ad}", "paypal"),
            ("a\u{3164}\u{2800}\u{3000}b", "a b"),
            ("line\u{2028}two", "line two"),
            ("a\u{200d}b\u{fe0f}", "ab"),
            ("\u{e0041}x", "x"),
            ("", ""),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn keeps_joiners_where_they_belong() {
        for text in [
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "क्\u{200d}ष",
        ] {
            assert_eq!(visible(text), text, "{text:?}");
        }
    }

    #[test]
    fn finds_an_address_that_is_not_the_real_one() {
        for (name, address, other) in [
            ("pay@shop.test", "x@evil.test", Some("pay@shop.test")),
            ("Shop (pay@shop.test)", "x@evil.test", Some("pay@shop.test")),
            (
                "收款：pay＠shop.test",
                "x@evil.test",
                Some("pay＠shop.test"),
            ),
            ("Shop <pay@shop.test>", "x@evil.test", Some("pay@shop.test")),
            ("Pay@Shop.test", "pay@shop.test", None),
            ("Ann @ work", "ann@b.test", None),
            ("@ann", "ann@b.test", None),
            ("Ann Lee", "ann@b.test", None),
            ("", "ann@b.test", None),
            ("pay@shop.test", "", Some("pay@shop.test")),
        ] {
            assert_eq!(other_address(name, address), other, "{name:?}");
        }
    }
}
