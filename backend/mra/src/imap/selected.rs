//! The selected mailbox: opening, closing, and the changes since the last synchronization.

use super::{Imap, Role, refuse};
use imap::set::UidSet;
use imap::{Changes, Decision, Refusal};
use mail::{Flags, MailboxName};
use std::collections::VecDeque;
use std::sync::Arc;
use store::{AccountWatch, Entry, Mailbox, MailboxState};
use tokio::sync::watch;

/// A mailbox that a session has selected.
pub(super) struct Selected {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) read_only: bool,
    // Notifies of every change in the mailbox, and of the account's mailboxes.
    news: watch::Receiver<u64>,
    account: AccountWatch,
    // Modification sequence up to which changes were reported.
    pub(super) known: u64,
    // First UID that was not reported yet.
    next: u32,
    pub(super) keywords: Vec<String>,
    // Flags that the session knows although they are newer than `known`: UID ascending, with their
    // modification sequence.
    pub(super) own: Vec<(u32, u64)>,
}

impl Selected {
    /// Returns when something may have changed.
    pub(super) async fn changed(&mut self) {
        // An empty mailbox can be deleted without an expunge; that is visible in the account.
        let empty = self.mailbox.read(|s| s.entries.is_empty());
        let closed = tokio::select! {
            biased;
            changed = self.news.changed() => changed.is_err(),
            _ = self.account.changed(), if empty => false,
        };
        if closed {
            std::future::pending::<()>().await;
        }
    }

    // True for a change of flags that this session made and reported itself.
    fn is_own(&self, entry: &Entry) -> bool {
        self.own
            .binary_search_by_key(&entry.uid, |o| o.0)
            .is_ok_and(|i| self.own[i].1 == entry.modseq)
    }

    // Adds new keywords; true where there were any.
    pub(super) fn learn(&mut self, flags: &Flags) -> bool {
        let before = self.keywords.len();
        for keyword in &flags.keywords {
            if self.keywords.len() < KEYWORDS_LISTED_MAX
                && !self
                    .keywords
                    .iter()
                    .any(|k| k.eq_ignore_ascii_case(keyword))
            {
                self.keywords.push(keyword.clone());
            }
        }
        self.keywords.len() > before
    }

    async fn changes(&mut self, imap: &Imap) -> Result<Changes, Refusal> {
        let (known, next) = (self.known, self.next);
        let (difference, now, uid_next) = self
            .mailbox
            .read(|s| (difference(s, known), s.modseq, s.uid_next));
        let mut changes = Changes {
            expunged: difference.gone,
            ..Changes::default()
        };
        let mut learnt = false;
        for entry in difference.changed {
            let flags = entry.all_flags();
            learnt |= self.learn(&flags);
            if entry.uid >= next {
                changes.arrived.push(entry.uid);
            } else if !self.is_own(&entry) {
                changes.flags.push((entry.uid, flags));
            }
        }
        if !changes.arrived.is_empty() {
            let first = imap
                .0
                .recents
                .claim(&imap.0.store, self.mailbox.id, uid_next, !self.read_only)
                .await
                .map_err(refuse)?;
            changes.recent = changes.arrived.intersect(&UidSet::range(first, u32::MAX));
        }
        changes.keywords = learnt.then(|| self.keywords.clone());
        self.known = now;
        self.next = uid_next;
        self.own = Vec::new();
        Ok(changes)
    }
}

// The most keywords of one mailbox that FLAGS lists.
const KEYWORDS_LISTED_MAX: usize = 256;

struct Since {
    changed: Vec<Entry>,
    gone: UidSet,
}

fn difference(state: &MailboxState, known: u64) -> Since {
    if state.modseq == known {
        return Since {
            changed: Vec::new(),
            gone: UidSet::new(),
        };
    }
    match state.since(known) {
        Some(d) => Since {
            changed: d.changed,
            gone: d.vanished.into_iter().collect(),
        },
        // More was expunged than the store remembers: every missing message is gone.
        None => {
            let present: UidSet = state.entries.iter().map(|e| e.uid).collect();
            let gone = UidSet::range(1, state.uid_next.saturating_sub(1)).subtract(&present);
            Since {
                changed: state
                    .entries
                    .iter()
                    .filter(|e| e.modseq > known)
                    .cloned()
                    .collect(),
                gone,
            }
        }
    }
}

