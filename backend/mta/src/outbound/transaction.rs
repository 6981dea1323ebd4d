//! A message handed to an open connection, and the result that comes back. Holds no logic: the pool
//! and the connection's session both build on it.

use event::Recorder;
use mail::QueueId;
use mail::session::TlsInfo;
use smtp::client::{OutgoingMessage, RecipientResult};
use std::sync::Arc;
use store::{BlobRef, Fault, Store};
use tokio::sync::{mpsc, oneshot};
use world::CertificateFault;

/// A message on its way to a connection.
pub(super) struct OutboundTransaction {
    pub(super) id: QueueId,
    /// Envelope and parameters.
    pub(super) message: OutgoingMessage,
    /// Header fields of this host that go before the content.
    pub(super) prefix: Arc<[u8]>,
    pub(super) content: MessageSource,
    /// Size of prefix and content.
    pub(super) bytes: u64,
    /// Records into the message's journey.
    pub(super) recorder: Recorder,
    /// Receives the result; closed where the attempt was given up.
    pub(super) result: oneshot::Sender<TransactionResult>,
    /// The connection's own handle, so that it can return to the pool.
    pub(super) connection: PooledConnection,
}

/// An open connection that accepts further messages. When the last handle is dropped, the
/// connection ends with QUIT.
pub(super) struct PooledConnection {
    pub(super) transactions: mpsc::Sender<OutboundTransaction>,
    pub(super) host: String,
}

/// Where a message's content is read from.
#[derive(Clone)]
pub(super) enum MessageSource {
    /// The store.
    Stored(BlobRef),
    /// Memory: the message was accepted a moment ago.
    Memory(Arc<[u8]>),
}

impl MessageSource {
    pub(super) async fn read(
        &self,
        store: &Store,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, Fault> {
        match self {
            MessageSource::Stored(blob) => store.read_content(*blob, offset, len).await,
            MessageSource::Memory(bytes) => {
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
            }
        }
    }
}

/// The result of one transaction.
pub(super) struct TransactionResult {
    pub(super) conclusion: Conclusion,
    /// The connection's handshake, where there was one.
    pub(super) tls: Option<TlsInfo>,
    /// The remote host offers DSN, so it notifies senders itself (RFC 3461 §5.2).
    pub(super) dsn: bool,
    /// What was wrong with the remote host's certificate.
    pub(super) certificate: Option<CertificateFault>,
}

/// How far a transaction came.
pub(super) enum Conclusion {
    /// The message was offered: one result for each of its recipients, in their order.
    Recipients(Vec<RecipientResult>),
    /// The conversation failed before the message was offered.
    Failed(RecipientResult),
}
