//! The one driver: runs any session on any byte stream, asking its role for decisions. Protocols do
//! not appear here.
//!
//! Failures: a write that makes no progress for [`WRITE_STALL_MAX`] ends the connection; an end of
//! stream is told to the session, which decides what it means; I/O errors end the connection and
//! are returned for the log.

use crate::{Connection, Stream, World};
use mail::session::{Line, Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};
use std::future::{Future, pending, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::Poll;
use tokio::io::{AsyncWriteExt, ReadBuf};

/// The role that decides for a session.
pub trait Decide<S: Session>: Send {
    /// Decides. While it works, nothing is read from the peer.
    fn decide(&mut self, ask: S::Ask) -> impl Future<Output = S::Answer> + Send;

    /// What the role has to report on its own; dropped and called again whenever something else
    /// happens first.
    fn notice(&mut self) -> impl Future<Output = S::Notice> + Send {
        pending()
    }

    /// A line was spoken.
    fn saw(&mut self, _line: Line) {}

    /// The handshake is done.
    fn sealed(&mut self, _tls: &TlsInfo) {}
}

/// How a conversation ended.
#[derive(Debug)]
pub enum End {
    /// The session said so.
    Done,
    /// The peer went away or the network failed.
    Lost(io::Error),
}

/// Which side of the handshake this host takes.
#[derive(Clone, Debug)]
pub enum Side {
    /// We listen.
    Server,
    /// We opened the connection: to whom, and how strictly.
    Client(String, crate::TlsCheck),
}

/// How long a peer may take without accepting any byte.
pub const WRITE_STALL_MAX: Duration = Duration::from_secs(300);
// One read's size: on the stack of the poll, so that an idle connection holds no buffer.
const READ_BYTES: usize = 8 * 1024;
// Replies are gathered up to here before they are written.
const GATHER_BYTES: usize = 32 * 1024;

/// Runs `session` to its end. For implicit TLS make the handshake before.
pub async fn drive<S: Session, R: Decide<S>>(
    world: &World,
    mut connection: Connection,
    session: &mut S,
    role: &mut R,
    side: Side,
) -> End {
    session.start(world.now());
    let end = loop {
        match run_steps(world, &mut connection, session, role, &side).await {
            Ok(true) => break End::Done,
            Ok(false) => {}
            Err(e) => break End::Lost(e),
        }
        match wait(world, connection.stream.as_mut(), session, role).await {
            Ok(()) => {}
            Err(e) => break End::Lost(e),
        }
    };
    // A close that cannot be said politely is no failure of the conversation.
    let _ = world
        .within(Duration::from_secs(5), connection.stream.shutdown())
        .await;
    end
}

// Carries out every step there is; true when the session is done.
async fn run_steps<S: Session, R: Decide<S>>(
    world: &World,
    connection: &mut Connection,
    session: &mut S,
    role: &mut R,
    side: &Side,
) -> io::Result<bool> {
    let own = match side {
        Side::Server => Speaker::Server,
        Side::Client(..) => Speaker::Client,
    };
    let (mut out, mut said): (Vec<u8>, Vec<Line>) = Default::default();
    while let Some(step) = session.step() {
        match step {
            Step::Send(bytes) if out.is_empty() => out = bytes,
            Step::Send(bytes) => out.extend_from_slice(&bytes),
            // What this side says is told of when it is on its way: the peer need not wait for
            // that. The order stays.
            Step::Trace(line) if line.speaker == own || !said.is_empty() => said.push(line),
            Step::Trace(line) => role.saw(line),
            Step::Ask(ask) => {
                said.drain(..).for_each(|line| role.saw(line));
                let answer = role.decide(ask).await;
                session.answer(answer, world.now());
            }
            Step::StartTls => {
                send(world, connection, &mut out, &mut said, role).await?;
                let tls = start_tls(world, connection, side).await?;
                role.sealed(&tls);
                session.tls_started(tls, world.now());
            }
            Step::Done => {
                send(world, connection, &mut out, &mut said, role).await?;
                return Ok(true);
            }
        }
        if out.len() >= GATHER_BYTES {
            send(world, connection, &mut out, &mut said, role).await?;
        }
    }
    send(world, connection, &mut out, &mut said, role).await?;
    Ok(false)
}

// Sends, then tells of it; also where it did not arrive.
async fn send<S: Session, R: Decide<S>>(
    world: &World,
    connection: &mut Connection,
    out: &mut Vec<u8>,
    said: &mut Vec<Line>,
    role: &mut R,
) -> io::Result<()> {
    let sent = flush(world, connection.stream.as_mut(), out).await;
    said.drain(..).for_each(|line| role.saw(line));
    sent
}

async fn start_tls(world: &World, connection: &mut Connection, side: &Side) -> io::Result<TlsInfo> {
    let plain = std::mem::replace(
        &mut connection.stream,
        Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink())),
    );
    let handshake = match side {
        Side::Server => world.tls.accept(plain),
        Side::Client(name, check) => world.tls.connect(plain, name, check.clone()),
    };
    let (stream, tls) = world
        .within(HANDSHAKE_MAX, handshake)
        .await
        .unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))?;
    connection.stream = stream;
    connection.tls = Some(tls.clone());
    Ok(tls)
}

/// How long a handshake may take.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(60);

async fn flush(world: &World, stream: &mut dyn Stream, out: &mut Vec<u8>) -> io::Result<()> {
    let mut rest = out.as_slice();
    while !rest.is_empty() {
        let written = world
            .within(WRITE_STALL_MAX, stream.write(rest))
            .await
            .unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        rest = &rest[written..];
    }
    if !out.is_empty() {
        out.clear();
        world
            .within(WRITE_STALL_MAX, stream.flush())
            .await
            .unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))?;
    }
    Ok(())
}

enum Woken<N> {
    Read(io::Result<()>),
    Notice(N),
    Deadline,
}

async fn wait<S: Session, R: Decide<S>>(
    world: &World,
    stream: &mut dyn Stream,
    session: &mut S,
    role: &mut R,
) -> io::Result<()> {
    let deadline = session.deadline();
    let woken = tokio::select! {
        biased;
        read = read_into(world, stream, session) => Woken::Read(read),
        notice = role.notice() => Woken::Notice(notice),
        () = until(world, deadline) => Woken::Deadline,
    };
    match woken {
        Woken::Read(done) => done?,
        Woken::Notice(notice) => session.notice(notice, world.now()),
        Woken::Deadline => session.tick(world.now()),
    }
    Ok(())
}

async fn until(world: &World, deadline: Option<Time>) {
    match deadline {
        Some(at) => world.clock.sleep_until(at).await,
        None => pending().await,
    }
}

// Reads once and hands the bytes on within the poll: the buffer never becomes part of the waiting
// future.
async fn read_into<S: Session>(
    world: &World,
    stream: &mut dyn Stream,
    session: &mut S,
) -> io::Result<()> {
    poll_fn(|cx| {
        // Not cleared first: it is asked many times for each message, and mostly nothing or a line
        // is there.
        let mut bytes = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut bytes);
        match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            Poll::Ready(Ok(())) => {
                let filled = buffer.filled();
                if filled.is_empty() {
                    session.closed(world.now());
                } else {
                    session.receive(filled, world.now());
                }
                Poll::Ready(Ok(()))
            }
        }
    })
    .await
}
