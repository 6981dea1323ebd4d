//! Port 25: the role behind `smtp::server` for mail from other hosts. A recipient is looked up at
//! RCPT; a message is durable, and lies in its mailboxes, before its 250.
//!
//! Failures: not our domain 550 5.7.1; nobody here by that name 550 5.1.1; a full mailbox 452
//! 4.2.2, a too small one 552 5.2.2; a message that loops 554 5.4.6; a full disk 452 4.3.1; a
//! failing store 451 4.3.0; and what the door refuses, see there. In each case nothing is kept, and
//! it is for the other host to tell the sender.

mod recipient;

mod session;

mod verdict;

mod reports;

use crate::door::{self, Door, InboundPolicy, Visit};
use crate::srs::Srs;
use event::{Kind, Party, Protocol, Recorder, Role, Sink};
use limits::RateLimiter;
use queue::Queue;
use smtp::server::Server;
use std::sync::{Arc, Mutex};
use store::{Account, Store};
use tokio::sync::watch;
use world::{Connection, End, Side, World, drive};

/// One host's port 25. Clones share it.
#[derive(Clone)]
pub struct Inbound(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    queue: Queue,
    /// How its sessions speak; its name is in it.
    smtp: Arc<smtp::server::Config>,
    sink: Arc<dyn Sink>,
    /// Who may come in.
    door: Arc<Door>,
    /// What is verified of what comes in.
    policies: auth::Policies,
    /// The domains of authors are told what came in their name.
    reports: bool,
    tallies: Mutex<auth::report::Tallies>,
    /// Knows the addresses that this host wrote itself when it passed mail on.
    srs: Option<Srs>,
}

impl Inbound {
    /// The role with the usual door; `smtp` is of kind transfer.
    pub fn new(
        world: World,
        store: Store,
        queue: Queue,
        smtp: Arc<smtp::server::Config>,
    ) -> Inbound {
        let door = InboundPolicy::default();
        let rates = RateLimiter::new(door.rates.clone());
        Inbound::guarded(world, store, queue, smtp, door, rates)
    }

    /// The role; `rates` counts by the door's limits, together with whoever shares it.
    pub fn guarded(
        world: World,
        store: Store,
        queue: Queue,
        smtp: Arc<smtp::server::Config>,
        door: InboundPolicy,
        rates: RateLimiter,
    ) -> Inbound {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        let door = Door::new(world.clone(), store.clone(), smtp.host.clone(), door, rates);
        Inbound(Arc::new(Inner {
            world,
            store,
            queue,
            smtp,
            sink,
            door,
            policies: unverified(),
            reports: false,
            tallies: Mutex::default(),
            srs: None,
        }))
    }

    /// Verifies who sent what comes in, and counts it for reports where those are wanted; before
    /// the first connection.
    pub fn judging(mut self, policies: auth::Policies, reports: bool) -> Inbound {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.policies = policies;
            inner.reports = reports;
        }
        self
    }

    /// Takes bounces to addresses that were rewritten so; before the first connection.
    pub fn rewriting(mut self, srs: Option<Srs>) -> Inbound {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.srs = srs;
        }
        self
    }

    /// Serves one connection to its end. Ends in order when `shutdown` becomes true.
    pub async fn serve(&self, connection: Connection, shutdown: watch::Receiver<bool>) {
        self.serve_whom(connection, shutdown, None).await;
    }

    /// Serves a person of ours at the Lab's console: the sender is that person or nobody, and the
    /// address whence the browser came is not trusted more than any other.
    pub async fn serve_person(
        &self,
        connection: Connection,
        shutdown: watch::Receiver<bool>,
        person: Account,
    ) {
        self.serve_whom(connection, shutdown, Some(person)).await;
    }

    async fn serve_whom(
        &self,
        mut connection: Connection,
        shutdown: watch::Receiver<bool>,
        person: Option<Account>,
    ) {
        let world = &self.0.world;
        let (begun, host) = (world.now(), self.0.smtp.host.to_string());
        let mut recorder = Recorder::new(
            host.clone(),
            Role::Mta,
            world.span(),
            None,
            world.sequence.clone(),
            self.0.sink.clone(),
        );
        let there = Party {
            role: Role::Mta,
            address: connection.remote.to_string(),
            name: None,
        };
        let here = Party {
            role: Role::Mta,
            address: connection.local.to_string(),
            name: Some(host),
        };
        recorder.emit(
            begun,
            Kind::Connect {
                protocol: Protocol::Smtp,
                client: there,
                server: here,
            },
        );
        if let Some(tls) = &connection.tls {
            recorder.tls(begun, tls.clone());
        }
        let mut session = Server::new(self.0.smtp.clone(), connection.tls.is_some());
        let remote = connection.remote;
        let early = match self.0.door.greet_pause(remote.ip()) {
            Some(pause) if connection.tls.is_none() => {
                door::listen(world, &mut connection, pause).await
            }
            _ => None,
        };
        let visit = Visit::new(self.0.door.clone(), remote.ip(), connection.local.ip());
        let mut role =
            session::Receiving::new(self.clone(), recorder, &connection, visit, early, shutdown)
                .of(person);
        if let End::Lost(error) =
            drive(world, connection, &mut session, &mut role, Side::Server).await
        {
            tracing::debug!(%remote, %error, "a connection was broken off");
        }
        role.closed(world.now().since(begun));
    }
}

// Nothing is verified until the host says what it wants.
fn unverified() -> auth::Policies {
    use auth::Mode::Off;
    auth::Policies {
        spf: Off,
        dkim: Off,
        dmarc: Off,
        arc: Off,
        trusted_sealers: Vec::new(),
    }
}
