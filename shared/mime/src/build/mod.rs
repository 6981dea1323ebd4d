//! Composes messages: messages from a draft, and delivery reports ([`report`]). What comes out is
//! 7-bit (but for the returned original in a report and for addresses that need SMTPUTF8), has no
//! line over 998 octets, and no value in it can begin a header line of its own.

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

/// A message to be composed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The authors; more than one needs a sender (RFC 5322 §3.6.2).
    pub from: Vec<NameAddr>,
    /// Who sends it for them, where that is another.
    pub sender: Option<NameAddr>,
    /// Where answers go, where not to the authors.
    pub reply_to: Vec<NameAddr>,
    /// The first recipients.
    pub to: Vec<NameAddr>,
    /// Who gets a copy.
    pub cc: Vec<NameAddr>,
    /// Who gets one unseen. Written as a Bcc field for one's own copy; submission takes it out
    /// (`Edit::remove`).
    pub bcc: Vec<NameAddr>,
    /// One line.
    pub subject: String,
    /// The plain text, any line ends.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// Pictures that the HTML names by `cid:`; each needs a Content-ID.
    pub inline: Vec<Piece>,
    /// Files.
    pub attachments: Vec<Piece>,
    /// Identifiers without brackets.
    pub in_reply_to: Vec<String>,
    /// Identifiers without brackets, oldest first.
    pub references: Vec<String>,
    /// When it was written; left to submission where none (RFC 6409 §8.2).
    pub date: Option<Time>,
    /// The writer's zone: minutes east of UTC.
    pub zone_minutes: i32,
    /// Without brackets; left to submission where none (RFC 6409 §8.3).
    pub message_id: Option<String>,
    /// Further fields: names and values of unstructured text.
    pub fields: Vec<(String, String)>,
}

/// A file or picture of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The file name.
    pub name: String,
    /// `image/png`; what is no media type becomes `application/octet-stream`.
    pub media_type: String,
    /// Without brackets; needed for inline pictures.
    pub content_id: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why a draft cannot be composed. The text inside is the field's name or the bad value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// A line end or another control character in a value that stands in the header.
    Injection(String),
    /// What can be no address.
    Address(String),
    /// What can be no Message-ID or Content-ID.
    Identifier(String),
    /// A field name that is none, or that the draft writes itself.
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

/// The most identifiers that References keeps: the first and the newest (RFC 5322 §3.6.4 sets no
/// number).
const REFERENCES_MAX: usize = 30;

/// Composes a message: `multipart/mixed` where there are files, `alternative` where there is HTML,
/// `related` where it shows pictures.
///
/// # Errors
/// [`BuildError`] says which value cannot be written.
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

/// Fields that the draft itself writes.
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
    // Without HTML nothing shows the pictures: they go along as files.
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

/// `date-time` of RFC 5322 §3.3 in the writer's zone.
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
