//! Flags, moving, erasing: many letters of many folders at once. Each folder's part is one durable
//! write.

use super::{Answered, LETTERS_MAX, Session, Trouble};
use mail::{Flags, MailboxId, MessageId};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{FlagChange, split_message_id};
use wire::{Answer, Problem};

impl Session {
    pub(super) async fn flag(
        &mut self,
        ids: Vec<MessageId>,
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Answered {
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
        Ok(Answer::Done)
    }

    pub(super) async fn move_letters(&mut self, ids: Vec<MessageId>, to: MailboxId) -> Answered {
        let target = self.mailbox(to).await?;
        let mut moved: HashMap<MessageId, MessageId> = HashMap::new();
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
        let mut told = HashSet::new();
        Ok(Answer::Moved(
            ids.iter()
                .filter(|id| told.insert(**id))
                .filter_map(|id| moved.get(id).copied())
                .collect(),
        ))
    }

    pub(super) async fn erase(&mut self, ids: Vec<MessageId>) -> Answered {
        for (folder, uids) in by_folder(&ids)? {
            let Some(mailbox) = self.mua.store().mailbox(self.account.id, folder).await? else {
                continue;
            };
            self.mua.store().erase(&mailbox, &uids).await?;
        }
        Ok(Answer::Done)
    }
}

fn flags(names: &[String]) -> Result<Flags, Trouble> {
    let mut flags = Flags::default();
    for name in names {
        if !flags.add(name) {
            return Err(Problem::Malformed.into());
        }
    }
    Ok(flags)
}

/// UIDs by folder; within each in the order of their numbers, so that what is moved keeps its
/// order.
fn by_folder(ids: &[MessageId]) -> Result<BTreeMap<MailboxId, Vec<u32>>, Trouble> {
    if ids.len() > LETTERS_MAX {
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
