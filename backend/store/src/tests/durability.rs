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

#[tokio::test]
async fn below_the_reserve_new_mail_is_refused_and_all_else_goes_on() {
    let engine = Arc::new(engine::memory::Memory::default());
    let (blobs, cost) = (Arc::new(MemoryBlobs::default()), PasswordCost::NONE);
    let space = Space::with_reserve(engine.clone(), 20_000);
    let store = Store::open_within(engine.clone(), blobs, cost, space)
        .await
        .unwrap();
    let account = alice(&store).await.id;
    let inbox = store.inbox(account).await.unwrap();
    engine.set_capacity(200_000);
    while store.check_space().is_ok() {
        put(&store, &inbox, MESSAGE).await;
    }
    let begun = [b"Subject: x\r\n\r\n".as_slice(), &[b'x'; 60_000]];
    for text in begun {
        let mut writer = store.writer();
        let written = writer.write(text);
        let refused = match written {
            Ok(()) => writer.finish().await.err(),
            Err(fault) => Some(fault),
        };
        assert_eq!(refused, Some(Fault::Full));
    }
    let copied = store.copy_messages(&inbox, &[1], &inbox).await;
    assert_eq!(copied.err(), Some(Fault::Full));
    // What a user needs to make room.
    let deleted = FlagChange::Add(Flags::of(mail::flags::DELETED));
    let all = uids(&inbox);
    store.change_flags(&inbox, &all, &deleted).await.unwrap();
    let folder = store.folder_for(account, SpecialUse::Trash).await;
    let folder = folder.unwrap().unwrap();
    let trash = store.open_mailbox(account, &folder).await.unwrap();
    let moved = store.move_messages(&inbox, &all[..20], &trash).await;
    assert_eq!(moved.unwrap().len(), 20);
    let address = "alice@a.test".parse().unwrap();
    let session = store.add_app_password(&address, "x", [3; 36], NOW);
    session.await.unwrap();
    assert_eq!(store.check_space(), Err(Fault::Full));
    store
        .delete_permanently(&trash, &uids(&trash))
        .await
        .unwrap();
    store
        .delete_permanently(&inbox, &uids(&inbox))
        .await
        .unwrap();
    // What is freed is usable at once.
    put(&store, &inbox, MESSAGE).await;
}

#[tokio::test]
async fn pages_that_a_deletion_frees_take_new_mail() {
    struct Little;
    impl Volume for Little {
        fn space(&self) -> Option<VolumeSpace> {
            Some(VolumeSpace {
                free_bytes: 0,
                total_bytes: 1_000_000,
            })
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    let open = |space| {
        let engine = engine::sqlite::Sqlite::open(&path).unwrap();
        let blobs = Arc::new(MemoryBlobs::default());
        Store::open_within(Arc::new(engine), blobs, PasswordCost::NONE, space)
    };
    let store = open(Space::unlimited()).await.unwrap();
    let id = alice(&store).await.id;
    let text = [b"Subject: x\r\n\r\n".as_slice(), &[b'x'; 40_000]].concat();
    let inbox = store.inbox(id).await.unwrap();
    for _ in 0..10 {
        put(&store, &inbox, &text).await;
    }
    drop((inbox, store));
    let space = Space::with_reserve(Arc::new(Little), 100_000);
    let store = open(space).await.unwrap();
    assert_eq!(store.check_space(), Err(Fault::Full));
    let inbox = store.inbox(id).await.unwrap();
    store
        .delete_permanently(&inbox, &uids(&inbox))
        .await
        .unwrap();
    put(&store, &inbox, &text).await;
    // A large message would be a file of its own.
    assert_eq!(store.writer().write(&[b'x'; 60_000]), Err(Fault::Full));
}

#[tokio::test]
async fn a_write_on_a_full_disk_gives_the_ballast_up() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap();
    let volume = DataVolume::new(folder.path());
    volume.restore(80_000);
    engine.set_ballast(volume.ballast());
    engine.set_pages_max(60);
    let blobs = Arc::new(MemoryBlobs::default());
    let store = Store::open(Arc::new(engine), blobs, PasswordCost::NONE)
        .await
        .unwrap();
    let inbox = store.inbox(alice(&store).await.id).await.unwrap();
    assert!(folder.path().join("reserve").exists());
    let text = [b"Subject: x\r\n\r\n".as_slice(), &[b'x'; 40_000]].concat();
    let mut last = Ok(0);
    while last.is_ok() {
        last = try_put(&store, &inbox, &text).await;
    }
    assert_eq!(last, Err(Fault::Full));
    assert!(!folder.path().join("reserve").exists());
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
