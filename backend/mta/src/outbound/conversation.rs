//! One connection to another host, as a task of its own: it outlives the message for which it was
//! opened, rests, and takes further ones. Here is the role behind `smtp::client`: it gives the
//! session each message and its bytes, records into that message's journey, and tells what became
//! of it.

use super::lane::{Lane, Link};
use event::{Kind, Recorder};
use mail::session::{Line, Session, Step, TlsInfo};
use mail::{Duration, QueueId, Reply, Time};
use smtp::client::{Answer, Ask, Client, Fate, Notice, OutgoingMessage};
use std::sync::Arc;
use store::{BlobRef, Fault, Store};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use world::{CertificateFault, Connection, Decide, End, Side, World, drive};

/// Octets read from the store at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A message handed to a connection.
pub(super) struct Parcel {
    pub(super) id: QueueId,
    /// Its envelope.
    pub(super) message: OutgoingMessage,
    /// What goes before the content.
    pub(super) prefix: Arc<[u8]>,
    /// The content.
    pub(super) content: Source,
    /// Octets of both.
    pub(super) bytes: u64,
    /// Of its journey.
    pub(super) recorder: Recorder,
    /// Who wants to know.
    pub(super) tell: oneshot::Sender<Told>,
    /// The connection's own handle, so that it can rest again.
    pub(super) link: Link,
}

/// Where a message's bytes come from.
#[derive(Clone)]
pub(super) enum Source {
    /// The store.
    Kept(BlobRef),
    /// Still in hand.
    Here(Arc<[u8]>),
}

impl Source {
    async fn read(&self, store: &Store, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        match self {
            Source::Kept(blob) => store.read_content(*blob, offset, len).await,
            Source::Here(bytes) => {
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
            }
        }
    }
}

/// What one conversation came to, for one message.
pub(super) struct Told {
    pub(super) became: Became,
    /// The handshake.
    pub(super) tls: Option<TlsInfo>,
    /// The host tells senders what becomes of messages (RFC 3461).
    pub(super) dsn: bool,
    /// What was wrong with the certificate.
    pub(super) certificate: Option<CertificateFault>,
}

/// See [`Told`].
pub(super) enum Became {
    /// One fate for each recipient of the message.
    Fates(Vec<Fate>),
    /// It never came to the message.
    Failed(Fate),
}

/// A connection to be spoken on.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) config: Arc<smtp::client::Config>,
    pub(super) side: Side,
    /// Given back when the connection has ended.
    pub(super) place: Arc<OwnedSemaphorePermit>,
    pub(super) parcels: mpsc::Receiver<Parcel>,
    pub(super) lane: Arc<Lane>,
    /// Messages on this connection.
    pub(super) messages_max: u32,
}

/// Speaks to the end. The first message waits among the parcels.
pub(super) async fn converse(world: World, store: Store, mut opened: Opened) {
    let Ok(first) = opened.parcels.try_recv() else {
        return;
    };
    let begun = world.now();
    let tls = opened.connection.tls.clone();
    let mut rng = [0; _];
    world.rng.fill(&mut rng);
    let mut session = Client::new(opened.config, tls.is_some()).with_chance(rng);
    if let Some(tls) = &tls {
        session = session.with_tls(tls);
    }
    let mut role = Speaking {
        world: world.clone(),
        store,
        parcels: opened.parcels,
        lane: opened.lane.clone(),
        messages_left: opened.messages_max,
        next: Some(first),
        open: None,
        last: None,
        tls,
        dsn: false,
        certificate: None,
        ended: false,
    };
    if let End::Lost(error) = drive(
        &world,
        opened.connection,
        &mut session,
        &mut role,
        opened.side,
    )
    .await
    {
        tracing::debug!(%error, "a connection was broken off");
        role.certificate = CertificateFault::of(&error);
        role.ask_what_became(&mut session).await;
    }
    role.closed(world.now().since(begun));
    drop(role);
    opened.lane.forget_ended();
    drop(opened.place);
}

struct Speaking {
    world: World,
    store: Store,
    parcels: mpsc::Receiver<Parcel>,
    lane: Arc<Lane>,
    messages_left: u32,
    /// Handed over, not begun.
    next: Option<Parcel>,
    /// Under way.
    open: Option<Open>,
    /// Of the message that was last: what is said at the end belongs to it.
    last: Option<Recorder>,
    tls: Option<TlsInfo>,
    dsn: bool,
    certificate: Option<CertificateFault>,
    ended: bool,
}

struct Open {
    id: QueueId,
    prefix: Arc<[u8]>,
    content: Source,
    bytes: u64,
    /// How far the message has been given: the prefix first, then the content.
    given: u64,
    tell: oneshot::Sender<Told>,
    link: Link,
}

impl Speaking {
    // Who is spoken of: the message under way, the one that waits, the one before.
    fn recorder(&mut self) -> Option<&mut Recorder> {
        match (&self.open, &mut self.next) {
            (None, Some(next)) if self.last.is_none() => Some(&mut next.recorder),
            _ => self.last.as_mut(),
        }
    }

