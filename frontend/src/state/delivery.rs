//! The delivery status of a sent message per recipient, derived from the steps of its journey.

use mail::Time;
use wire::{DeliveryChange, DeliveryStep, Sentence};

/// The status for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientStatus {
    /// Accepted by our server.
    Accepted,
    /// Deferred: the cause, and the time of the next attempt.
    Waiting(Sentence, Time),
    /// Relayed to this host.
    Relayed(String),
    /// Delivered to a mailbox.
    Delivered,
    /// Failed permanently: the cause.
    Failed(Sentence),
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
    /// Derives the status from the steps of a journey.
    pub fn of(steps: &[DeliveryStep]) -> Delivery {
        let mut delivery = Delivery::default();
        for step in steps {
            delivery.take(step);
        }
        delivery
    }

    fn take(&mut self, step: &DeliveryStep) {
        match &step.change {
            DeliveryChange::Accepted(recipients) => {
                self.accepted.get_or_insert(step.at);
                for recipient in recipients {
                    self.set(recipient, None);
                }
            }
            DeliveryChange::Deferred {
                recipient,
                cause,
                next,
            } => {
                let status = RecipientStatus::Waiting(cause.clone(), *next);
                self.set(recipient, Some(status));
            }
            DeliveryChange::Relayed { recipient, host } => {
                self.set(recipient, Some(RecipientStatus::Relayed(host.clone())));
            }
            DeliveryChange::Delivered(recipient) => {
                self.set(recipient, Some(RecipientStatus::Delivered));
            }
            DeliveryChange::Failed { recipient, cause } => {
                self.set(recipient, Some(RecipientStatus::Failed(cause.clone())));
            }
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

    /// To how many it was delivered, if delivery failed for others.
    pub fn delivered_besides_failures(&self) -> usize {
        if self.overall() != DeliveryStatus::Failed {
            return 0;
        }
        let is_delivered = |status: &RecipientStatus| {
            matches!(
                status,
                RecipientStatus::Delivered | RecipientStatus::Relayed(_)
            )
        };
        let all = self.recipients.iter();
        all.filter(|(_, status)| is_delivered(status)).count()
    }

    /// The overall status: the worst status of all recipients.
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

    fn step(change: DeliveryChange) -> DeliveryStep {
        DeliveryStep {
            at: Time(1),
            seq: 0,
            change,
        }
    }

    fn accepted(recipients: &[&str]) -> DeliveryStep {
        let recipients = recipients.iter().map(|r| (*r).to_owned()).collect();
        step(DeliveryChange::Accepted(recipients))
    }

    fn delivered(recipient: &str) -> DeliveryStep {
        step(DeliveryChange::Delivered(recipient.to_owned()))
    }

    #[test]
    fn status_goes_from_sending_to_delivered() {
        let mut steps = Vec::new();
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Sending);
        steps.push(accepted(&["b@b.test", "c@b.test"]));
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Accepted);
        steps.push(delivered("B@b.test"));
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Accepted);
        steps.push(delivered("c@b.test"));
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Delivered);
    }

    #[test]
    fn worst_recipient_determines_the_status() {
        let deferred = step(DeliveryChange::Deferred {
            recipient: "b@b.test".into(),
            cause: Sentence::default(),
            next: Time(9),
        });
        let failed = step(DeliveryChange::Failed {
            recipient: "c@b.test".into(),
            cause: Sentence::default(),
        });
        let mut steps = vec![
            accepted(&["b@b.test", "c@b.test"]),
            delivered("c@b.test"),
            deferred,
        ];
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Waiting);
        assert_eq!(Delivery::of(&steps).concerned(), ["b@b.test"]);
        steps.push(delivered("b@b.test"));
        assert_eq!(Delivery::of(&steps).overall(), DeliveryStatus::Delivered);
        let partly = Delivery::of(&[
            accepted(&["b@b.test", "c@b.test"]),
            delivered("b@b.test"),
            failed,
        ]);
        assert_eq!(partly.overall(), DeliveryStatus::Failed);
        assert_eq!(partly.concerned(), ["c@b.test"], "bob's was delivered");
        assert_eq!(partly.delivered_besides_failures(), 1);
        assert_eq!(Delivery::of(&steps).delivered_besides_failures(), 0);
    }
}
