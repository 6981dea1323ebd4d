//! The header of an accepted message as its journey shows it.

/// How much of the content is read for its header.
pub(crate) const HEADER_BYTES_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = 40;
const FIELD_CHARS_MAX: usize = 300;

/// Renders each field on one line, those in `prefix` (added by this host) first, without Bcc: a
/// hidden recipient stays hidden.
pub(crate) fn header_lines(prefix: &str, header: &[u8]) -> Vec<String> {
    mime::fields(prefix.as_bytes())
        .chain(mime::fields(header))
        .filter(|field| !field.is("Bcc"))
        .take(FIELDS_MAX)
        .map(|field| line(&field))
        .collect()
}

fn line(field: &mime::Field<'_>) -> String {
    let mut line = format!("{}: {}", field.name, field.text().trim());
    // A line with fewer bytes than that has fewer characters, too; most do.
    if line.len() > FIELD_CHARS_MAX
        && let Some((end, _)) = line.char_indices().nth(FIELD_CHARS_MAX)
    {
        line.truncate(end);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_own_fields_first_and_hides_bcc() {
        let header = b"Subject: x\r\nBcc: carol@b.test\r\nTo: bob@b.test\r\n\r\n";
        assert_eq!(
            header_lines("Received: from a\r\n\tby b\r\n", header),
            ["Received: from a by b", "Subject: x", "To: bob@b.test"]
        );
    }

    #[test]
    fn cuts_a_field_after_300_characters() {
        for (text, chars) in [("é".repeat(400), 300), ("é".repeat(200), 203)] {
            let lines = header_lines("", format!("X: {text}\r\n\r\n").as_bytes());
            assert_eq!(lines[0].chars().count(), chars);
        }
    }
}
