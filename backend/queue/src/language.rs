//! In which language a notice speaks to a message's sender. Accounts have no language of their own,
//! so the message is asked: its Content-Language (RFC 3282), the charset it was written in, the
//! script of its subject and of its author's name. What gives no sign is answered in
//! both languages.

/// The languages in which this host writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
    /// English first, Chinese below.
    Both,
}

// Charsets in which only Chinese is written.
const CHINESE_CHARSETS: [&str; 8] = [
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "hz-gb-2312",
    "x-gbk",
    "cn-gb",
    "iso-2022-cn",
];

/// Reads the signs of a message's header.
pub(crate) fn language_of(head: &[u8]) -> Language {
    if let Some(named) = mime::header_text(head, "Content-Language") {
        let tag = named
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        match tag.split('-').next() {
            Some("zh") => return Language::Chinese,
            Some("en") => return Language::English,
            // A third language: whoever writes it may read one of ours, nobody knows which.
            Some(other) if !other.is_empty() => return Language::Both,
            _ => {}
        }
    }
    let content_type = mime::header_text(head, "Content-Type")
        .unwrap_or_default()
        .to_lowercase();
    if CHINESE_CHARSETS
        .iter()
        .any(|charset| content_type.contains(charset))
    {
        return Language::Chinese;
    }
    let words: String = ["Subject", "From"]
        .iter()
        .filter_map(|name| mime::header_text(head, name))
        .collect();
    let (han, kana_or_hangul) = (
        words.chars().any(is_han),
        words.chars().any(is_kana_or_hangul),
    );
    if han && !kana_or_hangul {
        Language::Chinese
    } else {
        Language::Both
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2ebef}')
}

fn is_kana_or_hangul(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Language) {
        assert_eq!(
            language_of(format!("{head}\r\n\r\n").as_bytes()),
            expected,
            "{head}"
        );
    }

    #[test]
    fn the_message_tells_its_language_by_name_charset_or_script() {
        check("Content-Language: zh-CN", Language::Chinese);
        check("Content-Language: en-GB, de", Language::English);
        check("Content-Language: de", Language::Both);
        check(
            "Content-Type: text/plain; charset=\"GB18030\"",
            Language::Chinese,
        );
        check("Subject: =?utf-8?B?5L2g5aW9?=", Language::Chinese);
        check("From: 小明 <m@a.test>", Language::Chinese);
    }

    #[test]
    fn what_gives_no_sign_is_answered_in_both() {
        check("Subject: hello", Language::Both);
        check("Subject: 東京へ", Language::Both);
        check("", Language::Both);
    }
}
