//! A minimal role for tests: mailboxes in a map, shared by the sessions of a test, with one change
//! log. The real one is in `mra`.

use imap::set::UidSet;
use imap::view::Target;
use imap::{AppendHead, Changes, Decision, Item, Query, Refusal, Selected, Status, StoreMode};
use mail::{Flags, MailboxName, Time, flags};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct ToyMessage {
    uid: u32,
    flags: Flags,
    date: Time,
    bytes: Vec<u8>,
}

#[derive(Clone)]
enum Change {
    Arrived(u32),
    Expunged(u32),
    Flags(u32, Flags),
}

#[derive(Default)]
pub struct Folder {
    messages: Vec<ToyMessage>,
    uid_next: u32,
    recent_from: u32,
    log: Vec<(Change, usize)>,
    subscribed: bool,
}

pub type House = Rc<RefCell<BTreeMap<MailboxName, Folder>>>;

/// One session's role.
pub struct Role {
    pub number: usize,
    house: House,
    here: Option<(MailboxName, usize)>,
    append: Option<(MailboxName, Flags, Time, Vec<u8>)>,
    pub streamed: usize,
}

impl Role {
    pub fn new(number: usize, house: House) -> Role {
        Role {
            number,
            house,
            here: None,
            append: None,
            streamed: 0,
        }
    }

    pub fn answer(&mut self, ask: Query, now: Time) -> Decision {
        let house = Rc::clone(&self.house);
        let mut house = house.borrow_mut();
        match ask {
            Query::Login {
                user,
                password,
                acting_as,
            } => {
                let good = user == "alice" && password.reveal() == b"secret" && acting_as.is_none();
                if good {
                    Decision::LoggedIn
                } else {
                    Decision::Refused(Refusal::InvalidCredentials)
                }
            }
            Query::Select { mailbox, read_only } => self.select(&mut house, mailbox, read_only),
            Query::Leave { expunge } => self.leave(&mut house, expunge),
            Query::Sync { .. } => self.sync(&house),
            Query::Create(name) => create(&mut house, name),
            Query::Delete(name) => house
                .remove(&name)
                .map_or(Decision::Refused(Refusal::NoSuchMailbox), |_| {
                    Decision::Done
                }),
            Query::Rename(from, to) => rename(&mut house, &from, to),
            Query::Subscribe(name, yes) => {
                house.entry(name).and_modify(|f| f.subscribed = yes);
                Decision::Done
            }
            Query::Mailboxes => mailboxes(&house),
            Query::Status(name, _) => status(&house, &name),
            Query::Append(head, _) => self.begin_append(&house, *head, now),
            Query::AppendChunk(piece) => self.append_chunk(&piece),
            Query::AppendEnd => {
                let (name, flags, date, bytes) = self.append.take().unwrap();
                let uid = deliver(house.get_mut(&name).unwrap(), flags, date, bytes);
                Decision::Appended(7, uid)
            }
            Query::AppendAbort => {
                self.append = None;
                Decision::Done
            }
            Query::Expunge(uids) => {
                let (name, _) = self.here.as_ref().unwrap();
                expunge_marked(house.get_mut(name).unwrap(), uids.as_ref(), self.number);
                Decision::Done
            }
            Query::Search(key) => self.search(&house, &key),
            Query::Fetch(page) => self.rows(&mut house, page, None),
            Query::Store(page, change) => self.rows(&mut house, page, Some(&change)),
            Query::Copy { uids, to, moving } => self.copy(&mut house, &uids, &to, moving),
        }
    }

    fn leave(&mut self, house: &mut BTreeMap<MailboxName, Folder>, expunge: bool) -> Decision {
        if expunge && let Some((name, _)) = &self.here {
            expunge_marked(house.get_mut(name).unwrap(), None, self.number);
        }
        self.here = None;
        Decision::Done
    }

    fn begin_append(
        &mut self,
        house: &BTreeMap<MailboxName, Folder>,
        head: AppendHead,
        now: Time,
    ) -> Decision {
        if !house.contains_key(&head.mailbox) {
            return Decision::Refused(Refusal::NoTargetMailbox);
        }
        self.append = Some((
            head.mailbox,
            head.flags,
            head.date.unwrap_or(now),
            Vec::new(),
        ));
        Decision::Done
    }

