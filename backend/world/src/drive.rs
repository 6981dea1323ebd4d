//! The driver: runs a session on a byte stream and asks its role for decisions. The same for all
//! protocols.
//!
//! Failures: a write without progress for [`WRITE_STALL_MAX`] ends the connection; the end of the
//! stream is passed to the session; I/O errors end the connection and are returned for the log.

use crate::{Connection, Stream, World};
use mail::session::{Line, Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};
use std::future::{Future, pending, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::Poll;
use tokio::io::{AsyncWriteExt, ReadBuf};

/// A role: answers the questions of a session.
pub trait Decide<S: Session>: Send {
    /// Answers a question. Nothing is read from the peer meanwhile.
    fn decide(&mut self, query: S::Query) -> impl Future<Output = S::Decision> + Send;

    /// The next notice that the role has for the session. The future is dropped, and the method
    /// called again, whenever something else happens first.
    fn notice(&mut self) -> impl Future<Output = S::Notice> + Send {
        pending()
    }

    /// Called for each line that was sent or received.
    fn trace(&mut self, _line: Line) {}

    /// Called after the TLS handshake.
    fn tls_started(&mut self, _tls: &TlsInfo) {}
}

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// The session ended it.
    Done,
    /// The peer disconnected or the network failed.
    Lost(io::Error),
}

/// The side of the handshake that this host takes.
#[derive(Clone, Debug)]
pub enum Side {
    /// The server side.
    Server,
    /// The client side: the name of the server, and how its certificate is checked.
    Client(String, crate::TlsCheck),
}

/// Time limit of a write that makes no progress.
pub const WRITE_STALL_MAX: Duration = Duration::from_secs(300);
// The size of one read. The buffer is on the stack of the poll, so that an idle connection has
// none.
const READ_BYTES: usize = 8 * 1024;
// The size at which collected output is written.
const OUTPUT_BYTES_MAX: usize = 32 * 1024;

/// Runs `session` to its end. With implicit TLS the handshake must be made before.
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
    // A failure to close the stream is not a failure of the session.
    let _ = world
        .within(Duration::from_secs(5), connection.stream.shutdown())
        .await;
    end
}

// Carries out all steps of the session; true when it is done.
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
    let (mut out, mut sent_lines): (Vec<u8>, Vec<Line>) = Default::default();
    while let Some(step) = session.step() {
        match step {
            Step::Send(bytes) if out.is_empty() => out = bytes,
            Step::Send(bytes) => out.extend_from_slice(&bytes),
            // Lines of this side are traced after they were sent, so that the peer does not wait
            // for the trace. The order of lines stays.
            Step::Trace(line) if line.speaker == own || !sent_lines.is_empty() => {
                sent_lines.push(line);
            }
            Step::Trace(line) => role.trace(line),
            Step::Query(query) => {
                sent_lines.drain(..).for_each(|line| role.trace(line));
                let answer = role.decide(query).await;
                session.answer(answer, world.now());
            }
            Step::StartTls => {
                send(world, connection, &mut out, &mut sent_lines, role).await?;
                let tls = start_tls(world, connection, side).await?;
                role.tls_started(&tls);
                session.tls_started(tls, world.now());
            }
            Step::Done => {
                send(world, connection, &mut out, &mut sent_lines, role).await?;
                return Ok(true);
            }
        }
        if out.len() >= OUTPUT_BYTES_MAX {
            send(world, connection, &mut out, &mut sent_lines, role).await?;
        }
    }
    send(world, connection, &mut out, &mut sent_lines, role).await?;
    Ok(false)
}

// Sends the output, then traces its lines, also when sending failed.
async fn send<S: Session, R: Decide<S>>(
    world: &World,
    connection: &mut Connection,
    out: &mut Vec<u8>,
    sent_lines: &mut Vec<Line>,
    role: &mut R,
) -> io::Result<()> {
    let sent = flush(world, connection.stream.as_mut(), out).await;
    sent_lines.drain(..).for_each(|line| role.trace(line));
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

/// The longest time that a handshake may take.
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

enum WakeReason<N> {
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
        read = read_into(world, stream, session) => WakeReason::Read(read),
        notice = role.notice() => WakeReason::Notice(notice),
        () = until(world, deadline) => WakeReason::Deadline,
    };
    match woken {
        WakeReason::Read(done) => done?,
        WakeReason::Notice(notice) => session.notice(notice, world.now()),
        WakeReason::Deadline => session.tick(world.now()),
    }
    Ok(())
}

async fn until(world: &World, deadline: Option<Time>) {
    match deadline {
        Some(at) => world.clock.sleep_until(at).await,
        None => pending().await,
    }
}

// Reads once and passes the bytes on within the poll, so that the buffer is not part of the future.
async fn read_into<S: Session>(
    world: &World,
    stream: &mut dyn Stream,
    session: &mut S,
) -> io::Result<()> {
    poll_fn(|cx| {
        // Not initialized: this is polled many times for each message, mostly for nothing or a
        // line.
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
