//! Message search, newest first by INTERNALDATE. Conditions on flags, sizes and dates use only the
//! in-memory index, those on names and subjects the stored outlines; a message is read only for
//! words found in neither, and for names of files.
//! When the tab asks for more rows, the search continues where it stopped.
//!
//! [`Window::total`] is exact once all messages were checked. If [`PATIENCE`] runs out before, it
//! is one more than the number of matches, so that the tab asks for the next row later and the
//! search continues.

use super::list::{ROWS_MAX, outlines_of, row, spans};
use super::query::{Calendar, Content, Known, Query, Shown};
use super::{Error, MESSAGES_MAX, Session, folders};
use crate::Mua;
use crate::lock;
use mail::{AccountId, Duration, MailboxId, SpecialUse, StoredMessageId, Time};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::{Entry, Fault, Folder, Mailbox, OutlineView};
use wire::{FolderKind, Midnight, Problem, Request, Response, Row, SearchNote, Window};

/// Minimum and maximum duration of a search call once the requested rows are found.
pub const CONTENT: Duration = Duration::from_millis(500);
/// See [`CONTENT`].
pub const PATIENCE: Duration = Duration::from_secs(8);
/// Text bytes searched per message.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Query length limit in bytes.
pub const QUERY_BYTES_MAX: usize = 2000;
// Messages checked between two looks at the clock.
const BATCH: usize = 64;

/// The searches of a tab: the newest query and its results.
#[derive(Default)]
pub(super) struct Searches {
    newest: AtomicU64,
    wanted: Mutex<Wanted>,
    found: tokio::sync::Mutex<Option<Search>>,
}

/// What a search looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) query: String,
    pub(super) folder: Option<MailboxId>,
    pub(super) days: Vec<Midnight>,
}

struct Search {
    wanted: Wanted,
    query: Query,
    mailboxes: Vec<(Folder, Arc<Mailbox>)>,
    states: Vec<u64>,
    /// Messages to check, the next one last.
    candidates: Vec<Candidate>,
    matched: Vec<Candidate>,
}

#[derive(Clone, Copy)]
struct Candidate {
    date: Time,
    mailbox: u32,
    uid: u32,
}

impl Session {
    /// Starts the search of a request, which runs concurrently with other calls.
    ///
    /// # Errors
    /// The request, where it is another one.
    pub(super) fn searching(
        &self,
        request: Request,
    ) -> Result<impl Future<Output = Result<Response, Problem>> + Send + use<>, Box<Request>> {
        let (query, folder, days, part) = match request {
            Request::Search {
                query,
                folder,
                offset,
                count,
                days,
            } => (query, folder, days, Some((offset, count))),
            Request::SelectFound {
                query,
                folder,
                days,
            } => (query, folder, days, None),
            other => return Err(Box::new(other)),
        };
        let wanted = Wanted {
            query,
            folder,
            days,
        };
        Ok(self.search(wanted, part))
    }

    /// Searches for the rows of a part of the results, or for all messages. A newer search for
    /// something else ends it early.
    fn search(
        &self,
        wanted: Wanted,
        part: Option<(u32, u32)>,
    ) -> impl Future<Output = Result<Response, Problem>> + Send + use<> {
        let (mua, account, searches) = (self.mua.clone(), self.account.id, self.searches.clone());
        let turn = searches.turn(&wanted);
        async move {
            let work = run(&mua, account, &searches, turn, wanted, part);
            Box::pin(work).await.map_err(|error| match error {
                Error::Problem(problem) => problem,
                Error::Fault(fault) => mua.problem(fault),
            })
        }
    }
}

impl Searches {
    // Returns the turn of a call; unchanged if the search is the same.
    fn turn(&self, wanted: &Wanted) -> u64 {
        let mut newest = lock(&self.wanted);
        if *newest != *wanted {
            *newest = wanted.clone();
            return self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        }
        self.newest.load(Ordering::Relaxed)
    }
}

