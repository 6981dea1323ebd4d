//! What became of a sent message, for each receiver, from the events of its journey: the mark on a
//! message in Sent. The whole way with its words is the stage's to show.

use event::{Event, Kind};
use mail::{Reply, Time};

/// What became of it for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientStatus {
    /// Accepted, and nothing heard since.
    Accepted,
    /// Refused for now: tried again then.
    Waiting(Reply, Time),
    /// Another host took it.
    Relayed(String),
    /// It lies in a mailbox.
    Delivered,
    /// Refused for good.
    Failed(Reply),
}

/// How a message stands, over all recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Not yet accepted.
    Sending,
    /// The server answers for it.
    Accepted,
    /// At least one receiver's host wants it later.
    Waiting,
    /// All have it.
    Delivered,
    /// At least one does not get it.
    Failed,
}

/// Recipients and what became of each, in the order in which they were accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Address and status.
    pub recipients: Vec<(String, RecipientStatus)>,
    /// When the first host accepted the message.
    pub accepted: Option<Time>,
}

impl Delivery {
    /// Folds the events of a journey.
    pub fn of(events: &[Event]) -> Delivery {
        let mut delivery = Delivery::default();
        for event in events.iter().filter(|event| !event.claimed) {
            delivery.take(event);
        }
        delivery
    }

    fn take(&mut self, event: &Event) {
        match &event.kind {
            Kind::Accepted { recipients, .. } => {
                self.accepted.get_or_insert(event.at);
                for recipient in recipients {
                    self.set(recipient, None);
                }
            }
            Kind::Deferred {
                recipient,
                reply,
                next,
                ..
            } => self.set(
                recipient,
                Some(RecipientStatus::Waiting(reply.clone(), *next)),
            ),
            Kind::Relayed {
                recipient, host, ..
            } => self.set(recipient, Some(RecipientStatus::Relayed(host.clone()))),
            Kind::Delivered { recipient, .. } => {
                self.set(recipient, Some(RecipientStatus::Delivered))
            }
            Kind::Bounced {
                recipient, reply, ..
            } => self.set(recipient, Some(RecipientStatus::Failed(reply.clone()))),
            _ => {}
        }
    }

    fn set(&mut self, recipient: &str, status: Option<RecipientStatus>) {
        match self
            .recipients
            .iter_mut()
            .find(|(address, _)| address.eq_ignore_ascii_case(recipient))
        {
            // In a mailbox it stays, whatever is said of it later.
            Some((_, RecipientStatus::Delivered)) => {}
            Some((_, known)) => *known = status.unwrap_or_else(|| known.clone()),
            None => self.recipients.push((
                recipient.to_owned(),
                status.unwrap_or(RecipientStatus::Accepted),
            )),
        }
    }

    /// The overall status: that of the worst-off recipient.
    pub fn overall(&self) -> DeliveryStatus {
        let any = |wanted: fn(&RecipientStatus) -> bool| {
            self.recipients.iter().any(|(_, status)| wanted(status))
        };
        if self.recipients.is_empty() {
            DeliveryStatus::Sending
        } else if any(|status| matches!(status, RecipientStatus::Failed(_))) {
            DeliveryStatus::Failed
        } else if any(|status| matches!(status, RecipientStatus::Waiting(..))) {
            DeliveryStatus::Waiting
        } else if any(|status| matches!(status, RecipientStatus::Accepted)) {
            DeliveryStatus::Accepted
        } else {
            DeliveryStatus::Delivered
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::Role;
    use mail::SpanId;

    fn event(kind: Kind) -> Event {
        Event {
            at: Time(1),
            seq: 0,
            journey: None,
            span: SpanId(1),
            parent: None,
            host: "mx.a.test".into(),
            role: Role::Msa,
            before: "".into(),
            after: "".into(),
            explain: "".into(),
            claimed: false,
            kind,
        }
    }

    fn accepted(recipients: &[&str]) -> Event {
        let recipients = recipients.iter().map(|r| (*r).to_owned()).collect();
        event(Kind::Accepted {
            message: 1,
            sender: "a@a.test".into(),
            recipients,
            bytes: 1,
            added: Vec::new(),
        })
    }

    fn delivered(recipient: &str) -> Event {
        event(Kind::Delivered {
            recipient: recipient.into(),
            mailbox: "INBOX".into(),
            uid: 1,
        })
    }

    #[test]
    fn goes_from_sending_over_accepted_to_delivered() {
        let mut events = Vec::new();
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Sending);
        events.push(accepted(&["b@b.test", "c@b.test"]));
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Accepted);
        events.push(delivered("B@b.test"));
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Accepted);
        events.push(delivered("c@b.test"));
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Delivered);
    }

    #[test]
    fn the_worst_receiver_decides_and_waiting_ends_with_delivery() {
        let reply = Reply::new(451, (4, 7, 1), "later");
        let deferred = event(Kind::Deferred {
            recipient: "b@b.test".into(),
            reply: reply.clone(),
            cause: None,
            next: Time(9),
        });
        let bounced = event(Kind::Bounced {
            recipient: "c@b.test".into(),
            reply,
            cause: None,
            notice: None,
        });
        let mut events = vec![
            accepted(&["b@b.test", "c@b.test"]),
            delivered("c@b.test"),
            deferred,
        ];
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Waiting);
        events.push(delivered("b@b.test"));
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Delivered);
        assert_eq!(
            Delivery::of(&[
                accepted(&["b@b.test", "c@b.test"]),
                delivered("b@b.test"),
                bounced
            ])
            .overall(),
            DeliveryStatus::Failed
        );
    }
}
