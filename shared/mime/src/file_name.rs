//! Names of files that come from a message or go into one, made safe for the folder they are saved
//! in. Decodes nothing.

use unicode_normalization::char::is_combining_mark;

/// The longest file name, in bytes: what common file systems allow.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// The longest ending that a shortened file name keeps, in bytes with its dot.
const ENDING_BYTES_MAX: usize = 16;

/// Names of devices that Windows opens in place of a file, whatever ending follows them.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
/// The same with a digit after them.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The name without folders, control characters and bidirectional controls, of lawful length; may
/// be empty. Dots and spaces at its ends, which hide a file or which Windows drops, are removed.
pub fn safe_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Bidirectional controls can make `exe` look like `txt`.
    let shown = mail::display::visible(last);
    shorten(shown.trim_matches(['.', ' ']))
}

/// As [`safe_file_name`], for saving: never the name of a device, which gets an underscore.
pub fn download_name(name: &str) -> String {
    let name = safe_file_name(name);
    if is_device(&name) {
        shorten(&format!("_{name}"))
    } else {
        name
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_uppercase();
    // The superscript digits count as digits.
    let is_digit = |c: char| matches!(c, '0'..='9' | '¹' | '²' | '³');
    let numbered = stem.strip_suffix(is_digit);
    DEVICES.contains(&stem.as_str()) || numbered.is_some_and(|s| NUMBERED_DEVICES.contains(&s))
}

/// Cuts a file name in its middle part, so that it keeps its ending.
fn shorten(name: &str) -> String {
    if name.len() <= FILE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let ending = name
        .rfind('.')
        .map(|dot| &name[dot..])
        .filter(|e| e.len() > 1 && e.len() <= ENDING_BYTES_MAX)
        .unwrap_or_default();
    let mut end = FILE_NAME_BYTES_MAX - ending.len();
    while !may_cut(name, end) {
        end -= 1;
    }
    format!("{}{ending}", name[..end].trim_end_matches(['.', ' ']))
}

/// Whether what is one character to the reader stays whole (a subset of Unicode Standard Annex 29):
/// accents, joined emoji, flags, Korean syllables.
fn may_cut(text: &str, at: usize) -> bool {
    if !text.is_char_boundary(at) {
        return false;
    }
    let (before, after) = text.split_at(at);
    let (Some(last), Some(next)) = (before.chars().next_back(), after.chars().next()) else {
        return true;
    };
    let is_flag = |c: &char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    if is_flag(&last) && is_flag(&next) {
        // Two of them are one flag.
        return before.chars().rev().take_while(is_flag).count() % 2 == 0;
    }
    last != '\u{200d}' && !extends(next) && !is_one_syllable(last, next)
}

// Leading consonants, vowels and trailing consonants, in this order.
fn is_one_syllable(last: char, next: char) -> bool {
    let place = |c| match c {
        '\u{1100}'..='\u{115f}' => Some(0),
        '\u{1160}'..='\u{11a7}' => Some(1),
        '\u{11a8}'..='\u{11ff}' => Some(2),
        _ => None,
    };
    match (place(last), place(next)) {
        (Some(last), Some(next)) => next == last || next == last + 1,
        _ => false,
    }
}

// Joiners, variation selectors, skin tones and tags belong to the character before.
fn extends(c: char) -> bool {
    is_combining_mark(c)
        || matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
        || matches!(c, '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe() {
        for (given, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\a.txt", "a.txt"),
            ("a\u{202e}txt.exe", "atxt.exe"),
            (".bashrc", "bashrc"),
            ("你好.txt", "你好.txt"),
            ("report.exe. . .", "report.exe"),
            ("a\0\r\n\tb\u{1b}.txt\u{85}", "a b .txt"),
            ("..", ""),
            (". /", ""),
        ] {
            assert_eq!(safe_file_name(given), safe, "{given:?}");
        }
    }

    #[test]
    fn names_of_devices_are_changed_for_saving_only() {
        for (given, saved) in [
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("aux .tar.gz", "_aux .tar.gz"),
            ("Com1.pdf", "_Com1.pdf"),
            ("lpt³", "_lpt³"),
            ("CONIN$", "_CONIN$"),
            ("console.txt", "console.txt"),
            ("com.txt", "com.txt"),
            ("com10", "com10"),
            ("null", "null"),
        ] {
            assert_eq!(download_name(given), saved, "{given:?}");
            assert_eq!(safe_file_name(given), given);
        }
        let long = format!("con.{}", "x".repeat(251));
        assert_eq!(download_name(&long).len(), FILE_NAME_BYTES_MAX);
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        for length in [FILE_NAME_BYTES_MAX, FILE_NAME_BYTES_MAX + 1] {
            let name = safe_file_name(&"a".repeat(length));
            assert_eq!(name.len(), FILE_NAME_BYTES_MAX);
        }
        let long = safe_file_name(&format!("{}.pdf", "季度报表".repeat(40)));
        assert!(long.len() <= FILE_NAME_BYTES_MAX && long.starts_with("季度报表季度"));
        assert!(long.ends_with(".pdf"), "{long}");
        let wordy = safe_file_name(&format!("a. {}", "b".repeat(FILE_NAME_BYTES_MAX)));
        assert_eq!(wordy.len(), FILE_NAME_BYTES_MAX);
        let dotted = safe_file_name(&format!("{}. . .x", "a".repeat(252)));
        assert_eq!(dotted, format!("{}.x", "a".repeat(252)));
    }

    #[test]
    fn a_character_of_several_code_points_is_not_cut() {
        for one in [
            "👩‍👩‍👧‍👦",
            "👍🏽",
            "e\u{301}",
            "🇨🇳",
            "❤️",
            "1\u{fe0f}\u{20e3}",
            "\u{1100}\u{1161}\u{11a8}",
        ] {
            for padding in 0..one.len() {
                let name = format!("{}{}.txt", "a".repeat(padding), one.repeat(100));
                let cut = safe_file_name(&name);
                let middle = cut.strip_suffix(".txt").unwrap().trim_start_matches('a');
                assert_eq!(middle, one.repeat(middle.len() / one.len()), "{cut}");
                let bytes = FILE_NAME_BYTES_MAX - one.len() + 1;
                assert!((bytes..=FILE_NAME_BYTES_MAX).contains(&cut.len()));
            }
        }
    }
}
