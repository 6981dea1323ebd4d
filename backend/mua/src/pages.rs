//! Sanitized messages: made when a message is opened, needed again a moment later when its frame asks
//! for the HTML. A few are kept.

use crate::html::{self, Clean, Pictures};
use crate::lock;
use mail::StoredMessageId;
use mime::ParsedMessage;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// How many are kept, and how large one may be to be kept, in octets.
pub const PAGES_MAX: usize = 16;
/// See [`PAGES_MAX`].
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// The pages opened last.
#[derive(Default)]
pub(crate) struct Pages(Mutex<VecDeque<(StoredMessageId, Arc<Clean>)>>);

impl Pages {
    /// The message's HTML without remote content. A message never changes, and no number comes twice;
    /// the caller has looked up whose it is.
    pub(crate) fn page(
        &self,
        id: StoredMessageId,
        message: &[u8],
        parsed: &ParsedMessage,
    ) -> Arc<Clean> {
        if let Some(page) = self.kept(id) {
            return page;
        }
        let page = Arc::new(make(message, parsed, None));
        if page.html.len() <= PAGE_BYTES_MAX {
            let mut pages = lock(&self.0);
            if pages.len() >= PAGES_MAX {
                pages.pop_back();
            }
            pages.push_front((id, page.clone()));
        }
        page
    }

    /// The page, if it is still known.
    pub(crate) fn kept(&self, id: StoredMessageId) -> Option<Arc<Clean>> {
        lock(&self.0)
            .iter()
            .find(|(of, _)| *of == id)
            .map(|(_, page)| page.clone())
    }
}

/// Sanitizes a message's HTML, or its text where there is none.
pub(crate) fn make(message: &[u8], parsed: &ParsedMessage, remote: Option<html::Remote>) -> Clean {
    match &parsed.html {
        Some(html) => html::clean(html, Pictures::of(message, parsed), remote),
        None => Clean {
            html: mime::text_to_html(&parsed.text),
            ..Clean::default()
        },
    }
}
