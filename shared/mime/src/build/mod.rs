//! Builds messages from drafts, and delivery reports ([`report`]). The result is 7-bit (except for
//! the returned original in a report and for addresses that need SMTPUTF8), has no line over 998
//! octets, and no value can inject a header line.

mod encode;
mod entity;
mod header;
mod report;

use std::fmt;

use mail::Time;

use crate::address::NameAddr;
use entity::Entity;
use header::HeaderWriter;

pub use report::{
    Action, MachineReport, RecipientReport, Report, Returned, machine_report, report,
};

/// A message to be built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The authors; more than one requires a sender (RFC 5322 §3.6.2).
    pub from: Vec<NameAddr>,
    /// The sender, where it is not the author.
    pub sender: Option<NameAddr>,
    /// Reply-To, where replies do not go to the authors.
    pub reply_to: Vec<NameAddr>,
    /// The To recipients.
    pub to: Vec<NameAddr>,
    /// The Cc recipients.
    pub cc: Vec<NameAddr>,
    /// The Bcc recipients. Written as a field for the sender's own copy; submission removes it
    /// (`Edit::remove`).
    pub bcc: Vec<NameAddr>,
    /// The subject, one line.
    pub subject: String,
    /// The plain text, with any line ends.
    pub text: String,
    /// The HTML version.
    pub html: Option<String>,
    /// Pictures that the HTML references by `cid:`; each needs a Content-ID.
    pub inline: Vec<FilePart>,
    /// Attachments.
    pub attachments: Vec<FilePart>,
    /// In-Reply-To: identifiers without brackets.
    pub in_reply_to: Vec<String>,
    /// References: identifiers without brackets, oldest first.
    pub references: Vec<String>,
    /// The date; `None` leaves it to submission (RFC 6409 §8.2).
    pub date: Option<Time>,
    /// The author's time zone, in minutes east of UTC.
    pub zone_minutes: i32,
    /// Without brackets; `None` leaves it to submission (RFC 6409 §8.3).
    pub message_id: Option<String>,
    /// Content-Language (RFC 3282); what is no language tag is left out.
    pub language: String,
    /// Further fields: names and values of unstructured text.
    pub fields: Vec<(String, String)>,
}

/// A file or picture of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    /// The file name.
    pub name: String,
    /// `image/png`; an invalid media type becomes `application/octet-stream`.
    pub media_type: String,
    /// Without brackets; required for inline pictures.
    pub content_id: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why a draft cannot be built. The text is the field's name or the invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// A line end or another control character in a header value.
    Injection(String),
    /// An invalid address.
    Address(String),
    /// An invalid Message-ID or Content-ID.
    Identifier(String),
    /// An invalid field name, or one that the draft writes itself.
    Field(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Injection(what) => {
                write!(f, "{what} holds a line break or another control character")
            }
            BuildError::Address(what) => write!(f, "{what:?} cannot be an address"),
            BuildError::Identifier(what) => write!(f, "{what:?} cannot be an identifier"),
            BuildError::Field(what) => write!(f, "{what:?} cannot be added as a header field"),
        }
    }
}

impl std::error::Error for BuildError {}

/// A field with an address list, folded, with its line end.
///
/// # Errors
/// [`BuildError`] for a name or an address that would break out of its place.
pub fn address_field(name: &str, list: &[NameAddr]) -> Result<String, BuildError> {
    let mut header = HeaderWriter::default();
    header.addresses(name, list)?;
    Ok(String::from_utf8_lossy(&header.out).into_owned())
}

/// A field with free text (RFC 5322 §2.2.1), in encoded words where needed, folded, with its line
/// end.
///
/// # Errors
/// [`BuildError`] for a text that would break out of its place.
pub fn text_field(name: &str, text: &str) -> Result<String, BuildError> {
    let mut header = HeaderWriter::default();
    header.unstructured(name, text)?;
    Ok(String::from_utf8_lossy(&header.out).into_owned())
}

/// The most identifiers in References: the first and the newest ones (RFC 5322 §3.6.4 sets no
/// limit).
const REFERENCES_MAX: usize = 30;

