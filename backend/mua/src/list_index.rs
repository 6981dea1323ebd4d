//! The order of the lists that tabs show. A folder's index holds one small item per message,
//! sorted. It is shared by all tabs, built when a list is opened in that order, and updated by the
//! changes of the folder, so that a window of a list of 100,000 messages needs no sorting.
//!
//! Failures: those of the store, when the outlines are read by which a list is sorted.

use crate::lock;
use crate::session::{outlines_of, sort_text};
use mail::MailboxId;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use store::{Entry, Fault, Mailbox, MailboxState, OutlineView, Store};
use wire::ListOrder;

/// Indexes kept; beyond it the one that was used least recently is dropped.
pub const INDEXES_MAX: usize = 32;
/// Messages in all indexes together; an index of 100,000 messages takes 4 to 10 MB.
pub const INDEXED_MESSAGES_MAX: usize = 1_000_000;
// New messages that are inserted one by one; more are appended and sorted.
const INSERTED_MAX: usize = 64;
// Outlines per read.
const OUTLINES_PER_READ: usize = 500;
// A folder that changes while it is read is read again this often.
const ATTEMPTS_MAX: usize = 3;

/// The indexes of all open lists.
#[derive(Default)]
pub(crate) struct ListIndexes(Mutex<VecDeque<Kept>>);

struct Kept {
    mailbox: MailboxId,
    order: ListOrder,
    /// The number of messages when it was last used.
    messages: usize,
    index: Arc<tokio::sync::Mutex<ListIndex>>,
}

/// A part of a list.
pub(crate) struct Page {
    /// The number of messages in the folder.
    pub(crate) total: u32,
    /// The state of the folder.
    pub(crate) state: u64,
    /// The messages of the part, in the order of the list.
    pub(crate) entries: Vec<Entry>,
}

impl ListIndexes {
    /// Reads a part of a list. `addressed`: its rows show recipients, as in Sent and Drafts.
    pub(crate) async fn page(
        &self,
        store: &Store,
        mailbox: &Arc<Mailbox>,
        (order, addressed): (ListOrder, bool),
        (offset, count): (usize, usize),
    ) -> Result<Page, Fault> {
        let index = self.of(mailbox.id, order);
        let mut index = index.lock().await;
        let mut attempts = 0;
        loop {
            index.refresh(store, mailbox, order, addressed).await?;
            attempts += 1;
            let page = mailbox.read(|s| {
                let current = s.modseq == index.state || attempts == ATTEMPTS_MAX;
                current.then(|| index.page(s, offset, count))
            });
            if let Some(page) = page {
                self.used(mailbox.id, order, index.items.len());
                return Ok(page);
            }
        }
    }

    fn of(&self, mailbox: MailboxId, order: ListOrder) -> Arc<tokio::sync::Mutex<ListIndex>> {
        let mut all = lock(&self.0);
        let known = all
            .iter()
            .position(|k| (k.mailbox, k.order) == (mailbox, order));
        let kept = known.and_then(|at| all.remove(at)).unwrap_or_else(|| Kept {
            mailbox,
            order,
            messages: 0,
            index: Arc::default(),
        });
        let index = kept.index.clone();
        all.push_back(kept);
        index
    }

    // Notes the size of the index used last, and drops others that are too many.
    fn used(&self, mailbox: MailboxId, order: ListOrder, messages: usize) {
        let mut all = lock(&self.0);
        for kept in all.iter_mut() {
            if (kept.mailbox, kept.order) == (mailbox, order) {
                kept.messages = messages;
            }
        }
        let too_many = |all: &VecDeque<Kept>| {
            all.len() > INDEXES_MAX
                || all.iter().map(|k| k.messages).sum::<usize>() > INDEXED_MESSAGES_MAX
        };
        while all.len() > 1 && too_many(&all) {
            all.pop_front();
        }
    }
}

/// A message in the order of a list: text and numbers are compared from first to last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    text: Box<str>,
    numbers: [i64; 3],
    uid: u32,
}

#[derive(Default)]
struct ListIndex {
    /// Sorted.
    items: Vec<Item>,
    /// The state of the folder that it holds; 0 before it was built.
    state: u64,
    uid_next: u32,
}

