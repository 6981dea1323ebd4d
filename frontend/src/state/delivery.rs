//! The delivery status of a sent message per recipient, derived from the events of its journey.

use event::{Event, Kind, Locale, Localize, Reason, describe_reply};
use mail::{Reply, Time};

/// Why a recipient is deferred or has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The reply of the host that was responsible, or our own.
    pub reply: Reply,
    /// The reason, if our server recorded one.
    pub reason: Option<Reason>,
}

impl Cause {
    /// The reason followed by the reply codes, or only the reply if no reason is known.
    pub fn text(&self, locale: Locale) -> String {
        let codes = self.reply.enhanced.map_or_else(
            || self.reply.code.to_string(),
            |enhanced| format!("{} {enhanced}", self.reply.code),
        );
        let reason = self.reason.as_ref().map(|reason| reason.sentence(locale));
        match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) if locale == Locale::Chinese => format!("{reason}（{codes}）"),
            Some(reason) => format!("{reason} ({codes})"),
            None => describe_reply(&self.reply, None, locale),
        }
    }
}

/// The status for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientStatus {
    /// Accepted by our server.
    Accepted,
    /// Deferred: the cause, and the time of the next attempt.
    Waiting(Cause, Time),
    /// Relayed to this host.
    Relayed(String),
    /// Delivered to a mailbox.
    Delivered,
    /// Failed permanently: the cause.
    Failed(Cause),
}

/// The status of a message over all recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Not accepted yet.
    Sending,
    /// Accepted by our server.
    Accepted,
    /// At least one recipient is deferred.
    Waiting,
    /// Delivered or relayed for all recipients.
    Delivered,
    /// Failed for at least one recipient.
    Failed,
}

/// The recipients with their status, in order of acceptance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Address and status.
    pub recipients: Vec<(String, RecipientStatus)>,
    /// When the message was first accepted.
    pub accepted: Option<Time>,
}

impl Delivery {
    /// Derives the status from the events of a journey.
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
                cause,
            } => {
                let cause = Cause {
                    reply: reply.clone(),
                    reason: cause.clone(),
                };
                self.set(recipient, Some(RecipientStatus::Waiting(cause, *next)));
            }
            Kind::Relayed {
                recipient, host, ..
            } => self.set(recipient, Some(RecipientStatus::Relayed(host.clone()))),
            Kind::Delivered { recipient, .. } => {
                self.set(recipient, Some(RecipientStatus::Delivered));
            }
            Kind::Bounced {
                recipient,
                reply,
                cause,
                ..
            } => {
                let cause = Cause {
                    reply: reply.clone(),
                    reason: cause.clone(),
                };
                self.set(recipient, Some(RecipientStatus::Failed(cause)));
            }
            _ => {}
        }
    }

    fn set(&mut self, recipient: &str, status: Option<RecipientStatus>) {
        match self
            .recipients
            .iter_mut()
            .find(|(address, _)| address.eq_ignore_ascii_case(recipient))
        {
            // Delivery is final.
            Some((_, RecipientStatus::Delivered)) => {}
            Some((_, known)) => *known = status.unwrap_or_else(|| known.clone()),
            None => self.recipients.push((
                recipient.to_owned(),
                status.unwrap_or(RecipientStatus::Accepted),
            )),
        }
    }

    /// The recipients to whom the overall status applies: the failed ones if delivery failed for
    /// some, all if it was delivered.
    pub fn concerned(&self) -> Vec<&str> {
        let overall = self.overall();
        let concerned = |status: &RecipientStatus| match overall {
            DeliveryStatus::Failed => matches!(status, RecipientStatus::Failed(_)),
            DeliveryStatus::Waiting => matches!(status, RecipientStatus::Waiting(..)),
            _ => true,
        };
        self.recipients
            .iter()
            .filter(|(_, status)| concerned(status))
            .map(|(address, _)| address.as_str())
            .collect()
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
    fn status_goes_from_sending_to_delivered() {
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
    fn worst_recipient_determines_the_status() {
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
        assert_eq!(Delivery::of(&events).concerned(), ["b@b.test"]);
        events.push(delivered("b@b.test"));
        assert_eq!(Delivery::of(&events).overall(), DeliveryStatus::Delivered);
        let partly = Delivery::of(&[
            accepted(&["b@b.test", "c@b.test"]),
            delivered("b@b.test"),
            bounced,
        ]);
        assert_eq!(partly.overall(), DeliveryStatus::Failed);
        assert_eq!(partly.concerned(), ["c@b.test"], "b@b.test was delivered");
    }

    #[test]
    fn the_reason_comes_before_the_reply_codes() {
        let reply = Reply::new(550, (5, 1, 1), "No such user here");
        let mut cause = Cause {
            reply,
            reason: None,
        };
        assert_eq!(
            cause.text(Locale::English),
            "550 5.1.1 No such user here",
            "the remote host's reply if no reason is known"
        );
        cause.reason = Some(Reason::DkimUnsigned);
        let reason = Reason::DkimUnsigned.sentence(Locale::English);
        assert_eq!(cause.text(Locale::English), format!("{reason} (550 5.1.1)"));
    }
}
