//! The outcome of a run: the messages in mailboxes and queues. Read from the hosts' stores.

use event::{Event, Kind};
use mail::session::Speaker;
use mail::{Address, SpanId};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::{Fault, Store};

/// A mailbox that contains messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mailbox {
    /// The host that stores it.
    pub host: String,
    /// The owner's address.
    pub person: String,
    /// The name of the mailbox: `INBOX`, `Junk` …
    pub name: String,
    /// The subjects of the messages, oldest first.
    pub subjects: Vec<String>,
    /// The messages, in the same order; bytes that are not UTF-8 are replaced.
    #[serde(default)]
    pub texts: Vec<String>,
}

/// The state of all mailboxes and queues at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Mailboxes that contain messages.
    pub mailboxes: Vec<Mailbox>,
    /// Hosts with queued messages, and the number of these.
    pub queued: Vec<(String, usize)>,
    /// Scripted servers that accepted messages, and the number of these; where they store them is
    /// unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<(String, usize)>,
}

impl Outcome {
    /// The number of messages in a mailbox: `bob@b.test` (INBOX), `bob@b.test Junk`.
    pub fn messages(&self, mailbox: &str) -> usize {
        let (person, name) = mailbox.split_once(' ').unwrap_or((mailbox, "INBOX"));
        self.mailboxes
            .iter()
            .filter(|m| m.person == person && m.name == name)
            .map(|m| m.subjects.len())
            .sum()
    }

    /// Whether a message of a mailbox contains a text; line ends are compared as LF.
    pub fn contains(&self, mailbox: &str, words: &str) -> bool {
        let (person, name) = mailbox.split_once(' ').unwrap_or((mailbox, "INBOX"));
        let mut there = self
            .mailboxes
            .iter()
            .filter(|m| m.person == person && m.name == name)
            .flat_map(|m| &m.texts);
        there.any(|text| text.replace("\r\n", "\n").contains(words))
    }

    /// Counts the messages that scripted servers, given by name and address, accepted: each 2yz
    /// reply after a 354 (RFC 5321 §4.2.5). A connection that both ends recorded counts once.
    pub(super) fn count_taken(&mut self, scripted: &[(&str, &str)], events: &[Event]) {
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        let mut open: HashMap<SpanId, (&str, bool)> = HashMap::new();
        for event in events {
            match &event.kind {
                Kind::Connect { client, server, .. } => {
                    let ip = server.address.rsplit_once(':').map_or("", |(ip, _)| ip);
                    let host = scripted.iter().find(|(_, address)| *address == ip);
                    if let Some((name, _)) = host
                        && seen.insert((&client.address, &server.address))
                    {
                        open.insert(event.span, (name, false));
                    }
                }
                Kind::Line {
                    speaker: Speaker::Server,
                    text,
                    ..
                } => {
                    let Some((name, data)) = open.get_mut(&event.span) else {
                        continue;
                    };
                    if std::mem::replace(data, text.starts_with("354")) && text.starts_with('2') {
                        match self.taken.iter_mut().find(|(host, _)| host == name) {
                            Some((_, count)) => *count += 1,
                            None => self.taken.push(((*name).to_owned(), 1)),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds the mailboxes and the queue of one host.
    pub(super) async fn add_host(
        &mut self,
        host: &str,
        store: &Store,
        people: &[Address],
    ) -> Result<(), Fault> {
        for person in people {
            let Some(account) = store.account_of(person).await? else {
                continue;
            };
            for folder in store.folders(account.id).await? {
                let mailbox = store.open_mailbox(account.id, &folder).await?;
                let (mut subjects, mut texts) = (Vec::new(), Vec::new());
                for uid in mailbox.read(|s| s.entries.iter().map(|e| e.uid).collect::<Vec<_>>()) {
                    if let Some(bytes) = store.read_message(&mailbox, uid).await? {
                        subjects.push(mime::read(&bytes).subject);
                        texts.push(String::from_utf8_lossy(&bytes).into_owned());
                    }
                }
                if !subjects.is_empty() {
                    let (host, person) = (host.to_owned(), person.to_string());
                    self.mailboxes.push(Mailbox {
                        host,
                        person,
                        name: folder.name.to_string(),
                        subjects,
                        texts,
                    });
                }
            }
        }
        let waiting = store.spool_after(None, usize::MAX - 1).await?.len();
        if waiting > 0 {
            self.queued.push((host.to_owned(), waiting));
        }
        Ok(())
    }
}
