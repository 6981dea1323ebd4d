//! A test host: an in-memory store with three accounts, a queue that delivers to them, and the
//! webmail backend.
#![allow(dead_code, clippy::unwrap_used)] // each test binary uses its part; a test that cannot go on stops

use event::{Kind, Role};
use login::Authenticator;
use mail::{
    AccountId, Address, Flags, Host, JourneyId, MailboxId, MailboxName, Secret, SpecialUse,
    StoredMessageId, Time,
};
use msa::Msa;
use mua::{Config, Mua, Session};
use queue::{DeliveryAttempt, DeliveryOutcome, Queue, Retry, Transport};
use std::sync::Arc;
use store::{
    Account, Content, Delivery, Fault, Mailbox, NewAccount, OutlineRow, PasswordCost, Store, Tx,
};
use tokio::sync::watch;
use wire::{Call, Frame, ListOrder, Notification, Problem, Request, Response, Row, Window};
use world::{BoxFuture, Clock, World};

/// The clock of the tokio runtime, paused or not.
struct RuntimeClock(tokio::time::Instant);

impl Clock for RuntimeClock {
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

/// Delivers to INBOX, like the MDA.
struct ToInbox {
    world: World,
    store: Store,
}

impl Transport for ToInbox {
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
        tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        Box::pin(async move {
            let mut message = attempt.prefix.to_vec();
            message.extend(
                attempt
                    .content
                    .read(&self.store, 0, usize::MAX)
                    .await
                    .unwrap(),
            );
            for recipient in attempt.recipients {
                let account = self
                    .store
                    .resolve_address(&recipient.address)
                    .await
                    .unwrap()
                    .unwrap()
                    .account;
                let kind = Kind::Delivered {
                    recipient: recipient.address.to_string(),
                    mailbox: "INBOX".into(),
                    uid: 0,
                };
                tx.deliver(Delivery {
                    mailbox: self.store.inbox(account.id).await.unwrap(),
                    blob: attempt.content.blob,
                    bytes: message.len() as u64,
                    outline: Arc::new(OutlineRow::of(&message, attempt.prefix.len())),
                    flags: Flags::default(),
                    date: attempt.now,
                    journey: Some(attempt.journey),
                    event: Some(attempt.event(
                        "mail.here.test",
                        &self.world.sequence,
                        Role::Mda,
                        kind,
                    )),
                });
            }
            attempt
                .recipients
                .iter()
                .map(|_| DeliveryOutcome::Delivered)
                .collect()
        })
    }
}

pub struct TestHost {
    pub world: World,
    pub store: Store,
    pub mua: Mua,
    pub alice: Account,
    pub bob: Account,
    pub carol: Account,
    pub stop: watch::Sender<bool>,
}

pub const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;

impl TestHost {
    pub async fn new() -> TestHost {
        let world = World {
            clock: Arc::new(RuntimeClock(tokio::time::Instant::now())),
            rng: Arc::new(world::real::SystemRng::default()),
            ..world::still::world()
        };
        TestHost::over(world).await
    }

    pub async fn over(world: World) -> TestHost {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store
            .add_domain(&"here.test".parse().unwrap())
            .await
            .unwrap();
        let mut accounts = Vec::new();
        for name in ["alice", "bob", "carol"] {
            let address = format!("{name}@here.test").parse().unwrap();
            let new = NewAccount {
                address,
                name: name.to_uppercase(),
                password: Secret::new("wonder"),
            };
            accounts.push(store.add_account(new, [1; 16], world.now()).await.unwrap());
        }
        let logins = Authenticator::new(store.clone(), world.clone());
        let way = Arc::new(ToInbox {
            world: world.clone(),
            store: store.clone(),
        });
        let queue = Queue::new(
            world.clone(),
            store.clone(),
            "mail.here.test",
            Retry::default(),
            vec![way],
        );
        let mut smtp = smtp::server::Config::new(
            smtp::server::Kind::Submission,
            "mail.here.test".parse().unwrap(),
            true,
        );
        smtp.limits.message_bytes_max = MESSAGE_BYTES_MAX;
        let config = msa::Config::new(Arc::new(smtp), logins.clone());
        let msa = Msa::new(world.clone(), store.clone(), queue, config);
        let (stop, shutdown) = watch::channel(false);
        let parts = Config {
            world: world.clone(),
            store: store.clone(),
            msa,
            logins,
            host: "mail.here.test".into(),
            message_bytes_max: MESSAGE_BYTES_MAX,
            demo_addresses: Vec::new(),
            shutdown,
        };
        let carol = accounts.pop().unwrap();
        let bob = accounts.pop().unwrap();
        let alice = accounts.pop().unwrap();
        TestHost {
            world,
            store,
            mua: Mua::new(parts),
            alice,
            bob,
            carol,
            stop,
        }
    }

    pub async fn tab(&self, of: &Account) -> Tab {
        Tab::open(
            Session::new(self.mua.clone(), of.clone(), "192.0.2.7:5000".into())
                .await
                .unwrap(),
        )
    }

