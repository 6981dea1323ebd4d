//! Delivery reports: `multipart/report` with a human-readable part, machine-readable fields, and
//! the original (RFC 3461 §6, RFC 3464, RFC 6522).

use mail::{EnhancedCode, Time};

use super::entity::{Content, Entity};
use super::header::HeaderWriter;
use super::{BuildError, FilePart, encode, entity};
use crate::address::NameAddr;
use crate::field::header_end;

/// The action for one recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Delivery failed permanently.
    Failed,
    /// Not delivered yet; still attempted.
    Delayed,
    /// Delivered to the mailbox.
    Delivered,
    /// Relayed to a host that does not send reports.
    Relayed,
    /// Delivered to several other recipients, such as an alias.
    Expanded,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Delivered => "delivered",
            Action::Relayed => "relayed",
            Action::Expanded => "expanded",
        }
    }
}

/// The fields about one recipient (RFC 3464 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientReport {
    /// ORCPT as the sender gave it, `rfc822;alice@a.test` (RFC 3461 §4.2).
    pub original: Option<String>,
    /// The recipient's address.
    pub address: String,
    /// The action.
    pub action: Action,
    /// `5.1.1`
    pub status: EnhancedCode,
    /// The host that gave the status.
    pub remote_mta: Option<String>,
    /// Its reply: `550 5.1.1 no such user`.
    pub diagnostic: Option<String>,
    /// The time of the last attempt.
    pub last_attempt: Option<Time>,
    /// For a delay: the end of the attempts.
    pub will_retry_until: Option<Time>,
}

/// How much of the original is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned<'a> {
    /// Its header only, cut out of the given message (RET=HDRS).
    Headers(&'a [u8]),
    /// The whole message (RET=FULL).
    Full(&'a [u8]),
    /// Nothing.
    None,
}

/// A delivery report to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// The reporting mail system.
    pub from: NameAddr,
    /// The sender of the original.
    pub to: NameAddr,
    /// The subject, one line.
    pub subject: String,
    /// The date.
    pub date: Time,
    /// Without brackets.
    pub message_id: String,
    /// The original's Message-ID without brackets, so that the report joins its thread.
    pub about: Option<String>,
    /// The human-readable text.
    pub text: String,
    /// The reporting host (RFC 3464 §2.2.2).
    pub reporting_mta: String,
    /// ENVID as the sender gave it (RFC 3464 §2.2.1).
    pub envelope_id: Option<String>,
    /// When the original arrived here.
    pub arrival: Option<Time>,
    /// At least one.
    pub recipients: Vec<RecipientReport>,
    /// The original.
    pub returned: Returned<'a>,
}

/// Builds a report.
///
/// # Errors
/// [`BuildError`] names the value that cannot be written.
pub fn report(report: &Report<'_>) -> Result<Vec<u8>, BuildError> {
    let mut header = HeaderWriter::default();
    header.token("Date", &report.date.rfc5322());
    header.addresses("From", std::slice::from_ref(&report.from))?;
    header.addresses("To", std::slice::from_ref(&report.to))?;
    header.unstructured("Subject", &report.subject)?;
    header.ids("Message-ID", std::slice::from_ref(&report.message_id))?;
    // The original's identifier is foreign input: an invalid one is left out rather than refused.
    let about: Vec<String> = report
        .about
        .iter()
        .filter(|id| super::header::check_id(id).is_ok())
        .cloned()
        .collect();
    header.ids("In-Reply-To", &about)?;
    header.ids("References", &about)?;
    // RFC 3834 §5: prevents automatic replies to a report.
    header.token("Auto-Submitted", "auto-replied");
    let mut parts = vec![Entity::text("plain", &report.text), status_part(report)];
    parts.extend(returned_part(report.returned));
    let mut body = Entity::multipart("report", &[("report-type", "delivery-status")], parts);
    if needs_8bit(report.returned) {
        body.fields
            .push("Content-Transfer-Encoding: 8bit".to_owned());
    }
    Ok(entity::message(
        header,
        &body,
        &format!("{}{}", report.message_id, report.date),
    ))
}

/// A machine-readable report with a short text (RFC 6522): TLS reports, aggregate reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineReport<'a> {
    /// The sender.
    pub from: NameAddr,
    /// The recipient.
    pub to: NameAddr,
    /// The subject, one line.
    pub subject: String,
    /// The date.
    pub date: Time,
    /// Without brackets.
    pub message_id: String,
    /// Further fields: names and values of unstructured text.
    pub fields: Vec<(&'a str, String)>,
    /// The human-readable text.
    pub text: String,
    /// `report-type`: `tlsrpt`.
    pub report_type: &'a str,
    /// The report itself.
    pub attachment: FilePart,
}

