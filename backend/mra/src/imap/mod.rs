//! The IMAP half of the MRA: makes the decisions that [`imap::Server`] asks for. Logins, mailboxes,
//! messages and searches come from the store, so that every session on a mailbox sees the same.
//! Does not parse the protocol or write responses.
//!
//! Failures. The store is full: NO `[LIMIT]`; later commands are served. The store fails otherwise:
//! NO `[SERVERBUG]`, logged with the account. The content of one message is missing: its sections
//! are NIL, the rest of the FETCH continues, and it is logged. A wrong name or password: NO
//! `[AUTHENTICATIONFAILED]`, delayed more each time, without telling whether the account exists.

mod append;
mod folders;
mod recents;
mod recorder;
mod rows;
mod search;
mod sections;
mod selected;

use imap::{Decision, Notice, Query, Refusal};
use login::{Authenticator, LoginError};
use mail::session::{Line, TlsInfo};
use mail::{Address, Time};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use store::{Account, Fault, Store};
use tokio::sync::watch;
use world::{Connection, Decide, End, Side, World, drive};

use append::Appending;
use recents::Recents;
use recorder::SessionRecorder;
use sections::OpenRow;
use selected::Selected;

/// IMAP on one host.
#[derive(Clone)]
pub struct Imap(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    world: World,
    store: Store,
    logins: Authenticator,
    host: String,
    recents: Arc<Recents>,
    shows_secrets: bool,
}

impl Imap {
    /// Creates the role over a store; `host` is the name in events.
    pub fn new(world: World, store: Store, logins: Authenticator, host: impl Into<String>) -> Imap {
        Imap(Arc::new(Inner {
            world,
            store,
            logins,
            host: host.into(),
            recents: Arc::default(),
            shows_secrets: false,
        }))
    }

    /// Lets journeys show passwords: for the Lab, whose users are fictitious.
    pub fn showing_secrets(self, shows_secrets: bool) -> Imap {
        let inner = Inner::clone(&self.0);
        Imap(Arc::new(Inner {
            shows_secrets,
            ..inner
        }))
    }

    /// The same role with another authenticator.
    pub fn with_logins(&self, logins: Authenticator) -> Imap {
        let inner = Inner::clone(&self.0);
        Imap(Arc::new(Inner { logins, ..inner }))
    }

    /// Serves one connection to its end. For implicit TLS the handshake has been made. Ends with
    /// BYE when `shutdown` becomes true.
    pub async fn serve(
        &self,
        connection: Connection,
        config: Arc<imap::Config>,
        shutdown: watch::Receiver<bool>,
    ) {
        let remote = connection.remote;
        let mut session = imap::Server::new(config, connection.tls.is_some())
            .showing_secrets(self.0.shows_secrets);
        let mut role = self.role(connection.remote, connection.local, connection.tls.as_ref());
        role.shutdown = Some(shutdown);
        if let End::Lost(error) = drive(
            &self.0.world,
            connection,
            &mut session,
            &mut role,
            Side::Server,
        )
        .await
        {
            tracing::debug!(%remote, %error, "an IMAP connection was broken off");
        }
        role.recorder.closed(self.0.world.now());
    }

    /// The role of one connection, for callers that drive the session themselves.
    pub fn role(&self, client: SocketAddr, server: SocketAddr, tls: Option<&TlsInfo>) -> Role {
        let world = &self.0.world;
        let sink = Arc::new(self.0.store.journeys().clone());
        let recorder = event::Recorder::new(
            self.0.host.clone(),
            event::Role::Mra,
            world.span(),
            None,
            world.sequence.clone(),
            sink,
        );
        let recorder = SessionRecorder::new(recorder, world.now(), client, server, tls);
        Role {
            imap: self.clone(),
            client: client.ip(),
            account: None,
            selected: None,
            append: None,
            row: None,
            ahead: VecDeque::new(),
            recorder,
            shutdown: None,
        }
    }
}

/// The state of one connection: account, selected mailbox, unfinished work.
pub struct Role {
    imap: Imap,
    client: IpAddr,
    account: Option<Arc<Account>>,
    selected: Option<Box<Selected>>,
    append: Option<Box<Appending>>,
    row: Option<Box<OpenRow>>,
    // Outlines of the messages that a FETCH reaches next.
    ahead: VecDeque<(u32, Vec<u8>)>,
    recorder: SessionRecorder,
    // `None` where the caller drives the session.
    shutdown: Option<watch::Receiver<bool>>,
}

impl Role {
    fn store(&self) -> &Store {
        &self.imap.0.store
    }

