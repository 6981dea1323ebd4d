//! What a tab is told unasked: new messages, changed rows and counts, folders, journeys. Nobody
//! polls: the store wakes the account.

use super::{Open, Session, Trouble};
use event::{Event, Kind, Protocol, Role};
use futures_util::future::select_all;
use mail::{Duration, SpecialUse};
use std::sync::Arc;
use store::{Counters, Folder, Mailbox};
use wire::{Changed, Notification};

/// The most changed rows that a tab is told at once; beyond, it is better off asking anew after a
/// reconnection.
pub const NEWS_ROWS_MAX: usize = 2000;
// A message that is older than this was moved here, not delivered: it is not announced.
const FRESH: Duration = Duration::from_secs(600);

/// What woke a tab.
pub(super) enum Stir {
    /// Something in the account changed.
    Account,
    /// Events of the n-th followed journey; none where it has ended.
    Journey(usize, Option<Vec<Event>>),
}

impl Session {
    /// Waits until something happens. May be dropped and called again; nothing is lost.
    pub(super) async fn stirred(&mut self) -> Stir {
        let Session {
            seen, following, ..
        } = self;
        let journeys = async {
            if following.is_empty() {
                return std::future::pending().await;
            }
            let all = following.iter_mut().map(|f| Box::pin(f.follower.next()));
            let (events, at, _) = select_all(all).await;
            Stir::Journey(at, events)
        };
        tokio::select! {
            biased;
            changed = seen.changed() => match changed {
                Ok(()) => Stir::Account,
                // The store has ended; the host's shutdown says so too.
                Err(_) => std::future::pending().await,
            },
            stir = journeys => stir,
        }
    }

    /// What to tell the tab. After `Bye` the connection is closed.
    pub(super) async fn news(&mut self, stir: Stir) -> Vec<Notification> {
        let mut news: Vec<Notification> = self.outbox.drain(..).collect();
        match stir {
            Stir::Journey(at, None) => drop(self.following.remove(at)),
            Stir::Journey(at, Some(events)) => {
                let followed = &mut self.following[at];
                let events = followed.veil.cover(events);
                if !events.is_empty() {
                    news.push(Notification::Journey {
                        journey: followed.journey(),
                        events,
                    });
                }
            }
            Stir::Account => {
                if let Err(trouble) = self.catch_up(&mut news).await {
                    // The tab's picture may be wrong now; it fetches what it missed when it comes
                    // back.
                    let problem = self.problem(trouble);
                    tracing::warn!(?problem, "a tab could not be told the news");
                    news.push(Notification::Bye { again: true });
                }
            }
        }
        news
    }

    async fn catch_up(&mut self, news: &mut Vec<Notification>) -> Result<(), Trouble> {
        let store = self.mua.store().clone();
        let folders = store.folders(self.account.id).await?;
        if folders != self.folders {
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
            news.push(Notification::Folders(self.folder_views().await?));
        }
        for folder in self.folders.clone() {
            let counts = store.counters(folder.id).await?;
            let known = self.counts.insert(folder.id, counts).unwrap_or_default();
            if counts == known {
                continue;
            }
            let open = self
                .open
                .as_ref()
                .filter(|open| open.mailbox.id == folder.id);
            match open.map(|open| (open.mailbox.clone(), open.told)) {
                Some((mailbox, told)) => {
                    match self.difference(&mailbox, told, NEWS_ROWS_MAX).await? {
                        Some(changed) if changed.state > told => {
                            self.open = Some(Open {
                                mailbox,
                                told: changed.state,
                            });
                            news.push(Notification::Folder(changed));
                        }
                        Some(_) => {}
                        None => {
                            news.push(Notification::Bye { again: true });
                            return Ok(());
                        }
                    }
                }
                None => news.push(Notification::Folder(counted(&folder, counts))),
            }
            if counts.uid_next > known.uid_next && announces(&folder) {
                self.announce(&folder, known.uid_next, news).await?;
            }
        }
        Ok(())
    }

    // Tells of new unread messages; the journey of each learns that its reader was told.
    async fn announce(
        &mut self,
        folder: &Folder,
        from_uid: u32,
        news: &mut Vec<Notification>,
    ) -> Result<(), Trouble> {
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
            .rows(&mailbox, std::slice::from_ref(newest))
            .await?
            .pop()
        else {
            return Ok(());
        };
        news.push(Notification::Arrived {
            folder: folder.id,
            row,
        });
        self.tell_pushed(&mailbox, &fresh);
        Ok(())
    }

    fn tell_pushed(&self, mailbox: &Arc<Mailbox>, fresh: &[store::Entry]) {
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

/// Where a new message is worth a notice.
fn announces(folder: &Folder) -> bool {
    !matches!(
        folder.special,
        Some(SpecialUse::Sent | SpecialUse::Drafts | SpecialUse::Trash | SpecialUse::Junk)
    )
}
