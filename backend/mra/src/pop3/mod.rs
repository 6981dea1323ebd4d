//! The POP3 half of the MRA: makes the decisions that [`pop3::Server`] asks for. The maildrop is
//! INBOX as it is at login; later messages are visible at the next login (RFC 1939 §5). Flags are
//! not changed, since POP3 has none. Does not parse the protocol or write responses: a refusal is
//! a typed [`Refusal`], whose reply the session makes.
//!
//! Failures. A wrong name or password: `-ERR [AUTH]`, delayed more each time, without telling
//! whether the account exists. Another session holds the maildrop: `-ERR [IN-USE]`. The store
//! fails: `-ERR [SYS/TEMP]`, logged; at QUIT nothing was removed then. A message was removed by
//! IMAP meanwhile: `-ERR` to RETR and TOP. A store that fails in the middle of a message ends the
//! connection; nothing is deleted.

mod maildrop_locks;
mod recorder;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use login::{Authenticator, LoginError};
use mail::session::{Line, TlsInfo};
use mail::{Address, Secret, Time};
use pop3::{Config, Decision, Maildrop, Notice, Query, Refusal};
use store::{Account, Entry, Fault, Mailbox, MessageReader, Store};
use tokio::sync::watch;
use world::{Connection, Decide, Side, World, drive};

use maildrop_locks::{MaildropLock, MaildropLocks};
use recorder::SessionRecorder;

/// The message that is being sent: to its end, also when another session removes it.
struct OpenMessage {
    entry: Entry,
    reader: MessageReader,
}

/// POP3 on one host.
#[derive(Clone)]
pub struct Pop3(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    world: World,
    store: Store,
    logins: Authenticator,
    locks: MaildropLocks,
    config: Arc<Config>,
    shows_secrets: bool,
}

impl Pop3 {
    /// Creates the role over a store; `host` is the name in the greeting and in events;
    /// `plaintext_login` allows passwords without TLS.
    pub fn new(
        world: World,
        store: Store,
        logins: Authenticator,
        host: impl Into<String>,
        plaintext_login: bool,
    ) -> Pop3 {
        let config = Config {
            host: host.into(),
            starttls: true,
            plaintext_login,
            trace: true,
        };
        Pop3(Arc::new(Inner {
            world,
            store,
            logins,
            locks: MaildropLocks::default(),
            config: Arc::new(config),
            shows_secrets: false,
        }))
    }

    /// Lets journeys show passwords: for the Lab, whose users are fictitious.
    pub fn showing_secrets(self, shows_secrets: bool) -> Pop3 {
        let inner = Inner::clone(&self.0);
        Pop3(Arc::new(Inner {
            shows_secrets,
            ..inner
        }))
    }

    /// The same role with another authenticator; the maildrop locks are shared.
    pub fn with_logins(&self, logins: Authenticator) -> Pop3 {
        let inner = Inner::clone(&self.0);
        Pop3(Arc::new(Inner { logins, ..inner }))
    }

    /// Serves one connection to its end, or until `closing` becomes true. For implicit TLS the
    /// handshake has been made.
    pub async fn serve(&self, connection: Connection, closing: watch::Receiver<bool>) {
        let mut session = self.session(connection.tls.is_some());
        let mut role = self.role(
            connection.remote,
            connection.local,
            connection.tls.as_ref(),
            closing,
        );
        drive(
            &self.0.world,
            connection,
            &mut session,
            &mut role,
            Side::Server,
        )
        .await;
        role.recorder.closed(self.0.world.now());
    }

    /// A session as on this host's listeners; `tls` for implicit TLS.
    pub fn session(&self, tls: bool) -> pop3::Server {
        pop3::Server::new(self.0.config.clone(), tls).showing_secrets(self.0.shows_secrets)
    }

    /// The role of one connection, for callers that drive the session themselves.
    pub fn role(
        &self,
        client: SocketAddr,
        server: SocketAddr,
        tls: Option<&TlsInfo>,
        closing: watch::Receiver<bool>,
    ) -> Role {
        let world = &self.0.world;
        let sink = Arc::new(self.0.store.journeys().clone());
        let host = self.0.config.host.clone();
        let recorder = event::Recorder::new(
            host,
            event::Role::Mra,
            world.span(),
            None,
            world.sequence.clone(),
            sink,
        );
        let recorder = SessionRecorder::new(recorder, world.now(), client, server, tls);
        Role {
            pop3: self.clone(),
            client: client.ip(),
            maildrop: None,
            open: None,
            closing,
            recorder,
        }
    }
}

