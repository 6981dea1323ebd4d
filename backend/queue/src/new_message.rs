//! A message on its way into the queue, and the answer to it.

use event::{Event, Role};
use mail::{AccountId, Envelope, JourneyId, QueueId, SpanId};
use std::fmt;
use store::{Content, Fault};

/// A message to be accepted. The role that brings it has applied its policy already.
pub struct NewMessage {
    /// From [`Queue::new_journey`](crate::Queue::new_journey).
    pub journey: JourneyId,
    /// The connection that brought it.
    pub span: SpanId,
    /// The accepting role: MSA or MTA.
    pub role: Role,
    /// Sender and recipients.
    pub envelope: Envelope,
    /// Header fields to put before the content (Received and others), each with CRLF.
    pub prefix: String,
    /// The header of `content`, with the empty line at its end; empty: read from the content.
    pub header: Vec<u8>,
    /// The content as received, with CRLF line ends.
    pub content: Content,
    /// The submitting account.
    pub account: Option<AccountId>,
    /// Events recorded so far, from `Recorder::bind`.
    pub events: Vec<Event>,
}

impl NewMessage {
    /// A handle to discard the content with if the message is not accepted: only a file outlives
    /// the transaction.
    pub(crate) fn content_handle(&self) -> Content {
        match &self.content {
            Content::Small(_) => Content::Small(Vec::new()),
            Content::Large { file, bytes } => Content::Large {
                file: *file,
                bytes: *bytes,
            },
        }
    }
}

/// The queue is responsible for the message: it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its number in the queue.
    pub message: QueueId,
    /// Its journey.
    pub journey: JourneyId,
}

/// The message was not accepted; nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// No disk space is left; otherwise the store failed.
    pub full: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.full {
            true => "no disk space is left",
            false => "the store failed",
        })
    }
}

impl std::error::Error for Refusal {}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal {
            full: matches!(fault, Fault::Full),
        }
    }
}
