//! The mailbox logic, on the memory engine and on SQLite.

mod durability;
mod folders;
mod notifications;
mod web;

use super::*;
use mail::{Address, Flags, JourneyId, MailboxName, Secret, SpecialUse, Time};

const NOW: Time = Time(1_700_000_000_000_000);

async fn on_every_engine<F: Future<Output = ()>>(check: impl Fn(Store) -> F) {
    check(Store::in_memory(PasswordCost::NONE).await.unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let engine = engine::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap();
    let blobs = Files::open(&folder.path().join("blobs")).unwrap();
    check(
        Store::open(Arc::new(engine), Arc::new(blobs), PasswordCost::NONE)
            .await
            .unwrap(),
    )
    .await;
}

async fn alice(store: &Store) -> Account {
    store.add_domain(&"a.test".parse().unwrap()).await.unwrap();
    let new = NewAccount {
        address: "alice@a.test".parse().unwrap(),
        name: "Alice".into(),
        password: Secret::new("x"),
    };
    store.add_account(new, [1; 16], NOW).await.unwrap()
}

async fn put(store: &Store, mailbox: &Arc<Mailbox>, text: &[u8]) -> u32 {
    try_put(store, mailbox, text).await.unwrap()
}

async fn try_put(store: &Store, mailbox: &Arc<Mailbox>, text: &[u8]) -> Result<u32, Fault> {
    let mut writer = store.writer();
    for piece in text.chunks(7000) {
        writer.write(piece)?;
    }
    let content = writer.finish().await?;
    let mut tx = store.begin();
    let blob = tx.content(&content);
    let prefix = b"Return-Path: <>\r\n";
    let whole = [prefix.as_slice(), text].concat();
    tx.deliver(Delivery {
        mailbox: mailbox.clone(),
        blob,
        bytes: whole.len() as u64,
        outline: Arc::new(OutlineRow::of(&whole, prefix.len())),
        flags: Flags::default(),
        date: NOW,
        journey: Some(JourneyId(5)),
        event: None,
    });
    Ok(tx.commit().await?[0].uid)
}

fn uids(mailbox: &Mailbox) -> Vec<u32> {
    mailbox.read(|s| s.entries.iter().map(|e| e.uid).collect())
}

const MESSAGE: &[u8] = b"From: b@b.test\r\nSubject: hello\r\n\r\nhow are you\r\n";

#[tokio::test]
async fn reads_back_small_and_large_messages_to_the_byte() {
    on_every_engine(|store| async move {
        let inbox = store.inbox(alice(&store).await.id).await.unwrap();
        let large = [MESSAGE, &b"0123456789\r\n".repeat(20_000)].concat();
        for text in [MESSAGE, &large] {
            let uid = put(&store, &inbox, text).await;
            let whole = [b"Return-Path: <>\r\n".as_slice(), text].concat();
            assert_eq!(
                store.read_message(&inbox, uid).await.unwrap().unwrap(),
                whole
            );
            let message = store.message(&inbox, uid).await.unwrap().unwrap();
            for (from, len) in [(0, 5), (10, 20), (16, 1), (17, 40), (60, 1_000_000)] {
                let expected = &whole[from.min(whole.len())..(from + len).min(whole.len())];
                assert_eq!(
                    store.read_range(&message, from as u64, len).await.unwrap(),
                    expected,
                    "{from} {len}"
                );
            }
        }
        let row = store.outline(&inbox, 1).await.unwrap().unwrap();
        assert_eq!(
            OutlineView::read(&row).unwrap().summary().unwrap().subject,
            "hello"
        );
    })
    .await;
}

#[tokio::test]
async fn uids_and_modification_sequences_only_increase() {
    on_every_engine(|store| async move {
        let inbox = store.inbox(alice(&store).await.id).await.unwrap();
        let writes = (0..50).map(|_| put(&store, &inbox, MESSAGE));
        let given = futures_join(writes).await;
        let mut sorted = given.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=50).collect::<Vec<_>>());
        assert_eq!(uids(&inbox), sorted);
        store
            .delete_permanently(&inbox, &[50, 50, 99])
            .await
            .unwrap();
        assert_eq!(
            put(&store, &inbox, MESSAGE).await,
            51,
            "the UID of a removed message is not given again"
        );
        let modseqs: Vec<u64> = inbox.read(|s| s.entries.iter().map(|e| e.modseq).collect());
        assert!(modseqs.is_sorted() && inbox.read(|s| s.modseq) >= *modseqs.last().unwrap());
    })
    .await;
}

