//! The journey of a message as the browser gets it: the events, which it hands to the player
//! unread, and what they mean for each recipient. The webmail thus needs neither the events nor the
//! catalogue of reasons, which would add a quarter to its download; the player has both and is
//! loaded on demand.

use event::Event;
use mail::Time;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Events of a journey, as a JSON array of [`Event`]s.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventList(Box<RawValue>);

impl EventList {
    /// Writes events.
    pub fn new(events: &[Event]) -> EventList {
        // Events are plain data: writing them cannot fail.
        EventList(to_raw_value(events).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }

    /// Reads the events.
    ///
    /// # Errors
    /// Where the JSON is not a list of events.
    pub fn events(&self) -> Result<Vec<Event>, serde_json::Error> {
        serde_json::from_str(self.0.get())
    }

    /// The events of several lists as one JSON array, in the order of the lists.
    pub fn join<'a>(lists: impl IntoIterator<Item = &'a EventList>) -> String {
        let items = |list: &'a EventList| {
            let inner = list.0.get().trim().strip_prefix('[')?.strip_suffix(']')?;
            Some(inner.trim()).filter(|inner| !inner.is_empty())
        };
        let all: Vec<&str> = lists.into_iter().filter_map(items).collect();
        format!("[{}]", all.join(","))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        EventList::join([self]).len() == 2
    }
}

impl PartialEq for EventList {
    fn eq(&self, other: &EventList) -> bool {
        self.0.get() == other.0.get()
    }
}

/// A text in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// A change to the delivery of a message, from one of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStep {
    /// When it happened.
    pub at: Time,
    /// Orders steps of the same time.
    pub seq: u64,
    /// What happened.
    pub change: DeliveryChange,
}

impl DeliveryStep {
    /// The order of steps: by time, then by sequence number.
    pub fn order(&self) -> (Time, u64) {
        (self.at, self.seq)
    }
}

/// What happened to the recipients of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryChange {
    /// This server accepted the message for these recipients.
    Accepted(Vec<String>),
    /// An attempt failed; there will be another one.
    Deferred {
        /// The address.
        recipient: String,
        /// Why.
        cause: Sentence,
        /// When the next attempt is made.
        next: Time,
    },
    /// Another host accepted the message.
    Relayed {
        /// The address.
        recipient: String,
        /// The host.
        host: String,
    },
    /// The message was put into a mailbox.
    Delivered(String),
    /// Delivery failed for good.
    Failed {
        /// The address.
        recipient: String,
        /// Why.
        cause: Sentence,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_without_reading_their_events() {
        let list = |text: &str| serde_json::from_str::<EventList>(text).unwrap();
        let lists = [list("[ ]"), list(r#"[{"a":"]"}, 1]"#), list("[2]")];
        assert_eq!(EventList::join(&lists), r#"[{"a":"]"}, 1,2]"#);
        assert_eq!(EventList::join([]), "[]");
        assert!(lists[0].is_empty() && !lists[2].is_empty());
        assert!(lists[2].events().is_err());
    }

    #[test]
    fn a_frame_has_the_events_as_a_plain_array() {
        let step = DeliveryStep {
            at: Time(1),
            seq: 2,
            change: DeliveryChange::Delivered("b@b.test".to_owned()),
        };
        let frame = crate::Notification::Journey {
            journey: mail::JourneyId(7),
            events: EventList::new(&[]),
            steps: vec![step],
        };
        let text = serde_json::to_string(&frame).unwrap();
        assert!(text.contains(r#""events":[]"#), "{text}");
        assert_eq!(
            serde_json::from_str::<crate::Notification>(&text).unwrap(),
            frame
        );
    }
}
