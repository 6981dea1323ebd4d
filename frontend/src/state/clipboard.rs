//! Decides how content is pasted into the text of a message. Text takes precedence over files,
//! since office programs add a picture of the same cells.

/// Texts of at least this many bytes are inserted at once. Browsers insert line by line, which
/// takes seconds for tens of thousands of lines.
const LARGE_BYTES: usize = 32 * 1024;

/// The content of the clipboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clipboard {
    /// `text/plain`
    pub text: String,
    /// `text/html`
    pub html: String,
    /// Number of files.
    pub files: u32,
}

/// What to do with a paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paste {
    /// The browser inserts the text.
    Native,
    /// Insert this text.
    Insert(String),
    /// Insert the text of the HTML.
    InsertHtml(String),
    /// Attach the files.
    Attach,
}

impl Clipboard {
    /// What to do with a paste into the text of a message.
    pub fn paste(self) -> Paste {
        if !self.text.is_empty() {
            let clean = without_controls(&self.text);
            let plain = clean.len() == self.text.len() && clean.len() < LARGE_BYTES;
            return if plain {
                Paste::Native
            } else {
                Paste::Insert(clean)
            };
        }
        if self.files > 0 {
            Paste::Attach
        } else if self.html.is_empty() {
            Paste::Native
        } else {
            Paste::InsertHtml(self.html)
        }
    }
}

/// Whether a character does not belong in the text of a message: a control character other than tab
/// and LF.
pub fn is_unwanted(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// A text without control characters, except tabs and line ends, which become LF.
pub fn without_controls(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\r' => Some('\n'),
            c => (!is_unwanted(c)).then_some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clipboard(text: &str, html: &str, files: u32) -> Clipboard {
        Clipboard {
            text: text.into(),
            html: html.into(),
            files,
        }
    }

    #[test]
    fn text_wins_over_html_and_picture() {
        assert_eq!(clipboard("a\tb", "<table>", 1).paste(), Paste::Native);
    }

    #[test]
    fn picture_alone_is_attached() {
        assert_eq!(clipboard("", "", 1).paste(), Paste::Attach);
        // Browsers add the address of a copied picture as HTML.
        assert_eq!(clipboard("", "<img src=x>", 1).paste(), Paste::Attach);
    }

    #[test]
    fn html_alone_gives_its_text() {
        assert_eq!(
            clipboard("", "<p>x", 0).paste(),
            Paste::InsertHtml("<p>x".into())
        );
        assert_eq!(clipboard("", "", 0).paste(), Paste::Native);
    }

    #[test]
    fn control_characters_are_dropped() {
        assert_eq!(
            clipboard("a\0b\u{7}\tc\r\nd", "", 0).paste(),
            Paste::Insert("ab\tc\nd".into())
        );
        assert_eq!(without_controls("a\rb\u{85}c"), "a\nbc");
    }

    #[test]
    fn large_text_is_inserted_at_once() {
        let lines = "a line\n".repeat(50_000);
        assert_eq!(
            clipboard(&lines, "", 0).paste(),
            Paste::Insert(lines.clone())
        );
    }
}
