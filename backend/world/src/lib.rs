//! Clock, random numbers, network, resolver, tasks and TLS as traits, and the driver that runs a
//! session on a byte stream. The real implementations are in `real` (native only); the Lab has
//! virtual ones. Implements no mail protocol.
//!
//! Architecture invariant: roles, queue and auth get all of this as an argument, so that many nodes
//! with a world each run in one process.

mod drive;
pub mod http_client;
mod lock;
mod net;
#[cfg(not(target_arch = "wasm32"))]
pub mod poll;
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
pub use tls::{
    CertificateFault, Dane, HandshakeFault, TlsCheck, Tlsa, TlsaMatching, TlsaSelector, TlsaUsage,
    network_error,
};

use event::Sequence;
use mail::{Duration, SpanId, Time};
use std::sync::Arc;
use std::task::Poll;

/// A boxed future that is `Send`.
pub type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// The time, and timers.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Time;
    /// Completes at a time, at once where it is past.
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()>;
}

/// Random numbers: cryptographically secure in the real world, seeded in a virtual one.
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
        // Biased by one part in 2^64 / bound, which does not matter for jitter and the order of
        // hosts.
        ((u128::from(self.number()) * u128::from(bound)) >> 64) as u64
    }
}

/// Starts concurrent tasks.
pub trait Tasks: Send + Sync {
    /// Starts a task, which runs until it completes.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// Everything outside of one host that it depends on.
#[derive(Clone)]
pub struct World {
    /// The host's clock.
    pub clock: Arc<dyn Clock>,
    /// Its random numbers.
    pub rng: Arc<dyn Rng>,
    /// Its network.
    pub network: Arc<dyn Network>,
    /// Its DNS.
    pub resolver: Arc<dyn Resolver>,
    /// Its tasks.
    pub tasks: Arc<dyn Tasks>,
    /// Its certificate and trusted authorities.
    pub tls: Arc<dyn Tls>,
    /// The sequence numbers of its events.
    pub sequence: Sequence,
}

impl World {
    /// The present time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Waits for a length of time.
    pub async fn sleep(&self, length: Duration) {
        self.clock.sleep_until(self.now() + length).await;
    }

    /// A number for a new span.
    pub fn span(&self) -> SpanId {
        SpanId(self.rng.number())
    }

    /// Runs `work`; `None` where it takes longer than `limit`.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        // The timer is created lazily, since most work completes at once.
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
