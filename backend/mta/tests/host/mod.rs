//! A host for tests: a world with paused time, a store in memory, a transport that keeps what it is
//! given, and in-memory connections.
#![allow(dead_code, clippy::unwrap_used)] // each test binary uses its part; a test that cannot go on stops

use mail::session::TlsInfo;
use mail::{Address, Host, Secret, Time};
use queue::{DeliveryAttempt, DeliveryOutcome, Queue, Retry, Transport};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use store::{Fault, NewAccount, PasswordCost, Store, Tx};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use world::{BoxFuture, Clock, Connection, Listener, Network, Stream, Tasks, Tls, TlsCheck, World};

/// The test runtime's paused time: it advances when every task waits.
struct Paused(tokio::time::Instant);

impl Clock for Paused {
    fn now(&self) -> Time {
        // tidy-allow: this is the clock
        world::still::STILL + self.0.elapsed()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        // tidy-allow: this is the clock
        let sleep = tokio::time::sleep(at.since(self.now()));
        Box::pin(sleep)
    }
}

/// TLS handshakes without encryption, or failing ones.
pub struct FakeTls {
    pub works: bool,
}

pub fn tls_info() -> TlsInfo {
    TlsInfo {
        version: "TLS 1.3".into(),
        cipher: "NONE".into(),
        server_name: None,
        verified: false,
        exporter: None,
    }
}

impl FakeTls {
    fn shake(
        &self,
        stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        let works = self.works;
        Box::pin(async move {
            if works {
                Ok((stream, tls_info()))
            } else {
                Err(io::ErrorKind::InvalidData.into())
            }
        })
    }
}

impl Tls for FakeTls {
    fn accept(
        &self,
        stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        self.shake(stream)
    }

    fn connect(
        &self,
        stream: Box<dyn Stream>,
        _: &str,
        _: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        self.shake(stream)
    }
}

/// A network of hosts: their ends of the connections come out of the channels.
#[derive(Clone, Default)]
pub struct Exchange(Arc<Mutex<BTreeMap<SocketAddr, mpsc::UnboundedSender<Connection>>>>);

impl Exchange {
    pub fn listen(&self, at: &str) -> mpsc::UnboundedReceiver<Connection> {
        let (sender, calls) = mpsc::unbounded_channel();
        self.0.lock().unwrap().insert(at.parse().unwrap(), sender);
        calls
    }
}

impl Network for Exchange {
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        let called = self.0.lock().unwrap().get(&to).cloned();
        Box::pin(async move {
            let (ours, theirs) = wire("192.0.2.9:40000", &to.to_string());
            let connected = called.is_some_and(|called| called.send(theirs).is_ok());
            if connected {
                Ok(ours)
            } else {
                Err(io::ErrorKind::ConnectionRefused.into())
            }
        })
    }

    fn listen(&self, _at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }
}

/// The two ends of a connection: the client's and the server's.
pub fn wire(caller: &str, called: &str) -> (Connection, Connection) {
    let (a, b) = tokio::io::duplex(1 << 20);
    let (caller, called): (SocketAddr, SocketAddr) =
        (caller.parse().unwrap(), called.parse().unwrap());
    let end = |stream: DuplexStream, local, remote| Connection {
        stream: Box::new(stream),
        local,
        remote,
        tls: None,
    };
    (end(a, caller, called), end(b, called, caller))
}

pub fn world(network: Exchange, zone: &str, tls_works: bool) -> World {
    World {
        clock: Arc::new(Paused(tokio::time::Instant::now())),
        network: Arc::new(network),
        resolver: Arc::new(world::zone::Zones::read(zone).unwrap()),
        tls: Arc::new(FakeTls { works: tls_works }),
        tasks: Arc::new(TestTasks),
        ..world::still::world()
    }
}

/// Spawns tasks on the test's runtime.
struct TestTasks;

impl Tasks for TestTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        #[expect(clippy::disallowed_methods, reason = "this is where tasks run")]
        tokio::spawn(task);
    }
}

/// Recipients and bytes.
pub type Messages = Vec<(Vec<String>, String)>;

/// A transport that keeps recipients and bytes.
#[derive(Clone)]
pub struct Kept {
    pub messages: Arc<Mutex<Messages>>,
    store: Store,
}

