//! Reopening, a full disk, and two processes on one store.

use super::*;

#[tokio::test]
async fn finds_everything_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let open = || async {
        let engine = engine::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap();
        let blobs = Files::open(&folder.path().join("blobs")).unwrap();
        Store::open(Arc::new(engine), Arc::new(blobs), PasswordCost::NONE)
            .await
            .unwrap()
    };
    let store = open().await;
    let account = alice(&store).await;
    let inbox = store.inbox(account.id).await.unwrap();
    put(&store, &inbox, MESSAGE).await;
    put(&store, &inbox, MESSAGE).await;
    store
        .change_flags(
            &inbox,
            &[2],
            &FlagChange::Add(Flags::of(mail::flags::FLAGGED)),
        )
        .await
        .unwrap();
    store.delete_permanently(&inbox, &[1]).await.unwrap();
    let before = inbox.read(|s| s.entries.clone());
    drop((inbox, store));
    let store = open().await;
    let inbox = store.inbox(account.id).await.unwrap();
    assert_eq!(inbox.read(|s| s.entries.clone()), before);
    assert_eq!(put(&store, &inbox, MESSAGE).await, 3);
}

#[tokio::test]
async fn a_full_disk_is_reported_and_loses_nothing() {
    let engine = Arc::new(engine::memory::Memory::default());
    let store = Store::open(
        engine.clone(),
        Arc::new(MemoryBlobs::default()),
        PasswordCost::NONE,
    )
    .await
    .unwrap();
    let inbox = store.inbox(alice(&store).await.id).await.unwrap();
    put(&store, &inbox, MESSAGE).await;
    engine.set_full(true);
    let full = store
        .change_flags(&inbox, &[1], &FlagChange::Add(Flags::of(mail::flags::SEEN)))
        .await;
    assert_eq!(full, Err(Fault::Full));
    assert_eq!(
        inbox.read(|s| s.entries[0].flags),
        0,
        "what is not durable is not shown"
    );
    engine.set_full(false);
    store
        .change_flags(&inbox, &[1], &FlagChange::Add(Flags::of(mail::flags::SEEN)))
        .await
        .unwrap();
    assert_eq!(
        inbox.read(|s| (s.entries[0].flags, s.unseen)),
        (mail::flags::SEEN, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::disallowed_methods,
    reason = "two processes do it at the same time"
)]
async fn two_processes_changing_one_row_lose_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let open = || async {
        let engine = engine::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap();
        Store::open(
            Arc::new(engine),
            Arc::new(MemoryBlobs::default()),
            PasswordCost::NONE,
        )
        .await
        .unwrap()
    };
    let (server, command) = (open().await, open().await);
    server
        .add_domain(&"here.test".parse().unwrap())
        .await
        .unwrap();
    let name: AliasName = "team@here.test".parse().unwrap();
    let add = |store: Store, side: &'static str| {
        let name = name.clone();
        tokio::spawn(async move {
            for number in 0..50 {
                let target = [format!("{side}{number}@there.test").parse().unwrap()];
                // The second one gets a conflict and tries again.
                while let Err(error) = store.add_targets(&name, &target).await {
                    assert!(
                        matches!(error, AccountError::Fault(Fault::Conflict)),
                        "{error}"
                    );
                }
            }
        })
    };
    let (one, other) = (add(server.clone(), "a"), add(command, "b"));
    one.await.unwrap();
    other.await.unwrap();
    assert_eq!(server.aliases().await.unwrap()[0].targets.len(), 100);
}
