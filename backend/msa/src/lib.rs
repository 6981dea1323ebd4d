//! Submission (RFC 6409): takes mail from users. It asks who they are, whether they may write under
//! that name, completes what their program left out, and hands the message to the queue. Speaks
//! through `smtp::server`; the webmail comes by [`Msa::submit`]. Does not deliver and does not keep
//! anything.
//!
//! Failures: a wrong password 535 5.7.8, too many 454 4.7.0; a sender that is not theirs 553 5.7.1;
//! nobody here by that name 550 5.1.1; too often 421 4.7.0, 450 4.7.1, 452 4.5.3; a message that
//! loops 554 5.4.6; a full disk 452 4.3.1; a failing store 451 4.3.0. In each case nothing is kept.

mod submit;

mod session;

mod login;

mod rights;

mod directory;

mod intake;

mod complete;

mod pace;

pub use submit::Submission;

use ::login::Authenticator;
use event::{Kind, Party, Protocol, Recorder, Role, Sink};
use limits::{RateLimiter, RateLimits};
use mail::{Network, SpanId};
use queue::Queue;
use smtp::server::Server;
use std::sync::Arc;
use store::Store;
use tokio::sync::watch;
use world::{Connection, End, Side, World, drive};

/// One host's submission role. Clones share it.
#[derive(Clone)]
pub struct Msa(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    logins: Authenticator,
    queue: Queue,
    /// How its sessions speak; its name is in it.
    smtp: Arc<smtp::server::Config>,
    sink: Arc<dyn Sink>,
    /// How often who may do what.
    rates: RateLimiter,
    /// From where one may submit without a login.
    networks: Vec<Network>,
    /// Messages go to our own domains only.
    at_home: bool,
}

impl Msa {
    /// The role with the usual limits; `smtp` is of kind submission.
    pub fn new(
        world: World,
        store: Store,
        logins: Authenticator,
        queue: Queue,
        smtp: Arc<smtp::server::Config>,
    ) -> Msa {
        Msa::limited(
            world,
            store,
            logins,
            queue,
            smtp,
            RateLimiter::new(RateLimits::default()),
        )
    }

    /// The role; `rates` are counted together with whoever shares them.
    pub fn limited(
        world: World,
        store: Store,
        logins: Authenticator,
        queue: Queue,
        smtp: Arc<smtp::server::Config>,
        rates: RateLimiter,
    ) -> Msa {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        Msa(Arc::new(Inner {
            world,
            store,
            logins,
            queue,
            smtp,
            sink,
            rates,
            networks: Vec::new(),
            at_home: false,
        }))
    }

    /// From these networks one may submit without TLS and without a login, under addresses of our
    /// own domains. Before it is shared.
    pub fn trusting(mut self, networks: Vec<Network>) -> Msa {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.networks = networks;
        }
        self
    }

    /// The same role for a person at the Lab's console: with a login of its own, without trust in
    /// any network, and with no way to other hosts.
    pub fn at_console(&self, logins: Authenticator) -> Msa {
        let Inner {
            world,
            store,
            queue,
            smtp,
            sink,
            rates,
            ..
        } = &*self.0;
        let (world, store, queue) = (world.clone(), store.clone(), queue.clone());
        let (smtp, sink, rates) = (smtp.clone(), sink.clone(), rates.clone());
        Msa(Arc::new(Inner {
            world,
            store,
            logins,
            queue,
            smtp,
            sink,
            rates,
            networks: Vec::new(),
            at_home: true,
        }))
    }

    /// Serves one connection to its end; for port 465 the handshake is done before. Ends in order
    /// when `shutdown` becomes true.
    pub async fn serve(&self, connection: Connection, shutdown: watch::Receiver<bool>) {
        let world = &self.0.world;
        let begun = world.now();
        let mut recorder = self.recorder(None);
        let user = Party {
            role: Role::Mua,
            address: connection.remote.to_string(),
            name: None,
        };
        let here = Party {
            role: Role::Msa,
            address: connection.local.to_string(),
            name: Some(self.host()),
        };
        recorder.emit(
            begun,
            Kind::Connect {
                protocol: Protocol::Submission,
                client: user,
                server: here,
            },
        );
        if let Some(tls) = &connection.tls {
            recorder.tls(begun, tls.clone());
        }
        let mut session = self.session(&connection);
        let mut role = session::Submitting::new(self.clone(), recorder, &connection, shutdown);
        let remote = connection.remote;
        if let End::Lost(error) =
            drive(world, connection, &mut session, &mut role, Side::Server).await
        {
            tracing::debug!(%remote, %error, "a submission was broken off");
        }
        role.closed(world.now().since(begun));
    }

    fn session(&self, connection: &Connection) -> Server {
        let mut seed = [0; 32];
        self.0.world.rng.fill(&mut seed);
        let mut session =
            Server::new(self.0.smtp.clone(), connection.tls.is_some()).with_chance(seed);
        if let Some(tls) = &connection.tls {
            session = session.with_tls(tls);
        }
        if self.trusts(connection.remote.ip()) {
            session.trusted()
        } else {
            session
        }
    }

    fn recorder(&self, parent: Option<SpanId>) -> Recorder {
        Recorder::new(
            self.host(),
            Role::Msa,
            self.0.world.span(),
            parent,
            self.0.world.sequence.clone(),
            self.0.sink.clone(),
        )
    }

    fn host(&self) -> String {
        self.0.smtp.host.to_string()
    }
}