    fn append_chunk(&mut self, piece: &[u8]) -> Decision {
        self.streamed += 1;
        let body = &mut self.append.as_mut().unwrap().3;
        body.extend_from_slice(piece);
        if body.windows(5).any(|w| w == b"VIRUS") {
            Decision::Refused(Refusal::ContainsNul)
        } else {
            Decision::Done
        }
    }

    fn search(&self, house: &BTreeMap<MailboxName, Folder>, key: &imap::search::Key) -> Decision {
        let (name, _) = self.here.as_ref().unwrap();
        Decision::Found(
            house[name]
                .messages
                .iter()
                .filter(|l| fits(key, l))
                .map(|l| l.uid)
                .collect(),
        )
    }

    fn select(
        &mut self,
        house: &mut BTreeMap<MailboxName, Folder>,
        name: MailboxName,
        read_only: bool,
    ) -> Decision {
        self.here = None;
        let Some(f) = house.get_mut(&name) else {
            return Decision::Refused(Refusal::NoSuchMailbox);
        };
        let uids: UidSet = f.messages.iter().map(|l| l.uid).collect();
        let recent = uids.iter().filter(|u| *u >= f.recent_from).collect();
        if !read_only {
            f.recent_from = f.uid_next;
        }
        self.here = Some((name, f.log.len()));
        let first_unseen = f
            .messages
            .iter()
            .find(|l| !l.flags.has(flags::SEEN))
            .map(|l| l.uid);
        let selected = Selected {
            uids,
            recent,
            uid_validity: 7,
            uid_next: f.uid_next,
            first_unseen,
            keywords: vec![],
            read_only,
        };
        Decision::Selected(Box::new(selected))
    }

    fn sync(&mut self, house: &BTreeMap<MailboxName, Folder>) -> Decision {
        let (name, seen) = self.here.as_mut().unwrap();
        let Some(f) = house.get(name) else {
            return Decision::Gone;
        };
        let mut changes = Changes::default();
        for (change, by) in &f.log[*seen..] {
            match change {
                Change::Arrived(uid) => changes.arrived.push(*uid),
                Change::Expunged(uid) => changes.expunged.push(*uid),
                Change::Flags(uid, flags) if *by != self.number => {
                    changes.flags.push((*uid, flags.clone()));
                }
                Change::Flags(..) => {}
            }
        }
        *seen = f.log.len();
        Decision::Changes(Box::new(changes))
    }

    fn rows(
        &mut self,
        house: &mut BTreeMap<MailboxName, Folder>,
        mut page: imap::fetch::Page,
        change: Option<&imap::Change>,
    ) -> Decision {
        let (name, _) = self.here.as_ref().unwrap();
        let f = house.get_mut(name).unwrap();
        while let (Some(&Target { uid, .. }), false) = (page.targets().first(), page.is_full()) {
            let Some(message) = f.messages.iter_mut().find(|l| l.uid == uid) else {
                page.lose();
                continue;
            };
            let items = page.items().clone();
            let mut tell_flags = false;
            if let Some(change) = change {
                message.flags = match change.mode {
                    StoreMode::Replace => change.flags.clone(),
                    StoreMode::Add => message.flags.union(&change.flags),
                    StoreMode::Remove => message.flags.without(&change.flags),
                };
                f.log
                    .push((Change::Flags(uid, message.flags.clone()), self.number));
                if change.silent {
                    page.pass();
                    continue;
                }
            } else if items.mark_seen && !message.flags.has(flags::SEEN) {
                message.flags.system |= flags::SEEN;
                f.log
                    .push((Change::Flags(uid, message.flags.clone()), self.number));
                tell_flags = !items.items.contains(&Item::Flags);
            }
            let mut row = page.row().unwrap();
            for item in &items.items {
                match item {
                    Item::Flags => row.flags(&message.flags),
                    Item::Uid => row.uid(),
                    Item::InternalDate => row.internal_date(message.date),
                    Item::Size => row.size(message.bytes.len() as u64),
                    Item::Envelope => row.envelope(b"(NIL NIL)"),
                    Item::Body => row.body(b"(\"TEXT\")"),
                    Item::BodyStructure => row.body_structure(b"(\"TEXT\")"),
                    Item::Section(s) if s.section.part.len() > 1 => row.section(s, None),
                    Item::Section(s) => {
                        let range = s.range(message.bytes.len() as u64);
                        row.section(
                            s,
                            Some(&message.bytes[range.start as usize..range.end as usize]),
                        );
                    }
                }
            }
            if tell_flags {
                row.flags(&message.flags);
            }
            row.end();
        }
        Decision::Page(page)
    }

