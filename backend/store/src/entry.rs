//! [`Entry`]: a message as its mailbox lists it.

use crate::blob::BlobRef;
use mail::{Flags, JourneyId, Time};

/// The entry of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its UID.
    pub uid: u32,
    /// System flags as bits of [`mail::flags`].
    pub flags: u8,
    /// Keywords; none for most.
    pub keywords: Option<Box<[String]>>,
    /// Modification sequence (RFC 7162).
    pub modseq: u64,
    /// INTERNALDATE: when it arrived.
    pub date: Time,
    /// RFC822.SIZE.
    pub bytes: u64,
    /// The journey, where it was recorded.
    pub journey: Option<JourneyId>,
    /// The content.
    pub blob: BlobRef,
}

impl Entry {
    /// System flags and keywords together.
    pub fn all_flags(&self) -> Flags {
        Flags {
            system: self.flags,
            keywords: self.keywords.as_deref().unwrap_or_default().to_vec(),
        }
    }

    /// Whether `\Seen` is not set.
    pub fn unseen(&self) -> bool {
        self.flags & mail::flags::SEEN == 0
    }

    pub(crate) fn set_flags(&mut self, flags: Flags) {
        self.flags = flags.system;
        self.keywords = (!flags.keywords.is_empty()).then(|| flags.keywords.into_boxed_slice());
    }
}
