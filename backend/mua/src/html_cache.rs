//! A cache of sanitized messages: the HTML is made when a message is opened and requested by its
//! frame a moment later.

use crate::html::{self, Images, SanitizedHtml};
use crate::lock;
use mail::StoredMessageId;
use mime::ParsedMessage;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Number of cached messages, and the largest size in bytes that is cached.
pub const ENTRIES_MAX: usize = 16;
/// See [`ENTRIES_MAX`].
pub const ENTRY_BYTES_MAX: usize = 1024 * 1024;

/// The recently opened messages.
#[derive(Default)]
pub(crate) struct HtmlCache(Mutex<VecDeque<(StoredMessageId, Arc<SanitizedHtml>)>>);

impl HtmlCache {
    /// Returns the message's HTML without remote content, from the cache if possible. Stored
    /// messages are immutable and ids are never reused; the caller has checked the ownership.
    pub(crate) fn get_or_insert(
        &self,
        id: StoredMessageId,
        message: &[u8],
        parsed: &ParsedMessage,
    ) -> Arc<SanitizedHtml> {
        if let Some(html) = self.get(id) {
            return html;
        }
        let html = Arc::new(sanitize_message(message, parsed, None));
        if html.html.len() <= ENTRY_BYTES_MAX {
            let mut entries = lock(&self.0);
            if entries.len() >= ENTRIES_MAX {
                entries.pop_back();
            }
            entries.push_front((id, html.clone()));
        }
        html
    }

    /// Returns the cached HTML.
    pub(crate) fn get(&self, id: StoredMessageId) -> Option<Arc<SanitizedHtml>> {
        lock(&self.0)
            .iter()
            .find(|(of, _)| *of == id)
            .map(|(_, html)| html.clone())
    }
}

/// Sanitizes the HTML body, or converts the plain text if there is none.
pub(crate) fn sanitize_message(
    message: &[u8],
    parsed: &ParsedMessage,
    remote: Option<html::Remote>,
) -> SanitizedHtml {
    match &parsed.html {
        Some(html) => html::sanitize(html, Images::of(message, parsed), remote),
        None => SanitizedHtml {
            html: mime::text_to_html(&parsed.text),
            ..SanitizedHtml::default()
        },
    }
}
