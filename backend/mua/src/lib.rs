//! The server side of the webmail: sign-in, one session per open tab, attachments over HTTP,
//! sanitized HTML. Storage is `store`'s task, display the browser's, and submission policy the
//! MSA's.
//!
//! [`session`] answers the requests of a tab and knows no HTTP; it runs wherever the store runs.
//! [`http`] (native only) serves it with axum.
//!
//! Failures: the browser receives a [`wire::Problem`]; a store fault is logged under a number that
//! the problem contains. A tab that does not read its frames in time is disconnected and
//! reconnects; drafts are in the store, so no text is lost.
//!
//! Architecture invariant: every id sent by a browser is looked up under the account of its
//! session, and message content is treated as hostile.

pub mod console;
pub mod html;
pub mod session;
pub mod signin;

#[cfg(not(target_arch = "wasm32"))]
pub mod http;

mod contacts;
mod html_cache;
mod idn;
mod list_index;
mod redact;

pub use session::Session;
pub(crate) use world::lock;

use event::{Recorder, Role, Sink};
use html_cache::HtmlCache;
use list_index::ListIndexes;
use login::Authenticator;
use mail::{AccountId, SpanId, StoredMessageId};
use msa::Msa;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, Weak};
use store::{Fault, SessionKey, Store};
use tokio::sync::{broadcast, watch};
use wire::Problem;
use world::World;

/// The configuration of the webmail backend.
pub struct Config {
    /// Clock, random numbers, resolver and network.
    pub world: World,
    /// The mail store.
    pub store: Store,
    /// The submission agent.
    pub msa: Msa,
    /// Password verification with login throttling.
    pub logins: Authenticator,
    /// The host name: `mail.glasspost.test`.
    pub host: String,
    /// The message size limit in bytes, attachments in encoded form.
    pub message_bytes_max: u64,
    /// Addresses offered in a demonstration; empty on a real server.
    pub demo_addresses: Vec<String>,
    /// Becomes true when the host shuts down.
    pub shutdown: watch::Receiver<bool>,
}

/// The webmail backend of one host. Clones share their state.
#[derive(Clone)]
pub struct Mua(Arc<Inner>);

struct Inner {
    config: Config,
    sink: Arc<dyn Sink>,
    /// Publishes the keys of sessions that were ended.
    ended: broadcast::Sender<SessionKey>,
    contacts: PerAccount<contacts::Contacts>,
    drafts: PerAccount<()>,
    /// Recently announced messages: each is recorded in its journey once, regardless of the number
    /// of open tabs.
    announced: Mutex<VecDeque<StoredMessageId>>,
    html_cache: HtmlCache,
    list_indexes: ListIndexes,
    /// Signs the proxy URLs of remote images.
    #[cfg(not(target_arch = "wasm32"))]
    image_key: [u8; 32],
    #[cfg(not(target_arch = "wasm32"))]
    fetching: tokio::sync::Semaphore,
}

/// A value per account, shared by all its tabs and dropped with the last of them.
struct PerAccount<T>(Mutex<HashMap<AccountId, Weak<tokio::sync::Mutex<T>>>>);

impl<T> Default for PerAccount<T> {
    fn default() -> PerAccount<T> {
        PerAccount(Mutex::default())
    }
}

impl<T: Default> PerAccount<T> {
    fn of(&self, account: AccountId) -> Arc<tokio::sync::Mutex<T>> {
        let mut all = lock(&self.0);
        if let Some(known) = all.get(&account).and_then(Weak::upgrade) {
            return known;
        }
        all.retain(|_, known| known.strong_count() > 0);
        let fresh = Arc::default();
        all.insert(account, Arc::downgrade(&fresh));
        fresh
    }
}

/// Buffered session endings for tabs that are slow to receive them.
const ENDED_MAX: usize = 1024;
/// Concurrent fetches of remote images, for all readers.
#[cfg(not(target_arch = "wasm32"))]
const IMAGE_FETCHES_MAX: usize = 16;
/// Number of announced messages to remember.
const ANNOUNCED_MAX: usize = 1024;

impl Mua {
    /// Creates the webmail backend of a host.
    pub fn new(config: Config) -> Mua {
        // Drawn on every target, so that the sequence of random numbers is the same in a simulation
        // in the browser.
        let mut image_key = [0; 32];
        config.world.rng.fill(&mut image_key);
        let sink: Arc<dyn Sink> = Arc::new(config.store.journeys().clone());
        Mua(Arc::new(Inner {
            config,
            sink,
            ended: broadcast::channel(ENDED_MAX).0,
            contacts: PerAccount::default(),
            drafts: PerAccount::default(),
            announced: Mutex::default(),
            html_cache: HtmlCache::default(),
            list_indexes: ListIndexes::default(),
            #[cfg(not(target_arch = "wasm32"))]
            image_key,
            #[cfg(not(target_arch = "wasm32"))]
            fetching: tokio::sync::Semaphore::new(IMAGE_FETCHES_MAX),
        }))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.config.world
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.config.store
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn html_cache(&self) -> &HtmlCache {
        &self.0.html_cache
    }

    pub(crate) fn list_indexes(&self) -> &ListIndexes {
        &self.0.list_indexes
    }

    pub(crate) fn recorder(&self, role: Role, span: SpanId) -> Recorder {
        let config = self.config();
        Recorder::new(
            config.host.clone(),
            role,
            span,
            None,
            config.world.sequence.clone(),
            self.0.sink.clone(),
        )
    }

    /// The contacts learned from an account's mail, shared by all its tabs.
    pub(crate) fn contacts(
        &self,
        account: AccountId,
    ) -> Arc<tokio::sync::Mutex<contacts::Contacts>> {
        self.0.contacts.of(account)
    }

    /// The lock that is held while a draft of an account is replaced.
    pub(crate) fn draft_lock(&self, account: AccountId) -> Arc<tokio::sync::Mutex<()>> {
        self.0.drafts.of(account)
    }

    /// Returns true the first time a message is announced.
    pub(crate) fn announce_once(&self, id: StoredMessageId) -> bool {
        let mut announced = lock(&self.0.announced);
        if announced.contains(&id) {
            return false;
        }
        if announced.len() >= ANNOUNCED_MAX {
            announced.pop_front();
        }
        announced.push_back(id);
        true
    }

    /// Logs a store fault and returns the problem for the browser.
    pub(crate) fn problem(&self, fault: Fault) -> Problem {
        if fault == Fault::Full {
            return Problem::Quota;
        }
        let number = format!("{:08x}", self.world().rng.number() as u32);
        tracing::error!(number, error = %fault, "webmail request failed");
        Problem::Server(number)
    }
}
