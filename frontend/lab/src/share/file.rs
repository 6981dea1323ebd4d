//! Names of exported files, and a first check of imported ones. The simulator validates the
//! scenario.

use sim::scenario::FILE_BYTES_MAX;

/// Why a file is rejected without being parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The file is empty.
    Empty,
    /// The size in bytes, and the maximum.
    TooLarge(usize, usize),
    /// Not a text: an image, an archive, a capture.
    NotText,
    /// Another kind of text: a web page, a message.
    NotScenario,
}

/// The text of a file that may be a scenario.
///
/// # Errors
/// See [`FileError`].
pub fn text_of(bytes: &[u8]) -> Result<String, FileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge(bytes.len(), FILE_BYTES_MAX));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileError::NotText)?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    if text.contains('\0') {
        return Err(FileError::NotText);
    }
    let first = text.trim_start().chars().next().unwrap_or_default();
    // Both formats have the scenario's `world` section.
    let ours = if first == '{' {
        text.contains("\"world\"")
    } else {
        first != '<' && text.contains("[world]")
    };
    if ours {
        Ok(text.to_owned())
    } else {
        Err(FileError::NotScenario)
    }
}

/// The name of a file, safe on every system: `glasspost-31-greylisting.json`.
pub fn name(number: u32, title: &str, ending: &str) -> String {
    let words: String = title
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let title: String = words.join("-").chars().take(48).collect();
    let title = title.trim_end_matches('-');
    let number = if number == 0 {
        "own".to_owned()
    } else {
        format!("{number:02}")
    };
    if title.is_empty() {
        format!("glasspost-{number}.{ending}")
    } else {
        format!("glasspost-{number}-{title}.{ending}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_files_that_may_be_scenarios() {
        let check = |bytes: &[u8], expected: Result<(), FileError>| {
            assert_eq!(text_of(bytes).map(drop), expected);
        };
        check(b"number = 1\n[world]\nseed = 1", Ok(()));
        check("\u{feff}{\"world\": {}}".as_bytes(), Ok(()));
        check(b" \r\n", Err(FileError::Empty));
        check(b"\x89PNG\r\n\x1a\n\0\0", Err(FileError::NotText));
        check(b"PK\x03\x04\0", Err(FileError::NotText));
        check(b"<!doctype html><p>[world]", Err(FileError::NotScenario));
        check(b"From: a@a.test\n\nHello", Err(FileError::NotScenario));
        check(b"{\"log\": {}}", Err(FileError::NotScenario));
        let full = format!("[world]{}", " ".repeat(FILE_BYTES_MAX - 7));
        check(full.as_bytes(), Ok(()));
        check(
            format!("{full} ").as_bytes(),
            Err(FileError::TooLarge(FILE_BYTES_MAX + 1, FILE_BYTES_MAX)),
        );
    }

    #[test]
    fn file_names_are_safe_on_every_system() {
        let check =
            |number, title: &str, expected: &str| assert_eq!(name(number, title, "json"), expected);
        check(
            1,
            "The first message",
            "glasspost-01-the-first-message.json",
        );
        check(1, "第一封信", "glasspost-01-第一封信.json");
        check(
            13,
            "AUTH: refused / 535?",
            "glasspost-13-auth-refused-535.json",
        );
        check(0, "../..", "glasspost-own.json");
    }
}
