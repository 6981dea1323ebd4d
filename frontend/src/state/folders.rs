//! The folders: order, depth, URL names and counts. Display names are in `i18n`.

use mail::{MailboxId, SpecialUse};
use wire::{Changed, Folder, FolderKind};

/// All folders of the account in display order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders(pub Vec<Folder>);

impl Folders {
    /// The folder with an ID.
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

    /// The number of messages in a folder and its subfolders, and the subfolders' names relative to
    /// it.
    pub fn tree(&self, id: MailboxId) -> (u32, Vec<String>) {
        let Some(folder) = self.get(id) else {
            return Default::default();
        };
        let (mut total, mut names) = (folder.total, Vec::new());
        for other in &self.0 {
            let below = other.name.strip_prefix(&folder.name);
            if let Some(name) = below.and_then(|rest| rest.strip_prefix('/')) {
                total += other.total;
                names.push(name.to_owned());
            }
        }
        (total, names)
    }

    /// The kind of a folder; `Own` if unknown.
    pub fn kind(&self, id: MailboxId) -> FolderKind {
        self.get(id).map_or(FolderKind::Own, |folder| folder.kind)
    }

    /// The URL name of a folder: `inbox`, `sent`, else its ID.
    pub fn slug(&self, id: MailboxId) -> String {
        slug_of(self.kind(id)).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// The folder with a URL name.
    pub fn by_slug(&self, slug: &str) -> Option<&Folder> {
        let special = self
            .0
            .iter()
            .find(|folder| slug_of(folder.kind) == Some(slug));
        special.or_else(|| self.get(MailboxId(slug.parse().ok()?)))
    }

    /// Updates the counts.
    pub fn apply(&mut self, changed: &Changed) {
        if let Some(folder) = self.0.iter_mut().find(|folder| folder.id == changed.folder) {
            (folder.total, folder.unread) = (changed.total, changed.unread);
        }
    }

    /// Changes the unread count before the server confirms.
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

/// The depth of a folder, and the last component of its name.
pub fn level(name: &str) -> (usize, &str) {
    (
        name.matches('/').count(),
        name.rsplit('/').next().unwrap_or(name),
    )
}

/// The full name of a folder as typed, without the spaces around its slashes.
pub fn path(typed: &str) -> String {
    typed
        .split('/')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("/")
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
    fn spaces_around_a_slash_do_not_belong_to_the_names() {
        assert_eq!(path(" Travel / 旅行 "), "Travel/旅行");
        assert_eq!(path("To do"), "To do");
        assert_eq!(
            path("Travel /"),
            "Travel/",
            "the server refuses an empty level"
        );
    }

    #[test]
    fn every_folder_round_trips_through_its_url_name() {
        let f = folders();
        for folder in &f.0 {
            assert_eq!(f.by_slug(&f.slug(folder.id)), Some(folder));
        }
        assert_eq!(f.by_slug("nowhere"), None);
        assert_eq!(f.slug(MailboxId(7)), "7");
    }

    #[test]
    fn tree_contains_only_the_folder_and_its_subfolders() {
        let mut f = folders();
        for (id, name) in [(8, "课程"), (9, "课程/作业/一"), (10, "课程表")] {
            f.0.push(Folder {
                id: MailboxId(id),
                name: name.into(),
                kind: FolderKind::Own,
                total: 1,
                unread: 0,
            });
        }
        let below = vec!["作业".to_owned(), "作业/一".to_owned()];
        assert_eq!(f.tree(MailboxId(8)), (7, below));
        assert_eq!(f.tree(MailboxId(10)), (1, vec![]));
    }

    #[test]
    fn unread_count_stays_in_range() {
        let mut f = folders();
        f.read(MailboxId(1), -1);
        assert_eq!(f.unread(), 1);
        f.read(MailboxId(1), -5);
        assert_eq!(f.unread(), 0);
        f.read(MailboxId(1), 99);
        assert_eq!(f.unread(), 5);
    }

    #[test]
    fn nested_name_shows_its_last_level() {
        assert_eq!(level("课程/作业/一"), (2, "一"));
        assert_eq!(level("INBOX"), (0, "INBOX"));
    }
}
