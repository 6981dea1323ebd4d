//! The real world: the system's clock, randomness, sockets, DNS and TLS. Native only; the only
//! place that names tokio's runtime.

mod dane;
mod dns;
mod tls;

pub use dns::{ANSWER_MAX, Dnssec, SystemDns};
pub use tls::{RustTls, TlsError, make_authority, make_certificate};

use crate::lock;
use crate::{BoxFuture, Clock, Connection, Listener, Network, Rng, Tasks};
use mail::{Duration, Time};
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Instant, SystemTime};
use tokio::net::{TcpListener, TcpStream};

/// The system's clock. Waiting uses the monotonic clock, so that a jump of the wall clock neither
/// wakes nor delays anybody by more than one look.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> Time {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        // A year at most: tokio's timer has an end.
        let length = at.since(self.now()).min(Duration::from_secs(365 * 86_400));
        Box::pin(tokio::time::sleep_until((Instant::now() + length).into()))
    }
}

/// The system's randomness. Small pieces are cut from a larger one, each octet once: every message
/// asks for several.
pub struct SystemChance {
    system: ring::rand::SystemRandom,
    stock: Mutex<Stock>,
}

// Unused octets stand at the end; the used ones are zeros.
struct Stock {
    bytes: [u8; STOCK_BYTES],
    left: usize,
}

const STOCK_BYTES: usize = 512;
// Larger pieces come from the system.
const PIECE_BYTES_MAX: usize = 64;

impl Default for SystemChance {
    fn default() -> Self {
        SystemChance {
            system: ring::rand::SystemRandom::new(),
            stock: Mutex::new(Stock {
                bytes: [0; STOCK_BYTES],
                left: 0,
            }),
        }
    }
}

impl SystemChance {
    fn ask(&self, bytes: &mut [u8]) {
        // Without randomness no token is safe: better to end than to go on with zeros.
        ring::rand::SecureRandom::fill(&self.system, bytes).expect("the system gives randomness");
    }
}

impl Rng for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > PIECE_BYTES_MAX {
            return self.ask(bytes);
        }
        let mut stock = lock(&self.stock);
        if stock.left < bytes.len() {
            self.ask(&mut stock.bytes);
            stock.left = STOCK_BYTES;
        }
        let from = STOCK_BYTES - stock.left;
        let piece = &mut stock.bytes[from..from + bytes.len()];
        bytes.copy_from_slice(piece);
        piece.fill(0);
        stock.left -= bytes.len();
    }
}

/// Tasks on tokio's runtime.
pub struct TokioTasks(pub tokio::runtime::Handle);

impl Tasks for TokioTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}

/// TCP.
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
            wrap(stream, to)
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
            // Replies are gathered by the driver; waiting for more would only delay them. Each
            // accepted connection has it from here.
            socket.set_nodelay(true)?;
            socket.bind(at)?;
            let listener = socket.listen(1024)?;
            let local = listener.local_addr()?;
            Ok(Box::new(Tcp { listener, local }) as Box<dyn Listener>)
        })
    }
}

fn wrap(stream: TcpStream, remote: SocketAddr) -> io::Result<Connection> {
    let (local, remote) = (plain(stream.local_addr()?), plain(remote));
    Ok(Connection {
        stream: Box::new(stream),
        local,
        remote,
        tls: None,
    })
}

// A listener on `[::]` sees IPv4 clients mapped into IPv6 (RFC 4291 §2.5.5.2); to everyone above
// they are what they are.
fn plain(address: SocketAddr) -> SocketAddr {
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
                .and_then(|(stream, remote)| wrap(stream, remote))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_piece_of_chance_comes_twice_and_none_is_kept() {
        let rng = SystemChance::default();
        let mut seen = HashSet::new();
        for length in [
            16,
            33,
            PIECE_BYTES_MAX,
            PIECE_BYTES_MAX + 1,
            STOCK_BYTES + 1,
        ]
        .into_iter()
        .cycle()
        .take(500)
        {
            let mut piece = vec![0; length];
            rng.fill(&mut piece);
            for part in piece.chunks_exact(8) {
                assert!(seen.insert(part.to_vec()), "eight octets came twice");
            }
        }
        let stock = rng.stock.lock().unwrap();
        assert!(
            stock.bytes[..STOCK_BYTES - stock.left]
                .iter()
                .all(|byte| *byte == 0)
        );
    }
}
