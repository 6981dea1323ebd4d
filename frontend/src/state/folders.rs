//! The folders: their order and depth, the words by which addresses name them, their counts. Does
//! not know what they are called in a language.

use mail::{MailboxId, SpecialUse};
use wire::{Changed, Folder, FolderKind};

/// All folders of the account, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders(pub Vec<Folder>);

impl Folders {
    /// A folder by number.
    pub fn get(&self, id: MailboxId) -> Option<&Folder> {
        self.0.iter().find(|folder| folder.id == id)
    }

    /// The folder of a kind.
    pub fn of(&self, kind: FolderKind) -> Option<&Folder> {
        self.0.iter().find(|folder| folder.kind == kind)
    }

    /// The folder for a special use.
    pub fn special(&self, special: SpecialUse) -> Option<&Folder> {
        self.of(FolderKind::Special(special))
    }

    /// What kind of folder a number is; an unknown one is taken for the user's own.
    pub fn kind(&self, id: MailboxId) -> FolderKind {
        self.get(id).map_or(FolderKind::Own, |folder| folder.kind)
    }

    /// The word by which an address names a folder: `inbox`, `sent`, else its number.
    pub fn slug(&self, id: MailboxId) -> String {
        slug_of(self.kind(id)).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// The folder that an address names.
    pub fn by_slug(&self, slug: &str) -> Option<&Folder> {
        let special = self
            .0
            .iter()
            .find(|folder| slug_of(folder.kind) == Some(slug));
        special.or_else(|| self.get(MailboxId(slug.parse().ok()?)))
    }

    /// Takes the counts of a change.
    pub fn news(&mut self, changed: &Changed) {
        if let Some(folder) = self.0.iter_mut().find(|folder| folder.id == changed.folder) {
            (folder.total, folder.unread) = (changed.total, changed.unread);
        }
    }

    /// The user read messages (or marked them unread): shown before it is confirmed.
    pub fn read(&mut self, id: MailboxId, unread_change: i64) {
        if let Some(folder) = self.0.iter_mut().find(|folder| folder.id == id) {
            folder.unread = u32::try_from(i64::from(folder.unread) + unread_change)
                .unwrap_or(0)
                .min(folder.total);
        }
    }

    /// Unread messages in the inbox, for the title.
    pub fn unread(&self) -> u32 {
        self.of(FolderKind::Inbox).map_or(0, |folder| folder.unread)
    }
}

fn slug_of(kind: FolderKind) -> Option<&'static str> {
    Some(match kind {
        FolderKind::Inbox => "inbox",
        FolderKind::Special(SpecialUse::Drafts) => "drafts",
        FolderKind::Special(SpecialUse::Sent) => "sent",
        FolderKind::Special(SpecialUse::Archive) => "archive",
        FolderKind::Special(SpecialUse::Junk) => "junk",
        FolderKind::Special(SpecialUse::Trash) => "trash",
        FolderKind::Own => return None,
    })
}

/// How deep a folder stands, and its name on that level.
pub fn level(name: &str) -> (usize, &str) {
    (
        name.matches('/').count(),
        name.rsplit('/').next().unwrap_or(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Folders {
        let folder = |id, name: &str, kind| Folder {
            id: MailboxId(id),
            name: name.into(),
            kind,
            total: 5,
            unread: 2,
        };
        Folders(vec![
            folder(1, "INBOX", FolderKind::Inbox),
            folder(2, "Sent", FolderKind::Special(SpecialUse::Sent)),
            folder(7, "课程/作业", FolderKind::Own),
        ])
    }

    #[test]
    fn every_folder_is_found_again_by_its_word() {
        let f = folders();
        for folder in &f.0 {
            assert_eq!(f.by_slug(&f.slug(folder.id)), Some(folder));
        }
        assert_eq!(f.by_slug("nowhere"), None);
        assert_eq!(f.slug(MailboxId(7)), "7");
    }

    #[test]
    fn reading_changes_the_count_and_never_below_nothing() {
        let mut f = folders();
        f.read(MailboxId(1), -1);
        assert_eq!(f.unread(), 1);
        f.read(MailboxId(1), -5);
        assert_eq!(f.unread(), 0);
        f.read(MailboxId(1), 99);
        assert_eq!(f.unread(), 5);
    }

    #[test]
    fn a_nested_name_shows_its_last_level() {
        assert_eq!(level("课程/作业/一"), (2, "一"));
        assert_eq!(level("INBOX"), (0, "INBOX"));
    }
}
