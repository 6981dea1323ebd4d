//! The content of parts: transfer encodings, charsets, HTML. Each leaf that `mime` finds is decoded
//! by both parsers.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mime::{Encoding, What};

use crate::Report;
use crate::parts::{Leaf, digest, letters};
use crate::structure;
use crate::{Reason, Theme};

/// Compares the content of the leaves.
pub(crate) fn compare(message: &[u8], leaves: &[Leaf], report: &mut Report) {
    for leaf in leaves {
        if !leaf.is_root {
            crate::fields::compare(&leaf.header, report);
        }
        let raw = structure::bytes(message, &leaf.path, What::All);
        let encoding = mime::find(&leaf.header, "Content-Transfer-Encoding")
            .map(|f| Encoding::of(f.value))
            .unwrap_or_default();
        let decoded = encoding.decode(raw);
        compare_transfer(encoding, raw, report);
        if !leaf.media.starts_with("text/") {
            continue;
        }
        let charset = mime::find(&leaf.header, "Content-Type")
            .and_then(|f| mime::parameter(f.value, "charset"));
        if let Some(charset) = &charset {
            compare_charset(charset, &decoded, report);
        }
        if leaf.media == "text/html" {
            compare_html(&mime::decode_charset(charset.as_deref(), &decoded), report);
        }
    }
}

/// Compares the decoding of a body; `identity` encodings have nothing to compare.
pub fn compare_transfer(encoding: Encoding, raw: &[u8], report: &mut Report) {
    let other = match encoding {
        Encoding::Base64 => base64_decode(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        _ => return,
    };
    report.check(
        Theme::Transfer,
        raw,
        digest(&encoding.decode(raw)),
        other.map_or_else(|| "nothing".to_owned(), |bytes| digest(&bytes)),
        |_, _| Reason::of_transfer(encoding, raw),
    );
}

/// Compares a text in a charset.
pub fn compare_charset(charset: &str, bytes: &[u8], report: &mut Report) {
    // As it does for the text of a part.
    let other = charset_decoder(charset.as_bytes()).map_or_else(
        || String::from_utf8_lossy(bytes).into_owned(),
        |decode| decode(bytes),
    );
    report.check(
        Theme::Charsets,
        charset.as_bytes(),
        mime::decode_charset(Some(charset), bytes).into_owned(),
        other,
        |own, other| Reason::of_charset(charset, bytes, own, other),
    );
}

/// Compares the letters of HTML as text, without the targets of links, which only `mime` shows.
pub fn compare_html(html: &str, report: &mut Report) {
    report.check(
        Theme::Html,
        html.as_bytes(),
        letters(&words_of(html)),
        letters(&html_to_text(html)),
        |own, other| Reason::of_html(html, own, other),
    );
}

/// HTML as `mime` searches it: as text, without the targets of links.
pub fn words_of(html: &str) -> String {
    let message = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}");
    mime::text_of(message.as_bytes(), usize::MAX)
}