    fn now(&self) -> Time {
        self.imap.0.world.now()
    }

    // The session asks about mailboxes only after login.
    fn account(&self) -> Result<Arc<Account>, Refusal> {
        self.account.clone().ok_or(Refusal::Internal)
    }

    fn selected(&mut self) -> Result<&mut Selected, Refusal> {
        self.selected.as_deref_mut().ok_or(Refusal::Internal)
    }

    async fn login(
        &mut self,
        user: &str,
        password: &mail::Secret,
        acting_as: Option<&str>,
    ) -> Result<Decision, Refusal> {
        let wrong = || Refusal::InvalidCredentials;
        let address = self.address_of(user).await?.ok_or_else(wrong)?;
        let account = self
            .imap
            .0
            .logins
            .login(&address, password, self.client)
            .await
            .map_err(|e| match e {
                LoginError::InvalidCredentials => wrong(),
                LoginError::Throttled(time) => Refusal::Throttled(time),
                LoginError::Unavailable(fault) => refuse(fault),
            })?;
        if let Some(other) = acting_as
            && !Address::parse(other)
                .is_ok_and(|a| account.addresses().any(|own| own.key() == a.key()))
        {
            return Err(Refusal::ProxyNotPermitted);
        }
        self.account = Some(Arc::new(account));
        Ok(Decision::LoggedIn)
    }

    // A name without a domain belongs to the host's only domain, if it has just one.
    async fn address_of(&mut self, user: &str) -> Result<Option<Address>, Refusal> {
        if user.contains('@') {
            return Ok(Address::parse(user).ok());
        }
        let domains = self.store().domains().await.map_err(refuse)?;
        match domains.as_slice() {
            [only] => Ok(Address::parse(&format!("{user}@{only}")).ok()),
            _ => Ok(None),
        }
    }

    async fn answer(&mut self, ask: Query) -> Result<Decision, Refusal> {
        match ask {
            Query::Login {
                user,
                password,
                acting_as,
            } => self.login(&user, &password, acting_as.as_deref()).await,
            Query::Select { mailbox, read_only } => self.select(&mailbox, read_only).await,
            Query::Leave { expunge } => self.leave(expunge).await,
            Query::Sync { pushing } => self.sync(pushing).await,
            Query::Create(name) => self.create(&name).await,
            Query::Delete(name) => self.delete(&name).await,
            Query::Rename(from, to) => self.rename(&from, &to).await,
            Query::Subscribe(name, wanted) => self.subscribe(&name, wanted).await,
            Query::Mailboxes => self.mailboxes().await,
            Query::Status(name, items) => self.status(&name, &items).await,
            Query::Append(head, bytes) => self.append(*head, bytes).await,
            Query::AppendChunk(piece) => self.append_chunk(&piece),
            Query::AppendEnd => self.append_end().await,
            Query::AppendAbort => {
                self.append = None;
                Ok(Decision::Done)
            }
            Query::Expunge(only) => self.expunge(only.as_ref()).await,
            Query::Search(key) => self.search(key).await,
            Query::Fetch(page) => self.fetch(page).await,
            Query::Store(page, change) => self.change(page, &change).await,
            Query::Copy { uids, to, moving } => self.copy(&uids, &to, moving).await,
        }
    }
}

impl Decide<imap::Server> for Role {
    async fn decide(&mut self, ask: Query) -> Decision {
        // Boxed, so that ten thousand idle connections do not hold the memory that a SEARCH or an
        // APPEND needs.
        Box::pin(self.answer(ask))
            .await
            .unwrap_or_else(Decision::Refused)
    }

    async fn notice(&mut self) -> Notice {
        let changed = async {
            match &mut self.selected {
                Some(selected) => selected.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = changed => Notice::Changed,
            () = stopped(&mut self.shutdown) => Notice::ShuttingDown,
        }
    }

    fn trace(&mut self, line: Line) {
        let now = self.now();
        self.recorder.line(now, line, self.selected.is_some());
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        let now = self.now();
        self.recorder.tls_started(now, tls);
    }
}

async fn stopped(shutdown: &mut Option<watch::Receiver<bool>>) {
    if let Some(shutdown) = shutdown
        && shutdown.wait_for(|stop| *stop).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// Maps a failure of the store to a refusal.
fn refuse(fault: Fault) -> Refusal {
    match fault {
        Fault::Full => Refusal::DiskFull,
        Fault::Conflict => Refusal::ChangedConcurrently,
        Fault::Broken(why) => {
            tracing::error!(%why, "IMAP: the store failed");
            Refusal::Internal
        }
    }
}