/// The state of one connection.
pub struct Role {
    pop3: Pop3,
    client: IpAddr,
    maildrop: Option<Box<Open>>,
    /// The message that is being read.
    open: Option<Box<OpenMessage>>,
    closing: watch::Receiver<bool>,
    recorder: SessionRecorder,
}

/// The maildrop of a signed-in user. Dropping it releases its lock.
struct Open {
    account: Account,
    mailbox: Arc<Mailbox>,
    _lock: MaildropLock,
}

impl Role {
    fn store(&self) -> &Store {
        &self.pop3.0.store
    }

    fn now(&self) -> Time {
        self.pop3.0.world.now()
    }

    // The session asks about messages only after login.
    fn maildrop(&self) -> Result<&Open, Refusal> {
        self.maildrop.as_deref().ok_or(Refusal::Internal)
    }

    async fn answer(&mut self, ask: Query) -> Result<Decision, Refusal> {
        match ask {
            Query::Login {
                user,
                password,
                acting_as,
            } => self.login(&user, &password, acting_as.as_deref()).await,
            Query::Read {
                uid,
                offset,
                bytes_max,
                whole,
            } => self.read(uid, offset, bytes_max, whole).await,
            Query::Update { deleted } => self.update(&deleted).await,
        }
    }

    async fn login(
        &mut self,
        user: &str,
        password: &Secret,
        acting_as: Option<&str>,
    ) -> Result<Decision, Refusal> {
        let wrong = || Refusal::InvalidCredentials;
        let address = self.address_of(user).await?.ok_or_else(wrong)?;
        let account = self
            .pop3
            .0
            .logins
            .login(&address, password, self.client)
            .await
            .map_err(|e| match e {
                LoginError::InvalidCredentials => wrong(),
                LoginError::Throttled(time) => Refusal::Throttled(time),
                LoginError::Unavailable(fault) => refuse(&fault),
            })?;
        if let Some(other) = acting_as
            && !Address::parse(other)
                .is_ok_and(|a| account.addresses().any(|own| own.key() == a.key()))
        {
            return Err(Refusal::ProxyNotPermitted);
        }
        // RFC 1939 §4: the maildrop is locked before the login succeeds. Checked after the
        // password, so that only its owner learns that it is locked.
        let locks = &self.pop3.0.locks;
        let lock = locks.try_lock(account.id).ok_or(Refusal::Locked)?;
        let mailbox = self
            .store()
            .inbox(account.id)
            .await
            .map_err(|e| refuse(&e))?;
        let messages = self.listed(&mailbox).await.map_err(|e| refuse(&e))?;
        let maildrop = Maildrop {
            validity: mailbox.uid_validity,
            messages,
        };
        self.maildrop = Some(Box::new(Open {
            account,
            mailbox,
            _lock: lock,
        }));
        Ok(Decision::Maildrop(maildrop))
    }

    // The messages with the sizes that RETR sends (RFC 1939 §11).
    async fn listed(&self, mailbox: &Mailbox) -> Result<Vec<pop3::Message>, Fault> {
        let entries = mailbox.read(|state| state.entries.clone());
        let mut messages = Vec::with_capacity(entries.len());
        for entry in entries {
            // What came by SMTP ends with a line end; what a client appended may not.
            let added = match entry.journey {
                Some(_) => 0,
                None => self.line_end_added(mailbox, &entry).await?,
            };
            messages.push(pop3::Message {
                uid: entry.uid,
                bytes: u32::try_from(entry.bytes + added).unwrap_or(u32::MAX),
            });
        }
        Ok(messages)
    }

