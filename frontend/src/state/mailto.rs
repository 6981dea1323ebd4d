//! `mailto:` links (RFC 6068): parses a link into a draft. Takes recipients, subject, text and the
//! message replied to; all other header fields are ignored (§4, §7), so that a link can neither
//! attach files nor change the sender. Sends nothing.

use super::address::address_fault;
use super::clipboard::without_controls;
use super::percent::percent_decoded;
use super::recipient_list::recipients;
use wire::{Contact, Draft};

/// The path of the webmail that opens a `mailto:` link, given as `?mailto=`.
pub const PATH: &str = "/compose";

/// Maximum length of a link, in bytes.
const LINK_BYTES_MAX: usize = 256 * 1024;
/// Maximum number of recipients taken from a link.
const RECIPIENTS_MAX: usize = 500;

/// Whether the text is a `mailto:` link.
pub fn is_mailto(link: &str) -> bool {
    after_scheme(link).is_some()
}

/// Parses a link into a draft; `None` if it is not a `mailto:` link.
///
/// ```abnf
/// mailtoURI = "mailto:" [ to ] [ hfields ]
/// hfields   = "?" hfield *( "&" hfield )
/// hfield    = hfname "=" hfvalue
/// ```
pub fn read(link: &str) -> Option<Draft> {
    let rest = after_scheme(link).filter(|_| link.len() <= LINK_BYTES_MAX)?;
    let (to, fields) = rest.split_once('?').unwrap_or((rest, ""));
    let mut draft = Draft::default();
    add(&mut draft.to, to);
    let (mut subject, mut text) = (None, None);
    // Tolerates `&amp;`, which is often written instead of a plain ampersand.
    for field in fields.replace("&amp;", "&").split('&') {
        let Some((name, value)) = field.split_once('=') else {
            continue;
        };
        match percent_decoded(name).to_ascii_lowercase().as_str() {
            "to" => add(&mut draft.to, value),
            "cc" => add(&mut draft.cc, value),
            "bcc" => add(&mut draft.bcc, value),
            "subject" if subject.is_none() => subject = Some(one_line(value)),
            "body" if text.is_none() => text = Some(lines(value)),
            "in-reply-to" if draft.references.is_empty() => {
                draft.references = message_id(value).into_iter().collect();
            }
            _ => {}
        }
    }
    draft.subject = subject.unwrap_or_default();
    draft.text = text.unwrap_or_default();
    Some(draft)
}

fn after_scheme(link: &str) -> Option<&str> {
    let link = link.trim();
    let (scheme, rest) = link.split_once(':')?;
    scheme.eq_ignore_ascii_case("mailto").then_some(rest)
}

/// Adds recipients: `to = addr-spec *("," addr-spec )`. A comma within an address is
/// percent-encoded. Anything else is parsed like typed recipients, so that a name or an encoded
/// list is not lost.
fn add(list: &mut Vec<Contact>, value: &str) {
    for piece in value.split(',') {
        let decoded = percent_decoded(piece);
        let text = decoded.trim();
        if text.is_empty() {
            continue;
        }
        let found = if address_fault(text).is_none() {
            vec![Contact {
                name: String::new(),
                address: text.to_owned(),
            }]
        } else {
            recipients(text)
        };
        let room = RECIPIENTS_MAX.saturating_sub(list.len());
        list.extend(found.into_iter().take(room));
    }
}

fn one_line(value: &str) -> String {
    mail::display::visible(&percent_decoded(value)).into_owned()
}

/// Decodes text; `%0D%0A` ends a line (RFC 6068 §5).
fn lines(value: &str) -> String {
    let text = percent_decoded(value);
    without_controls(&text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// A Message-ID without its angle brackets (RFC 5322 §3.6.4), if it is one.
fn message_id(value: &str) -> Option<String> {
    let text = percent_decoded(value);
    let id = text.trim().trim_start_matches('<').trim_end_matches('>');
    let is_id = id.contains('@')
        && id.len() <= 900
        && !id.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
#[path = "mailto_tests.rs"]
mod tests;
