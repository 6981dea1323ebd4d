//! A world for tests of roles that need no network. Its clock does not advance, timers complete at
//! once, random bytes count up, and there is no network, DNS or TLS.

use crate::{
    BoxFuture, Clock, Connection, Listener, Network, Resolver, Rng, Stream, Tasks, Tls, TlsCheck,
    World,
};
use mail::Time;
use mail::dns::{Answer, Failure, Question};
use mail::session::TlsInfo;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The time in a still world: 2026-11-21T09:33:05Z.
pub const STILL: Time = Time(1_795_253_585_000_000);

#[derive(Default)]
struct Still(AtomicU64);

/// A new still world.
pub fn world() -> World {
    let still = Arc::new(Still::default());
    World {
        clock: still.clone(),
        rng: still.clone(),
        network: still.clone(),
        resolver: still.clone(),
        tasks: still.clone(),
        tls: still,
        sequence: event::Sequence::default(),
    }
}

fn no_network() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this world has no network")
}

impl Clock for Still {
    fn now(&self) -> Time {
        STILL
    }

    fn sleep_until(&self, _at: Time) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Rng for Still {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed) as u8;
        }
    }
}

impl Network for Still {
    fn connect(&self, _to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(std::future::ready(Err(no_network())))
    }

    fn listen(&self, _at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(std::future::ready(Err(no_network())))
    }
}

impl Resolver for Still {
    fn ask(&self, _question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(std::future::ready(Err(Failure::ServerFailure)))
    }
}

impl Tasks for Still {
    fn spawn(&self, _task: BoxFuture<'static, ()>) {}
}

impl Tls for Still {
    fn accept(
        &self,
        _stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        Box::pin(std::future::ready(Err(no_network())))
    }

    fn connect(
        &self,
        _stream: Box<dyn Stream>,
        _name: &str,
        _check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        Box::pin(std::future::ready(Err(no_network())))
    }
}
