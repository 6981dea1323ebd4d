//! A message being written, as a message: to be sent, or to be kept in Drafts and opened again. A
//! kept draft is a real message that every IMAP program can read; what MIME cannot say of it (whom
//! it answers, an address that is only half typed) stands in one field of its own.

use super::{Answered, Session, Trouble};
use mail::{Address, Flags, SpecialUse, StoredMessageId, flags};
use mime::NameAddr;
use mime::build::{BuildError, Piece};
use serde::{Deserialize, Serialize};
use store::{Delivery, Fault, Mailbox, OutlineRow, OutlineView};
use wire::{Contact, Draft, DraftSaved, Problem, Response, Uploaded};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// The field of a kept draft: base64 of [`Kept`] as JSON. Never sent.
const FIELD: &str = "X-Glasspost-Draft";
// Groups of base64, so that the field can be folded.
const GROUP: usize = 60;

/// Messages of a folder, from its end, that are looked through for one with a given key.
const KEY_WINDOW: usize = 200;

/// What a message cannot say of a draft.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    key: String,
    from: String,
    to: Vec<Contact>,
    cc: Vec<Contact>,
    bcc: Vec<Contact>,
    subject: String,
    answers: Option<StoredMessageId>,
    forwards: Option<StoredMessageId>,
    references: Vec<String>,
}

impl Session {
    pub(super) async fn save(&mut self, draft: Draft) -> Answered {
        let drafts = self
            .special_mailbox(SpecialUse::Drafts)
            .await?
            .ok_or(Problem::Gone)?;
        let message = self.kept_message(&draft).await?;
        let former = self.former(&draft, &drafts).await?;
        let flags = Flags::of(flags::DRAFT | flags::SEEN);
        let id = self.place(&drafts, &message, flags, None, former).await?;
        Ok(Response::Draft(DraftSaved { id }))
    }

    /// The UID in Drafts of the version that a draft replaces: the one it names, or the one with
    /// its key (the tab did not hear of it).
    pub(super) async fn former(
        &self,
        draft: &Draft,
        drafts: &Mailbox,
    ) -> Result<Option<u32>, Fault> {
        match self.stored_draft(draft, drafts) {
            Some(uid) => Ok(Some(uid)),
            None => self.find_by_key(draft, drafts).await,
        }
    }

    /// The last message of a folder whose Message-ID was made of this draft's key.
    pub(super) async fn find_by_key(
        &self,
        draft: &Draft,
        mailbox: &Mailbox,
    ) -> Result<Option<u32>, Fault> {
        let Some(key) = sound_key(draft) else {
            return Ok(None);
        };
        let uids = mailbox.read(|s| {
            s.entries
                .iter()
                .rev()
                .take(KEY_WINDOW)
                .map(|e| e.uid)
                .collect::<Vec<_>>()
        });
        let (Some(first), Some(last)) = (uids.last(), uids.first()) else {
            return Ok(None);
        };
        let wanted = format!("<{key}@");
        let outlines = self
            .mua
            .store()
            .outlines(mailbox, *first, *last, KEY_WINDOW)
            .await?;
        for (uid, outline) in outlines.iter().rev() {
            if memchr::memmem::find(OutlineView::read(outline)?.envelope, wanted.as_bytes())
                .is_some()
            {
                return Ok(Some(*uid));
            }
        }
        Ok(None)
    }

    fn stored_draft(&self, draft: &Draft, drafts: &Mailbox) -> Option<u32> {
        let (folder, uid) = store::split_message_id(draft.stored?);
        (folder == drafts.id && drafts.read(|s| s.position(uid).is_some())).then_some(uid)
    }

    async fn kept_message(&mut self, draft: &Draft) -> Result<Vec<u8>, Trouble> {
        let from = self
            .identity(&draft.from)
            .unwrap_or_else(|| self.account.address.clone());
        let kept = Kept {
            key: draft.key.clone(),
            from: draft.from.clone(),
            to: draft.to.clone(),
            cc: draft.cc.clone(),
            bcc: draft.bcc.clone(),
            subject: draft.subject.clone(),
            answers: draft.answers,
            forwards: draft.forwards,
            references: draft.references.clone(),
        };
        // In the header only what can stand there; the rest comes back from the field.
        let whole = |list: &[Contact]| {
            list.iter()
                .filter_map(correspondent_if_whole)
                .collect::<Vec<_>>()
        };
        let mut parsed = self.compose(draft, from).await?;
        (parsed.to, parsed.cc, parsed.bcc) =
            (whole(&draft.to), whole(&draft.cc), whole(&draft.bcc));
        parsed.fields.push((FIELD.to_owned(), encode(&kept)));
        self.build(&parsed)
    }

