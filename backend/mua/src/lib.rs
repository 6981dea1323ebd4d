//! The user agent's server half: sign-in, one session for each open tab, attachments over HTTP,
//! sanitized HTML. What a message is, the store knows; how it is shown, the browser; who may send,
//! the MSA. Here is what lies between.
//!
//! [`session`] answers what the browser asks and knows no HTTP: it runs wherever the store runs.
//! [`http`] (native only) puts it on axum.
//!
//! Failures: the browser hears a [`wire::Problem`]; what the store could not do is logged with a
//! number that the problem carries. A tab that does not take its frames in time is dropped and
//! reconnects; nothing typed is lost, since drafts lie in the store.
//!
//! Architecture invariant: every number that a browser sends is looked up under the account of its
//! session; a message is hostile.

pub mod console;
pub mod html;
pub mod session;
pub mod signin;

#[cfg(not(target_arch = "wasm32"))]
pub mod http;

mod contacts;
mod pages;
mod veil;

pub use session::Session;
pub(crate) use world::lock;

use event::{Recorder, Role, Sink};
use login::Authenticator;
use mail::{AccountId, SpanId, StoredMessageId};
use msa::Msa;
use pages::Pages;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, Weak};
use store::{Fault, SessionKey, Store};
use tokio::sync::{broadcast, watch};
use wire::Problem;
use world::World;

/// What the user agent needs.
pub struct Parts {
    /// Clock, chance, resolver and network.
    pub world: World,
    /// Where the mail lies.
    pub store: Store,
    /// The way out.
    pub msa: Msa,
    /// The one door for passwords.
    pub logins: Authenticator,
    /// This host's name: `mail.glasspost.test`.
    pub host: String,
    /// The largest message, in octets, attachments already encoded.
    pub message_bytes_max: u64,
    /// For a demonstration: addresses to write to.
    pub demo_addresses: Vec<String>,
    /// Becomes true when the host ends.
    pub shutdown: watch::Receiver<bool>,
}

/// One host's user agent. Clones share it.
#[derive(Clone)]
pub struct Mua(Arc<Inner>);

struct Inner {
    parts: Parts,
    sink: Arc<dyn Sink>,
    /// Sessions that have just been ended.
    ended: broadcast::Sender<SessionKey>,
    contacts: Mutex<HashMap<AccountId, Weak<tokio::sync::Mutex<contacts::Contacts>>>>,
    /// Messages that were announced lately: the journey tells it once, however many tabs are open.
    announced: Mutex<VecDeque<StoredMessageId>>,
    pages: Pages,
    /// Signs the addresses of pictures that may be fetched for a message.
    #[cfg(not(target_arch = "wasm32"))]
    picture_key: [u8; 32],
    #[cfg(not(target_arch = "wasm32"))]
    fetching: tokio::sync::Semaphore,
}

/// Endings of sessions that a busy tab may not have heard of yet.
const ENDED_MAX: usize = 1024;
/// How many announced messages are remembered.
const ANNOUNCED_MAX: usize = 1024;

impl Mua {
    /// The user agent of one host.
    pub fn new(parts: Parts) -> Mua {
        // Drawn also where no picture is fetched: a host's chance takes the same course in a
        // browser's tab.
        let mut picture_key = [0; 32];
        parts.world.rng.fill(&mut picture_key);
        let sink: Arc<dyn Sink> = Arc::new(parts.store.journeys().clone());
        Mua(Arc::new(Inner {
            parts,
            sink,
            ended: broadcast::channel(ENDED_MAX).0,
            contacts: Mutex::default(),
            announced: Mutex::default(),
            pages: Pages::default(),
            #[cfg(not(target_arch = "wasm32"))]
            picture_key,
            #[cfg(not(target_arch = "wasm32"))]
            fetching: tokio::sync::Semaphore::new(http::FETCHES_MAX),
        }))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.parts.world
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.0.pages
    }

    pub(crate) fn recorder(&self, role: Role, span: SpanId) -> Recorder {
        let parts = self.parts();
        Recorder::new(
            parts.host.clone(),
            role,
            span,
            None,
            parts.world.sequence.clone(),
            self.0.sink.clone(),
        )
    }

    /// What past mail tells of an account's correspondents; one for all its tabs.
    pub(crate) fn contacts(
        &self,
        account: AccountId,
    ) -> Arc<tokio::sync::Mutex<contacts::Contacts>> {
        let mut all = lock(&self.0.contacts);
        if let Some(known) = all.get(&account).and_then(Weak::upgrade) {
            return known;
        }
        all.retain(|_, known| known.strong_count() > 0);
        let fresh = Arc::default();
        all.insert(account, Arc::downgrade(&fresh));
        fresh
    }

    /// True the first time that a message is announced.
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

    /// What the browser hears of a failing store; the log has the rest.
    pub(crate) fn problem(&self, fault: Fault) -> Problem {
        if fault == Fault::Full {
            return Problem::Quota;
        }
        let number = format!("{:08x}", self.world().rng.number() as u32);
        tracing::error!(number, error = %fault, "the webmail could not do what was asked");
        Problem::Server(number)
    }
}
