//! Following journeys: the events of the account's messages, past and future.

use super::{Answer, Session};
use crate::redact::RecipientRedactor;
use event::{Event, Kind, Locale, Localize, Reason, describe_reply};
use mail::{JourneyId, Reply, StoredMessageId};
use store::JourneyFollower;
use wire::{DeliveryChange, DeliveryStep, EventList, Problem, Response, Sentence};

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
        Ok(Response::Journey {
            journey,
            events: EventList::new(&events),
            steps: delivery_steps(&events),
        })
    }
}

/// What events mean for the recipients of their message.
pub(super) fn delivery_steps(events: &[Event]) -> Vec<DeliveryStep> {
    let step = |event: &Event| {
        Some(DeliveryStep {
            at: event.at,
            seq: event.seq,
            change: delivery_change(&event.kind)?,
        })
    };
    let ours = events.iter().filter(|event| !event.claimed);
    ours.filter_map(step).collect()
}

fn delivery_change(kind: &Kind) -> Option<DeliveryChange> {
    Some(match kind.clone() {
        Kind::Accepted { recipients, .. } => DeliveryChange::Accepted(recipients),
        Kind::Deferred {
            recipient,
            reply,
            next,
            cause,
        } => DeliveryChange::Deferred {
            recipient,
            cause: sentence(&reply, cause.as_ref()),
            next,
        },
        Kind::Relayed {
            recipient, host, ..
        } => DeliveryChange::Relayed { recipient, host },
        Kind::Delivered { recipient, .. } => DeliveryChange::Delivered(recipient),
        Kind::Bounced {
            recipient,
            reply,
            cause,
            ..
        } => DeliveryChange::Failed {
            recipient,
            cause: sentence(&reply, cause.as_ref()),
        },
        _ => return None,
    })
}

// Why a recipient is deferred or has failed: our own reason followed by the codes of the reply, or
// the other host's reply if we recorded no reason.
fn sentence(reply: &Reply, reason: Option<&Reason>) -> Sentence {
    let codes = reply.enhanced.map_or_else(
        || reply.code.to_string(),
        |enhanced| format!("{} {enhanced}", reply.code),
    );
    let text = |locale| {
        let reason = reason.map(|reason| reason.sentence(locale));
        match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) if locale == Locale::Chinese => format!("{reason}（{codes}）"),
            Some(reason) => format!("{reason} ({codes})"),
            None => describe_reply(reply, None, locale),
        }
    };
    Sentence {
        en: text(Locale::English),
        zh: text(Locale::Chinese),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_comes_before_the_reply_codes() {
        let reply = Reply::new(550, (5, 1, 1), "No such user here");
        assert_eq!(
            sentence(&reply, None).en,
            "550 5.1.1 No such user here",
            "a remote host's words where no reason is known"
        );
        let reason = Reason::DkimUnsigned;
        let (en, zh) = (
            reason.sentence(Locale::English),
            reason.sentence(Locale::Chinese),
        );
        let expected = Sentence {
            en: format!("{en} (550 5.1.1)"),
            zh: format!("{zh}（550 5.1.1）"),
        };
        assert_eq!(sentence(&reply, Some(&reason)), expected);
    }
}
