//! One connection to another host, as a task of its own: it outlives the message for which it was
//! opened, returns to the pool, and carries further messages. Contains the role behind
//! `smtp::client`: it supplies each message and its bytes, records into that message's journey, and
//! reports the result.

use super::pool::DestinationPool;
use super::transaction::{
    Conclusion, MessageSource, OutboundTransaction, PooledConnection, TransactionResult,
};
use event::{Kind, Recorder};
use mail::session::{Line, Session, Step, TlsInfo};
use mail::{Duration, QueueId, Time};
use smtp::client::{Client, Decision, LocalFailure, Notice, Phase, Query, RecipientResult};
use std::sync::Arc;
use store::Store;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use world::{CertificateFault, Connection, Decide, End, Side, World, drive};

/// Size of one read from the store.
const READ_BYTES: usize = 64 * 1024;

/// A new connection with what its session needs.
pub(super) struct OpenConnection {
    pub(super) connection: Connection,
    pub(super) config: Arc<smtp::client::Config>,
    pub(super) side: Side,
    /// Returned when the connection has ended.
    pub(super) permit: Arc<OwnedSemaphorePermit>,
    pub(super) transactions: mpsc::Receiver<OutboundTransaction>,
    pub(super) pool: Arc<DestinationPool>,
    /// Messages on this connection.
    pub(super) messages_max: u32,
}

/// Runs a connection to its end. The first message is already in the channel.
pub(super) async fn run(world: World, store: Store, mut opened: OpenConnection) {
    let Ok(first) = opened.transactions.try_recv() else {
        return;
    };
    let begun = world.now();
    let tls = opened.connection.tls.clone();
    let mut nonce = [0; _];
    world.rng.fill(&mut nonce);
    let mut session = Client::new(opened.config, tls.is_some()).with_rng(nonce);
    if let Some(tls) = &tls {
        session = session.with_tls(tls);
    }
    let mut role = OutboundSession {
        world: world.clone(),
        store,
        transactions: opened.transactions,
        pool: opened.pool.clone(),
        messages_left: opened.messages_max,
        next: Some(first),
        current: None,
        recorder: None,
        tls,
        dsn: false,
        certificate: None,
        ended: false,
    };
    let end = drive(
        &world,
        opened.connection,
        &mut session,
        &mut role,
        opened.side,
    )
    .await;
    if let End::Lost(error) = end {
        tracing::debug!(%error, "outbound connection lost");
        role.certificate = CertificateFault::of(&error);
        role.conclude_lost(&mut session).await;
    }
    role.closed(world.now().since(begun));
    drop(role);
    opened.pool.remove_closed();
    drop(opened.permit);
}

struct OutboundSession {
    world: World,
    store: Store,
    transactions: mpsc::Receiver<OutboundTransaction>,
    pool: Arc<DestinationPool>,
    messages_left: u32,
    /// Received from the channel, not begun.
    next: Option<OutboundTransaction>,
    current: Option<CurrentMessage>,
    /// Records into the journey of the current or last message: lines at the connection's end
    /// belong to the last one.
    recorder: Option<Recorder>,
    tls: Option<TlsInfo>,
    dsn: bool,
    certificate: Option<CertificateFault>,
    ended: bool,
}

struct CurrentMessage {
    id: QueueId,
    prefix: Arc<[u8]>,
    content: MessageSource,
    bytes: u64,
    /// Bytes given to the session so far: the prefix first, then the content.
    given: u64,
    result: oneshot::Sender<TransactionResult>,
    connection: PooledConnection,
}

impl OutboundSession {
    // The recorder of the message that lines belong to: the current one, or the first one that
    // waits, or the last one.
    fn recorder(&mut self) -> Option<&mut Recorder> {
        match (&self.current, &mut self.next) {
            (None, Some(next)) if self.recorder.is_none() => Some(&mut next.recorder),
            _ => self.recorder.as_mut(),
        }
    }

    fn begin(&mut self, transaction: OutboundTransaction) -> Decision {
        let OutboundTransaction {
            id,
            message,
            prefix,
            content,
            bytes,
            mut recorder,
            result,
            connection,
        } = transaction;
        if self.tls.is_some() {
            recorder.set_sealed();
        }
        self.messages_left = self.messages_left.saturating_sub(1);
        self.recorder = Some(recorder);
        self.current = Some(CurrentMessage {
            id,
            prefix,
            content,
            bytes,
            given: 0,
            result,
            connection,
        });
        Decision::Message(message)
    }