async fn run(
    mua: &Mua,
    account: AccountId,
    searches: &Searches,
    turn: u64,
    wanted: Wanted,
    part: Option<(u32, u32)>,
) -> Result<Response, Error> {
    if wanted.query.len() > QUERY_BYTES_MAX {
        return Err(Problem::TooLarge(QUERY_BYTES_MAX as u64).into());
    }
    let (offset, count) = part.unwrap_or((0, u32::MAX));
    let count = if part.is_some() {
        count.min(ROWS_MAX)
    } else {
        count
    };
    let mut found = searches.found.lock().await;
    let kept = found
        .take()
        .filter(|s| s.wanted == wanted && (offset > 0 || s.is_fresh()));
    let mut search = match kept {
        Some(search) => search,
        None => Search::begin(mua, account, wanted).await?,
    };
    let rows_wanted = offset.saturating_add(count) as usize;
    let begun = mua.world().now();
    while !search.candidates.is_empty() {
        let taken = mua.world().now().since(begun);
        let superseded = searches.newest.load(Ordering::Relaxed) != turn;
        let enough = search.matched.len() >= rows_wanted && taken >= CONTENT;
        if superseded || taken >= PATIENCE || enough {
            break;
        }
        search.look_at_some(mua).await?;
        yield_once().await;
    }
    search.forget_deleted();
    let response = match part {
        Some((offset, _)) => {
            Response::Window(search.window(mua, offset as usize, count as usize).await?)
        }
        None => search.selected(),
    };
    *found = Some(search);
    Ok(response)
}

impl Search {
    async fn begin(mua: &Mua, account: AccountId, wanted: Wanted) -> Result<Search, Error> {
        let calendar = Calendar {
            now: mua.world().now(),
            days: &wanted.days,
        };
        let mut query = Query::read(&wanted.query, &calendar);
        let all = mua.store().folders(account).await?;
        let unknown = query
            .folder_names()
            .filter(|name| all.iter().all(|folder| !is_named(folder, name)))
            .map(|name| SearchNote::NoSuchFolder(name.to_owned()));
        let unknown: Vec<SearchNote> = unknown.collect();
        query.notes.extend(unknown);
        if wanted
            .folder
            .is_some_and(|id| all.iter().all(|f| f.id != id))
        {
            return Err(Problem::Gone.into());
        }
        let mut mailboxes = Vec::new();
        for one in all {
            if is_searched(&one, &query, wanted.folder) {
                let mailbox = mua.store().open_mailbox(account, &one).await?;
                mailboxes.push((one, mailbox));
            }
        }
        let states = mailboxes
            .iter()
            .map(|(_, m)| m.read(|s| s.modseq))
            .collect();
        let mut search = Search {
            wanted,
            query,
            mailboxes,
            states,
            candidates: Vec::new(),
            matched: Vec::new(),
        };
        search.choose_candidates();
        Ok(search)
    }

    // What the in-memory entries decide is decided here.
    fn choose_candidates(&mut self) {
        let mut undecided = false;
        for (at, (folder, mailbox)) in self.mailboxes.iter().enumerate() {
            let named = |name: &str| is_named(folder, name);
            mailbox.read(|s| {
                for entry in &s.entries {
                    let matches = self.query.matches(&Known::Entry(entry, &named));
                    if matches == Some(false) {
                        continue;
                    }
                    undecided |= matches.is_none();
                    self.candidates.push(Candidate {
                        date: entry.date,
                        mailbox: at as u32,
                        uid: entry.uid,
                    });
                }
            });
        }
        self.candidates
            .sort_by_key(|c| (c.date, Reverse(c.mailbox), c.uid));
        if !undecided {
            self.matched = std::mem::take(&mut self.candidates);
            self.matched.reverse();
        }
    }

    // Messages deleted meanwhile are no longer found.
    fn forget_deleted(&mut self) {
        let mailboxes = &self.mailboxes;
        self.matched.retain(|c| {
            mailboxes[c.mailbox as usize]
                .1
                .read(|s| s.position(c.uid).is_some())
        });
    }

    async fn window(&self, mua: &Mua, offset: usize, count: usize) -> Result<Window, Fault> {
        let more = u32::from(!self.candidates.is_empty());
        let total = u32::try_from(self.matched.len()).unwrap_or(u32::MAX);
        Ok(Window {
            total: total.saturating_add(more),
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            state: 0,
            rows: self.rows(mua, offset, count).await?,
            notes: self.query.notes.clone(),
        })
    }

    // All messages found; none before the search is complete.
    fn selected(&self) -> Response {
        let complete = self.candidates.is_empty();
        let all = self.matched.iter().filter(|_| complete);
        let mut ids: Vec<StoredMessageId> = all
            .map(|c| self.mailboxes[c.mailbox as usize].1.message_id(c.uid))
            .take(MESSAGES_MAX)
            .collect();
        ids.sort_unstable();
        Response::Selected {
            messages: spans(&ids),
            complete,
        }
    }

    fn is_fresh(&self) -> bool {
        self.mailboxes
            .iter()
            .zip(&self.states)
            .all(|((_, m), state)| m.read(|s| s.modseq) == *state)
    }

