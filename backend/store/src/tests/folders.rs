//! Creating, renaming and deleting mailboxes.

use super::*;

#[tokio::test]
async fn creates_parents_renames_children_and_protects_special_mailboxes() {
    on_every_engine(|store| async move {
        let id = alice(&store).await.id;
        let name = |n: &str| MailboxName::new(n).unwrap();
        let first = store
            .create_folder(id, &name("课程/作业/一"), NOW)
            .await
            .unwrap();
        assert_eq!(
            store.create_folder(id, &name("课程"), NOW).await,
            Err(FolderError::Exists)
        );
        store
            .rename_folder(id, &name("课程"), &name("Old/2026"), NOW)
            .await
            .unwrap();
        let names: Vec<String> = store
            .folders(id)
            .await
            .unwrap()
            .into_iter()
            .map(|f| f.name.to_string())
            .collect();
        assert_eq!(
            names,
            [
                "INBOX",
                "Archive",
                "Drafts",
                "Junk",
                "Old",
                "Old/2026",
                "Old/2026/作业",
                "Old/2026/作业/一",
                "Sent",
                "Trash"
            ]
        );
        assert_eq!(
            store
                .folder(id, &name("Old/2026/作业/一"))
                .await
                .unwrap()
                .unwrap()
                .id,
            first.id
        );
        assert_eq!(
            store
                .rename_folder(id, &name("Old"), &name("Old/x"), NOW)
                .await,
            Err(FolderError::Inside)
        );
        assert_eq!(
            store.delete_folder(id, &name("INBOX")).await,
            Err(FolderError::Protected)
        );
        assert_eq!(
            store.delete_folder(id, &name("Sent")).await,
            Err(FolderError::Protected)
        );
        store
            .delete_folder(id, &name("Old/2026/作业/一"))
            .await
            .unwrap();
        let again = store
            .create_folder(id, &name("Old/2026/作业/一"), NOW)
            .await
            .unwrap();
        assert!(
            again.uid_validity > first.uid_validity,
            "a name made anew is another mailbox"
        );
    })
    .await;
}
