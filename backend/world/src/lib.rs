//! Clock, chance, network, resolver, tasks and TLS behind traits, and the driver that runs any
//! session on any byte stream. Here, and only here, stand the real ones (`real`, native only); the
//! Lab has virtual ones. Knows no protocol.
//!
//! Architecture invariant: roles, queue and auth get all of this as an argument; ten nodes with ten
//! worlds live in one process.

mod drive;
pub mod https;
mod lock;
mod net;
#[cfg(not(target_arch = "wasm32"))]
pub mod real;
mod resolve;
pub mod still;
mod tls;
pub mod zone;

pub use drive::{Decide, End, HANDSHAKE_MAX, Side, drive};
pub use lock::lock;
pub use net::{Connection, Listener, Network, Stream, Tls};
pub use resolve::{Resolver, address_answers, type_of};
pub use tls::{CertificateFault, Dane, TlsCheck, Tlsa, TlsaMatching, TlsaSelector, TlsaUsage};

use event::Sequence;
use mail::{Duration, SpanId, Time};
use std::sync::Arc;
use std::task::Poll;

/// A future that can be kept and sent.
pub type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// The time, and waiting for it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Time;
    /// Ends when the time has come; at once where it is past.
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()>;
}

/// Chance: unguessable in the real world, seeded in a virtual one.
pub trait Rng: Send + Sync {
    /// Fills with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A random number.
    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A random number below `bound`; 0 where the bound is 0.
    fn below(&self, bound: u64) -> u64 {
        // The bias of one part in 2^64 / bound does not matter for jitter and the order of hosts.
        ((u128::from(self.number()) * u128::from(bound)) >> 64) as u64
    }
}

/// Runs something beside.
pub trait Tasks: Send + Sync {
    /// Starts a task that ends by itself.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// Everything outside of one host.
#[derive(Clone)]
pub struct World {
    /// The host's clock.
    pub clock: Arc<dyn Clock>,
    /// Its chance.
    pub rng: Arc<dyn Rng>,
    /// Its network.
    pub network: Arc<dyn Network>,
    /// Its DNS.
    pub resolver: Arc<dyn Resolver>,
    /// Its tasks.
    pub tasks: Arc<dyn Tasks>,
    /// Its certificate and trust.
    pub tls: Arc<dyn Tls>,
    /// Numbers its events.
    pub sequence: Sequence,
}

impl World {
    /// Now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Waits for a length of time.
    pub async fn sleep(&self, length: Duration) {
        self.clock.sleep_until(self.now() + length).await;
    }

    /// A new span's number.
    pub fn span(&self) -> SpanId {
        SpanId(self.rng.number())
    }

    /// `work`, or `None` where it takes longer than `limit`.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        // Most work is done at once and needs no clock.
        let mut sleep = None;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            let sleep = sleep.get_or_insert_with(|| self.clock.sleep_until(self.now() + limit));
            sleep.as_mut().poll(cx).map(|()| None)
        })
        .await
    }
}
