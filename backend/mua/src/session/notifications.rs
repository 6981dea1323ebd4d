//! Unsolicited notifications: new messages, changed rows and counts, folders, journeys. There is no
//! polling: the store's change feed wakes the session.

use super::follow::delivery_steps;
use super::{Error, OpenFolder, Session};
use event::{Event, Kind, Protocol, Role};
use futures_util::future::select_all;
use mail::{Duration, SpecialUse};
use std::sync::Arc;
use store::{AccountChange, Counters, Folder, Mailbox};
use wire::{Changed, EventList, ListOrder, Notification};

// An older message was moved here, not delivered, and is not announced.
const FRESH: Duration = Duration::from_secs(600);

/// Why a session woke up.
pub(super) enum Wake {
    /// The account changed.
    Account(AccountChange),
    /// Events of the n-th followed journey; `None` if it has ended.
    Journey(usize, Option<Vec<Event>>),
}

impl Session {
    /// Waits for the next change. Cancel-safe.
    pub(super) async fn next_wake(&mut self) -> Wake {
        let Session {
            changes, following, ..
        } = self;
        let journeys = async {
            if following.is_empty() {
                return std::future::pending().await;
            }
            let all = following.iter_mut().map(|f| Box::pin(f.follower.next()));
            let (events, at, _) = select_all(all).await;
            Wake::Journey(at, events)
        };
        tokio::select! {
            biased;
            change = changes.changed() => Wake::Account(change),
            wake = journeys => wake,
        }
    }

    /// Returns the notifications for the tab. The connection closes after `Bye`.
    pub(super) async fn notifications(&mut self, wake: Wake) -> Vec<Notification> {
        let mut notifications: Vec<Notification> = self.outbox.drain(..).collect();
        match wake {
            Wake::Journey(at, None) => drop(self.following.remove(at)),
            Wake::Journey(at, Some(events)) => {
                let followed = &mut self.following[at];
                let events = followed.redactor.redact(events);
                if !events.is_empty() {
                    notifications.push(Notification::Journey {
                        journey: followed.journey(),
                        events: EventList::new(&events),
                        steps: delivery_steps(&events),
                    });
                }
            }
            Wake::Account(change) => {
                if let Err(error) = self.catch_up(&change, &mut notifications).await {
                    // The tab may be out of date now; it catches up after reconnecting.
                    let problem = self.problem(error);
                    tracing::warn!(?problem, "cannot send notifications to a tab");
                    notifications.push(Notification::Bye { again: true });
                }
            }
        }
        notifications
    }

    // Reads only what changed: the list of folders, and the counters of changed folders.
    async fn catch_up(
        &mut self,
        change: &AccountChange,
        notifications: &mut Vec<Notification>,
    ) -> Result<(), Error> {
        let store = self.mua.store().clone();
        let folders = match change.folders {
            true => Some(store.folders(self.account.id).await?),
            false => None,
        };
        if let Some(folders) = folders.filter(|folders| *folders != self.folders) {
            self.folders = folders;
            self.counts
                .retain(|id, _| self.folders.iter().any(|f| f.id == *id));
            if self
                .open
                .as_ref()
                .is_some_and(|open| self.folders.iter().all(|f| f.id != open.mailbox.id))
            {
                self.open = None;
            }
            notifications.push(Notification::Folders(self.folder_views().await?));
        }
        let changed = |folder: &&Folder| change.mailboxes.binary_search(&folder.id).is_ok();
        let changed: Vec<Folder> = self.folders.iter().filter(changed).cloned().collect();
        for folder in changed {
            let counts = store.counters(folder.id).await?;
            let known = self.counts.insert(folder.id, counts).unwrap_or_default();
            if counts == known {
                continue;
            }
            let open = self
                .open
                .as_ref()
                .filter(|open| open.mailbox.id == folder.id);
            match open.map(|open| (open.mailbox.clone(), open.state, open.order)) {
                Some((mailbox, known_state, order)) => {
                    let changed = self.changes(&mailbox, (known_state, order)).await?;
                    if changed.state > known_state {
                        self.open = Some(OpenFolder {
                            mailbox,
                            state: changed.state,
                            order,
                        });
                        notifications.push(Notification::Folder(changed));
                    }
                }
                None => notifications.push(Notification::Folder(counted(&folder, counts))),
            }
            if counts.uid_next > known.uid_next && is_announced(&folder) {
                self.announce(&folder, known.uid_next, notifications)
                    .await?;
            }
        }
        Ok(())
    }

    // Announces new unread messages and records the push in their journeys.
    async fn announce(
        &mut self,
        folder: &Folder,
        from_uid: u32,
        notifications: &mut Vec<Notification>,
    ) -> Result<(), Error> {
        let now = self.mua.world().now();
        let mailbox = self
            .mua
            .store()
            .open_mailbox(self.account.id, folder)
            .await?;
        let fresh: Vec<_> = mailbox.read(|s| {
            let first = s.entries.partition_point(|e| e.uid < from_uid);
            s.entries[first..]
                .iter()
                .filter(|e| e.unseen() && now.since(e.date) <= FRESH)
                .cloned()
                .collect()
        });
        let Some(newest) = fresh.last() else {
            return Ok(());
        };
        let Some(row) = self
            .rows(&mailbox, std::slice::from_ref(newest), ListOrder::Newest)
            .await?
            .pop()
        else {
            return Ok(());
        };
        notifications.push(Notification::Arrived {
            folder: folder.id,
            row,
        });
        self.record_pushed(&mailbox, &fresh);
        Ok(())
    }

    fn record_pushed(&self, mailbox: &Arc<Mailbox>, fresh: &[store::Entry]) {
        let mut recorder = self.mua.recorder(Role::Mua, self.span);
        for entry in fresh {
            if let Some(journey) = entry
                .journey
                .filter(|_| self.mua.announce_once(mailbox.message_id(entry.uid)))
            {
                let kind = Kind::Pushed {
                    protocol: Protocol::Web,
                    to: self.account.address.to_string(),
                };
                recorder.emit_for(journey, self.mua.world().now(), kind);
            }
        }
    }
}

fn counted(folder: &Folder, counts: Counters) -> Changed {
    Changed {
        folder: folder.id,
        total: counts.total,
        unread: counts.unseen,
        state: counts.modseq,
        ..Changed::default()
    }
}

/// Whether new messages in a folder are announced.
fn is_announced(folder: &Folder) -> bool {
    !matches!(
        folder.special,
        Some(SpecialUse::Sent | SpecialUse::Drafts | SpecialUse::Trash | SpecialUse::Junk)
    )
}
