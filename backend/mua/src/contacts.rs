//! The contacts of an account, learned from past mail: recipients of its sent messages and authors
//! of received ones. Kept in memory, built on the first request and updated with new messages.
//! There is no stored address book.

use crate::idn;
use mail::display::{other_address, visible};
use mail::{MailboxId, SpecialUse, Time};
use mime::{NameAddr, Summary, fold};
use std::collections::HashMap;
use store::{Account, Fault, Folder, Mailbox, OutlineView, Store};
use wire::Contact;

/// Number of messages, the newest, that are read from a folder at first.
pub const MESSAGES_MAX: usize = 3000;
/// Number of contacts kept per account.
pub const PEOPLE_MAX: usize = 5000;
/// Number of completions returned.
pub const MATCHES_MAX: usize = 8;
// Outlines per read.
const OUTLINES_PER_READ: usize = 500;
// A sent message weighs more than a received one.
const SENT_WEIGHT: u32 = 4;

struct Person {
    contact: Contact,
    weight: u32,
    last: Time,
    /// Name and address, case-folded for matching; an international domain in both its forms.
    name: String,
    address: String,
}

/// The contacts of an account.
#[derive(Default)]
pub(crate) struct Contacts {
    people: HashMap<String, Person>,
    /// The next UID to read, per folder.
    seen: HashMap<MailboxId, u32>,
}

impl Contacts {
    /// Reads the messages that arrived since the last call.
    pub(crate) async fn refresh(&mut self, store: &Store, account: &Account) -> Result<(), Fault> {
        for folder in store.folders(account.id).await? {
            if folder.name.is_inbox() || folder.special == Some(SpecialUse::Sent) {
                let mailbox = store.open_mailbox(account.id, &folder).await?;
                self.read_folder(store, account, &folder, &mailbox).await?;
            }
        }
        if self.people.len() > PEOPLE_MAX {
            let mut all: Vec<(u32, Time, String)> = self
                .people
                .iter()
                .map(|(key, p)| (p.weight, p.last, key.clone()))
                .collect();
            all.sort_unstable();
            for (_, _, key) in &all[..all.len() - PEOPLE_MAX] {
                self.people.remove(key);
            }
        }
        Ok(())
    }

    async fn read_folder(
        &mut self,
        store: &Store,
        account: &Account,
        folder: &Folder,
        mailbox: &Mailbox,
    ) -> Result<(), Fault> {
        let (next, dates): (u32, Vec<(u32, Time)>) = mailbox.read(|s| {
            let known = self.seen.get(&folder.id).copied().unwrap_or(0);
            let first = s
                .entries
                .partition_point(|e| e.uid < known)
                .max(s.entries.len().saturating_sub(MESSAGES_MAX));
            (
                s.uid_next,
                s.entries[first..].iter().map(|e| (e.uid, e.date)).collect(),
            )
        });
        let sent = folder.special == Some(SpecialUse::Sent);
        for page in dates.chunks(OUTLINES_PER_READ) {
            let outlines = store
                .outlines(
                    mailbox,
                    page[0].0,
                    page[page.len() - 1].0,
                    OUTLINES_PER_READ,
                )
                .await?;
            for (uid, outline) in outlines {
                let Ok(at) = page.binary_search_by_key(&uid, |(uid, _)| *uid) else {
                    continue;
                };
                self.learn(
                    &OutlineView::read(&outline)?.summary()?,
                    sent,
                    page[at].1,
                    account,
                );
            }
        }
        self.seen.insert(folder.id, next);
        Ok(())
    }

    fn learn(&mut self, summary: &Summary, sent: bool, at: Time, account: &Account) {
        let (people, weight) = if sent {
            (vec![&summary.to, &summary.cc], SENT_WEIGHT)
        } else {
            (vec![&summary.from], 1)
        };
        for who in people.into_iter().flatten() {
            let Ok(address) = mail::Address::parse(&who.address) else {
                continue;
            };
            let key = idn::key(&who.address);
            let own = |own: &mail::Address| idn::key(&own.to_string()) == key;
            if !account.owns(&address) && !account.addresses().any(own) {
                self.add(who, key, weight, at);
            }
        }
    }

    fn add(&mut self, who: &NameAddr, key: String, weight: u32, at: Time) {
        let person = self.people.entry(key).or_insert_with(|| Person {
            contact: Contact {
                name: String::new(),
                address: who.address.clone(),
            },
            weight: 0,
            last: at,
            name: String::new(),
            address: match idn::forms(&who.address) {
                Some((ascii, unicode)) => fold(&format!("{unicode} {ascii}")),
                None => fold(&who.address),
            },
        });
        person.weight = person.weight.saturating_add(weight);
        // The newest name wins; one that shows another address is never offered.
        let name = visible(&who.name);
        if !name.is_empty()
            && other_address(&name, &who.address).is_none()
            && (person.contact.name.is_empty() || at >= person.last)
        {
            person.name = fold(&name);
            person.contact.name = name.into_owned();
        }
        person.last = person.last.max(at);
    }

    /// Contacts that match a typed prefix, best first: by address, by name, or by a later word of
    /// either; a Chinese name matches anywhere.
    pub(crate) fn matching(&self, prefix: &str) -> Vec<Contact> {
        let prefix = fold(prefix.trim());
        if prefix.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<&Person> = self
            .people
            .values()
            .filter(|p| p.begins_with(&prefix))
            .collect();
        found.sort_by(|a, b| (b.weight, b.last, &a.address).cmp(&(a.weight, a.last, &b.address)));
        found
            .into_iter()
            .take(MATCHES_MAX)
            .map(|p| p.contact.clone())
            .collect()
    }
}

impl Person {
    fn begins_with(&self, prefix: &str) -> bool {
        let at_word = |text: &str| {
            text.match_indices(prefix)
                .any(|(at, _)| text[..at].chars().next_back().is_none_or(|c| !is_word(c)))
        };
        at_word(&self.address) || at_word(&self.name)
    }
}

// Every Chinese character begins a word.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (c.is_alphanumeric()
            && !('\u{2e80}'..='\u{9fff}').contains(&c)
            && u32::from(c) < 0x2_0000)
}
