//! How messages leave the queue: the MDA puts them into mailboxes, the outbound MTA relays them to
//! other hosts.

use event::catalogue::delivery::QueueReason;
use event::{Diagnostic, Event};
use mail::{Envelope, Host, JourneyId, QueueId, Recipient, Reply, SpanId, Time};
use std::sync::Arc;
use store::{BlobRef, Content, Fault, Store, Tx};
use world::BoxFuture;

/// Delivers messages to a set of destinations.
pub trait Transport: Send + Sync {
    /// Whether this transport delivers to the host behind the `@`.
    fn handles<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>>;

    /// Whether delivery is part of the write that accepts the message, as for local mailboxes.
    fn delivers_on_accept(&self) -> bool;

    /// Delivers to `attempt.recipients`, which all have the same host. Returns one outcome for
    /// each, in their order. What it adds to `tx` is committed together with the outcomes. Events
    /// go to [`Tx::record`], or to the sink of the journeys during a dialogue.
    fn deliver<'a>(
        &'a self,
        attempt: &'a DeliveryAttempt<'a>,
        tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>>;
}

/// One attempt: a message, and the recipients of one host.
pub struct DeliveryAttempt<'a> {
    /// The message's number in the queue.
    pub message: QueueId,
    /// Its journey.
    pub journey: JourneyId,
    /// The connection that brought the message, or the previous attempt.
    pub parent: SpanId,
    /// This attempt's span.
    pub span: SpanId,
    /// Number of the attempt, from 1.
    pub number: u32,
    /// The whole envelope.
    pub envelope: &'a Envelope,
    /// The recipients of this attempt.
    pub recipients: &'a [Recipient],
    /// Header fields that this host put before the content, each with CRLF.
    pub prefix: &'a [u8],
    /// The content.
    pub content: QueuedContent<'a>,
    /// Size of prefix and content together.
    pub bytes: u64,
    /// When the message was accepted.
    pub arrived: Time,
    /// The present time.
    pub now: Time,
}

impl DeliveryAttempt<'_> {
    /// An event of this attempt, in a role.
    pub fn event(
        &self,
        host: &str,
        sequence: &event::Sequence,
        role: event::Role,
        kind: event::Kind,
    ) -> Event {
        Event {
            at: self.now,
            seq: sequence.next(),
            journey: Some(self.journey),
            span: self.span,
            parent: Some(self.parent),
            host: host.to_owned().into(),
            role,
            before: "".into(),
            after: "".into(),
            explain: kind.explain().into(),
            claimed: false,
            kind,
        }
    }
}

/// A message's content: in memory during acceptance and an immediate attempt, otherwise stored.
#[derive(Clone, Copy)]
pub struct QueuedContent<'a> {
    /// Where the content is stored, or will be once the write is durable.
    pub blob: BlobRef,
    /// The content during acceptance, when `blob` cannot be read yet.
    pub incoming: Option<&'a Content>,
    /// A copy in memory of stored content: small messages that have just been accepted.
    pub cached: Option<&'a Arc<[u8]>>,
}

impl<'a> QueuedContent<'a> {
    /// Stored content.
    pub fn stored(blob: BlobRef) -> QueuedContent<'a> {
        QueuedContent {
            blob,
            incoming: None,
            cached: None,
        }
    }

    /// The content of a message that is being accepted.
    pub fn incoming(blob: BlobRef, content: &'a Content) -> QueuedContent<'a> {
        QueuedContent {
            blob,
            incoming: Some(content),
            cached: None,
        }
    }

    /// Reads at most `len` bytes of the content from `offset`.
    ///
    /// # Errors
    /// As the store.
    pub async fn read(&self, store: &Store, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let bytes: &[u8] = match (self.incoming, self.cached) {
            (Some(Content::Small(bytes)), _) => bytes,
            (_, Some(cached)) => cached,
            _ => return store.read_content(self.blob, offset, len).await,
        };
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        Ok(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
    }
}

/// The result of an attempt for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// In a mailbox of this host; the event is part of the write.
    Delivered,
    /// The next host took responsibility.
    Relayed {
        /// Its name.
        host: String,
        /// Its final reply.
        reply: Reply,
        /// It supports DSN and was asked to notify the sender (RFC 3461 §5.2).
        notifies: bool,
    },
    /// Temporary failure: the other host's reply with that host's name, or this host's own reason.
    Deferred(Diagnostic, Option<String>),
    /// Permanent failure, likewise.
    Failed(Diagnostic, Option<String>),
    /// Nothing was tried, because the destination's connections are all in use. Not counted as an
    /// attempt.
    Busy,
}

impl DeliveryOutcome {
    /// A temporary failure of this host's store.
    pub fn deferred_by_store(fault: &Fault) -> DeliveryOutcome {
        let diagnostic = match fault {
            Fault::Full => Diagnostic::own(452, (4, 3, 1), QueueReason::DiskFull),
            _ => Diagnostic::own(451, (4, 3, 0), QueueReason::StoreFailure),
        };
        DeliveryOutcome::Deferred(diagnostic, None)
    }
}
