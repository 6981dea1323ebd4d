//! Following journeys: the events of the account's messages, past and future.

use super::{Answer, Session};
use crate::redact::RecipientRedactor;
use mail::{JourneyId, StoredMessageId};
use store::JourneyFollower;
use wire::{Problem, Response};

/// Number of journeys that a tab follows; the oldest one is dropped first.
pub const FOLLOWING_MAX: usize = 16;

/// A followed journey.
pub(super) struct Following {
    pub(super) follower: JourneyFollower,
    pub(super) redactor: RecipientRedactor,
}

impl Following {
    pub(super) fn journey(&self) -> JourneyId {
        self.follower.journey
    }
}

impl Session {
    pub(super) async fn follow_message(&mut self, id: StoredMessageId) -> Answer {
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
        let mut redactor = RecipientRedactor::new(&self.account);
        redactor.allow_header_addresses(&message);
        self.follow(journey, redactor).await
    }

    pub(super) async fn follow_sent(&mut self, journey: JourneyId) -> Answer {
        if self.sent.contains(&journey) {
            return self.follow(journey, RecipientRedactor::for_sender()).await;
        }
        // Finds any message of the account with the journey: the copy in Sent, or a received one.
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

    async fn follow(&mut self, journey: JourneyId, mut redactor: RecipientRedactor) -> Answer {
        self.following.retain(|f| f.journey() != journey);
        if self.following.len() >= FOLLOWING_MAX {
            self.following.remove(0);
        }
        let (events, follower) = self.mua.store().journeys().follow(journey).await?;
        let events = redactor.redact(events);
        self.following.push(Following { follower, redactor });
        Ok(Response::Journey { journey, events })
    }
}
