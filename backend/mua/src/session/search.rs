//! Message search, newest first. Conditions on flags and dates use only the in-memory index, those
//! on names and subjects the stored outlines; a message is read only for words found in neither.
//! When the tab asks for more rows, the search continues where it stopped.
//!
//! [`Window::total`] is exact once all messages were checked. If [`PATIENCE`] runs out before, it
//! is one more than the number of matches, so that the tab asks for the next row later and the
//! search continues.

use super::list::ROWS_MAX;
use super::list::{outlines_of, row};
use super::query::Query;
use super::{Error, Session, folders};
use crate::Mua;
use crate::lock;
use mail::{AccountId, Duration, MailboxId, SpecialUse, Time};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::{Entry, Fault, Folder, Mailbox, OutlineView};
use wire::{FolderKind, Problem, Row, Window};

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
    wanted: Mutex<(String, Option<MailboxId>)>,
    found: tokio::sync::Mutex<Option<Search>>,
}

struct Search {
    text: String,
    folder: Option<MailboxId>,
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
    /// Starts a search that runs concurrently with other calls. A newer search with another query
    /// ends it early.
    pub(super) fn search(
        &self,
        text: String,
        folder: Option<MailboxId>,
        offset: u32,
        count: u32,
    ) -> impl Future<Output = Result<Window, Problem>> + Send + use<> {
        let (mua, account, searches) = (self.mua.clone(), self.account.id, self.searches.clone());
        let turn = searches.turn(&text, folder);
        async move {
            let work = run(
                &mua,
                account,
                &searches,
                turn,
                (text, folder),
                offset,
                count,
            );
            Box::pin(work).await.map_err(|error| match error {
                Error::Problem(problem) => problem,
                Error::Fault(fault) => mua.problem(fault),
            })
        }
    }
}

impl Searches {
    // Returns the turn of a call; unchanged if the query is the same.
    fn turn(&self, text: &str, folder: Option<MailboxId>) -> u64 {
        let mut wanted = lock(&self.wanted);
        if wanted.0 != text || wanted.1 != folder {
            *wanted = (text.to_owned(), folder);
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
    (text, folder): (String, Option<MailboxId>),
    offset: u32,
    count: u32,
) -> Result<Window, Error> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(Problem::TooLarge(QUERY_BYTES_MAX as u64).into());
    }
    let mut found = searches.found.lock().await;
    let kept = found
        .take()
        .filter(|s| s.text == text && s.folder == folder && (offset > 0 || s.is_fresh()));
    let mut search = match kept {
        Some(search) => search,
        None => Search::begin(mua, account, text, folder).await?,
    };
    let wanted = (offset + count.min(ROWS_MAX)) as usize;
    let begun = mua.world().now();
    while !search.candidates.is_empty() {
        let taken = mua.world().now().since(begun);
        let superseded = searches.newest.load(Ordering::Relaxed) != turn;
        if superseded || taken >= PATIENCE || (search.matched.len() >= wanted && taken >= CONTENT) {
            break;
        }
        search.look_at_some(mua).await?;
        yield_once().await;
    }
    // Messages deleted meanwhile are no longer found.
    let mailboxes = &search.mailboxes;
    search.matched.retain(|c| {
        mailboxes[c.mailbox as usize]
            .1
            .read(|s| s.position(c.uid).is_some())
    });
    let rows = search
        .rows(mua, offset as usize, count.min(ROWS_MAX) as usize)
        .await?;
    let more = u32::from(!search.candidates.is_empty());
    let total = u32::try_from(search.matched.len())
        .unwrap_or(u32::MAX)
        .saturating_add(more);
    *found = Some(search);
    Ok(Window {
        total,
        offset,
        state: 0,
        rows,
    })
}

impl Search {
    async fn begin(
        mua: &Mua,
        account: AccountId,
        text: String,
        folder: Option<MailboxId>,
    ) -> Result<Search, Error> {
        let query = Query::read(&text);
        let all = mua.store().folders(account).await?;
        if folder.is_some_and(|id| all.iter().all(|f| f.id != id)) {
            return Err(Problem::Gone.into());
        }
        let mut mailboxes = Vec::new();
        for one in all {
            if is_searched(&one, &query, folder) {
                let mailbox = mua.store().open_mailbox(account, &one).await?;
                mailboxes.push((one, mailbox));
            }
        }
        let states = mailboxes
            .iter()
            .map(|(_, m)| m.read(|s| s.modseq))
            .collect();
        let mut candidates: Vec<Candidate> = Vec::new();
        for (at, (_, mailbox)) in mailboxes.iter().enumerate() {
            let one = |e: &Entry| Candidate {
                date: e.date,
                mailbox: at as u32,
                uid: e.uid,
            };
            mailbox.read(|s| {
                candidates.extend(
                    s.entries
                        .iter()
                        .filter(|e| query.may_match(e.flags, e.date))
                        .map(one),
                );
            });
        }
        if mailboxes.len() > 1 {
            candidates.sort_by_key(|c| (c.date, Reverse(c.mailbox), c.uid));
        }
        let mut search = Search {
            text,
            folder,
            query,
            mailboxes,
            states,
            candidates,
            matched: Vec::new(),
        };
        if !search.query.asks_summary() {
            search.matched = std::mem::take(&mut search.candidates);
            search.matched.reverse();
        }
        Ok(search)
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
            let Some(outline) = outlines
                .get(&candidate.mailbox)
                .and_then(|o| o.get(&candidate.uid))
            else {
                continue;
            };
            let Some(rest) = self.query.rest_of(&OutlineView::read(outline)?.summary()?) else {
                continue;
            };
            let matches = rest.is_empty() || {
                let mailbox = &self.mailboxes[candidate.mailbox as usize].1;
                match mua.store().read_message(mailbox, candidate.uid).await? {
                    Some(message) => {
                        let text = mime::text_of(&message, TEXT_BYTES_MAX);
                        rest.iter().all(|word| word.is_in(&text))
                    }
                    None => false,
                }
            };
            if matches {
                self.matched.push(candidate);
            }
        }
        Ok(())
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

/// Whether a folder is searched: by default all but Trash and Junk.
fn is_searched(folder: &Folder, query: &Query, only: Option<MailboxId>) -> bool {
    let named = |name: &String| {
        let kind = match folders::kind(folder) {
            FolderKind::Inbox => "inbox",
            FolderKind::Special(SpecialUse::Drafts) => "drafts",
            FolderKind::Special(SpecialUse::Sent) => "sent",
            FolderKind::Special(SpecialUse::Archive) => "archive",
            FolderKind::Special(SpecialUse::Junk) => "junk",
            FolderKind::Special(SpecialUse::Trash) => "trash",
            FolderKind::Own => "",
        };
        kind == name
            || folder.name.as_str().to_lowercase() == *name
            || matches!(name.as_str(), "all" | "anywhere")
    };
    if only.is_some_and(|id| id != folder.id) {
        return false;
    }
    if !query.folders.is_empty() {
        return query.folders.iter().any(named);
    }
    only.is_some() || !matches!(folder.special, Some(SpecialUse::Trash | SpecialUse::Junk))
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
