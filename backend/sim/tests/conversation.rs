//! Two SMTP sessions over a virtual link: a complete message, the same events for the same seed, a
//! cut at every byte, and five days of retries.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Kind, Recorder, Role};
use mail::session::{Line, TlsInfo};
use mail::{Domain, Duration, Host, JourneyId, Path, Recipient, Reply};
use sim::{Break, Cut, Direction, Lab, Link, Skew};
use smtp::{client, server};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use world::zone::Zones;
use world::{Decide, Side, World, drive};

const MESSAGE: &[u8] = b"From: <alice@a.test>\r\nSubject: hello\r\n\r\n.one dot\r\nend\r\n";

// The messages that the receiving side has accepted.
type Taken = Arc<Mutex<Vec<Vec<u8>>>>;

struct Receiver {
    world: World,
    recorder: Recorder,
    message: Vec<u8>,
    taken: Taken,
}

impl Decide<server::Server> for Receiver {
    async fn decide(&mut self, ask: server::Query) -> server::Decision {
        match ask {
            server::Query::Chunk(bytes) => self.message.extend_from_slice(&bytes),
            server::Query::End(_) => self
                .taken
                .lock()
                .unwrap()
                .push(std::mem::take(&mut self.message)),
            server::Query::Abandoned(_) | server::Query::Mail { .. } => self.message.clear(),
            _ => {}
        }
        server::Decision::Go
    }

    fn trace(&mut self, line: Line) {
        self.recorder.line(self.world.now(), line);
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.world.now(), tls.clone());
    }
}

struct Sender {
    world: World,
    recorder: Recorder,
    offered: bool,
    body_sent: bool,
    fate: Option<client::RecipientResult>,
}

impl Decide<client::Client> for Sender {
    async fn decide(&mut self, ask: client::Query) -> client::Decision {
        match ask {
            client::Query::Next(_) if self.offered => client::Decision::Quit,
            client::Query::Next(_) => {
                self.offered = true;
                let bob = Recipient::new("bob@b.test".parse().unwrap());
                let sender = Path::Address("alice@a.test".parse().unwrap());
                client::Decision::Message(client::OutgoingMessage {
                    bytes: Some(MESSAGE.len() as u64),
                    ..client::OutgoingMessage::new(sender, vec![bob])
                })
            }
            client::Query::Body if self.body_sent => client::Decision::BodyEnd,
            client::Query::Body => {
                self.body_sent = true;
                client::Decision::Body(MESSAGE.to_vec())
            }
            client::Query::Results(mut fates) => {
                self.fate = fates.pop();
                client::Decision::Go
            }
            client::Query::Failed(fate) => {
                self.fate = Some(fate);
                client::Decision::Go
            }
            client::Query::TlsStarted(_) => client::Decision::Go,
        }
    }

    fn trace(&mut self, line: Line) {
        self.recorder.line(self.world.now(), line);
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.world.now(), tls.clone());
    }
}

fn b() -> SocketAddr {
    "192.0.2.2:25".parse().unwrap()
}

fn recorder(lab: &Lab, world: &World, host: &'static str) -> Recorder {
    let mut recorder = Recorder::new(
        host,
        Role::Mta,
        world.span(),
        None,
        world.sequence.clone(),
        Arc::new(lab.tape().clone()),
    );
    // All events have the same journey, so that each reaches the tape immediately.
    recorder.bind(JourneyId(1));
    recorder
}

fn lab(seed: u64) -> (Lab, World, World) {
    let mut lab = Lab::new(seed, Zones::default());
    lab.set_usual_link(Link::slow(Duration::from_millis(30)));
    let (a, b) = (
        lab.host("a.test", "192.0.2.1").unwrap(),
        lab.host("b.test", "192.0.2.2").unwrap(),
    );
    (lab, a, b)
}

