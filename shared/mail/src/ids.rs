//! Identifiers within one node. Each is a type of its own, so that a mailbox's number cannot be
//! passed for a message's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// An account; never reused after its removal.
    AccountId
}
id! {
    /// A mailbox of one account; unchanged by renaming.
    MailboxId
}
id! {
    /// A stored message. Each copy in another mailbox has its own.
    StoredMessageId
}
impl StoredMessageId {
    /// The mailbox that holds it: the upper half of the number.
    pub fn mailbox(self) -> MailboxId {
        MailboxId(self.0 >> 32)
    }
}

id! {
    /// A message in the queue, numbered at acceptance.
    QueueId
}

/// One message's journey, from the first command that mentions it to the last fetch. Travels with
/// the message inside one node and appears in logs. In text and JSON 16 lower-case hexadecimal
/// digits, since JavaScript's numbers are too short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JourneyId(pub u64);

/// One connection or one attempt: shared by the events of one dialogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub u64);

macro_rules! hex_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                u64::from_str_radix(s, 16).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_id!(JourneyId);
hex_id!(SpanId);