    pub(super) fn build(&self, parsed: &mime::build::Draft) -> Result<Vec<u8>, Trouble> {
        let message = mime::build::compose(parsed).map_err(|e| match e {
            BuildError::Address(which) => Problem::Address(which),
            BuildError::Injection(_) | BuildError::Identifier(_) | BuildError::Field(_) => {
                Problem::Malformed
            }
        })?;
        let limit = self.mua.parts().message_bytes_max;
        if message.len() as u64 > limit {
            return Err(Problem::TooLarge(limit).into());
        }
        Ok(message)
    }

    /// Puts a message of one's own into a folder; a draft gives way to it in the same write.
    pub(super) async fn place(
        &self,
        mailbox: &Arc<Mailbox>,
        message: &[u8],
        flags: Flags,
        journey: Option<mail::JourneyId>,
        draft: Option<u32>,
    ) -> Result<StoredMessageId, Trouble> {
        let store = self.mua.store();
        let drafts = match draft {
            Some(uid) => self
                .special_mailbox(SpecialUse::Drafts)
                .await?
                .map(|drafts| (drafts, uid)),
            None => None,
        };
        let mut writer = store.writer();
        writer.write(message)?;
        let content = writer.finish().await?;
        let mut tx = store.begin();
        let blob = tx.content(&content);
        tx.deliver(Delivery {
            mailbox: mailbox.clone(),
            blob,
            bytes: message.len() as u64,
            outline: Arc::new(OutlineRow::of(message, 0)),
            flags,
            date: self.mua.world().now(),
            journey,
            told: None,
        });
        let placed = store
            .commit_in_place_of(tx, drafts.as_ref().map(|(m, uid)| (m, *uid)))
            .await;
        let placed = placed.inspect_err(|_| store.discard(&content))?;
        placed.first().map(|p| p.id).ok_or_else(Session::gone)
    }

    pub(super) async fn open_draft(&mut self, id: StoredMessageId) -> Answered {
        let (mailbox, uid) = self.locate(id).await?;
        let message = self
            .mua
            .store()
            .read_message(&mailbox, uid)
            .await?
            .ok_or(Problem::Gone)?;
        let parsed = mime::read(&message);
        let contacts =
            |list: &[NameAddr]| list.iter().map(super::list::contact).collect::<Vec<_>>();
        let mut draft = Draft {
            stored: Some(id),
            ..Draft::default()
        };
        match mime::header_text(&message, FIELD)
            .as_deref()
            .and_then(decode)
        {
            Some(kept) => {
                draft.key = kept.key;
                (draft.from, draft.to, draft.cc, draft.bcc) =
                    (kept.from, kept.to, kept.cc, kept.bcc);
                (draft.subject, draft.references) = (kept.subject, kept.references);
                (draft.answers, draft.forwards) = (kept.answers, kept.forwards);
                // Our own text part comes back to the message; what reading makes of a stranger's
                // text is kinder but not exact.
                draft.text = own_text(&message).unwrap_or(parsed.text);
            }
            None => {
                draft.from = parsed
                    .from
                    .first()
                    .map(|f| f.address.clone())
                    .unwrap_or_default();
                (draft.to, draft.cc, draft.bcc) = (
                    contacts(&parsed.to),
                    contacts(&parsed.cc),
                    contacts(&parsed.bcc),
                );
                (draft.subject, draft.text) = (parsed.subject, parsed.text);
                draft.references = if parsed.references.is_empty() {
                    parsed.in_reply_to
                } else {
                    parsed.references
                };
            }
        }
        for attached in parsed.attachments.iter().chain(&parsed.inline) {
            let Some(content) = mime::attachment(&message, &attached.path) else {
                continue;
            };
            draft.attachments.push(
                self.keep_file(&attached.name, &attached.media_type, &content.bytes)
                    .await?,
            );
        }
        Ok(Response::Opened(Box::new(draft)))
    }

