//! The message of a draft: built for Drafts and for sending, and read back. What MIME cannot
//! express (the message replied to, an incomplete address) is kept in one extra header field, which
//! is never sent.

use super::original::{divided, whole_text};
use super::{Error, Session};
use mail::{Address, StoredMessageId};
use mime::NameAddr;
use mime::build::{BuildError, FilePart};
use serde::{Deserialize, Serialize};
use wire::{Contact, Draft, Problem, Uploaded};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The header field of a stored draft: base64 of [`DraftMetadata`] as JSON. Never sent.
const METADATA_FIELD: &str = "X-Glasspost-Draft";
// Length of base64 groups, so that the field can be folded.
const GROUP_CHARS: usize = 60;

/// What a message cannot express of a draft.
#[derive(Serialize, Deserialize)]
struct DraftMetadata {
    #[serde(default)]
    key: String,
    #[serde(default)]
    window: String,
    from: String,
    to: Vec<Contact>,
    cc: Vec<Contact>,
    bcc: Vec<Contact>,
    subject: String,
    answers: Option<StoredMessageId>,
    forwards: Option<StoredMessageId>,
    references: Vec<String>,
    /// The original of a forward with formatting.
    #[serde(default)]
    original: Option<StoredMessageId>,
    /// The length of what was written above it, in bytes.
    #[serde(default)]
    written_bytes: usize,
}

impl Session {
    pub(super) async fn draft_message(&mut self, draft: &Draft) -> Result<Vec<u8>, Error> {
        let from = self
            .identity(&draft.from)
            .unwrap_or_else(|| self.account.address.clone());
        let metadata = DraftMetadata {
            key: draft.key.clone(),
            window: draft.window.clone(),
            from: draft.from.clone(),
            to: draft.to.clone(),
            cc: draft.cc.clone(),
            bcc: draft.bcc.clone(),
            subject: draft.subject.clone(),
            answers: draft.answers,
            forwards: draft.forwards,
            references: draft.references.clone(),
            original: draft.original.as_ref().map(|original| original.message),
            written_bytes: draft.text.len(),
        };
        // The header contains complete addresses only; the others are restored from the extra
        // field.
        let whole = |list: &[Contact]| {
            list.iter()
                .filter_map(complete_name_addr)
                .collect::<Vec<_>>()
        };
        let mut parsed = self.compose(draft, from).await?;
        (parsed.to, parsed.cc, parsed.bcc) =
            (whole(&draft.to), whole(&draft.cc), whole(&draft.bcc));
        parsed
            .fields
            .push((METADATA_FIELD.to_owned(), encode(&metadata)));
        self.build(&parsed)
    }

    pub(super) fn build(&self, parsed: &mime::build::Draft) -> Result<Vec<u8>, Error> {
        let message = mime::build::compose(parsed).map_err(|e| match e {
            BuildError::Address(which) => Problem::Address(which),
            BuildError::Injection(_) | BuildError::Identifier(_) | BuildError::Field(_) => {
                Problem::Malformed
            }
        })?;
        let limit = self.mua.config().message_bytes_max;
        if message.len() as u64 > limit {
            return Err(Problem::TooLarge(limit).into());
        }
        Ok(message)
    }

    /// Reads the message of a draft. Its files become uploads again, independent of the stored
    /// version.
    pub(super) async fn read_draft(
        &self,
        id: StoredMessageId,
        message: &[u8],
    ) -> Result<Draft, Error> {
        let parsed = mime::read(message);
        let metadata = metadata(message);
        let original = metadata
            .as_ref()
            .and_then(|m| Some((m.original?, m.written_bytes)));
        let mut draft = match metadata {
            Some(metadata) => Draft {
                key: metadata.key,
                window: metadata.window,
                from: metadata.from,
                to: metadata.to,
                cc: metadata.cc,
                bcc: metadata.bcc,
                subject: metadata.subject,
                references: metadata.references,
                answers: metadata.answers,
                forwards: metadata.forwards,
                // The text part that we wrote is restored exactly; reading a foreign one is
                // tolerant but lossy.
                text: own_text(message).unwrap_or_else(|| parsed.text.clone()),
                loses_formatting: parsed.html.is_some(),
                ..Draft::default()
            },
            None => foreign_draft(&parsed),
        };
        draft.stored = Some(id);
        if let Some((original, written_bytes)) = original {
            self.restore_original(&mut draft, original, written_bytes)
                .await;
        }
        // The pictures of an original come with it.
        let inline = parsed.inline.iter().filter(|_| draft.original.is_none());
        let files: Vec<_> = parsed.attachments.iter().chain(inline).collect();
        for attached in files {
            let Some(content) = mime::attachment(message, &attached.path) else {
                continue;
            };
            draft.attachments.push(
                self.keep_file(&attached.name, &attached.media_type, &content.bytes)
                    .await?,
            );
        }
        Ok(draft)
    }

    async fn restore_original(
        &self,
        draft: &mut Draft,
        original: StoredMessageId,
        written_bytes: usize,
    ) {
        let Some((written, text)) = divided(&draft.text, written_bytes) else {
            return;
        };
        if let Some(original) = self.original_of(original, text).await {
            draft.text = written.to_owned();
            draft.original = Some(original);
            draft.loses_formatting = false;
        }
    }

