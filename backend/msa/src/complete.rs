//! Completes a submitted header as RFC 6409 §8 allows: adds Date, Message-ID, From and Sender where
//! they are missing; removes Bcc and Return-Path; writes a From that is no mailbox list, and fields
//! with unencoded 8-bit text, in the form that other hosts accept. Changes nothing of the body and
//! nothing else that the author wrote.

use crate::SenderIdentity;
use crate::authorization::a_labels;
use event::Check;
use event::catalogue::inbound::PolicyReason;
use event::catalogue::submission::SubmissionReason;
use mail::{Address, Domain, JourneyId, Time};
use mime::{Edit, NameAddr, build};
use queue::intake::{HEADER_BYTES_MAX, RawHeader, Rejection, RejectionKind};
use store::Account;

/// More Received fields than this are a loop (RFC 5321 §6.3).
pub(crate) const RECEIVED_MAX: usize = 50;

/// The fields that hold addresses (RFC 5322 §3.6.2, §3.6.3).
const ADDRESS_FIELDS: [&str; 5] = ["From", "Sender", "Reply-To", "To", "Cc"];

/// Other fields whose text a reader sees (RFC 5322 §3.6.5).
const TEXT_FIELDS: [&str; 2] = ["Subject", "Comments"];

/// What a header is completed with.
pub(crate) struct HeaderCompletion<'a> {
    pub account: &'a Account,
    pub identity: SenderIdentity,
    /// The client announced an international header (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// Domains of this host, which keep the form in which they were set up.
    pub local_domains: &'a [Domain],
    pub host: &'a str,
    pub journey: JourneyId,
    pub at: Time,
}

/// The edited header, and the fields to put before it.
pub(crate) struct CompletedHeader {
    pub header: Vec<u8>,
    pub added: String,
}

impl HeaderCompletion<'_> {
    /// The edit for the spooler; `added` receives the fields to put before the message.
    pub(crate) fn edit(
        &self,
        header: &RawHeader<'_>,
        added: &mut String,
    ) -> Result<Option<Vec<u8>>, Rejection> {
        if header.overlong {
            let limit = HEADER_BYTES_MAX as u64;
            let kind = RejectionKind::HeaderTooLarge { limit };
            let reason = PolicyReason::HeaderTooLarge { limit };
            return Err(Rejection::new(kind, Check::Header, reason));
        }
        let completed = self.complete(header.bytes)?;
        *added = completed.added;
        Ok(Some(completed.header))
    }

    /// Completes `head`: the header with its empty line, where it has one.
    pub(crate) fn complete(&self, head: &[u8]) -> Result<CompletedHeader, Rejection> {
        if mime::count_received(head) > RECEIVED_MAX {
            let limit = RECEIVED_MAX as u64;
            let reason = PolicyReason::ReceivedLimit { limit };
            return Err(Rejection::new(
                RejectionKind::TooManyHops,
                Check::Loop,
                reason,
            ));
        }
        let mut added = String::new();
        let mut edit = Edit::new(head)
            .remove("Bcc")
            .remove("Resent-Bcc")
            .remove("Return-Path");
        // RFC 6409 §8.2 and §8.3
        if mime::find(head, "Date").is_none() {
            added.push_str(&format!("Date: {}\r\n", self.at.rfc5322()));
        }
        if mime::find(head, "Message-ID").is_none() {
            added.push_str(&format!("Message-ID: <{}@{}>\r\n", self.journey, self.host));
        }
        let authors = addresses_of(head, "From");
        self.check_authors(&authors)?;
        if !self.is_from_valid(head) {
            edit = edit.remove("From");
            added.push_str(&self.valid_from(head));
        }
        // RFC 5322 §3.6.2 and RFC 6409 §8.1: Sender is needed where the author is another person,
        // or there are several.
        let senders = addresses_of(head, "Sender");
        let own_sender = senders.first().is_some_and(|s| self.owns(s));
        if !senders.is_empty() && !own_sender {
            edit = edit.remove("Sender");
        }
        let authors: Vec<_> = authors.iter().filter(|a| is_address(a)).collect();
        let own_author = authors.is_empty() || (authors.len() == 1 && self.owns(authors[0]));
        if !own_author && !own_sender {
            added.push_str(&format!("Sender: <{}>\r\n", self.account.address));
        }
        let mut header = self.with_encoded_words(self.with_a_labels(edit.finish()));
        separate_body(&mut header);
        Ok(CompletedHeader { header, added })
    }

    /// Writes domains of other hosts as A-labels where only the domain needs it: then the message
    /// may pass hosts without SMTPUTF8. A signed header is kept.
    fn with_a_labels(&self, header: Vec<u8>) -> Vec<u8> {
        if !self.smtputf8 || header.is_ascii() || is_signed(&header) {
            return header;
        }
        let convert = |domain: &str| {
            let own = Domain::new(domain).is_ok_and(|d| self.local_domains.contains(&d));
            a_labels(domain).filter(|_| !own)
        };
        let mut out = Vec::with_capacity(header.len());
        let mut copied = 0;
        for field in mime::fields(&header) {
            if !ADDRESS_FIELDS.iter().any(|name| field.is(name)) {
                continue;
            }
            // The value is the rest of the field after its name.
            let field_bytes = &header[field.range.clone()];
            if let Some(mapped) = mime::map_domains(field_bytes, convert) {
                out.extend_from_slice(&header[copied..field.range.start]);
                out.extend_from_slice(&mapped);
                copied = field.range.end;
            }
        }
        out.extend_from_slice(&header[copied..]);
        out
    }

    /// Writes unencoded 8-bit text in encoded words (RFC 2047), unless the client announced it as
    /// RFC 6532 permits. What cannot be written so is kept, and so is a signed header.
    fn with_encoded_words(&self, header: Vec<u8>) -> Vec<u8> {
        if self.smtputf8 || header.is_ascii() || is_signed(&header) {
            return header;
        }
        let mut out = Vec::with_capacity(header.len());
        let mut copied = 0;
        for field in mime::fields(&header) {
            let Some(encoded) = encoded_field(&field).filter(|_| !field.value.is_ascii()) else {
                continue;
            };
            out.extend_from_slice(&header[copied..field.range.start]);
            out.extend_from_slice(encoded.as_bytes());
            copied = field.range.end;
        }
        out.extend_from_slice(&header[copied..]);
        out
    }

    /// One From that is a mailbox list (RFC 5322 §3.6.2) of complete addresses.
    fn is_from_valid(&self, head: &[u8]) -> bool {
        let mut fields = mime::fields(head).filter(|f| f.is("From"));
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return false;
        };
        mime::is_mailbox_list(field.value, self.smtputf8)
            && mime::addresses(field.value)
                .iter()
                .all(|a| is_address(&a.address))
    }

    /// From in the form of RFC 5322 §3.4, with the authors that can be read from the header;
    /// without any, the account, under the name that stands there.
    fn valid_from(&self, head: &[u8]) -> String {
        let written: Vec<NameAddr> = mime::fields(head)
            .filter(|f| f.is("From"))
            .flat_map(|f| mime::addresses(f.value))
            .map(|author| NameAddr::new(without_controls(&author.name), author.address))
            .collect();
        let mut authors: Vec<NameAddr> = written
            .iter()
            .filter(|author| is_address(&author.address))
            .cloned()
            .collect();
        authors.dedup_by(|a, b| a.address == b.address);
        let own = self.account.address.to_string();
        if authors.is_empty() {
            let name = written
                .iter()
                .flat_map(|author| [&author.name, &author.address])
                .find(|word| !word.is_empty() && !word.contains("=?") && !word.contains('@'))
                .cloned();
            authors.push(NameAddr::new(name.unwrap_or_default(), own.clone()));
        }
        match &authors[..] {
            [only] if only.name.is_empty() => format!("From: <{}>\r\n", only.address),
            _ => build::address_field("From", &authors)
                .unwrap_or_else(|_| format!("From: <{own}>\r\n")),
        }
    }

    /// Rejects an author in whose name the account may not write.
    fn check_authors(&self, authors: &[String]) -> Result<(), Rejection> {
        let is_permitted = |author: &&String| match self.identity {
            SenderIdentity::Any => true,
            SenderIdentity::Own => self.owns(author),
            SenderIdentity::Domain => {
                let domain = Address::parse(author)
                    .ok()
                    .and_then(|a| a.domain().cloned());
                domain.is_some_and(|d| self.account.addresses().any(|a| a.domain() == Some(&d)))
            }
        };
        match authors.iter().find(|author| !is_permitted(author)) {
            None => Ok(()),
            Some(author) => {
                let kind = RejectionKind::NotYourAuthor {
                    address: author.clone(),
                };
                let reason = SubmissionReason::NotOwnAddress {
                    address: author.clone(),
                    account: self.account.address.to_string(),
                };
                Err(Rejection::new(kind, Check::SenderRight, reason))
            }
        }
    }

    fn owns(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|a| self.account.owns(&a))
    }
}