    // How many octets RETR adds to a message that does not end with a line end.
    async fn line_end_added(&self, mailbox: &Mailbox, entry: &Entry) -> Result<u64, Fault> {
        let Some(message) = self.store().message(mailbox, entry.uid).await? else {
            return Ok(0);
        };
        let tail = self
            .store()
            .read_range(&message, entry.bytes.saturating_sub(2), 2)
            .await;
        match tail {
            Ok(tail) => Ok(pop3::line_end_added(&tail)),
            // Reading it will report that it is broken.
            Err(Fault::Broken(_)) => Ok(0),
            Err(fault) => Err(fault),
        }
    }

    // A name without a domain belongs to the host's only domain, if it has just one.
    async fn address_of(&self, user: &str) -> Result<Option<Address>, Refusal> {
        if user.contains('@') {
            return Ok(Address::parse(user).ok());
        }
        let domains = self.store().domains().await.map_err(|e| refuse(&e))?;
        match domains.as_slice() {
            [only] => Ok(Address::parse(&format!("{user}@{only}")).ok()),
            _ => Ok(None),
        }
    }

    // `None` where another session has removed the message.
    async fn open_message(
        &self,
        mailbox: &Mailbox,
        uid: u32,
    ) -> Result<Option<Box<OpenMessage>>, Refusal> {
        let message = self.store().message(mailbox, uid).await;
        let Some(message) = message.map_err(|e| refuse(&e))? else {
            return Ok(None);
        };
        match self.store().open_message(&message).await {
            Ok(reader) => Ok(Some(Box::new(OpenMessage {
                entry: message.entry,
                reader,
            }))),
            Err(_) if !self.store().still_has(mailbox, uid).await => Ok(None),
            Err(fault) => Err(refuse(&fault)),
        }
    }

    async fn read(
        &mut self,
        uid: u32,
        offset: u64,
        bytes_max: u32,
        whole: bool,
    ) -> Result<Decision, Refusal> {
        let mailbox = self.maildrop()?.mailbox.clone();
        if offset == 0 {
            self.open = self.open_message(&mailbox, uid).await?;
        }
        let Some(open) = self.open.as_deref_mut().filter(|m| m.entry.uid == uid) else {
            return Err(Refusal::MessageRemoved);
        };
        let piece = open
            .reader
            .read(offset, bytes_max as usize)
            .map_err(|e| refuse(&e))?;
        let (journey, bytes) = (open.entry.journey, open.entry.bytes);
        if let Some(journey) = journey.filter(|_| whole) {
            let (now, by) = (self.now(), self.maildrop()?.account.address.to_string());
            if offset == 0 {
                self.recorder.fetch_begins(journey);
            }
            if offset + piece.len() as u64 >= bytes {
                self.recorder.message_sent(now, journey, by);
            }
        }
        Ok(Decision::Bytes(piece))
    }

    async fn update(&mut self, deleted: &[u32]) -> Result<Decision, Refusal> {
        let mailbox = self.maildrop()?.mailbox.clone();
        let erased = if deleted.is_empty() {
            Ok(Vec::new())
        } else {
            self.store().delete_permanently(&mailbox, deleted).await
        };
        // Released before the client gets the reply, since it may reconnect at once.
        self.maildrop = None;
        erased.map(|_| Decision::Done).map_err(|e| {
            tracing::error!(error = %e, "cannot remove messages of a POP3 session");
            Refusal::NotUpdated
        })
    }
}

impl Decide<pop3::Server> for Role {
    async fn decide(&mut self, ask: Query) -> Decision {
        // Boxed, so that idle connections do not hold the memory that a login needs.
        Box::pin(self.answer(ask))
            .await
            .unwrap_or_else(Decision::Refused)
    }

    async fn notice(&mut self) -> Notice {
        let closes = self.closing.wait_for(|closed| *closed).await.is_ok();
        if !closes {
            // The sender is gone: the connection is not closed from here.
            std::future::pending::<()>().await;
        }
        Notice::Bye
    }

    fn trace(&mut self, line: Line) {
        let now = self.now();
        self.recorder.line(now, line, self.maildrop.is_some());
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        let now = self.now();
        self.recorder.tls_started(now, tls);
    }
}

/// Logs a failure of the store.
fn refuse(fault: &Fault) -> Refusal {
    tracing::error!(error = %fault, "POP3: the store failed");
    Refusal::Internal
}

#[cfg(test)]
mod tests;
