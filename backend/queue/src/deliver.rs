//! The ways out of the queue: the mda puts messages into mailboxes, mta-outbound hands them to other
//! hosts.

use event::Event;
use mail::{Envelope, Host, JourneyId, QueueId, Recipient, Reply, SpanId, Time};
use std::sync::Arc;
use store::{BlobRef, Content, Fault, Store, Tx};
use world::BoxFuture;

/// A way out.
pub trait Transport: Send + Sync {
    /// True where this way leads to the host behind the `@`.
    fn takes<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>>;

    /// True where delivery is part of the write that accepts the message: our own mailboxes.
    fn at_once(&self) -> bool;

    /// Delivers to `job.recipients`, all of one host; answers one outcome for each, in their order.
    /// What it puts into `tx` happens together with what the queue makes of the outcomes.
    /// Events go to `tx.tell`, or to the journeys' sink while a dialogue goes on.
    fn deliver<'a>(&'a self, job: &'a Job<'a>, tx: &'a mut Tx) -> BoxFuture<'a, Vec<Outcome>>;
}

/// What is to be delivered.
pub struct Job<'a> {
    /// The message's number.
    pub message: QueueId,
    /// Its journey.
    pub journey: JourneyId,
    /// The connection that brought it, or the attempt before.
    pub parent: SpanId,
    /// This attempt's span.
    pub span: SpanId,
    /// Which attempt: 1, 2, 3 …
    pub attempt: u32,
    /// The whole envelope.
    pub envelope: &'a Envelope,
    /// Those to whom this job is about.
    pub recipients: &'a [Recipient],
    /// Header fields that this host put before the content, CRLF at their ends.
    pub prefix: &'a [u8],
    /// The content.
    pub body: Body<'a>,
    /// Octets of prefix and content together.
    pub bytes: u64,
    /// When the message came.
    pub arrived: Time,
    /// Now.
    pub now: Time,
}

/// A message's content: still in hand while it is being accepted, or kept.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// Where it lies, or will lie once the write is durable.
    pub blob: BlobRef,
    /// While it is being accepted.
    pub fresh: Option<&'a Content>,
    /// Durable, and still at hand as a whole: a small one that has just been accepted.
    pub at_hand: Option<&'a Arc<[u8]>>,
}

impl<'a> Body<'a> {
    /// One that is kept.
    pub fn kept(blob: BlobRef) -> Body<'a> {
        Body {
            blob,
            fresh: None,
            at_hand: None,
        }
    }

    /// One that is being accepted.
    pub fn fresh(blob: BlobRef, content: &'a Content) -> Body<'a> {
        Body {
            blob,
            fresh: Some(content),
            at_hand: None,
        }
    }

    /// At most `len` octets of the content from `offset`.
    ///
    /// # Errors
    /// As the store.
    pub async fn read(&self, store: &Store, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let here: &[u8] = match (self.fresh, self.at_hand) {
            (Some(Content::Small(bytes)), _) => bytes,
            (_, Some(bytes)) => bytes,
            _ => return store.read_content(self.blob, offset, len).await,
        };
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(here.len());
        Ok(here[from..from.saturating_add(len).min(here.len())].to_vec())
    }
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in a mailbox; the event is part of the write.
    Delivered,
    /// The next host took responsibility.
    Relayed {
        /// Its name.
        host: String,
        /// Its final reply.
        reply: Reply,
        /// It was asked to tell the sender what becomes of the message, and can (RFC 3461 §5.2).
        notifies: bool,
    },
    /// Not now; the other host's words or ours. The second is the host that spoke, where one did.
    Deferred(Reply, Option<String>),
    /// Never.
    Failed(Reply, Option<String>),
    /// So much is under way to this destination that nothing was tried: it does not count as an
    /// attempt.
    Busy,
}

impl Outcome {
    /// Not now, for a reason of our own.
    pub fn fault(fault: &Fault) -> Outcome {
        let reply = match fault {
            Fault::Full => Reply::new(452, (4, 3, 1), "no space is left on this host"),
            _ => Reply::new(451, (4, 3, 0), "this host's store failed"),
        };
        Outcome::Deferred(reply, None)
    }
}

/// Puts an event into the write where it belongs to the job's journey.
impl Job<'_> {
    /// An event of this job, in a role.
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
