//! The `Content-Disposition` field (RFC 6266) with Unicode file names (RFC 8187).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

// All but attr-char (RFC 8187 §3.2.1).
const NOT_ATTR_CHAR: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `attachment; filename="plain.txt"; filename*=UTF-8''%E4%BD%A0.txt`. A name cannot break out of
/// its parameter, nor name a device.
pub(super) fn write(kind: &str, name: &str) -> String {
    let name = mime::download_name(name);
    let plain: String = name
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut field = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        field.push_str("; filename*=UTF-8''");
        field.extend(utf8_percent_encode(&name, &NOT_ATTR_CHAR));
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_encodes_file_names() {
        for (name, expected) in [
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            (
                "你.pdf",
                "attachment; filename=\"_.pdf\"; filename*=UTF-8''%E4%BD%A0.pdf",
            ),
            (
                "a\"b\r\nX: y",
                "attachment; filename=\"a_b X: y\"; filename*=UTF-8''a%22b%20X%3A%20y",
            ),
            ("nul.txt", "attachment; filename=\"_nul.txt\""),
        ] {
            assert_eq!(write("attachment", name), expected);
        }
    }
}
