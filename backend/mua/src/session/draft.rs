//! Drafts: saves them in Drafts, opens, compares, discards and replaces them. A stored draft is a
//! valid message readable by any IMAP client.
//!
//! A draft has one stored version. It is found by the draft's key, and replaced only by a window
//! that knows it: a version that another window, or another mail program under the same Message-ID,
//! has saved meanwhile makes `Save` and `Send` fail with [`Problem::DraftConflict`]. Nothing is
//! stored for a message that was sent already.

use super::draft_message::{valid_key, window_of};
use super::original::whole_text;
use super::send::EarlierSend;
use super::{Answer, Error, Session};
use mail::{Flags, SpecialUse, StoredMessageId, flags};
use store::{Delivery, Fault, Mailbox, OutlineRow, OutlineView};
use wire::{Draft, DraftSaved, DraftStatus, Problem, Response};

use std::sync::Arc;

/// Number of messages, from the end of a folder, that are searched for a key.
const KEY_WINDOW: usize = 200;

/// The version of a draft in Drafts.
enum Version {
    /// There is none.
    None,
    /// The one that the window knows, by UID.
    Known(u32),
    /// One that it does not know, by UID: with its message.
    Unknown(u32, Vec<u8>),
}

impl Session {
    pub(super) async fn save(&mut self, draft: Draft) -> Answer {
        let lock = self.drafts.clone();
        let _guard = lock.lock().await;
        let drafts = self.draft_folder().await?;
        let replaced = self.replaceable(&draft, &drafts).await?;
        let message = self.draft_message(&draft).await?;
        let flags = Flags::of(flags::DRAFT | flags::SEEN);
        let id = self
            .store_message(&drafts, &message, flags, None, replaced)
            .await?;
        Ok(Response::Draft(DraftSaved { id }))
    }

    pub(super) async fn discard(&mut self, draft: Draft) -> Answer {
        let lock = self.drafts.clone();
        let _guard = lock.lock().await;
        let drafts = self.draft_folder().await?;
        let trash = self
            .special_mailbox(SpecialUse::Trash)
            .await?
            .ok_or(Problem::Gone)?;
        let replaced = match self.version(&draft, &drafts).await? {
            Version::Known(uid) => Some((drafts, uid)),
            Version::Unknown(..) => None,
            Version::None => {
                if self.is_sent(&draft).await? {
                    return Ok(Response::Discarded(None));
                }
                let earlier = self.discarded(&draft).await?;
                if let Some((trash, uid)) = &earlier {
                    // The response to the first attempt may have been lost. An older version, moved
                    // there or discarded before, is replaced.
                    let id = trash.message_id(*uid);
                    let stored = self.read_stored(trash, *uid).await?;
                    if is_same_draft(&self.read_draft(id, &stored).await?, &draft) {
                        return Ok(Response::Discarded(Some(id)));
                    }
                }
                earlier
            }
        };
        let message = self.draft_message(&draft).await?;
        let flags = Flags::of(flags::DRAFT | flags::SEEN);
        let id = self
            .store_message(&trash, &message, flags, None, replaced)
            .await?;
        Ok(Response::Discarded(Some(id)))
    }

    pub(super) async fn check_draft(
        &mut self,
        key: String,
        window: String,
        stored: Option<StoredMessageId>,
    ) -> Answer {
        let known = Draft {
            key,
            window,
            stored,
            ..Draft::default()
        };
        let drafts = self.draft_folder().await?;
        let status = match self.version(&known, &drafts).await? {
            Version::Known(_) => DraftStatus::Current,
            Version::Unknown(uid, message) => {
                let other = self.read_draft(drafts.message_id(uid), &message).await?;
                DraftStatus::Changed(Box::new(other))
            }
            Version::None => match self.sent_copy(&known).await? {
                Some(id) => DraftStatus::Sent(id),
                None => DraftStatus::Gone,
            },
        };
        Ok(Response::Checked(status))
    }

    /// Returns the version that a draft replaces: in Drafts, or in Trash if it was discarded.
    ///
    /// # Errors
    /// [`Problem::DraftConflict`] with a version that the window does not know, and
    /// [`Problem::AlreadySent`].
    pub(super) async fn replaceable(
        &self,
        draft: &Draft,
        drafts: &Arc<Mailbox>,
    ) -> Result<Option<(Arc<Mailbox>, u32)>, Error> {
        match self.version(draft, drafts).await? {
            Version::Known(uid) => Ok(Some((drafts.clone(), uid))),
            Version::Unknown(uid, message) => {
                let other = self.read_draft(drafts.message_id(uid), &message).await?;
                if is_same_draft(&other, draft) {
                    return Ok(Some((drafts.clone(), uid)));
                }
                Err(Problem::DraftConflict(Box::new(other)).into())
            }
            Version::None => match self.sent_copy(draft).await? {
                Some(id) => Err(Problem::AlreadySent(id).into()),
                None => self.discarded(draft).await,
            },
        }
    }