async fn futures_join<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut out = Vec::new();
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|f| match f.as_mut().poll(cx) {
            std::task::Poll::Ready(value) => {
                out.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    out
}

#[tokio::test]
async fn reports_flag_changes_since_a_modification_sequence() {
    on_every_engine(|store| async move {
        let inbox = store.inbox(alice(&store).await.id).await.unwrap();
        for _ in 0..3 {
            put(&store, &inbox, MESSAGE).await;
        }
        let before = inbox.read(|s| s.modseq);
        let mut seen = Flags::of(mail::flags::SEEN);
        seen.add("$Forwarded");
        assert_eq!(
            store
                .change_flags(&inbox, &[1, 3, 9], &FlagChange::Add(seen.clone()))
                .await
                .unwrap(),
            [1, 3]
        );
        assert_eq!(
            store
                .change_flags(&inbox, &[1], &FlagChange::Add(seen))
                .await
                .unwrap(),
            [0; 0],
            "nothing changed"
        );
        assert_eq!(inbox.read(|s| s.unseen), 1);
        store.delete_permanently(&inbox, &[2]).await.unwrap();
        let difference = inbox.read(|s| s.since(before)).unwrap();
        assert_eq!(
            difference.changed.iter().map(|e| e.uid).collect::<Vec<_>>(),
            [1, 3]
        );
        assert_eq!(difference.vanished, [2]);
        assert_eq!(inbox.read(|s| (s.entries.len(), s.unseen)), (2, 0));
        let counters = store.counters(inbox.id).await.unwrap();
        assert_eq!((counters.total, counters.unseen), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn copies_share_a_content_until_the_last_is_removed() {
    on_every_engine(|store| async move {
        let account = alice(&store).await;
        let inbox = store.inbox(account.id).await.unwrap();
        let archive = store
            .folder_for(account.id, SpecialUse::Archive)
            .await
            .unwrap()
            .unwrap();
        let archive = store.open_mailbox(account.id, &archive).await.unwrap();
        for text in [MESSAGE.to_vec(), [MESSAGE, &vec![b'x'; 100_000]].concat()] {
            let uid = put(&store, &inbox, &text).await;
            let blob = inbox.read(|s| s.entry(uid).unwrap().blob);
            let copy = store.copy_messages(&inbox, &[uid], &archive).await.unwrap()[0]
                .1
                .uid;
            let moved = store
                .move_messages(&archive, &[copy], &inbox)
                .await
                .unwrap()[0]
                .1
                .uid;
            store.delete_permanently(&inbox, &[uid]).await.unwrap();
            assert!(
                store
                    .read_message(&inbox, moved)
                    .await
                    .unwrap()
                    .unwrap()
                    .ends_with(&text)
            );
            store.delete_permanently(&inbox, &[moved]).await.unwrap();
            assert!(
                store.read_content(blob, 0, 10).await.is_err(),
                "the content went with its last owner"
            );
            assert_eq!((uids(&inbox), uids(&archive)), (vec![], vec![]));
        }
    })
    .await;
}

#[tokio::test]
async fn resolves_addresses_to_accounts() {
    on_every_engine(|store| async move {
        let account = alice(&store).await;
        store
            .add_alias(account.id, "info@a.test".parse().unwrap())
            .await
            .unwrap();
        for (address, detail) in [
            ("ALICE@a.test", None),
            ("info@A.test", None),
            ("alice+x@a.test", Some("x")),
            ("Postmaster@a.test", None),
        ] {
            let resolved = store
                .resolve_address(&address.parse::<Address>().unwrap())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (resolved.account.id, resolved.detail.as_deref()),
                (account.id, detail),
                "{address}"
            );
        }
        for unknown in ["bob@a.test", "alice@b.test", "postmaster@b.test"] {
            assert_eq!(
                store
                    .resolve_address(&unknown.parse().unwrap())
                    .await
                    .unwrap(),
                None,
                "{unknown}"
            );
        }
        store.remove_account(&account.address).await.unwrap();
        assert_eq!(store.resolve_address(&account.address).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_open_message_is_read_to_its_end_after_its_removal() {
    on_every_engine(|store| async move {
        let inbox = store.inbox(alice(&store).await.id).await.unwrap();
        for text in [MESSAGE.to_vec(), [MESSAGE, &[b'x'; 100_000]].concat()] {
            let uid = put(&store, &inbox, &text).await;
            let message = store.message(&inbox, uid).await.unwrap().unwrap();
            let whole = store.read_message(&inbox, uid).await.unwrap().unwrap();
            let mut open = store.open_message(&message).await.unwrap();
            store.delete_permanently(&inbox, &[uid]).await.unwrap();
            assert!(store.open_message(&message).await.is_err());
            let mut read = Vec::new();
            while read.len() < whole.len() {
                read.extend(open.read(read.len() as u64, 30_000).unwrap());
            }
            assert_eq!(read, whole);
        }
    })
    .await;
}

#[tokio::test]
async fn replaces_a_draft_in_one_transaction() {
    on_every_engine(|store| async move {
        let account = alice(&store).await.id;
        let folder = store
            .folder_for(account, SpecialUse::Drafts)
            .await
            .unwrap()
            .unwrap();
        let drafts = store.open_mailbox(account, &folder).await.unwrap();
        let first = put(&store, &drafts, MESSAGE).await;
        let mut tx = store.begin();
        let blob = tx.content(&Content::Small(MESSAGE.to_vec()));
        tx.deliver(Delivery {
            mailbox: drafts.clone(),
            blob,
            bytes: MESSAGE.len() as u64,
            outline: Arc::new(OutlineRow::of(MESSAGE, 0)),
            flags: Flags::default(),
            date: NOW,
            journey: None,
            event: None,
        });
        let placed = store
            .commit_replacing(tx, Some((&drafts, first)))
            .await
            .unwrap();
        assert_eq!(uids(&drafts), [placed[0].uid]);
        assert_ne!(placed[0].uid, first);
        assert_eq!(
            store
                .read_message(&drafts, placed[0].uid)
                .await
                .unwrap()
                .unwrap(),
            MESSAGE
        );
    })
    .await;
}

#[tokio::test]
async fn sweep_removes_only_contents_without_references() {
    on_every_engine(|store| async move {
        let inbox = store.inbox(alice(&store).await.id).await.unwrap();
        let large = [MESSAGE, &b"0123456789\r\n".repeat(20_000)].concat();
        let uid = put(&store, &inbox, &large).await;
        let mut writer = store.writer();
        writer.write(&large).unwrap();
        drop(writer.finish().await.unwrap());
        assert_eq!(store.sweep().await, Ok(1));
        assert_eq!(store.sweep().await, Ok(0));
        assert!(
            store
                .read_message(&inbox, uid)
                .await
                .unwrap()
                .unwrap()
                .ends_with(&large)
        );
    })
    .await;
}