    async fn keep_file(
        &self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Uploaded, Error> {
        let mut writer = self.mua.store().writer();
        writer.write(bytes)?;
        let content = writer.finish().await?;
        Ok(
            crate::signin::keep_upload(&self.mua, self.account.id, name, media_type, content)
                .await?,
        )
    }

    /// Returns the sender address if the account owns it; the primary address if none is named.
    pub(super) fn identity(&self, from: &str) -> Option<Address> {
        if from.trim().is_empty() {
            return Some(self.account.address.clone());
        }
        Address::parse(from.trim())
            .ok()
            .filter(|a| self.account.owns(a))
    }

    /// Builds the message without its recipients.
    pub(super) async fn compose(
        &mut self,
        draft: &Draft,
        from: Address,
    ) -> Result<mime::build::Draft, Error> {
        let (now, domain) = (self.mua.world().now(), from.host().to_string());
        let rng = &self.mua.world().rng;
        let number = valid_key(draft).map_or_else(
            || format!("{:016x}{:08x}", rng.number(), rng.number() as u32),
            str::to_owned,
        );
        let formatted = self.formatted(draft, &format!("{number}@{domain}")).await?;
        let one_line = |text: &str| {
            text.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect::<String>()
        };
        Ok(mime::build::Draft {
            from: vec![NameAddr::new(
                one_line(&self.account.name),
                from.to_string(),
            )],
            subject: one_line(&draft.subject),
            text: whole_text(draft),
            html: formatted.html,
            inline: formatted.inline,
            attachments: self.attachments(draft).await?,
            in_reply_to: draft
                .references
                .last()
                .filter(|_| draft.forwards.is_none())
                .cloned()
                .into_iter()
                .collect(),
            references: draft.references.clone(),
            language: draft.language.clone(),
            date: Some(now),
            message_id: Some(format!("{number}@{domain}")),
            ..mime::build::Draft::default()
        })
    }

    async fn attachments(&mut self, draft: &Draft) -> Result<Vec<FilePart>, Error> {
        let limit = self.mua.config().message_bytes_max;
        let (mut pieces, mut sum) = (Vec::new(), 0);
        for uploaded in &draft.attachments {
            let (upload, bytes) =
                crate::signin::read_upload(&self.mua, self.account.id, &uploaded.id)
                    .await?
                    .ok_or(Problem::Gone)?;
            sum += bytes.len() as u64;
            if sum > limit {
                return Err(Problem::TooLarge(limit).into());
            }
            pieces.push(FilePart {
                name: upload.name,
                media_type: upload.media_type,
                content_id: None,
                bytes,
            });
        }
        for (id, path) in &draft.forwarded {
            let message = self.read_original(*id).await?;
            let content = mime::attachment(&message, path).ok_or(Problem::OriginalGone)?;
            sum += content.bytes.len() as u64;
            if sum > limit {
                return Err(Problem::TooLarge(limit).into());
            }
            pieces.push(FilePart {
                name: content.name,
                media_type: content.media_type,
                content_id: None,
                bytes: content.bytes.into_owned(),
            });
        }
        Ok(pieces)
    }
}

pub(super) fn name_addr(of: &Contact) -> Result<(NameAddr, Address), Error> {
    let address =
        Address::parse(of.address.trim()).map_err(|_| Problem::Address(of.address.clone()))?;
    let name = of
        .name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>();
    Ok((NameAddr::new(name.trim(), address.to_string()), address))
}

/// Returns the key if it is valid in a Message-ID.
pub(super) fn valid_key(draft: &Draft) -> Option<&str> {
    let key = draft.key.as_str();
    ((16..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric()))
        .then_some(key)
}

fn complete_name_addr(of: &Contact) -> Option<NameAddr> {
    name_addr(of).ok().map(|(who, _)| who)
}

/// The extra field of a draft; none in a draft of another mail program.
fn metadata(message: &[u8]) -> Option<DraftMetadata> {
    decode(&mime::header_text(message, METADATA_FIELD)?)
}

/// The compose window that wrote a stored draft; empty in a draft of another mail program.
pub(super) fn window_of(message: &[u8]) -> String {
    metadata(message).map(|m| m.window).unwrap_or_default()
}

/// The draft in a message of another mail program.
fn foreign_draft(parsed: &mime::ParsedMessage) -> Draft {
    let contacts = |list: &[NameAddr]| list.iter().map(super::list::contact).collect::<Vec<_>>();
    let references = if parsed.references.is_empty() {
        &parsed.in_reply_to
    } else {
        &parsed.references
    };
    Draft {
        from: parsed
            .from
            .first()
            .map(|f| f.address.clone())
            .unwrap_or_default(),
        to: contacts(&parsed.to),
        cc: contacts(&parsed.cc),
        bcc: contacts(&parsed.bcc),
        subject: parsed.subject.clone(),
        text: parsed.text.clone(),
        references: references.clone(),
        loses_formatting: parsed.html.is_some(),
        ..Draft::default()
    }
}

fn encode(metadata: &DraftMetadata) -> String {
    let json = serde_json::to_vec(metadata).unwrap_or_default();
    let coded = STANDARD.encode(json).into_bytes();
    let groups: Vec<String> = coded
        .chunks(GROUP_CHARS)
        .map(|g| String::from_utf8_lossy(g).into_owned())
        .collect();
    groups.join(" ")
}

fn decode(field: &str) -> Option<DraftMetadata> {
    let coded: String = field.split_whitespace().collect();
    serde_json::from_slice(&STANDARD.decode(coded).ok()?).ok()
}

pub(super) fn own_text(message: &[u8]) -> Option<String> {
    // Below `mixed` with formatting: the first part of `alternative`.
    let content = ["1", "1.1"].into_iter().find_map(|path| {
        let content = mime::attachment(message, path)?;
        let plain = content.media_type.eq_ignore_ascii_case("text/plain");
        plain.then_some(content)
    })?;
    let text = std::str::from_utf8(&content.bytes).ok()?;
    Some(text.replace("\r\n", "\n"))
}