impl Transport for Kept {
    fn handles<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move {
            match host.domain() {
                Some(domain) => self.store.is_local(domain).await,
                None => Ok(false),
            }
        })
    }

    fn delivers_on_accept(&self) -> bool {
        true
    }

    fn deliver<'a>(
        &'a self,
        attempt: &'a DeliveryAttempt<'a>,
        _tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        Box::pin(async move {
            let mut bytes = attempt.prefix.to_vec();
            bytes.extend(
                attempt
                    .content
                    .read(&self.store, 0, usize::MAX)
                    .await
                    .unwrap(),
            );
            assert_eq!(bytes.len() as u64, attempt.bytes);
            let names = attempt
                .recipients
                .iter()
                .map(|r| r.address.to_string())
                .collect();
            self.messages
                .lock()
                .unwrap()
                .push((names, String::from_utf8_lossy(&bytes).into_owned()));
            attempt
                .recipients
                .iter()
                .map(|_| DeliveryOutcome::Delivered)
                .collect()
        })
    }
}

/// A way for all other domains that waits for ever.
pub struct Waits;

impl Transport for Waits {
    fn handles<'a>(&'a self, _host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn delivers_on_accept(&self) -> bool {
        false
    }

    fn deliver<'a>(
        &'a self,
        attempt: &'a DeliveryAttempt<'a>,
        _tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        Box::pin(async move {
            attempt
                .recipients
                .iter()
                .map(|_| DeliveryOutcome::Delivered)
                .collect()
        })
    }
}

/// A host with its people.
pub struct Node {
    pub world: World,
    pub store: Store,
    pub queue: Queue,
    pub kept: Kept,
}

impl Node {
    /// Everyone's password is `wonder`.
    pub async fn new(world: World, host: &str, domain: &str, people: &[&str]) -> Node {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        Node::on(store, world, host, domain, people).await
    }

    /// The same on a store of its own.
    pub async fn on(store: Store, world: World, host: &str, domain: &str, people: &[&str]) -> Node {
        store.add_domain(&domain.parse().unwrap()).await.unwrap();
        for (salt, name) in people.iter().enumerate() {
            let address = Address::parse(&format!("{name}@{domain}")).unwrap();
            let new = NewAccount {
                address,
                name: (*name).to_owned(),
                password: Secret::new("wonder"),
            };
            store
                .add_account(new, [salt as u8; 16], world.now())
                .await
                .unwrap();
        }
        let kept = Kept {
            messages: Arc::default(),
            store: store.clone(),
        };
        let ways: Vec<Arc<dyn Transport>> = vec![Arc::new(kept.clone()), Arc::new(Waits)];
        let queue = Queue::new(world.clone(), store.clone(), host, Retry::default(), ways);
        Node {
            world,
            store,
            queue,
            kept,
        }
    }

    pub fn messages(&self) -> Messages {
        self.kept.messages.lock().unwrap().clone()
    }
}

/// Speaks line by line.
pub struct Talk {
    reader: BufReader<ReadHalf<Box<dyn Stream>>>,
    writer: WriteHalf<Box<dyn Stream>>,
}

impl Talk {
    pub fn new(connection: Connection) -> Talk {
        let (reader, writer) = tokio::io::split(connection.stream);
        Talk {
            reader: BufReader::new(reader),
            writer,
        }
    }

    pub async fn say(&mut self, text: &str) {
        // A write may fail after the peer has closed; the next read shows it.
        let _ = self.writer.write_all(text.as_bytes()).await;
    }

    /// The next line without CRLF; empty at the end.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.reader.read_line(&mut line).await;
        line.trim_end().to_owned()
    }

    /// The last line of the next reply.
    pub async fn reply(&mut self) -> String {
        loop {
            let line = self.line().await;
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// Says a line and expects how its reply begins.
    pub async fn ask(&mut self, line: &str, expected: &str) -> String {
        self.say(&format!("{line}\r\n")).await;
        let reply = self.reply().await;
        assert!(
            reply.starts_with(expected),
            "{line:?}: expected {expected:?}, got {reply:?}"
        );
        reply
    }
}
