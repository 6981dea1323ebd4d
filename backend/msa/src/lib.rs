//! Submission (RFC 6409): accepts mail from users. Authenticates them, checks whether they may send
//! under the envelope's sender, completes what their program left out, and hands the message to the
//! queue. Uses `smtp::server`; the webmail calls [`Msa::submit`]. Does not deliver and stores
//! nothing itself.
//!
//! Failures: wrong credentials 535 5.7.8, too many of them 454 4.7.0; a sender that is not the
//! user's 553 5.7.1; an unknown mailbox of this host 550 5.1.1; rate limits 421 4.7.0, 450 4.7.1,
//! 452 4.5.3; a loop 554 5.4.6; a full disk 452 4.3.1; a failing store 451 4.3.0. In each case
//! nothing is stored. [`SubmitError`] tells the webmail which of them happened.

mod authenticate;
mod authorization;
mod complete;
mod directory;
mod rate_limits;
mod recoded;
mod replies;
mod session;
mod submit;

pub use queue::intake::{Rejection, RejectionKind};
pub use submit::{RejectedRecipient, Submission, SubmitError};

use ::limits::RateLimiter;
use ::login::Authenticator;
use event::{Party, Protocol, Recorder, Role, Sink};
use mail::{Network, SpanId};
use queue::Queue;
use queue::intake::SessionRecorder;
use session::SubmissionSession;
use smtp::server::Server;
use std::net::SocketAddr;
use std::sync::Arc;
use store::Store;
use tokio::sync::watch;
use world::{Connection, End, Side, World, drive};

/// Configuration of submission.
#[derive(Clone)]
pub struct Config {
    /// Configuration of its sessions, of kind submission; contains the host's name.
    pub smtp: Arc<smtp::server::Config>,
    /// Authenticates users.
    pub authenticator: Authenticator,
    /// Counts connections by address and messages by account, together with the other users of the
    /// limiter.
    pub rates: RateLimiter,
    /// Networks that may submit without TLS and without a login, under addresses of this host's
    /// domains.
    pub trusted_networks: Vec<Network>,
    /// Whom a user may name in From.
    pub sender_identity: SenderIdentity,
    /// Accept recipients of this host's domains only.
    pub local_recipients_only: bool,
}

/// Whom an authenticated user may name as the author of a message (RFC 6409 §6.1). The envelope's
/// sender is always one of the account's addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SenderIdentity {
    /// The account's own addresses and aliases.
    #[default]
    Own,
    /// Any address of the account's domains; Sender names the account.
    Domain,
    /// Anybody; Sender names the account.
    Any,
}

impl Config {
    /// The default rate limits; every client must authenticate.
    pub fn new(smtp: Arc<smtp::server::Config>, authenticator: Authenticator) -> Config {
        Config {
            smtp,
            authenticator,
            rates: RateLimiter::new(::limits::RateLimits::default()),
            trusted_networks: Vec::new(),
            sender_identity: SenderIdentity::default(),
            local_recipients_only: false,
        }
    }
}

/// The submission role of one host. Clones share it.
#[derive(Clone)]
pub struct Msa(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    queue: Queue,
    config: Config,
    sink: Arc<dyn Sink>,
}

impl Msa {
    /// The role with its complete configuration.
    pub fn new(world: World, store: Store, queue: Queue, config: Config) -> Msa {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        Msa(Arc::new(Inner {
            world,
            store,
            queue,
            config,
            sink,
        }))
    }

    /// The same role for a user in the Lab's console: with its own authenticator, no trusted
    /// network, and recipients of this host only.
    #[must_use]
    pub fn for_console(&self, authenticator: Authenticator) -> Msa {
        let Inner {
            world,
            store,
            queue,
            config,
            ..
        } = &*self.0;
        let config = Config {
            authenticator,
            trusted_networks: Vec::new(),
            local_recipients_only: true,
            ..config.clone()
        };
        Msa::new(world.clone(), store.clone(), queue.clone(), config)
    }

    /// Serves one connection to its end; on port 465 after the handshake. Ends in order when
    /// `shutdown` becomes true.
    pub async fn serve(&self, connection: Connection, shutdown: watch::Receiver<bool>) {
        let world = &self.0.world;
        let begun = world.now();
        let mut recorder = self.recorder(None);
        let party = |role: Role, address: SocketAddr, name: Option<String>| Party {
            role,
            address: address.to_string(),
            name,
        };
        recorder.connected(
            Protocol::Submission,
            party(Role::Mua, connection.remote, None),
            party(Role::Msa, connection.local, Some(self.host())),
            connection.tls.as_ref(),
        );
        let mut session = self.session(&connection);
        let mut role = SubmissionSession::new(self.clone(), recorder, &connection, shutdown);
        let remote = connection.remote;
        let end = drive(world, connection, &mut session, &mut role, Side::Server).await;
        if let End::Lost(error) = end {
            tracing::debug!(%remote, %error, "submission connection lost");
        }
        role.closed(world.now().since(begun));
    }

    fn session(&self, connection: &Connection) -> Server {
        let mut seed = [0; 32];
        self.0.world.rng.fill(&mut seed);
        let smtp = self.0.config.smtp.clone();
        let mut session = Server::new(smtp, connection.tls.is_some()).with_rng(seed);
        if let Some(tls) = &connection.tls {
            session = session.with_tls(tls);
        }
        if self.trusts(connection.remote.ip()) {
            session.trusted()
        } else {
            session
        }
    }

    fn recorder(&self, parent: Option<SpanId>) -> SessionRecorder {
        let world = &self.0.world;
        let recorder = Recorder::new(
            self.host(),
            Role::Msa,
            world.span(),
            parent,
            world.sequence.clone(),
            self.0.sink.clone(),
        );
        SessionRecorder::new(world.clone(), recorder)
    }

    fn host(&self) -> String {
        self.0.config.smtp.host.to_string()
    }
}