    fn conclude(&mut self, conclusion: Conclusion, reusable: bool) {
        let result = TransactionResult {
            conclusion,
            tls: self.tls.clone(),
            dsn: self.dsn,
            certificate: self.certificate,
        };
        if let Some(current) = self.current.take() {
            // Released before the result is sent, so that the next message finds the connection.
            if reusable && self.messages_left > 0 {
                self.pool.release(current.connection);
            }
            let _ = current.result.send(result);
        } else if let Some(next) = self.next.take() {
            self.recorder = Some(next.recorder);
            let _ = next.result.send(result);
        }
    }

    async fn read_body(&mut self) -> Decision {
        let Some(current) = &mut self.current else {
            return Decision::Abort;
        };
        if current.result.is_closed() {
            // The attempt took too long and was given up; it will be repeated.
            return Decision::Abort;
        }
        let prefix = current.prefix.len() as u64;
        if current.given < prefix {
            current.given = prefix;
            return Decision::Body(current.prefix.to_vec());
        }
        if current.given >= current.bytes {
            return Decision::BodyEnd;
        }
        let offset = current.given - prefix;
        match current.content.read(&self.store, offset, READ_BYTES).await {
            // The content is shorter than when it was accepted: it is damaged.
            Ok(bytes) if bytes.is_empty() => Decision::Abort,
            Ok(bytes) => {
                current.given += bytes.len() as u64;
                Decision::Body(bytes)
            }
            Err(error) => {
                tracing::error!(message = %current.id, %error, "cannot read a message from the store");
                Decision::Abort
            }
        }
    }

    // After the network broke the connection: lets the session decide what that means for the
    // message.
    async fn conclude_lost(&mut self, session: &mut Client) {
        self.ended = true;
        session.closed(self.now());
        while let Some(step) = session.step() {
            match step {
                // Nothing can be sent any more, so nothing is read.
                Step::Query(Query::Body) => session.answer(Decision::BodyEnd, self.now()),
                Step::Query(Query::Next(_)) => session.answer(Decision::Quit, self.now()),
                Step::Query(query) => {
                    let decision = self.decide(query).await;
                    session.answer(decision, self.now());
                }
                Step::Trace(line) => self.trace(line),
                Step::Send(_) | Step::StartTls => {}
                Step::Done => return,
            }
        }
    }

    // Reports a message that has no result yet.
    fn closed(&mut self, after: Duration) {
        if self.current.is_some() || (self.recorder.is_none() && self.next.is_some()) {
            let lost = RecipientResult::local(Phase::Greeting, LocalFailure::ConnectionLost);
            self.conclude(Conclusion::Failed(lost), false);
        }
        let now = self.now();
        if let Some(recorder) = &mut self.recorder {
            recorder.emit(now, Kind::Closed { after });
        }
        // A transaction that came too late is dropped: its sender notices and opens another
        // connection.
    }

    fn now(&self) -> Time {
        self.world.now()
    }
}

impl Decide<Client> for OutboundSession {
    async fn decide(&mut self, query: Query) -> Decision {
        match query {
            // The certificate was checked in the handshake.
            Query::TlsStarted(_) => Decision::Go,
            Query::Next(capabilities) => {
                self.dsn = capabilities.dsn;
                if self.next.is_none() {
                    self.next = self.transactions.try_recv().ok();
                }
                match self.next.take() {
                    Some(transaction) => self.begin(transaction),
                    None if self.messages_left > 0 => Decision::Wait,
                    None => Decision::Quit,
                }
            }
            Query::Body => self.read_body().await,
            Query::Results(results) => {
                self.conclude(Conclusion::Recipients(results), !self.ended);
                Decision::Go
            }
            Query::Failed(result) => {
                self.conclude(Conclusion::Failed(result), false);
                Decision::Go
            }
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.ended || self.next.is_some() {
            std::future::pending::<()>().await;
        }
        match self.transactions.recv().await {
            Some(transaction) => {
                self.next = Some(transaction);
                Notice::Ready
            }
            // Every handle of this connection is dropped.
            None => {
                self.ended = true;
                Notice::Shutdown
            }
        }
    }

    fn trace(&mut self, line: Line) {
        let now = self.now();
        if let Some(recorder) = self.recorder() {
            recorder.line(now, line);
        }
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        self.tls = Some(tls.clone());
        let (now, tls) = (self.now(), tls.clone());
        if let Some(recorder) = self.recorder() {
            recorder.tls(now, tls);
        }
    }
}