/// Builds a message: `multipart/mixed` with attachments, `alternative` with HTML, `related` with
/// inline pictures.
///
/// # Errors
/// [`BuildError`] names the value that cannot be written.
pub fn compose(draft: &Draft) -> Result<Vec<u8>, BuildError> {
    let mut header = HeaderWriter::default();
    if let Some(date) = draft.date {
        header.token("Date", &date_with_zone(date, draft.zone_minutes));
    }
    header.addresses("From", &draft.from)?;
    if let Some(sender) = &draft.sender {
        header.addresses("Sender", std::slice::from_ref(sender))?;
    }
    header.addresses("Reply-To", &draft.reply_to)?;
    header.addresses("To", &draft.to)?;
    header.addresses("Cc", &draft.cc)?;
    header.addresses("Bcc", &draft.bcc)?;
    header.unstructured("Subject", &draft.subject)?;
    if let Some(id) = &draft.message_id {
        header.ids("Message-ID", std::slice::from_ref(id))?;
    }
    header.ids("In-Reply-To", &draft.in_reply_to)?;
    header.ids("References", &newest_references(&draft.references))?;
    if is_language_tag(&draft.language) {
        header.token("Content-Language", &draft.language);
    }
    for (name, value) in &draft.fields {
        if OWN_FIELDS.iter().any(|own| name.eq_ignore_ascii_case(own))
            || name
                .get(..8)
                .is_some_and(|n| n.eq_ignore_ascii_case("Content-"))
        {
            return Err(BuildError::Field(name.clone()));
        }
        header.unstructured(name, value)?;
    }
    let seed = format!(
        "{:?}{:?}{}{}",
        draft.message_id, draft.date, draft.subject, draft.text
    );
    Ok(entity::message(header, &body(draft)?, &seed))
}

/// `Language-Tag = Primary-subtag *( "-" Subtag )`, of 1 to 8 letters or digits (RFC 3282 §2).
fn is_language_tag(text: &str) -> bool {
    text.len() <= LANGUAGE_BYTES_MAX
        && text.split('-').all(|tag| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// The longest language tag, in bytes (RFC 5646 §4.4.1).
const LANGUAGE_BYTES_MAX: usize = 35;

/// Fields that the draft writes itself.
const OWN_FIELDS: [&str; 12] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
];

fn body(draft: &Draft) -> Result<Entity, BuildError> {
    let mut body = Entity::text("plain", &draft.text);
    if let Some(html) = &draft.html {
        let mut rich = Entity::text("html", html);
        if !draft.inline.is_empty() {
            let mut parts = vec![rich];
            for piece in &draft.inline {
                parts.push(Entity::file(piece, true)?);
            }
            // RFC 2387 §3.1: the type of the root part must be named.
            rich = Entity::multipart("related", &[("type", "text/html")], parts);
        }
        body = Entity::multipart("alternative", &[], vec![body, rich]);
    }
    let mut files = Vec::new();
    // Without HTML the pictures become attachments.
    let stray = if draft.html.is_none() {
        &draft.inline[..]
    } else {
        &[]
    };
    for piece in stray.iter().chain(&draft.attachments) {
        files.push(Entity::file(piece, false)?);
    }
    if !files.is_empty() {
        files.insert(0, body);
        body = Entity::multipart("mixed", &[], files);
    }
    Ok(body)
}

fn newest_references(ids: &[String]) -> Vec<String> {
    if ids.len() <= REFERENCES_MAX {
        return ids.to_vec();
    }
    let newest = &ids[ids.len() - (REFERENCES_MAX - 1)..];
    std::iter::once(&ids[0]).chain(newest).cloned().collect()
}

/// `date-time` of RFC 5322 §3.3 in the author's time zone.
fn date_with_zone(date: Time, zone_minutes: i32) -> String {
    let zone = zone_minutes.clamp(-14 * 60, 14 * 60);
    let local = Time::from_secs(date.secs() + i64::from(zone) * 60).rfc5322();
    let sign = if zone < 0 { '-' } else { '+' };
    format!(
        "{}{sign}{:02}{:02}",
        local.trim_end_matches("+0000"),
        zone.abs() / 60,
        zone.abs() % 60
    )
}

#[cfg(test)]
mod tests;