/// A field in 7-bit form; `None` where it has none. The charset of what is not UTF-8 could only be
/// guessed, which readers do too.
fn encoded_field(field: &mime::Field<'_>) -> Option<String> {
    std::str::from_utf8(field.value).ok()?;
    let named = |names: &[&'static str]| names.iter().find(|name| field.is(name)).copied();
    let encoded = if let Some(name) = named(&TEXT_FIELDS) {
        build::text_field(name, &without_controls(&field.text()))
    } else {
        let name = named(&ADDRESS_FIELDS)?;
        let list: Vec<NameAddr> = mime::addresses(field.value)
            .into_iter()
            .map(|a| NameAddr::new(without_controls(&a.name), a.address))
            .collect();
        // A group, or what is no address, would be lost.
        let is_whole =
            mime::is_mailbox_list(field.value, true) && list.iter().all(|a| is_address(&a.address));
        if !is_whole {
            return None;
        }
        build::address_field(name, &list)
    };
    encoded.ok().filter(|field| field.is_ascii())
}

/// Inserts the empty line between header and body (RFC 5322 §2.1) where the first line of the body
/// follows a field at once: programs do not agree on where such a header ends, so that a signature
/// of it would not verify. In a message without a header, the fields that are added must not
/// swallow the first line.
fn separate_body(header: &mut Vec<u8>) {
    let end = mime::header_end(header);
    let is_separate = header[..end] == *b"\r\n" || header[..end].ends_with(b"\r\n\r\n");
    if end == 0 || (end < header.len() && !is_separate) {
        header.splice(end..end, *b"\r\n");
    }
}

/// The author's program has signed the header (RFC 6376).
fn is_signed(header: &[u8]) -> bool {
    mime::find(header, "DKIM-Signature").is_some()
}

fn is_address(text: &str) -> bool {
    Address::parse(text).is_ok_and(|a| a.domain().is_some())
}

fn without_controls(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text.trim().to_owned()
}

fn addresses_of(head: &[u8], name: &str) -> Vec<String> {
    mime::fields(head)
        .filter(|f| f.is(name))
        .flat_map(|f| mime::addresses(f.value))
        .map(|c| c.address)
        .filter(|a| !a.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
