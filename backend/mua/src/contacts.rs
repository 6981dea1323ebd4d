//! Whom an account writes with, from past mail: recipients of its own messages and authors of those
//! that came. In memory; built when first asked for, then kept up with what is new. Keeps no
//! address book.

use crate::Mua;
use mail::{MailboxId, SpecialUse, Time};
use mime::{NameAddr, Summary, fold};
use std::collections::HashMap;
use store::{Account, Fault, Folder, Mailbox, OutlineView};
use wire::Contact;

/// Messages of a folder that are looked at first; the newest.
pub const MESSAGES_MAX: usize = 3000;
/// People remembered of an account.
pub const PEOPLE_MAX: usize = 5000;
/// Answers to one prefix.
pub const MATCHES_MAX: usize = 8;
// Outlines read at once.
const PAGE: usize = 500;
// A message to somebody says more than one from somebody.
const WEIGHT_SENT: u32 = 4;

struct Person {
    contact: Contact,
    weight: u32,
    last: Time,
    /// Folded name and address.
    name: String,
    address: String,
}

/// An account's correspondents.
#[derive(Default)]
pub(crate) struct Contacts {
    people: HashMap<String, Person>,
    /// Up to which UID each folder was looked at.
    seen: HashMap<MailboxId, u32>,
}

impl Contacts {
    /// Looks at what came since the last time.
    pub(crate) async fn refresh(&mut self, mua: &Mua, account: &Account) -> Result<(), Fault> {
        for folder in mua.store().folders(account.id).await? {
            if folder.name.is_inbox() || folder.special == Some(SpecialUse::Sent) {
                let mailbox = mua.store().open_mailbox(account.id, &folder).await?;
                self.look_at(mua, account, &folder, &mailbox).await?;
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

    async fn look_at(
        &mut self,
        mua: &Mua,
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
        for page in dates.chunks(PAGE) {
            let outlines = mua
                .store()
                .outlines(mailbox, page[0].0, page[page.len() - 1].0, PAGE)
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
            (vec![&summary.to, &summary.cc], WEIGHT_SENT)
        } else {
            (vec![&summary.from], 1)
        };
        for who in people.into_iter().flatten() {
            let Ok(address) = mail::Address::parse(&who.address) else {
                continue;
            };
            if !account.owns(&address) {
                self.meet(who, address.key(), weight, at);
            }
        }
    }

    fn meet(&mut self, who: &NameAddr, key: String, weight: u32, at: Time) {
        let person = self.people.entry(key).or_insert_with(|| Person {
            contact: Contact {
                name: String::new(),
                address: who.address.clone(),
            },
            weight: 0,
            last: at,
            name: String::new(),
            address: fold(&who.address),
        });
        person.weight = person.weight.saturating_add(weight);
        // The newest name is the one that people go by now.
        if !who.name.is_empty() && (person.contact.name.is_empty() || at >= person.last) {
            person.contact.name.clone_from(&who.name);
            person.name = fold(&who.name);
        }
        person.last = person.last.max(at);
    }

    /// Who begins like this, best first: by the address, the name, or a later word of either; a
    /// Chinese name anywhere in it.
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

// Between Chinese characters every place is the beginning of a word.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (c.is_alphanumeric()
            && !('\u{2e80}'..='\u{9fff}').contains(&c)
            && u32::from(c) < 0x2_0000)
}