    fn copy(
        &mut self,
        house: &mut BTreeMap<MailboxName, Folder>,
        uids: &UidSet,
        to: &MailboxName,
        moving: bool,
    ) -> Decision {
        let (name, _) = self.here.clone().unwrap();
        if !house.contains_key(to) {
            return Decision::Refused(Refusal::NoTargetMailbox);
        }
        let taken: Vec<_> = house[&name]
            .messages
            .iter()
            .filter(|l| uids.contains(l.uid))
            .map(|l| (l.uid, l.flags.clone(), l.date, l.bytes.clone()))
            .collect();
        let from = taken.iter().map(|t| t.0).collect();
        let target = house.get_mut(to).unwrap();
        let there = taken
            .into_iter()
            .map(|(_, flags, date, bytes)| deliver(target, flags, date, bytes))
            .collect();
        if moving {
            let source = house.get_mut(&name).unwrap();
            source.messages.retain(|l| !uids.contains(l.uid));
            source
                .log
                .extend(uids.iter().map(|u| (Change::Expunged(u), self.number)));
        }
        Decision::Copied(7, from, there)
    }
}

pub fn deliver(f: &mut Folder, flags: Flags, date: Time, bytes: Vec<u8>) -> u32 {
    let uid = f.uid_next.max(1);
    f.uid_next = uid + 1;
    f.messages.push(ToyMessage {
        uid,
        flags,
        date,
        bytes,
    });
    f.log.push((Change::Arrived(uid), 0));
    uid
}

fn expunge_marked(f: &mut Folder, only: Option<&UidSet>, by: usize) {
    let goes =
        |l: &ToyMessage| l.flags.has(flags::DELETED) && only.is_none_or(|o| o.contains(l.uid));
    f.log.extend(
        f.messages
            .iter()
            .filter(|l| goes(l))
            .map(|l| (Change::Expunged(l.uid), by)),
    );
    f.messages.retain(|l| !goes(l));
}

fn create(house: &mut BTreeMap<MailboxName, Folder>, name: MailboxName) -> Decision {
    if house.contains_key(&name) {
        return Decision::Refused(Refusal::MailboxExists);
    }
    let folder = Folder {
        uid_next: 1,
        recent_from: 1,
        ..Folder::default()
    };
    house.insert(name, folder);
    Decision::Done
}

fn rename(
    house: &mut BTreeMap<MailboxName, Folder>,
    from: &MailboxName,
    to: MailboxName,
) -> Decision {
    match house.remove(from) {
        Some(folder) => {
            house.insert(to, folder);
            Decision::Done
        }
        None => Decision::Refused(Refusal::NoSuchMailbox),
    }
}

fn mailboxes(house: &BTreeMap<MailboxName, Folder>) -> Decision {
    Decision::Mailboxes(
        house
            .iter()
            .map(|(name, f)| imap::list::Mailbox {
                name: name.clone(),
                exists: true,
                subscribed: f.subscribed,
                special_use: None,
            })
            .collect(),
    )
}

fn status(house: &BTreeMap<MailboxName, Folder>, name: &MailboxName) -> Decision {
    let Some(f) = house.get(name) else {
        return Decision::Refused(Refusal::NoSuchMailbox);
    };
    Decision::Status(Status {
        messages: f.messages.len() as u32,
        recent: f.messages.iter().filter(|l| l.uid >= f.recent_from).count() as u32,
        uid_next: f.uid_next,
        uid_validity: 7,
        unseen: f
            .messages
            .iter()
            .filter(|l| !l.flags.has(flags::SEEN))
            .count() as u32,
    })
}

fn fits(key: &imap::search::Key, l: &ToyMessage) -> bool {
    use imap::search::Key;
    match key {
        Key::All => true,
        Key::Set(uids) => uids.contains(l.uid),
        Key::Flag(bit) => l.flags.has(*bit),
        Key::Keyword(k) => l.flags.has_keyword(k),
        Key::Larger(n) => l.bytes.len() > *n as usize,
        Key::Smaller(n) => l.bytes.len() < *n as usize,
        Key::Date { .. } => false,
        Key::Header(_, text) | Key::Body(text) | Key::Text(text) => {
            String::from_utf8_lossy(&l.bytes).contains(text.as_str())
        }
        Key::And(keys) => keys.iter().all(|k| fits(k, l)),
        Key::Or(a, b) => fits(a, l) || fits(b, l),
        Key::Not(a) => !fits(a, l),
    }
}