/// What an index lacks.
struct News {
    rebuild: bool,
    fresh: Vec<Entry>,
    vanished: HashSet<u32>,
    state: u64,
    uid_next: u32,
    total: usize,
}

impl ListIndex {
    fn news(&self, s: &MailboxState) -> Option<News> {
        if self.state == s.modseq && self.items.len() == s.entries.len() {
            return None;
        }
        let difference = (self.state > 0).then(|| s.since(self.state)).flatten();
        let rebuild = difference.is_none();
        let (fresh, vanished) = match difference {
            Some(difference) => (
                difference
                    .changed
                    .into_iter()
                    .filter(|e| e.uid >= self.uid_next)
                    .collect(),
                difference.vanished.into_iter().collect(),
            ),
            None => (s.entries.clone(), HashSet::new()),
        };
        Some(News {
            rebuild,
            fresh,
            vanished,
            state: s.modseq,
            uid_next: s.uid_next,
            total: s.entries.len(),
        })
    }

    async fn refresh(
        &mut self,
        store: &Store,
        mailbox: &Mailbox,
        order: ListOrder,
        addressed: bool,
    ) -> Result<(), Fault> {
        let Some(news) = mailbox.read(|s| self.news(s)) else {
            return Ok(());
        };
        let texts = match order {
            ListOrder::Sender | ListOrder::Subject => {
                texts(store, mailbox, &news.fresh, order, addressed).await?
            }
            ListOrder::Newest | ListOrder::Oldest | ListOrder::Size => HashMap::new(),
        };
        let total = news.total;
        self.apply(news, order, texts);
        if self.items.len() != total {
            // Out of step with the folder: the next use builds it anew.
            self.state = 0;
        }
        Ok(())
    }

    fn apply(&mut self, news: News, order: ListOrder, mut texts: HashMap<u32, Box<str>>) {
        if news.rebuild {
            self.items.clear();
        } else if !news.vanished.is_empty() {
            self.items.retain(|item| !news.vanished.contains(&item.uid));
        }
        let fresh = news
            .fresh
            .iter()
            .map(|e| item(e, order, texts.remove(&e.uid).unwrap_or_default()));
        if news.fresh.len() <= INSERTED_MAX {
            for item in fresh {
                let at = self.items.partition_point(|other| *other < item);
                self.items.insert(at, item);
            }
        } else {
            self.items.extend(fresh);
            self.items.sort();
        }
        (self.state, self.uid_next) = (news.state, news.uid_next);
    }

    fn page(&self, s: &MailboxState, offset: usize, count: usize) -> Page {
        Page {
            total: self.items.len() as u32,
            state: self.state,
            entries: self
                .items
                .iter()
                .skip(offset)
                .take(count)
                .filter_map(|item| s.entry(item.uid).cloned())
                .collect(),
        }
    }
}

fn item(entry: &Entry, order: ListOrder, text: Box<str>) -> Item {
    let (date, uid) = (entry.date.0, i64::from(entry.uid));
    let bytes = i64::try_from(entry.bytes).unwrap_or(i64::MAX);
    let numbers = match order {
        ListOrder::Oldest => [date, uid, 0],
        ListOrder::Size => [-bytes, -date, -uid],
        ListOrder::Newest | ListOrder::Sender | ListOrder::Subject => [-date, -uid, 0],
    };
    Item {
        text,
        numbers,
        uid: entry.uid,
    }
}

// The texts by which messages are sorted; none for those that are gone.
async fn texts(
    store: &Store,
    mailbox: &Mailbox,
    entries: &[Entry],
    order: ListOrder,
    addressed: bool,
) -> Result<HashMap<u32, Box<str>>, Fault> {
    let mut texts = HashMap::with_capacity(entries.len());
    for page in entries.chunks(OUTLINES_PER_READ) {
        let outlines = outlines_of(store, mailbox, page).await?;
        for entry in page {
            if let Some(outline) = outlines.get(&entry.uid) {
                let summary = OutlineView::read(outline)?.summary()?;
                let text = sort_text(entry, &summary, order, addressed);
                texts.insert(entry.uid, text.into_boxed_str());
            }
        }
    }
    Ok(texts)
}
