//! Delivery reports (RFC 3464): finds the reader's own message that a report is about.
//!
//! Failures: a report that returns nothing of the message, or whose message was deleted, has none.

use super::Session;
use mail::SpecialUse;
use mime::ParsedMessage;
use std::sync::Arc;
use store::{Fault, Mailbox, OutlineView};
use wire::DeliveryReport;

/// Number of messages, from the end of Sent and of every other folder, that are searched.
const SEARCHED_MAX: usize = 2000;

impl Session {
    /// What a message reports of one of the account's messages, where it is a delivery report.
    pub(super) async fn delivery_report(
        &self,
        message: &[u8],
        parsed: &ParsedMessage,
    ) -> Result<Option<DeliveryReport>, Fault> {
        if !is_delivery_report(parsed) {
            return Ok(None);
        }
        let Some(id) = returned_message_id(message, parsed) else {
            return Ok(None);
        };
        let found = self.find_message(&id).await?;
        Ok(found.map(|(mailbox, uid)| DeliveryReport {
            message: mailbox.message_id(uid),
            folder: mailbox.id,
            journey: mailbox.read(|s| s.entry(uid).is_some_and(|e| e.journey.is_some())),
            failed: says_failed(message, parsed),
        }))
    }

    /// The newest message with a Message-ID: in Sent, or else in another folder.
    async fn find_message(&self, id: &str) -> Result<Option<(Arc<Mailbox>, u32)>, Fault> {
        let store = self.mua.store();
        let mut folders = store.folders(self.account.id).await?;
        folders.sort_by_key(|folder| folder.special != Some(SpecialUse::Sent));
        for folder in folders {
            let mailbox = store.open_mailbox(self.account.id, &folder).await?;
            if let Some(uid) = self.find_in(&mailbox, id).await? {
                return Ok(Some((mailbox, uid)));
            }
        }
        Ok(None)
    }

    async fn find_in(&self, mailbox: &Mailbox, id: &str) -> Result<Option<u32>, Fault> {
        let newest = mailbox.read(|s| {
            let newest = s.entries.iter().rev().take(SEARCHED_MAX);
            newest.map(|entry| entry.uid).collect::<Vec<_>>()
        });
        let (Some(last), Some(first)) = (newest.first(), newest.last()) else {
            return Ok(None);
        };
        let store = self.mua.store();
        let outlines = store.outlines(mailbox, *first, *last, SEARCHED_MAX).await?;
        // ENVELOPE ends with the Message-ID (RFC 9051 §7.5.2), which a reply names in In-Reply-To
        // before it.
        let wanted = format!("\"<{id}>\")");
        for (uid, outline) in outlines.iter().rev() {
            if OutlineView::read(outline)?
                .envelope
                .ends_with(wanted.as_bytes())
            {
                return Ok(Some(*uid));
            }
        }
        Ok(None)
    }
}

/// `multipart/report; report-type=delivery-status` (RFC 6522 §3).
fn is_delivery_report(parsed: &ParsedMessage) -> bool {
    let mut fields = parsed.fields.iter();
    let media = fields.find(|field| field.name.eq_ignore_ascii_case("Content-Type"));
    media.is_some_and(|field| {
        let value = field.value.to_ascii_lowercase();
        value.trim_start().starts_with("multipart/report") && value.contains("delivery-status")
    })
}

/// The Message-ID in the part with the message or its header.
fn returned_message_id(message: &[u8], parsed: &ParsedMessage) -> Option<String> {
    let returned = content_of(
        message,
        parsed,
        &[
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        ],
    )?;
    let id = mime::read(&returned).message_id?;
    (!id.is_empty() && !id.contains(['"', '\\', '\r', '\n'])).then_some(id)
}

/// `action-field = "Action" ":" action-value` (RFC 3464 §2.3.3): failed for any recipient.
fn says_failed(message: &[u8], parsed: &ParsedMessage) -> bool {
    let types = ["message/delivery-status", "message/global-delivery-status"];
    let Some(status) = content_of(message, parsed, &types) else {
        return false;
    };
    String::from_utf8_lossy(&status).lines().any(|line| {
        let field = line.split_once(':');
        field.is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("Action")
                && value.trim().eq_ignore_ascii_case("failed")
        })
    })
}

/// The content of the first attached part of one of some media types.
fn content_of(message: &[u8], parsed: &ParsedMessage, types: &[&str]) -> Option<Vec<u8>> {
    let mut parts = parsed.attachments.iter();
    let part = parts.find(|part| {
        let is = |media: &&str| part.media_type.eq_ignore_ascii_case(media);
        types.iter().any(is)
    })?;
    Some(mime::attachment(message, &part.path)?.bytes.into_owned())
}
