//! One open tab: answers its calls, tells it what happens. Pure of HTTP: calls and frames pass
//! through channels ([`serve`]).
//!
//! Calls are answered in their order, but for searches, which run beside so that nothing waits for
//! them.

mod change;
mod compose;
mod draft;
mod folders;
mod follow;
mod list;
mod news;
mod query;
mod read;
mod search;
mod serve;

pub use serve::{CALLS_WAITING_MAX, FRAMES_WAITING_MAX, read_call, serve};

use crate::contacts::Contacts;
use crate::{Mua, veil::Veil};
use follow::Following;
use mail::{JourneyId, MailboxId, SpanId, SpecialUse, StoredMessageId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use store::{Account, Counters, Fault, Folder, Mailbox, split_message_id};
use tokio::sync::watch;
use wire::{Notification, Problem, Request, Response, VERSION, Welcome, Who};

/// The most messages of one call that changes them.
pub const MESSAGES_MAX: usize = 100_000;

/// One tab.
pub struct Session {
    mua: Mua,
    account: Account,
    /// The browser's address, for the journey.
    browser: String,
    span: SpanId,
    seen: watch::Receiver<u64>,
    folders: Vec<Folder>,
    /// What the tab was told of each folder.
    counts: HashMap<MailboxId, Counters>,
    open: Option<Open>,
    following: Vec<Following>,
    /// Journeys of messages that this tab sent.
    sent: Vec<JourneyId>,
    /// News that must stand before the next answer.
    outbox: VecDeque<Notification>,
    contacts: Arc<tokio::sync::Mutex<Contacts>>,
    searches: Arc<search::Searches>,
}

/// The folder whose rows the tab shows.
struct Open {
    mailbox: Arc<Mailbox>,
    /// The state that the tab has.
    told: u64,
}

/// Why an answer could not be given: the browser's word, or the store's.
pub(crate) enum Trouble {
    Problem(Problem),
    Fault(Fault),
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Trouble {
        Trouble::Problem(problem)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

type Answered = Result<Response, Trouble>;

impl Session {
    /// A tab of an account; `browser` is its address, as the journey shows it.
    ///
    /// # Errors
    /// As the store.
    pub async fn new(mua: Mua, account: Account, browser: String) -> Result<Session, Fault> {
        // Watched before it is looked at: nothing falls between.
        let seen = mua.store().watch_account(account.id);
        let folders = mua.store().folders(account.id).await?;
        let mut counts = HashMap::new();
        for folder in &folders {
            counts.insert(folder.id, mua.store().counters(folder.id).await?);
        }
        let (span, contacts) = (mua.world().span(), mua.contacts(account.id));
        Ok(Session {
            mua,
            account,
            browser,
            span,
            seen,
            folders,
            counts,
            open: None,
            following: Vec::new(),
            sent: Vec::new(),
            outbox: VecDeque::new(),
            contacts,
            searches: Arc::default(),
        })
    }

    /// Answers a call.
    ///
    /// # Errors
    /// What the browser is to say.
    pub async fn answer(&mut self, ask: Request) -> Result<Response, Problem> {
        let answered = Box::pin(self.decide(ask)).await;
        answered.map_err(|trouble| self.problem(trouble))
    }

    fn problem(&self, trouble: Trouble) -> Problem {
        match trouble {
            Trouble::Problem(problem) => problem,
            Trouble::Fault(fault) => self.mua.problem(fault),
        }
    }

    async fn decide(&mut self, ask: Request) -> Answered {
        match ask {
            Request::Hello { .. } => Ok(Response::Welcome(self.welcome().await?)),
            Request::Folders => self.list_folders().await,
            Request::List {
                folder,
                offset,
                count,
            } => self.list(folder, offset, count).await,
            Request::Since { folder, state } => self.since(folder, state).await,
            Request::Search {
                query,
                folder,
                offset,
                count,
            } => {
                let search = self.search(query, folder, offset, count);
                search.await.map(Response::Window).map_err(Trouble::Problem)
            }
            Request::Message { id } => self.message(id).await,
            Request::Flag { ids, add, remove } => self.flag(ids, add, remove).await,
            Request::Move { ids, to } => self.move_messages(ids, to).await,
            Request::Delete { ids } => self.delete_permanently(ids).await,
            Request::Send { draft } => self.send(draft).await,
            Request::Save { draft } => self.save(draft).await,
            Request::Open { id } => self.open_draft(id).await,
            Request::CreateFolder { name } => self.create_folder(&name).await,
            Request::RenameFolder { folder, name } => self.rename_folder(folder, &name).await,
            Request::RemoveFolder { folder } => self.remove_folder(folder).await,
            Request::Complete { prefix } => self.complete(&prefix).await,
            Request::Follow { id } => self.follow_message(id).await,
            Request::FollowSent { journey } => self.follow_sent(journey).await,
            Request::Unfollow { journey } => {
                self.following.retain(|f| f.journey() != journey);
                Ok(Response::Done)
            }
            Request::Ping => Ok(Response::Done),
        }
    }

    async fn welcome(&mut self) -> Result<Welcome, Trouble> {
        // Name and addresses may have been changed since the tab was opened.
        self.account = self
            .mua
            .store()
            .account(self.account.id)
            .await?
            .ok_or(Problem::SignIn)?;
        let parts = self.mua.parts();
        Ok(Welcome {
            version: VERSION,
            who: Who {
                address: self.account.address.to_string(),
                name: self.account.name.clone(),
            },
            identities: self.account.addresses().map(ToString::to_string).collect(),
            message_bytes_max: parts.message_bytes_max,
            host: parts.host.clone(),
            demo_addresses: parts.demo_addresses.clone(),
        })
    }

    async fn complete(&mut self, prefix: &str) -> Answered {
        let mut contacts = self.contacts.lock().await;
        contacts.refresh(&self.mua, &self.account).await?;
        Ok(Response::Contacts(contacts.matching(prefix)))
    }

    /// A folder of this account.
    async fn mailbox(&self, id: MailboxId) -> Result<Arc<Mailbox>, Trouble> {
        Ok(self
            .mua
            .store()
            .mailbox(self.account.id, id)
            .await?
            .ok_or(Problem::Gone)?)
    }

    /// A message of this account: its folder and UID there.
    async fn locate(&self, id: StoredMessageId) -> Result<(Arc<Mailbox>, u32), Trouble> {
        let (mailbox, uid) = split_message_id(id);
        let mailbox = self.mailbox(mailbox).await?;
        if mailbox.read(|s| s.position(uid).is_none()) {
            return Err(Problem::Gone.into());
        }
        Ok((mailbox, uid))
    }

    fn special(&self, folder: MailboxId) -> Option<SpecialUse> {
        self.folders
            .iter()
            .find(|f| f.id == folder)
            .and_then(|f| f.special)
    }

    async fn special_mailbox(&self, special: SpecialUse) -> Result<Option<Arc<Mailbox>>, Fault> {
        match self
            .mua
            .store()
            .folder_for(self.account.id, special)
            .await?
        {
            Some(folder) => self
                .mua
                .store()
                .open_mailbox(self.account.id, &folder)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    fn veil(&self) -> Veil {
        Veil::new(&self.account)
    }
}
