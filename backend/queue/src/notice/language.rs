//! The language of a notice. An account has no language setting, so the returned message decides:
//! its Content-Language (RFC 3282), its charset, and the script of its subject and of its author's
//! name. Without any of these the notice is in both languages.

/// A language in which notices are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
    /// English first, Chinese below.
    Both,
}

// Charsets that encode Chinese only.
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

/// Guesses the sender's language from the message's header.
pub(crate) fn language_of(header: &[u8]) -> Language {
    if let Some(named) = mime::header_text(header, "Content-Language") {
        let tag = named
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        match tag.split('-').next() {
            Some("zh") => return Language::Chinese,
            Some("en") => return Language::English,
            // A third language: its writer may read either of the two.
            Some(other) if !other.is_empty() => return Language::Both,
            _ => {}
        }
    }
    let content_type = mime::header_text(header, "Content-Type")
        .unwrap_or_default()
        .to_lowercase();
    if CHINESE_CHARSETS
        .iter()
        .any(|charset| content_type.contains(charset))
    {
        return Language::Chinese;
    }
    let text: String = ["Subject", "From"]
        .iter()
        .filter_map(|name| mime::header_text(header, name))
        .collect();
    // Han characters beside kana or hangul are Japanese or Korean.
    if text.chars().any(is_han) && !text.chars().any(is_kana_or_hangul) {
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

    fn check(header: &str, expected: Language) {
        assert_eq!(
            language_of(format!("{header}\r\n\r\n").as_bytes()),
            expected,
            "{header}"
        );
    }

    #[test]
    fn takes_the_language_from_the_field_the_charset_or_the_script() {
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
    fn uses_both_languages_where_nothing_decides() {
        check("Subject: hello", Language::Both);
        check("Subject: 東京へ", Language::Both);
        check("", Language::Both);
    }
}