// Host b answers every connection on port 25.
fn serve(lab: &Lab, world: &World) -> Taken {
    let taken = Taken::default();
    let (record, world) = (taken.clone(), world.clone());
    let config = Arc::new(server::Config::new(
        server::Kind::Transfer,
        Domain::new("b.test").unwrap(),
        true,
    ));
    let mut recorders = (0..20)
        .map(|_| recorder(lab, &world, "b.test"))
        .collect::<Vec<_>>();
    let tasks = world.tasks.clone();
    tasks.spawn(Box::pin(async move {
        let mut listener = world.network.listen(b()).await.unwrap();
        while let (Ok(connection), Some(recorder)) = (listener.accept().await, recorders.pop()) {
            let mut session = server::Server::new(config.clone(), false);
            let mut role = Receiver {
                world: world.clone(),
                recorder,
                message: Vec::new(),
                taken: record.clone(),
            };
            let beside = world.clone();
            world.tasks.spawn(Box::pin(async move {
                drive(&beside, connection, &mut session, &mut role, Side::Server).await;
            }));
        }
    }));
    taken
}

// One attempt of host a to transfer the message.
async fn attempt(world: World, recorder: Recorder) -> Option<client::RecipientResult> {
    let connection = world.network.connect(b()).await.ok()?;
    let mut session = client::Client::new(
        Arc::new(client::Config::new(Host::Domain(
            Domain::new("a.test").unwrap(),
        ))),
        false,
    );
    let mut role = Sender {
        world: world.clone(),
        recorder,
        offered: false,
        body_sent: false,
        fate: None,
    };
    let side = Side::Client("b.test".into(), world::TlsCheck::Opportunistic);
    drive(&world, connection, &mut session, &mut role, side).await;
    role.fate
}

fn run(seed: u64) -> (Lab, Taken, Option<client::RecipientResult>) {
    let (lab, a, to) = lab(seed);
    let taken = serve(&lab, &to);
    let recorder = recorder(&lab, &a, "a.test");
    let fate = lab.complete(attempt(a, recorder)).unwrap();
    lab.run().unwrap();
    (lab, taken, fate)
}

#[test]
fn a_message_over_modelled_tls_takes_the_expected_round_trips() {
    let (lab, taken, fate) = run(1);
    assert!(fate.unwrap().is_accepted());
    assert_eq!(*taken.lock().unwrap(), [MESSAGE]);
    let timeline = lab.timeline();
    let sealed = timeline
        .iter()
        .filter(|e| matches!(&e.kind, Kind::Tls(tls) if tls.cipher == sim::CIPHER_MODELLED))
        .count();
    assert_eq!(sealed, 2);
    assert!(timeline.is_sorted_by_key(|e| e.at), "both clocks are right");
    // TCP, greeting, EHLO, STARTTLS, handshake, EHLO, MAIL+RCPT+DATA, message, QUIT: at most ten
    // round trips.
    assert!(
        lab.now().since(sim::START) <= Duration::from_millis(10 * 60),
        "{}",
        lab.now()
    );
}

