//! Flag changes, moves and permanent deletion of many messages in many folders. The changes of each
//! folder are one durable write.

use super::{Answer, Error, MESSAGES_MAX, Session};
use mail::{Flags, MailboxId, StoredMessageId};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{FlagChange, split_message_id};
use wire::{Problem, Response};

impl Session {
    pub(super) async fn flag(
        &mut self,
        ids: Vec<StoredMessageId>,
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Answer {
        let (add, remove) = (flags(&add)?, flags(&remove)?);
        let changes = [(add, true), (remove, false)]
            .into_iter()
            .filter(|(flags, _)| *flags != Flags::default());
        let changes: Vec<_> = changes
            .map(|(f, adds)| {
                if adds {
                    FlagChange::Add(f)
                } else {
                    FlagChange::Remove(f)
                }
            })
            .collect();
        for (folder, uids) in by_folder(&ids)? {
            let Some(mailbox) = self.mua.store().mailbox(self.account.id, folder).await? else {
                continue;
            };
            for change in &changes {
                self.mua
                    .store()
                    .change_flags(&mailbox, &uids, change)
                    .await?;
            }
        }
        Ok(Response::Done)
    }

    pub(super) async fn move_messages(
        &mut self,
        ids: Vec<StoredMessageId>,
        to: MailboxId,
    ) -> Answer {
        let target = self.mailbox(to).await?;
        let mut moved: HashMap<StoredMessageId, StoredMessageId> = HashMap::new();
        for (folder, uids) in by_folder(&ids)? {
            let Some(mailbox) = self.mua.store().mailbox(self.account.id, folder).await? else {
                continue;
            };
            if folder == to {
                let there = mailbox.read(|s| {
                    uids.iter()
                        .copied()
                        .filter(|uid| s.position(*uid).is_some())
                        .collect::<Vec<_>>()
                });
                moved.extend(
                    there
                        .into_iter()
                        .map(|uid| (mailbox.message_id(uid), mailbox.message_id(uid))),
                );
                continue;
            }
            let placed = self
                .mua
                .store()
                .move_messages(&mailbox, &uids, &target)
                .await?;
            moved.extend(
                placed
                    .into_iter()
                    .map(|(uid, placed)| (mailbox.message_id(uid), placed.id)),
            );
        }
        let mut seen = HashSet::new();
        Ok(Response::Moved(
            ids.iter()
                .filter(|id| seen.insert(**id))
                .filter_map(|id| moved.get(id).copied())
                .collect(),
        ))
    }

    pub(super) async fn delete_permanently(&mut self, ids: Vec<StoredMessageId>) -> Answer {
        for (folder, uids) in by_folder(&ids)? {
            let Some(mailbox) = self.mua.store().mailbox(self.account.id, folder).await? else {
                continue;
            };
            self.mua.store().delete_permanently(&mailbox, &uids).await?;
        }
        Ok(Response::Done)
    }
}

fn flags(names: &[String]) -> Result<Flags, Error> {
    let mut flags = Flags::default();
    for name in names {
        if !flags.add(name) {
            return Err(Problem::Malformed.into());
        }
    }
    Ok(flags)
}

/// Groups UIDs by folder, in ascending order, so that moved messages keep their order.
fn by_folder(ids: &[StoredMessageId]) -> Result<BTreeMap<MailboxId, Vec<u32>>, Error> {
    if ids.len() > MESSAGES_MAX {
        return Err(Problem::Malformed.into());
    }
    let mut folders: BTreeMap<MailboxId, Vec<u32>> = BTreeMap::new();
    for id in ids {
        let (folder, uid) = split_message_id(*id);
        folders.entry(folder).or_default().push(uid);
    }
    for uids in folders.values_mut() {
        uids.sort_unstable();
        uids.dedup();
    }
    Ok(folders)
}