    pub async fn folder(&self, of: AccountId, name: &str) -> Arc<Mailbox> {
        let folder = self
            .store
            .folder(of, &MailboxName::new(name).unwrap())
            .await
            .unwrap()
            .unwrap();
        self.store.open_mailbox(of, &folder).await.unwrap()
    }

    pub async fn special(&self, of: AccountId, special: SpecialUse) -> Arc<Mailbox> {
        let folder = self.store.folder_for(of, special).await.unwrap().unwrap();
        self.store.open_mailbox(of, &folder).await.unwrap()
    }

    /// Stores a message in INBOX.
    pub async fn put(&self, of: &Account, message: &[u8]) -> StoredMessageId {
        let inbox = self.store.inbox(of.id).await.unwrap();
        self.put_into(&inbox, message, Flags::default(), self.world.now())
            .await
    }

    pub async fn put_into(
        &self,
        mailbox: &Arc<Mailbox>,
        message: &[u8],
        flags: Flags,
        date: Time,
    ) -> StoredMessageId {
        self.deliver(mailbox, (b"", message), flags, date).await
    }

    /// Stores a message with the fields that this host puts before its content.
    pub async fn deliver(
        &self,
        mailbox: &Arc<Mailbox>,
        (prefix, content): (&[u8], &[u8]),
        flags: Flags,
        date: Time,
    ) -> StoredMessageId {
        let message = [prefix, content].concat();
        let mut tx = self.store.begin();
        let blob = tx.content(&Content::Small(content.to_vec()));
        tx.deliver(Delivery {
            mailbox: mailbox.clone(),
            blob,
            bytes: message.len() as u64,
            outline: Arc::new(OutlineRow::of(&message, prefix.len())),
            flags,
            date,
            journey: Some(JourneyId(0xabc)),
            event: None,
        });
        tx.commit().await.unwrap()[0].id
    }
}

pub fn message(from: &str, subject: &str, text: &str) -> Vec<u8> {
    format!("From: {from}\r\nTo: alice@here.test\r\nSubject: {subject}\r\nMessage-ID: <{}@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n", subject.len())
        .into_bytes()
}

/// A served tab and the notifications it received.
pub struct Tab {
    calls: tokio::sync::mpsc::Sender<Result<Call, Option<u32>>>,
    frames: tokio::sync::mpsc::Receiver<Frame>,
    pub notifications: Vec<Notification>,
    next: u32,
    pub end: Option<tokio::sync::oneshot::Sender<bool>>,
}

impl Tab {
    pub fn open(session: Session) -> Tab {
        let (calls, calls_in) = tokio::sync::mpsc::channel(8);
        let (frames_out, frames) = tokio::sync::mpsc::channel(64);
        let (end, ended) = tokio::sync::oneshot::channel();
        let ending = async move {
            match ended.await {
                Ok(again) => again,
                Err(_) => std::future::pending().await,
            }
        };
        #[expect(clippy::disallowed_methods, reason = "the test's own task")]
        tokio::spawn(Box::pin(mua::session::serve(
            session, calls_in, frames_out, ending,
        )));
        Tab {
            calls,
            frames,
            notifications: Vec::new(),
            next: 0,
            end: Some(end),
        }
    }

    pub async fn call(&mut self, request: Request) -> Result<Response, Problem> {
        self.next += 1;
        let id = self.next;
        self.calls.send(Ok(Call { id, request })).await.unwrap();
        loop {
            match self.frames.recv().await.expect("the tab is served") {
                Frame::Reply { id: of, result } if of == id => return result,
                Frame::Reply { .. } => panic!("an answer to nothing"),
                Frame::Notification(notifications) => self.notifications.push(notifications),
            }
        }
    }

    pub async fn say(&mut self, call: Result<Call, Option<u32>>) -> Frame {
        self.calls.send(call).await.unwrap();
        self.frames.recv().await.unwrap()
    }

    /// Returns the next notification.
    pub async fn hear(&mut self) -> Notification {
        if !self.notifications.is_empty() {
            return self.notifications.remove(0);
        }
        match self.frames.recv().await.expect("the tab is served") {
            Frame::Notification(notifications) => notifications,
            other => panic!("{other:?}"),
        }
    }

    pub async fn closed(&mut self) -> bool {
        self.frames.recv().await.is_none()
    }

    pub async fn window(&mut self, request: Request) -> Window {
        match self.call(request).await.unwrap() {
            Response::Window(window) => window,
            other => panic!("{other:?}"),
        }
    }

    pub async fn list(&mut self, folder: MailboxId) -> Vec<Row> {
        self.window(Request::List {
            folder,
            offset: 0,
            count: 200,
            order: ListOrder::Newest,
        })
        .await
        .rows
    }

    pub async fn search(&mut self, query: &str) -> Vec<String> {
        let window = self
            .window(Request::Search {
                query: query.into(),
                folder: None,
                offset: 0,
                count: 50,
                days: Vec::new(),
            })
            .await;
        assert_eq!(window.total as usize, window.rows.len());
        window.rows.into_iter().map(|r| r.subject).collect()
    }
}

pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}
