//! Journeys: the events of one's own messages, so far and from now on.

use super::{Answered, Session};
use crate::veil::Veil;
use mail::{JourneyId, StoredMessageId};
use store::Follower;
use wire::{Problem, Response};

/// The most journeys that a tab follows; the one followed longest is let go.
pub const FOLLOWING_MAX: usize = 16;

/// A journey that a tab follows.
pub(super) struct Following {
    pub(super) follower: Follower,
    pub(super) veil: Veil,
}

impl Following {
    pub(super) fn journey(&self) -> JourneyId {
        self.follower.journey
    }
}

impl Session {
    pub(super) async fn follow_message(&mut self, id: StoredMessageId) -> Answered {
        let (mailbox, uid) = self.locate(id).await?;
        let journey = mailbox
            .read(|s| s.entry(uid).and_then(|e| e.journey))
            .ok_or(Problem::Gone)?;
        let message = self
            .mua
            .store()
            .read_message(&mailbox, uid)
            .await?
            .ok_or(Problem::Gone)?;
        let mut veil = self.veil();
        veil.reveal_named_in(&message);
        self.follow(journey, veil).await
    }

    pub(super) async fn follow_sent(&mut self, journey: JourneyId) -> Answered {
        if self.sent.contains(&journey) {
            return self.follow(journey, Veil::none()).await;
        }
        // Any message of this account with that journey: its copy in Sent, or one that came here.
        for folder in self.mua.store().folders(self.account.id).await? {
            let mailbox = self
                .mua
                .store()
                .open_mailbox(self.account.id, &folder)
                .await?;
            let found = mailbox.read(|s| {
                s.entries
                    .iter()
                    .rev()
                    .find(|e| e.journey == Some(journey))
                    .map(|e| e.uid)
            });
            if let Some(uid) = found {
                return self.follow_message(mailbox.message_id(uid)).await;
            }
        }
        Err(Problem::Gone.into())
    }

    async fn follow(&mut self, journey: JourneyId, mut veil: Veil) -> Answered {
        self.following.retain(|f| f.journey() != journey);
        if self.following.len() >= FOLLOWING_MAX {
            self.following.remove(0);
        }
        let (events, follower) = self.mua.store().journeys().follow(journey).await?;
        let events = veil.cover(events);
        self.following.push(Following { follower, veil });
        Ok(Response::Journey { journey, events })
    }
}