    // Files of an opened draft are uploads again: they outlive the version that they came from.
    async fn keep_file(
        &self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Uploaded, Trouble> {
        let mut writer = self.mua.store().writer();
        writer.write(bytes)?;
        let content = writer.finish().await?;
        Ok(
            crate::signin::keep_upload(&self.mua, self.account.id, name, media_type, content)
                .await?,
        )
    }

    /// One of the account's own addresses; the usual one where none is named.
    pub(super) fn identity(&self, from: &str) -> Option<Address> {
        if from.trim().is_empty() {
            return Some(self.account.address.clone());
        }
        Address::parse(from.trim())
            .ok()
            .filter(|a| self.account.owns(a))
    }

    /// The message as it will be built, but for its recipients.
    pub(super) async fn compose(
        &mut self,
        draft: &Draft,
        from: Address,
    ) -> Result<mime::build::Draft, Trouble> {
        let (now, domain) = (self.mua.world().now(), from.host().to_string());
        let rng = &self.mua.world().rng;
        let number = sound_key(draft).map_or_else(
            || format!("{:016x}{:08x}", rng.number(), rng.number() as u32),
            str::to_owned,
        );
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
            text: draft.text.clone(),
            attachments: self.pieces(draft).await?,
            in_reply_to: draft
                .references
                .last()
                .filter(|_| draft.forwards.is_none())
                .cloned()
                .into_iter()
                .collect(),
            references: draft.references.clone(),
            date: Some(now),
            message_id: Some(format!("{number}@{domain}")),
            ..mime::build::Draft::default()
        })
    }

    async fn pieces(&mut self, draft: &Draft) -> Result<Vec<Piece>, Trouble> {
        let limit = self.mua.parts().message_bytes_max;
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
            pieces.push(Piece {
                name: upload.name,
                media_type: upload.media_type,
                content_id: None,
                bytes,
            });
        }
        for (id, path) in &draft.forwarded {
            let (mailbox, uid) = self.locate(*id).await?;
            let message = self
                .mua
                .store()
                .read_message(&mailbox, uid)
                .await?
                .ok_or(Problem::Gone)?;
            let content = mime::attachment(&message, path).ok_or(Problem::Gone)?;
            sum += content.bytes.len() as u64;
            if sum > limit {
                return Err(Problem::TooLarge(limit).into());
            }
            pieces.push(Piece {
                name: content.name,
                media_type: content.media_type,
                content_id: None,
                bytes: content.bytes.into_owned(),
            });
        }
        Ok(pieces)
    }
}

pub(super) fn name_addr(of: &Contact) -> Result<(NameAddr, Address), Trouble> {
    let address =
        Address::parse(of.address.trim()).map_err(|_| Problem::Address(of.address.clone()))?;
    let name = of
        .name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>();
    Ok((NameAddr::new(name.trim(), address.to_string()), address))
}

/// The key, if it is one that may stand in a Message-ID.
fn sound_key(draft: &Draft) -> Option<&str> {
    let key = draft.key.as_str();
    ((16..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric()))
        .then_some(key)
}

fn correspondent_if_whole(of: &Contact) -> Option<NameAddr> {
    name_addr(of).ok().map(|(who, _)| who)
}

fn encode(kept: &Kept) -> String {
    let json = serde_json::to_vec(kept).unwrap_or_default();
    let coded = STANDARD.encode(json).into_bytes();
    let groups: Vec<String> = coded
        .chunks(GROUP)
        .map(|g| String::from_utf8_lossy(g).into_owned())
        .collect();
    groups.join(" ")
}

fn decode(field: &str) -> Option<Kept> {
    let coded: String = field.split_whitespace().collect();
    serde_json::from_slice(&STANDARD.decode(coded).ok()?).ok()
}

pub(super) fn own_text(message: &[u8]) -> Option<String> {
    let content = mime::attachment(message, "1")?;
    let text = std::str::from_utf8(&content.bytes).ok()?;
    content
        .media_type
        .eq_ignore_ascii_case("text/plain")
        .then(|| text.replace("\r\n", "\n"))
}