/// Builds a machine-readable report.
///
/// # Errors
/// [`BuildError`] names the value that cannot be written.
pub fn machine_report(report: &MachineReport<'_>) -> Result<Vec<u8>, BuildError> {
    let mut header = HeaderWriter::default();
    header.token("Date", &report.date.rfc5322());
    header.addresses("From", std::slice::from_ref(&report.from))?;
    header.addresses("To", std::slice::from_ref(&report.to))?;
    header.unstructured("Subject", &report.subject)?;
    header.ids("Message-ID", std::slice::from_ref(&report.message_id))?;
    header.token("Auto-Submitted", "auto-generated");
    for (name, value) in &report.fields {
        header.unstructured(name, value)?;
    }
    let parts = vec![
        Entity::text("plain", &report.text),
        Entity::file(&report.attachment, false)?,
    ];
    let body = Entity::multipart("report", &[("report-type", report.report_type)], parts);
    Ok(entity::message(
        header,
        &body,
        &format!("{}{}", report.message_id, report.date),
    ))
}

/// `delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )` (RFC 3464 §2.1).
fn status_part(report: &Report<'_>) -> Entity {
    let mut out = String::new();
    if let Some(id) = &report.envelope_id {
        put(&mut out, "Original-Envelope-Id", id);
    }
    put(
        &mut out,
        "Reporting-MTA",
        &format!("dns; {}", report.reporting_mta),
    );
    if let Some(arrival) = report.arrival {
        put(&mut out, "Arrival-Date", &arrival.rfc5322());
    }
    for r in &report.recipients {
        out.push_str("\r\n");
        if let Some(original) = &r.original {
            let typed = if original.contains(';') {
                original.clone()
            } else {
                format!("rfc822; {original}")
            };
            put(&mut out, "Original-Recipient", &typed);
        }
        put(&mut out, "Final-Recipient", &recipient(&r.address));
        put(&mut out, "Action", r.action.word());
        put(&mut out, "Status", &r.status.to_string());
        if let Some(host) = &r.remote_mta {
            put(&mut out, "Remote-MTA", &format!("dns; {host}"));
        }
        if let Some(words) = &r.diagnostic {
            put(&mut out, "Diagnostic-Code", &format!("smtp; {words}"));
        }
        if let Some(at) = r.last_attempt {
            put(&mut out, "Last-Attempt-Date", &at.rfc5322());
        }
        if let Some(until) = r.will_retry_until.filter(|_| r.action == Action::Delayed) {
            put(&mut out, "Will-Retry-Until", &until.rfc5322());
        }
    }
    let fields = vec![
        "Content-Type: message/delivery-status".to_owned(),
        "Content-Transfer-Encoding: 7bit".to_owned(),
    ];
    Entity {
        fields,
        content: Content::Leaf(out.into_bytes()),
    }
}

/// `final-recipient-field = "Final-Recipient" ":" address-type ";" generic-address`; an address
/// beyond ASCII in the 7-bit form of RFC 6533 §3.
fn recipient(address: &str) -> String {
    if address.is_ascii() {
        return format!("rfc822; {address}");
    }
    let mut out = "utf-8; ".to_owned();
    for c in address.chars() {
        match c {
            '\\' | '+' | '=' => out.push_str(&format!("\\x{{{:02X}}}", c as u32)),
            '!'..='~' => out.push(c),
            _ => out.push_str(&format!("\\x{{{:02X}}}", c as u32)),
        }
    }
    out
}

// A foreign text: made one line of printable ASCII, folded and bounded.
fn put(out: &mut String, name: &str, value: &str) {
    let clean: String = value
        .chars()
        .take(VALUE_CHARS_MAX)
        .map(|c| {
            if c.is_control() {
                ' '
            } else if c.is_ascii() {
                c
            } else {
                '?'
            }
        })
        .collect();
    out.push_str(name);
    out.push(':');
    let mut column = name.len() + 1;
    for word in clean.split(' ').filter(|w| !w.is_empty()) {
        if column + 1 + word.len() > super::header::LINE_CHARS_MAX && column > name.len() + 1 {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(word);
        column += word.len() + 1;
    }
    out.push_str("\r\n");
}

/// The longest reported value, in characters; keeps every line under the limit.
const VALUE_CHARS_MAX: usize = 900;

fn returned_part(returned: Returned<'_>) -> Option<Entity> {
    let (media, bytes) = match returned {
        Returned::None => return None,
        // RFC 6522 §4
        Returned::Headers(message) => {
            let header = &message[..header_end(message)];
            // RFC 6533 §4.3: a non-ASCII header has a type of its own.
            (
                if header.is_ascii() {
                    "text/rfc822-headers"
                } else {
                    "message/global-headers"
                },
                header,
            )
        }
        Returned::Full(message) => (
            if message[..header_end(message)].is_ascii() {
                "message/rfc822"
            } else {
                "message/global"
            },
            message,
        ),
    };
    let encoding = if encode::is_7bit(bytes) {
        "7bit"
    } else {
        "8bit"
    };
    let fields = vec![
        format!("Content-Type: {media}"),
        format!("Content-Transfer-Encoding: {encoding}"),
    ];
    let mut content = bytes.to_vec();
    if !content.ends_with(b"\n") {
        content.extend_from_slice(b"\r\n");
    }
    Some(Entity {
        fields,
        content: Content::Leaf(content),
    })
}

fn needs_8bit(returned: Returned<'_>) -> bool {
    match returned {
        Returned::None => false,
        Returned::Headers(message) => !encode::is_7bit(&message[..header_end(message)]),
        Returned::Full(message) => !encode::is_7bit(message),
    }
}
