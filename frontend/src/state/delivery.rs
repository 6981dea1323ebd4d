//! What became of a sent message, for each receiver, from the events of its journey: the mark on a
//! message in Sent. The whole way with its words is the stage's to show.

use event::{Event, Kind};
use mail::{Reply, Time};

/// What became of it for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
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
pub enum Stand {
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
    /// Address and fate.
    pub recipients: Vec<(String, Fate)>,
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
            } => self.set(recipient, Some(Fate::Waiting(reply.clone(), *next))),
            Kind::Relayed {
                recipient, host, ..
            } => self.set(recipient, Some(Fate::Relayed(host.clone()))),
            Kind::Delivered { recipient, .. } => self.set(recipient, Some(Fate::Delivered)),
            Kind::Bounced {
                recipient, reply, ..
            } => self.set(recipient, Some(Fate::Failed(reply.clone()))),
            _ => {}
        }
    }

    fn set(&mut self, recipient: &str, fate: Option<Fate>) {
        match self
            .recipients
            .iter_mut()
            .find(|(address, _)| address.eq_ignore_ascii_case(recipient))
        {
            // In a mailbox it stays, whatever is said of it later.
            Some((_, Fate::Delivered)) => {}
            Some((_, known)) => *known = fate.unwrap_or_else(|| known.clone()),
            None => self
                .recipients
                .push((recipient.to_owned(), fate.unwrap_or(Fate::Accepted))),
        }
    }

    /// How it stands over all: the worst counts.
    pub fn stand(&self) -> Stand {
        let any = |wanted: fn(&Fate) -> bool| self.recipients.iter().any(|(_, fate)| wanted(fate));
        if self.recipients.is_empty() {
            Stand::Sending
        } else if any(|fate| matches!(fate, Fate::Failed(_))) {
            Stand::Failed
        } else if any(|fate| matches!(fate, Fate::Waiting(..))) {
            Stand::Waiting
        } else if any(|fate| matches!(fate, Fate::Accepted)) {
            Stand::Accepted
        } else {
            Stand::Delivered
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
        assert_eq!(Delivery::of(&events).stand(), Stand::Sending);
        events.push(accepted(&["b@b.test", "c@b.test"]));
        assert_eq!(Delivery::of(&events).stand(), Stand::Accepted);
        events.push(delivered("B@b.test"));
        assert_eq!(Delivery::of(&events).stand(), Stand::Accepted);
        events.push(delivered("c@b.test"));
        assert_eq!(Delivery::of(&events).stand(), Stand::Delivered);
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
        assert_eq!(Delivery::of(&events).stand(), Stand::Waiting);
        events.push(delivered("b@b.test"));
        assert_eq!(Delivery::of(&events).stand(), Stand::Delivered);
        assert_eq!(
            Delivery::of(&[
                accepted(&["b@b.test", "c@b.test"]),
                delivered("b@b.test"),
                bounced
            ])
            .stand(),
            Stand::Failed
        );
    }
}