impl Role {
    pub(super) async fn select(
        &mut self,
        name: &MailboxName,
        read_only: bool,
    ) -> Result<Decision, Refusal> {
        self.selected = None;
        self.row = None;
        self.ahead = VecDeque::new();
        let account = self.account()?;
        let mailbox = self.mailbox(name).await?.ok_or(Refusal::NoSuchMailbox)?;
        let mut selected = Selected {
            news: mailbox.watch(),
            account: self.store().watch_account(account.id),
            mailbox,
            read_only,
            known: 0,
            next: 0,
            keywords: Vec::new(),
            own: Vec::new(),
        };
        let mailbox = Arc::clone(&selected.mailbox);
        let mut answer = imap::Selected {
            uid_validity: mailbox.uid_validity,
            read_only,
            ..imap::Selected::default()
        };
        mailbox.read(|s| {
            answer.uids = s.entries.iter().map(|e| e.uid).collect();
            answer.uid_next = s.uid_next;
            answer.first_unseen = s.entries.iter().find(|e| e.unseen()).map(|e| e.uid);
            for keywords in s.entries.iter().filter_map(|e| e.keywords.as_deref()) {
                selected.learn(&Flags {
                    system: 0,
                    keywords: keywords.to_vec(),
                });
            }
            (selected.known, selected.next) = (s.modseq, s.uid_next);
        });
        let imap = self.imap.clone();
        let first = imap
            .0
            .recents
            .claim(self.store(), mailbox.id, answer.uid_next, !read_only)
            .await
            .map_err(refuse)?;
        answer.recent = answer.uids.intersect(&UidSet::range(first, u32::MAX));
        answer.keywords.clone_from(&selected.keywords);
        self.selected = Some(Box::new(selected));
        Ok(Decision::Selected(Box::new(answer)))
    }

    pub(super) async fn leave(&mut self, expunge: bool) -> Result<Decision, Refusal> {
        if expunge {
            self.expunge(None).await?;
        }
        self.selected = None;
        Ok(Decision::Done)
    }

    pub(super) async fn sync(&mut self, pushing: bool) -> Result<Decision, Refusal> {
        let account = self.account()?;
        let imap = self.imap.clone();
        let selected = self.selected()?;
        let changes = selected.changes(&imap).await?;
        let mailbox = Arc::clone(&selected.mailbox);
        // Deleting a mailbox expunges its messages first: only an empty one can be gone.
        if mailbox.read(|s| s.entries.is_empty()) && !self.exists(&account, &mailbox).await? {
            self.selected = None;
            return Ok(Decision::Gone);
        }
        if pushing && !changes.arrived.is_empty() {
            let now = self.now();
            let arrived = mailbox.read(|s| {
                changes
                    .arrived
                    .iter()
                    .filter_map(|uid| s.entry(uid)?.journey)
                    .collect::<Vec<_>>()
            });
            self.recorder
                .pushed(now, &account.address.to_string(), arrived);
        }
        Ok(Decision::Changes(Box::new(changes)))
    }

    async fn exists(
        &mut self,
        account: &store::Account,
        mailbox: &Mailbox,
    ) -> Result<bool, Refusal> {
        Ok(self
            .store()
            .mailbox(account.id, mailbox.id)
            .await
            .map_err(refuse)?
            .is_some())
    }

    /// Expunges messages with `\Deleted`; only those in `only`, where given.
    pub(super) async fn expunge(&mut self, only: Option<&UidSet>) -> Result<Decision, Refusal> {
        let mailbox = Arc::clone(&self.selected()?.mailbox);
        let marked = |e: &&Entry| {
            e.flags & mail::flags::DELETED != 0 && only.is_none_or(|o| o.contains(e.uid))
        };
        let uids: Vec<u32> =
            mailbox.read(|s| s.entries.iter().filter(marked).map(|e| e.uid).collect());
        if !uids.is_empty() {
            self.store()
                .delete_permanently(&mailbox, &uids)
                .await
                .map_err(refuse)?;
        }
        Ok(Decision::Done)
    }
}