    async fn look_at_some(&mut self, mua: &Mua) -> Result<(), Fault> {
        let batch = self
            .candidates
            .split_off(self.candidates.len().saturating_sub(BATCH));
        let mut outlines: HashMap<u32, HashMap<u32, Vec<u8>>> = HashMap::new();
        for (at, (_, mailbox)) in self.mailboxes.iter().enumerate() {
            let entries = entries_of(mailbox, batch.iter().filter(|c| c.mailbox == at as u32));
            if !entries.is_empty() {
                outlines.insert(
                    at as u32,
                    outlines_of(mua.store(), mailbox, &entries).await?,
                );
            }
        }
        for candidate in batch.into_iter().rev() {
            if let Some(outline) = outlines
                .get(&candidate.mailbox)
                .and_then(|o| o.get(&candidate.uid))
                && self.looks_right(mua, candidate, outline).await?
            {
                self.matched.push(candidate);
            }
        }
        Ok(())
    }

    // Whether a message matches, by its outline and if need be its text.
    async fn looks_right(
        &self,
        mua: &Mua,
        candidate: Candidate,
        outline: &[u8],
    ) -> Result<bool, Fault> {
        let (folder, mailbox) = &self.mailboxes[candidate.mailbox as usize];
        let Some(entry) = mailbox.read(|s| s.entry(candidate.uid).cloned()) else {
            return Ok(false);
        };
        let shown = Shown::of(OutlineView::read(outline)?.summary()?);
        let named = |name: &str| is_named(folder, name);
        if let Some(matches) = self.query.matches(&Known::Summary(&entry, &named, &shown)) {
            return Ok(matches);
        }
        let Some(message) = mua.store().read_message(mailbox, candidate.uid).await? else {
            return Ok(false);
        };
        let content = Content::of(&message, TEXT_BYTES_MAX);
        let known = Known::Content(&entry, &named, &shown, &content);
        Ok(self.query.matches(&known).unwrap_or(false))
    }

    async fn rows(&self, mua: &Mua, offset: usize, count: usize) -> Result<Vec<Row>, Fault> {
        let page: Vec<Candidate> = self
            .matched
            .iter()
            .skip(offset)
            .take(count)
            .copied()
            .collect();
        let mut rows: HashMap<(u32, u32), Row> = HashMap::new();
        for (at, (folder, mailbox)) in self.mailboxes.iter().enumerate() {
            let addressed = matches!(folder.special, Some(SpecialUse::Sent | SpecialUse::Drafts));
            let entries = entries_of(mailbox, page.iter().filter(|c| c.mailbox == at as u32));
            let outlines = outlines_of(mua.store(), mailbox, &entries).await?;
            for entry in &entries {
                if let Some(outline) = outlines.get(&entry.uid) {
                    let summary = OutlineView::read(outline)?.summary()?;
                    rows.insert(
                        (at as u32, entry.uid),
                        row(mailbox, entry, summary, addressed),
                    );
                }
            }
        }
        Ok(page
            .iter()
            .filter_map(|c| rows.remove(&(c.mailbox, c.uid)))
            .collect())
    }
}

fn entries_of<'a>(mailbox: &Mailbox, of: impl Iterator<Item = &'a Candidate>) -> Vec<Entry> {
    mailbox.read(|s| of.filter_map(|c| s.entry(c.uid).cloned()).collect())
}

/// Whether a folder has a name in a query, in lower case: its own, or that of its purpose in one of
/// the languages of the webmail.
fn is_named(folder: &Folder, name: &str) -> bool {
    let kind: &[&str] = match folders::kind(folder) {
        FolderKind::Inbox => &["inbox", "收件箱"],
        FolderKind::Special(SpecialUse::Drafts) => &["drafts", "草稿箱"],
        FolderKind::Special(SpecialUse::Sent) => &["sent", "已发送"],
        FolderKind::Special(SpecialUse::Archive) => &["archive", "归档"],
        FolderKind::Special(SpecialUse::Junk) => &["junk", "spam", "垃圾邮件"],
        FolderKind::Special(SpecialUse::Trash) => &["trash", "bin", "已删除"],
        FolderKind::Own => &[],
    };
    kind.contains(&name)
        || folder.name.as_str().to_lowercase() == name
        || matches!(name, "all" | "anywhere")
}

/// Whether a folder is searched: by default all but Trash and Junk.
fn is_searched(folder: &Folder, query: &Query, only: Option<MailboxId>) -> bool {
    let named = |name: &str| is_named(folder, name);
    if only.is_some_and(|id| id != folder.id)
        || query.matches(&Known::Folder(&named)) == Some(false)
    {
        return false;
    }
    only.is_some()
        || query.names_folders()
        || !matches!(folder.special, Some(SpecialUse::Trash | SpecialUse::Junk))
}

/// Yields to other tasks once.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