    fn begin(&mut self, parcel: Parcel) -> Answer {
        let Parcel {
            id,
            message,
            prefix,
            content,
            bytes: length,
            mut recorder,
            tell,
            link,
        } = parcel;
        if self.tls.is_some() {
            recorder.set_sealed();
        }
        self.messages_left = self.messages_left.saturating_sub(1);
        self.last = Some(recorder);
        self.open = Some(Open {
            id,
            prefix,
            content,
            bytes: length,
            given: 0,
            tell,
            link,
        });
        Answer::Message(message)
    }

    fn tell(&mut self, became: Became, rests: bool) {
        let told = Told {
            became,
            tls: self.tls.clone(),
            dsn: self.dsn,
            certificate: self.certificate,
        };
        if let Some(open) = self.open.take() {
            // Rests before it is told: whoever follows finds it.
            if rests && self.messages_left > 0 {
                self.lane.rest(open.link);
            }
            let _ = open.tell.send(told);
        } else if let Some(parcel) = self.next.take() {
            self.last = Some(parcel.recorder);
            let _ = parcel.tell.send(told);
        }
    }

    async fn piece(&mut self) -> Answer {
        let Some(open) = &mut self.open else {
            return Answer::Abort;
        };
        if open.tell.is_closed() {
            // Nobody waits for it any more: the attempt took too long, and will be made again.
            return Answer::Abort;
        }
        let prefix = open.prefix.len() as u64;
        if open.given < prefix {
            open.given = prefix;
            return Answer::Body(open.prefix.to_vec());
        }
        if open.given >= open.bytes {
            return Answer::BodyEnd;
        }
        match open
            .content
            .read(&self.store, open.given - prefix, PIECE_BYTES)
            .await
        {
            // Shorter than it was when it came: something is wrong with it.
            Ok(bytes) if bytes.is_empty() => Answer::Abort,
            Ok(bytes) => {
                open.given += bytes.len() as u64;
                Answer::Body(bytes)
            }
            Err(error) => {
                tracing::error!(message = %open.id, %error, "a message cannot be read");
                Answer::Abort
            }
        }
    }

    // After a connection was broken off by the network: lets the session say what that means for
    // the message.
    async fn ask_what_became(&mut self, session: &mut Client) {
        self.ended = true;
        session.closed(self.now());
        while let Some(step) = session.step() {
            match step {
                // Nothing more can be sent, so nothing more is read.
                Step::Ask(Ask::Body) => session.answer(Answer::BodyEnd, self.now()),
                Step::Ask(Ask::Next(_)) => session.answer(Answer::Quit, self.now()),
                Step::Ask(ask) => {
                    let answer = self.decide(ask).await;
                    session.answer(answer, self.now());
                }
                Step::Trace(line) => self.saw(line),
                Step::Send(_) | Step::StartTls => {}
                Step::Done => return,
            }
        }
    }

    // Whoever still waits hears that nothing came of it.
    fn closed(&mut self, after: Duration) {
        if self.open.is_some() || (self.last.is_none() && self.next.is_some()) {
            let reply = Reply::new(451, (4, 4, 2), "the connection was lost");
            self.tell(
                Became::Failed(Fate {
                    reply,
                    theirs: false,
                    at: "greeting",
                    uncertain: false,
                }),
                false,
            );
        }
        let now = self.now();
        if let Some(recorder) = &mut self.last {
            recorder.emit(now, Kind::Closed { after });
        }
        // A parcel that came too late is dropped: its sender sees that and opens another
        // connection.
    }

    fn now(&self) -> Time {
        self.world.now()
    }
}

impl Decide<Client> for Speaking {
    async fn decide(&mut self, ask: Ask) -> Answer {
        match ask {
            // What the certificate must be was said to the handshake.
            Ask::TlsStarted(_) => Answer::Go,
            Ask::Next(offers) => {
                self.dsn = offers.dsn;
                if self.next.is_none() {
                    self.next = self.parcels.try_recv().ok();
                }
                match self.next.take() {
                    Some(parcel) => self.begin(parcel),
                    None if self.messages_left > 0 => Answer::Wait,
                    None => Answer::Quit,
                }
            }
            Ask::Body => self.piece().await,
            Ask::Outcome(fates) => {
                self.tell(Became::Fates(fates), !self.ended);
                Answer::Go
            }
            Ask::Failed(fate) => {
                self.tell(Became::Failed(fate), false);
                Answer::Go
            }
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.ended || self.next.is_some() {
            std::future::pending::<()>().await;
        }
        match self.parcels.recv().await {
            Some(parcel) => {
                self.next = Some(parcel);
                Notice::Ready
            }
            // Nobody will hand over anything more.
            None => {
                self.ended = true;
                Notice::Shutdown
            }
        }
    }

    fn saw(&mut self, line: Line) {
        let now = self.now();
        if let Some(recorder) = self.recorder() {
            recorder.line(now, line);
        }
    }

    fn sealed(&mut self, tls: &TlsInfo) {
        self.tls = Some(tls.clone());
        let (now, tls) = (self.now(), tls.clone());
        if let Some(recorder) = self.recorder() {
            recorder.tls(now, tls);
        }
    }
}
