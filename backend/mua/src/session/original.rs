//! The HTML version of a forward that keeps the formatting and the inline pictures of the message
//! forwarded. The plain text says the same.
//!
//! Failures: an original that was deleted cannot be forwarded with its formatting
//! ([`Problem::OriginalGone`]); a stored draft of such a forward opens as plain text.

use super::{Error, Session};
use crate::html::{self, Images};
use mail::StoredMessageId;
use mime::ParsedMessage;
use mime::build::FilePart;
use wire::{Draft, Original, Problem};

/// The HTML and its pictures.
#[derive(Default)]
pub(super) struct Formatted {
    pub(super) html: Option<String>,
    pub(super) inline: Vec<FilePart>,
}

/// The plain text of a draft: what was written, and the text of the original.
pub(super) fn whole_text(draft: &Draft) -> String {
    match &draft.original {
        Some(original) => format!("{}\n\n{}", draft.text, original.text),
        None => draft.text.clone(),
    }
}

/// Divides the text of a stored draft into what was written and the text of the original.
pub(super) fn divided(text: &str, written_bytes: usize) -> Option<(&str, &str)> {
    let (written, rest) = text.split_at_checked(written_bytes)?;
    Some((written, rest.strip_prefix("\n\n")?.trim_end()))
}

impl Session {
    pub(super) async fn read_original(&self, id: StoredMessageId) -> Result<Vec<u8>, Error> {
        let (mailbox, uid) = self.locate_original(id).await?;
        let message = self.mua.store().read_message(&mailbox, uid).await?;
        Ok(message.ok_or(Problem::OriginalGone)?)
    }

    /// The HTML version of a draft. Content-IDs of the pictures are made from `name`.
    pub(super) async fn formatted(&self, draft: &Draft, name: &str) -> Result<Formatted, Error> {
        let Some(original) = &draft.original else {
            return Ok(Formatted::default());
        };
        let message = self.read_original(original.message).await?;
        let parsed = mime::read(&message);
        let Some(source) = &parsed.html else {
            return Ok(Formatted::default());
        };
        let id = |path: &str| content_id(path, name);
        let page = html::for_forward(source, Images::referenced(&parsed, id));
        let mut inline = Vec::new();
        for path in &page.shown {
            let content = mime::attachment(&message, path).ok_or(Problem::OriginalGone)?;
            inline.push(FilePart {
                name: content.name,
                media_type: content.media_type,
                content_id: Some(id(path)),
                bytes: content.bytes.into_owned(),
            });
        }
        let written = html::from_text(&draft.text);
        Ok(Formatted {
            html: Some(format!(
                "<!doctype html><html><body><div>{written}</div><br><div>{}</div></body></html>",
                page.html
            )),
            inline,
        })
    }

    /// The original of a stored draft, if it can still be read; `text` is its plain text.
    pub(super) async fn original_of(&self, id: StoredMessageId, text: &str) -> Option<Original> {
        let message = self.read_original(id).await.ok()?;
        let parsed = mime::read(&message);
        parsed.html.as_ref()?;
        Some(Original {
            message: id,
            text: text.to_owned(),
            pictures: self.pictures(id, &message, &parsed),
        })
    }

    /// The pictures that the HTML of a message shows.
    pub(super) fn pictures(
        &self,
        id: StoredMessageId,
        message: &[u8],
        parsed: &ParsedMessage,
    ) -> Vec<wire::Attachment> {
        let page = self.mua.html_cache().get_or_insert(id, message, parsed);
        let all = parsed.inline.iter().chain(&parsed.attachments);
        all.filter(|part| page.shown.contains(&part.path))
            .map(super::read::attachment)
            .collect()
    }
}

fn content_id(path: &str, name: &str) -> String {
    let part: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("part-{part}.{name}")
}
