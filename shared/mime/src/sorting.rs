//! The texts by which lists are sorted. Server and browser compare the same ones.

use crate::search::fold;
use crate::subject::conversation;
use unicode_normalization::UnicodeNormalization;

/// The sorting key of a correspondent: the name, or the address where there is none.
pub fn name_key(name: &str, address: &str) -> String {
    let name = fold(name.trim_matches(|c: char| !c.is_alphanumeric()));
    if name.is_empty() {
        fold(address)
    } else {
        collated(&name)
    }
}

/// The sorting key of a subject: without the prefixes of replies and forwards.
pub fn subject_key(subject: &str) -> String {
    collated(&fold(&conversation(subject)))
}

/// A folded text whose code points are in the order of a reader: Latin letters without their
/// accents, then the common Chinese characters by pinyin, then the rarer ones.
fn collated(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    for c in folded
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
    {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ð' | 'đ' => out.push('d'),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            '\u{4e00}'..='\u{9fff}' => out.push(by_pinyin(c)),
            c => out.push(c),
        }
    }
    out
}

/// Stands for a Chinese character in a sorting key. The 3755 characters of level 1 of GB 2312 are
/// encoded in the order of their pinyin, in rows 0xB0 to 0xD7 of 94 characters each.
fn by_pinyin(c: char) -> char {
    const FIRST: char = '\u{e000}';
    const RARE: u32 = 0xf_0000;
    let mut utf8 = [0; 4];
    let (encoded, ..) = encoding_rs::GBK.encode(c.encode_utf8(&mut utf8));
    let code = match encoded[..] {
        [row @ 0xb0..=0xd7, cell @ 0xa1..=0xfe] => {
            u32::from(FIRST) + u32::from(row - 0xb0) * 94 + u32::from(cell - 0xa1)
        }
        _ => RARE + u32::from(c),
    };
    char::from_u32(code).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by_key(|name| name_key(name, ""));
        names
    }

    #[test]
    fn sorts_names_and_subjects_as_a_reader_does() {
        assert_eq!(name_key("\"Ärger, Max\"", "m@x.test"), "arger, max");
        assert_eq!(name_key("", "Max@x.test"), "max@x.test");
        assert_eq!(subject_key("Re: AW: Zebra"), subject_key("zebra"));
        assert_eq!(subject_key("回复：午餐"), subject_key("午餐"));
    }

    #[test]
    fn accents_and_case_do_not_separate_names() {
        let names = vec![
            "Zoe", "Élodie", "ben", "Łukasz", "Eva", "Øyvind", "Adam", "Omar",
        ];
        assert_eq!(
            sorted(names),
            [
                "Adam", "ben", "Élodie", "Eva", "Łukasz", "Omar", "Øyvind", "Zoe"
            ]
        );
    }

    #[test]
    fn chinese_names_are_sorted_by_pinyin_after_latin_ones() {
        let names = vec![
            "赵敏", "李明", "Zoe", "陈静", "王芳", "安然", "张伟", "林晓",
        ];
        assert_eq!(
            sorted(names),
            [
                "Zoe", "安然", "陈静", "李明", "林晓", "王芳", "张伟", "赵敏"
            ]
        );
        assert!(name_key("張", "") > name_key("赵", ""), "not in GB 2312");
    }
}
