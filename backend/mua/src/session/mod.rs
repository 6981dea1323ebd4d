//! The session of one open tab: answers its requests and sends notifications. Independent of HTTP:
//! calls and frames pass through channels ([`serve`]).
//!
//! Calls are answered in order, except searches, which run concurrently so that nothing waits for
//! them.

mod delivery_report;
mod draft;
mod draft_message;
mod folders;
mod follow;
mod list;
mod modify;
mod notes;
mod notifications;
mod origin;
mod original;
mod query;
mod read;
mod search;
mod send;
mod serve;

pub(crate) use list::{outlines_of, sort_text};
pub use serve::{CALLS_WAITING_MAX, FRAMES_WAITING_MAX, read_call, serve};

use crate::Mua;
use crate::contacts::Contacts;
use follow::Following;
use mail::{JourneyId, MailboxId, SpanId, SpecialUse, StoredMessageId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use store::{Account, AccountWatch, Counters, Fault, Folder, Mailbox, split_message_id};
use wire::{Identity, ListOrder, Notification, Problem, Request, Response, VERSION, Welcome};

/// Number of messages in one modifying request.
pub const MESSAGES_MAX: usize = 100_000;

/// The session of a tab.
pub struct Session {
    mua: Mua,
    account: Account,
    /// The browser's address, recorded in journeys.
    browser: String,
    span: SpanId,
    changes: AccountWatch,
    folders: Vec<Folder>,
    /// The counters last sent to the tab, per folder.
    counts: HashMap<MailboxId, Counters>,
    open: Option<OpenFolder>,
    following: Vec<Following>,
    /// Journeys of messages sent in this tab.
    sent: Vec<JourneyId>,
    /// Notifications to send before the next reply.
    outbox: VecDeque<Notification>,
    contacts: Arc<tokio::sync::Mutex<Contacts>>,
    /// Held while a draft is replaced, by all tabs of the account.
    drafts: Arc<tokio::sync::Mutex<()>>,
    searches: Arc<search::Searches>,
}

/// The folder whose rows the tab shows.
struct OpenFolder {
    mailbox: Arc<Mailbox>,
    /// The folder state known to the tab.
    state: u64,
    /// The order of the list in the tab.
    order: ListOrder,
}

/// Why a request failed.
pub(crate) enum Error {
    Problem(Problem),
    Fault(Fault),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error::Problem(problem)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}

type Answer = Result<Response, Error>;

impl Session {
    /// Creates the session of a tab; `browser` is its address, recorded in journeys.
    ///
    /// # Errors
    /// As the store.
    pub async fn new(mua: Mua, account: Account, browser: String) -> Result<Session, Fault> {
        // Subscribed before the first read, so that no change is missed.
        let changes = mua.store().watch_account(account.id);
        let account = mua.store().with_aliases(account).await?;
        let folders = mua.store().folders(account.id).await?;
        let mut counts = HashMap::new();
        for folder in &folders {
            counts.insert(folder.id, mua.store().counters(folder.id).await?);
        }
        let (span, contacts) = (mua.world().span(), mua.contacts(account.id));
        let drafts = mua.draft_lock(account.id);
        Ok(Session {
            mua,
            account,
            browser,
            span,
            changes,
            folders,
            counts,
            open: None,
            following: Vec::new(),
            sent: Vec::new(),
            outbox: VecDeque::new(),
            contacts,
            drafts,
            searches: Arc::default(),
        })
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The problem to show in the browser.
    pub async fn answer(&mut self, request: Request) -> Result<Response, Problem> {
        let result = Box::pin(self.dispatch(request)).await;
        result.map_err(|error| self.problem(error))
    }

    fn problem(&self, error: Error) -> Problem {
        match error {
            Error::Problem(problem) => problem,
            Error::Fault(fault) => self.mua.problem(fault),
        }
    }

    async fn dispatch(&mut self, request: Request) -> Answer {
        let request = match self.searching(request) {
            Ok(search) => return search.await.map_err(Error::Problem),
            Err(other) => *other,
        };
        match request {
            // Answered above.
            Request::Search { .. } | Request::SelectFound { .. } => Err(Problem::Malformed.into()),
            Request::Hello { .. } => Ok(Response::Welcome(self.welcome().await?)),
            Request::Folders => self.list_folders().await,
            Request::List {
                folder,
                offset,
                count,
                order,
            } => self.list(folder, offset, count, order).await,
            Request::SelectFolder { folder } => self.select_folder(folder).await,
            Request::Since {
                folder,
                state,
                order,
            } => self.since(folder, state, order).await,
            Request::Message { id } => self.message(id).await,
            Request::Flag { ids, add, remove } => self.flag(ids, add, remove).await,
            Request::Move { ids, to } => self.move_messages(ids, to).await,
            Request::Delete { ids } => self.delete_permanently(ids).await,
            Request::Send { draft } => self.send(draft).await,
            Request::Save { draft } => self.save(draft).await,
            Request::Discard { draft } => self.discard(draft).await,
            Request::Check {
                key,
                window,
                stored,
            } => self.check_draft(key, window, stored).await,
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

    async fn welcome(&mut self) -> Result<Welcome, Error> {
        // Name and addresses may have changed since the tab was opened.
        let store = self.mua.store();
        let account = store.account(self.account.id).await?;
        self.account = store.with_aliases(account.ok_or(Problem::SignIn)?).await?;
        let parts = self.mua.config();
        Ok(Welcome {
            version: VERSION,
            who: Identity {
                address: self.account.address.to_string(),
                name: self.account.name.clone(),
            },
            identities: self.account.addresses().map(ToString::to_string).collect(),
            message_bytes_max: parts.message_bytes_max,
            host: parts.host.clone(),
            demo_addresses: parts.demo_addresses.clone(),
        })
    }

    async fn complete(&mut self, prefix: &str) -> Answer {
        let mut contacts = self.contacts.lock().await;
        contacts.refresh(self.mua.store(), &self.account).await?;
        Ok(Response::Contacts(contacts.matching(prefix)))
    }

    /// Returns a folder of the account.
    async fn mailbox(&self, id: MailboxId) -> Result<Arc<Mailbox>, Error> {
        Ok(self
            .mua
            .store()
            .mailbox(self.account.id, id)
            .await?
            .ok_or(Problem::Gone)?)
    }

    /// Returns the folder and UID of a message of the account.
    async fn locate(&self, id: StoredMessageId) -> Result<(Arc<Mailbox>, u32), Error> {
        let (mailbox, uid) = split_message_id(id);
        let mailbox = self.mailbox(mailbox).await?;
        if mailbox.read(|s| s.position(uid).is_none()) {
            return Err(Problem::Gone.into());
        }
        Ok((mailbox, uid))
    }

    // A message that another one refers to, also where it was moved in the meantime.
    async fn locate_original(&self, id: StoredMessageId) -> Result<(Arc<Mailbox>, u32), Error> {
        let moved = self.mua.store().moved_to(id);
        match self.locate(moved.unwrap_or(id)).await {
            Err(Error::Problem(Problem::Gone)) => Err(Problem::OriginalGone.into()),
            other => other,
        }
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
}
