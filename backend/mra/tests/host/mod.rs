//! A test host in memory: store, logins, IMAP; a clock that skips every wait; sessions driven
//! without sockets.

#![allow(dead_code, clippy::unwrap_used)] // each test binary uses its part

use futures_util::FutureExt;
use login::Authenticator;
use mail::session::{Session, Step, TlsInfo};
use mail::{Duration, Secret, Time};
use mra::imap::{Imap, Role};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use store::{Account, NewAccount, PasswordCost, Store};
use world::{
    BoxFuture, Clock, Connection, Decide, Listener, Network, Rng, Stream, Tasks, Tls, TlsCheck,
    World,
};

/// A clock whose waits end at once; a held clock's never end.
pub struct JumpingClock {
    now: AtomicI64,
    held: AtomicBool,
}

impl JumpingClock {
    pub fn hold(&self) {
        self.held.store(true, Ordering::Relaxed);
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        if self.held.load(Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        self.now.fetch_max(at.0, Ordering::Relaxed);
        Box::pin(async {})
    }
}

struct Counting(AtomicU64);

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed) as u8);
    }
}

struct Nothing;

impl Network for Nothing {
    fn connect(&self, _to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }

    fn listen(&self, _at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }
}

impl Tasks for Nothing {
    fn spawn(&self, _task: BoxFuture<'static, ()>) {}
}

impl Tls for Nothing {
    fn accept(
        &self,
        _stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }

    fn connect(
        &self,
        _: Box<dyn Stream>,
        _: &str,
        _: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }
}

pub struct TestHost {
    pub world: World,
    pub store: Store,
    pub imap: Imap,
    pub alice: Account,
    pub clock: Arc<JumpingClock>,
}

/// The configuration of a listener without TLS.
pub fn config() -> imap::Config {
    imap::Config {
        host: "mx.glasspost.test".into(),
        version: "0".into(),
        starttls: false,
        plaintext_login: true,
        append_bytes_max: 50_000_000,
        trace: true,
    }
}

pub async fn host() -> TestHost {
    let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
    host_over(store).await
}

pub async fn host_over(store: Store) -> TestHost {
    let now = AtomicI64::new(Time::from_civil(2026, 11, 21, 9, 0, 0).0);
    let clock = Arc::new(JumpingClock {
        now,
        held: AtomicBool::new(false),
    });
    let world = World {
        clock: clock.clone(),
        rng: Arc::new(Counting(AtomicU64::new(1))),
        network: Arc::new(Nothing),
        resolver: Arc::new(world::zone::Zones::default()),
        tasks: Arc::new(Nothing),
        tls: Arc::new(Nothing),
        sequence: event::Sequence::default(),
    };
    store
        .add_domain(&"glasspost.test".parse().unwrap())
        .await
        .unwrap();
    let new = |address: &str| NewAccount {
        address: address.parse().unwrap(),
        name: String::new(),
        password: Secret::new("secret"),
    };
    let alice = store
        .add_account(new("alice@glasspost.test"), [1; 16], world.now())
        .await
        .unwrap();
    let logins = Authenticator::new(store.clone(), world.clone());
    let imap = Imap::new(world.clone(), store.clone(), logins, "mx.glasspost.test");
    TestHost {
        world,
        store,
        imap,
        alice,
        clock,
    }
}

impl TestHost {
    /// A connection before login, after its greeting.
    pub async fn connect(&self) -> Client {
        let mut server = imap::Server::new(Arc::new(config()), false);
        server.start(self.world.now());
        let role = self.imap.role(
            "192.0.2.7:50000".parse().unwrap(),
            "192.0.2.1:143".parse().unwrap(),
            None,
        );
        let mut client = Client {
            server,
            role,
            world: self.world.clone(),
            received: Vec::new(),
            done: false,
            sends: Vec::new(),
        };
        client.run().await;
        client.received.clear();
        client
    }

    /// Alice's connection, after login.
    pub async fn alice(&self) -> Client {
        let mut client = self.connect().await;
        let received = client.send("x LOGIN alice@glasspost.test secret").await;
        assert!(received.starts_with("x OK"), "{received}");
        client
    }
}

pub struct Client {
    pub server: imap::Server,
    pub role: Role,
    world: World,
    received: Vec<u8>,
    pub done: bool,
    /// The sizes of the writes.
    pub sends: Vec<usize>,
}

impl Client {
    async fn run(&mut self) {
        while self.run_until_sent().await {}
    }

    // False where nothing is left to send.
    async fn run_until_sent(&mut self) -> bool {
        while let Some(step) = self.server.step() {
            match step {
                Step::Send(bytes) => {
                    self.sends.push(bytes.len());
                    self.received.extend_from_slice(&bytes);
                    return true;
                }
                Step::Query(ask) => {
                    let answer = self.role.decide(ask).await;
                    self.server.answer(answer, self.world.now());
                }
                Step::Trace(line) => self.role.trace(line),
                Step::StartTls => panic!("no TLS here"),
                Step::Done => self.done = true,
            }
        }
        false
    }

    /// Sends a line; only the first piece of the answer is sent before [`Client::rest`].
    pub async fn begin(&mut self, line: &str) {
        let line = format!("{line}\r\n");
        self.server.receive(line.as_bytes(), self.world.now());
        self.run_until_sent().await;
    }

    /// Everything that is answered to the line that was begun.
    pub async fn rest(&mut self) -> String {
        self.run().await;
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }

    /// Sends a line and returns everything that is answered.
    pub async fn send(&mut self, line: &str) -> String {
        self.send_bytes(format!("{line}\r\n").as_bytes()).await
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) -> String {
        for piece in bytes.chunks(8192) {
            self.server.receive(piece, self.world.now());
            self.run().await;
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }

    /// Appends a message; returns the reply.
    pub async fn append(&mut self, mailbox: &str, message: &[u8]) -> String {
        let head = format!("ap APPEND {mailbox} {{{}+}}\r\n", message.len());
        self.send_bytes(&[head.as_bytes(), message, b"\r\n"].concat())
            .await
    }

    /// Delivers the role's pending notices and returns what is sent because of them.
    pub async fn receive_all(&mut self) -> String {
        tokio::task::yield_now().await;
        while let Some(notice) = self.role.notice().now_or_never() {
            self.server.notice(notice, self.world.now());
            self.run().await;
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }

    pub async fn later(&mut self, length: Duration) -> String {
        self.world.sleep(length).await;
        self.server.tick(self.world.now());
        self.run().await;
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }
}