#[test]
fn events_depend_only_on_the_seed() {
    let fingerprint = |seed| run(seed).0.fingerprint();
    assert_eq!(fingerprint(1), fingerprint(1));
    assert_ne!(
        fingerprint(1),
        fingerprint(2),
        "span numbers are drawn by chance"
    );
    let lines = |seed: u64| {
        run(seed)
            .0
            .timeline()
            .into_iter()
            .map(|e| (e.at, e.kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(1), lines(2), "what is said does not depend on chance");
}

#[test]
fn a_wrong_clock_changes_event_times_but_not_their_order() {
    let dialogue = |skew: Skew| {
        let (lab, a, to) = lab(3);
        lab.set_clock("b.test", skew).unwrap();
        let _taken = serve(&lab, &to);
        let recorder = recorder(&lab, &a, "a.test");
        lab.complete(attempt(a, recorder)).unwrap();
        lab.run().unwrap();
        lab.timeline()
    };
    let right = dialogue(Skew::default());
    let wrong = dialogue(Skew {
        offset_micros: -3_600_000_000,
        drift_ppm: 0,
    });
    assert!(!wrong.is_sorted_by_key(|e| e.at));
    assert!(
        right
            .iter()
            .map(|e| (&e.host, &e.kind))
            .eq(wrong.iter().map(|e| (&e.host, &e.kind)))
    );
    let (first, same) = (
        right.iter().find(|e| e.host == "b.test").unwrap(),
        wrong.iter().find(|e| e.host == "b.test").unwrap(),
    );
    assert_eq!(first.at.since(same.at), Duration::from_secs(3600));
}

// Sends the message over a connection that breaks, and retries if that failed.
fn cut_and_retry(direction: Direction, after_bytes: u64, how: Break) -> (usize, bool) {
    let (lab, a, to) = lab(4);
    let taken = serve(&lab, &to);
    lab.cut(Cut {
        from: None,
        to: None,
        port: None,
        direction,
        after_bytes,
        how,
        connections: 1,
    });
    let recorders = [recorder(&lab, &a, "a.test"), recorder(&lab, &a, "a.test")];
    let sent = lab.complete(async move {
        for recorder in recorders {
            match attempt(a.clone(), recorder).await {
                Some(fate) if fate.is_accepted() => return true,
                _ => {}
            }
        }
        false
    });
    lab.run().unwrap();
    let copies = taken.lock().unwrap().len();
    (copies, sent.unwrap())
}

#[test]
fn a_cut_at_any_byte_never_hangs_or_loses_the_message() {
    let (lab, ..) = run(4);
    let traffic = &lab.traffic()[0];
    for direction in [Direction::ToServer, Direction::ToClient] {
        let mut doubled = Vec::new();
        for how in [Break::Reset, Break::Silent, Break::OneWay] {
            for after in 0..=traffic.bytes(direction) {
                let (copies, sent) = cut_and_retry(direction, after, how);
                assert!(sent, "{direction:?} after {after} {how:?}");
                assert!(
                    copies == 1 || copies == 2,
                    "{copies} copies: {direction:?} after {after} {how:?}"
                );
                if copies == 2 {
                    doubled.push(after);
                }
            }
        }
        match direction {
            // RFC 1047: duplicates occur only if the final reply is lost, which is at the end of
            // the server's data.
            Direction::ToClient => assert!(
                doubled.iter().all(|at| at + 120 > traffic.bytes(direction)) && !doubled.is_empty(),
                "{doubled:?}"
            ),
            // Duplicates occur only if the connection breaks after the final dot, before or with
            // QUIT.
            Direction::ToServer => assert!(
                doubled.iter().all(|at| at + 8 > traffic.bytes(direction)),
                "{doubled:?}"
            ),
        }
    }
}

#[test]
fn messages_are_delivered_after_five_days_of_retries() {
    let (lab, a, to) = lab(5);
    lab.set_up("b.test", false).unwrap();
    let taken = serve(&lab, &to);
    let (tries, counted) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let mut recorders = (0..2000)
        .map(|_| recorder(&lab, &a, "a.test"))
        .collect::<Vec<_>>();
    for count in [&tries, &counted] {
        let (a, count) = (a.clone(), count.clone());
        let mine = recorders.split_off(recorders.len() - 1000);
        let tasks = a.tasks.clone();
        tasks.spawn(Box::pin(async move {
            for recorder in mine {
                *count.lock().unwrap() += 1;
                if attempt(a.clone(), recorder)
                    .await
                    .is_some_and(|f| f.is_accepted())
                {
                    return;
                }
                a.sleep(Duration::from_secs(30 * 60)).await;
            }
        }));
    }
    lab.run_for(Duration::from_secs(5 * 86_400)).unwrap();
    lab.set_up("b.test", true).unwrap();
    lab.run().unwrap();
    assert_eq!(taken.lock().unwrap().len(), 2);
    assert!(*tries.lock().unwrap() > 200);
}

#[test]
fn a_rejection_reaches_the_sender() {
    let (lab, a, to) = lab(6);
    let script = vec![sim::Act::line("421 4.3.2 not now"), sim::Act::ReadAll];
    let recorder = recorder(&lab, &a, "a.test");
    let fate = lab.complete(async move {
        sim::listen(&to, b(), vec![script], true).await.unwrap();
        attempt(a, recorder).await
    });
    assert_eq!(
        fate.unwrap().unwrap().reply,
        Reply::new(421, (4, 3, 2), "not now")
    );
}
