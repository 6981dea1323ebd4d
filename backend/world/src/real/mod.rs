//! The real world: the system's clock, random numbers, sockets, DNS and TLS. Native only, and the
//! only user of tokio's runtime.

mod dane;
mod dns;
mod tcp;
mod tls;
mod verifier;

pub use dns::{ANSWER_MAX, Dnssec, SystemDns};
pub use tls::{RustTls, TlsSetupError, make_authority, make_certificate};

use crate::lock;
use crate::{BoxFuture, Clock, Connection, Listener, Network, Rng, Tasks};
use mail::{Duration, Time};
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Instant, SystemTime};
use tokio::net::{TcpListener, TcpStream};

/// The system's clock. Timers use the monotonic clock, so that a jump of the wall clock neither
/// fires nor delays them.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the implementation of the clock"
    )]
    fn now(&self) -> Time {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the implementation of the clock"
    )]
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        // At most a year: tokio's timers are limited.
        let length = at.since(self.now()).min(Duration::from_secs(365 * 86_400));
        Box::pin(tokio::time::sleep_until((Instant::now() + length).into()))
    }
}

/// The system's random number generator. Small requests, of which every message makes several, are
/// served from a buffer, each byte once.
pub struct SystemRng {
    system: ring::rand::SystemRandom,
    buffer: Mutex<Buffer>,
}

// Unused bytes are at the end; used ones are zeroed.
struct Buffer {
    bytes: [u8; BUFFER_BYTES],
    left: usize,
}

const BUFFER_BYTES: usize = 512;
// The largest request that is served from the buffer.
const BUFFERED_BYTES_MAX: usize = 64;

impl Default for SystemRng {
    fn default() -> Self {
        SystemRng {
            system: ring::rand::SystemRandom::new(),
            buffer: Mutex::new(Buffer {
                bytes: [0; BUFFER_BYTES],
                left: 0,
            }),
        }
    }
}

impl SystemRng {
    fn fill_from_system(&self, bytes: &mut [u8]) {
        // Without random numbers no token is safe, so the program must not go on.
        ring::rand::SecureRandom::fill(&self.system, bytes)
            .expect("the system provides random numbers");
    }
}

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > BUFFERED_BYTES_MAX {
            return self.fill_from_system(bytes);
        }
        let mut buffer = lock(&self.buffer);
        if buffer.left < bytes.len() {
            self.fill_from_system(&mut buffer.bytes);
            buffer.left = BUFFER_BYTES;
        }
        let from = BUFFER_BYTES - buffer.left;
        let piece = &mut buffer.bytes[from..from + bytes.len()];
        bytes.copy_from_slice(piece);
        piece.fill(0);
        buffer.left -= bytes.len();
    }
}

/// Runs tasks on tokio's runtime.
pub struct TokioTasks(pub tokio::runtime::Handle);

impl Tasks for TokioTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}

/// TCP sockets.
pub struct TcpNetwork;

impl Network for TcpNetwork {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that opens sockets"
    )]
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(async move {
            let stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            connection(stream, to)
        })
    }

    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let socket = if at.is_ipv4() {
                tokio::net::TcpSocket::new_v4()?
            } else {
                tokio::net::TcpSocket::new_v6()?
            };
            socket.set_reuseaddr(true)?;
            // The driver collects output, so Nagle's algorithm would only delay it. Accepted
            // connections inherit the option.
            socket.set_nodelay(true)?;
            socket.bind(at)?;
            let listener = socket.listen(1024)?;
            let local = listener.local_addr()?;
            Ok(Box::new(Tcp { listener, local }) as Box<dyn Listener>)
        })
    }
}

fn connection(stream: TcpStream, remote: SocketAddr) -> io::Result<Connection> {
    let (local, remote) = (canonical(stream.local_addr()?), canonical(remote));
    Ok(Connection {
        stream: Box::new(stream),
        local,
        remote,
        tls: None,
    })
}

fn accepted(stream: TcpStream, remote: SocketAddr) -> io::Result<Connection> {
    let (local, remote) = (canonical(stream.local_addr()?), canonical(remote));
    Ok(Connection {
        stream: Box::new(tcp::PromptTcp::new(stream)),
        local,
        remote,
        tls: None,
    })
}

// Converts an IPv4-mapped address (RFC 4291 §2.5.5.2), as a listener on `[::]` sees IPv4 clients.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}

struct Tcp {
    listener: TcpListener,
    local: SocketAddr,
}

impl Listener for Tcp {
    fn local(&self) -> SocketAddr {
        self.local
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(async move {
            self.listener
                .accept()
                .await
                .and_then(|(stream, remote)| accepted(stream, remote))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn random_bytes_are_used_once_and_zeroed() {
        let rng = SystemRng::default();
        let mut seen = HashSet::new();
        for length in [
            16,
            33,
            BUFFERED_BYTES_MAX,
            BUFFERED_BYTES_MAX + 1,
            BUFFER_BYTES + 1,
        ]
        .into_iter()
        .cycle()
        .take(500)
        {
            let mut piece = vec![0; length];
            rng.fill(&mut piece);
            for part in piece.chunks_exact(8) {
                assert!(seen.insert(part.to_vec()), "eight bytes came twice");
            }
        }
        let buffer = rng.buffer.lock().unwrap();
        assert!(
            buffer.bytes[..BUFFER_BYTES - buffer.left]
                .iter()
                .all(|byte| *byte == 0)
        );
    }
}