    /// The version of a draft that its window has discarded.
    async fn discarded(&self, draft: &Draft) -> Result<Option<(Arc<Mailbox>, u32)>, Error> {
        let Some(trash) = self.special_mailbox(SpecialUse::Trash).await? else {
            return Ok(None);
        };
        let Some(uid) = self.find_by_key(draft, &trash).await? else {
            return Ok(None);
        };
        let own = window_of(&self.read_stored(&trash, uid).await?) == draft.window;
        Ok(own.then_some((trash, uid)))
    }

    async fn version(&self, draft: &Draft, drafts: &Mailbox) -> Result<Version, Error> {
        let known = self.stored_draft(draft, drafts);
        let Some(newest) = self.find_by_key(draft, drafts).await? else {
            return Ok(known.map_or(Version::None, Version::Known));
        };
        if known == Some(newest) {
            return Ok(Version::Known(newest));
        }
        let message = self.read_stored(drafts, newest).await?;
        // The response to an earlier `Save` of this window may have been lost.
        let window = window_of(&message);
        Ok(if !window.is_empty() && window == draft.window {
            Version::Known(newest)
        } else {
            Version::Unknown(newest, message)
        })
    }

    async fn sent_copy(&self, draft: &Draft) -> Result<Option<StoredMessageId>, Error> {
        let Some(sent) = self.special_mailbox(SpecialUse::Sent).await? else {
            return Ok(None);
        };
        let uid = self.find_by_key(draft, &sent).await?;
        Ok(uid.map(|uid| sent.message_id(uid)))
    }

    /// Whether exactly this message was sent.
    async fn is_sent(&self, draft: &Draft) -> Result<bool, Error> {
        Ok(matches!(
            self.earlier_send(draft).await?,
            EarlierSend::Same(_)
        ))
    }

    pub(super) async fn draft_folder(&self) -> Result<Arc<Mailbox>, Error> {
        Ok(self
            .special_mailbox(SpecialUse::Drafts)
            .await?
            .ok_or(Problem::Gone)?)
    }

    async fn read_stored(&self, mailbox: &Mailbox, uid: u32) -> Result<Vec<u8>, Error> {
        Ok(self
            .mua
            .store()
            .read_message(mailbox, uid)
            .await?
            .ok_or(Problem::Gone)?)
    }

    /// Returns the last message of a folder whose Message-ID was made from the draft's key.
    pub(super) async fn find_by_key(
        &self,
        draft: &Draft,
        mailbox: &Mailbox,
    ) -> Result<Option<u32>, Fault> {
        let Some(key) = valid_key(draft) else {
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

    /// Stores a message in a folder, replacing a version of a draft in the same write.
    pub(super) async fn store_message(
        &self,
        mailbox: &Arc<Mailbox>,
        message: &[u8],
        flags: Flags,
        journey: Option<mail::JourneyId>,
        replaced: Option<(Arc<Mailbox>, u32)>,
    ) -> Result<StoredMessageId, Error> {
        let store = self.mua.store();
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
            event: None,
        });
        let placed = store
            .commit_replacing(tx, replaced.as_ref().map(|(m, uid)| (m, *uid)))
            .await;
        let placed = placed.inspect_err(|_| store.discard(&content))?;
        placed.first().map(|p| p.id).ok_or_else(Session::not_found)
    }

    pub(super) async fn open_draft(&mut self, id: StoredMessageId) -> Answer {
        let (mailbox, uid) = self.locate(id).await?;
        let message = self.read_stored(&mailbox, uid).await?;
        let draft = self.read_draft(id, &message).await?;
        Ok(Response::Opened(Box::new(draft)))
    }
}

/// Whether two versions have the same content.
fn is_same_draft(a: &Draft, b: &Draft) -> bool {
    (&a.from, &a.to, &a.cc, &a.bcc) == (&b.from, &b.to, &b.cc, &b.bcc)
        && a.subject == b.subject
        && whole_text(a).trim_end() == whole_text(b).trim_end()
        && a.original.is_some() == b.original.is_some()
        && a.attachments.len() + a.forwarded.len() == b.attachments.len() + b.forwarded.len()
}
