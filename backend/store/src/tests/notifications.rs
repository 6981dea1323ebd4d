//! What wakes a watcher, and what it has to read then.

use super::*;

// An engine that counts the rows and ranges that are read.
#[derive(Default)]
struct CountingEngine {
    rows: engine::memory::Memory,
    reads: std::sync::atomic::AtomicUsize,
}

impl CountingEngine {
    fn take_reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

impl Engine for CountingEngine {
    fn get<'a>(
        &'a self,
        space: Keyspace,
        key: &'a [u8],
    ) -> world::BoxFuture<'a, Result<Option<engine::Value>, Fault>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.rows.get(space, key)
    }

    fn scan<'a>(
        &'a self,
        space: Keyspace,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> world::BoxFuture<'a, Result<engine::Rows, Fault>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.rows.scan(space, from, to, limit)
    }

    fn submit(&self, batch: Batch, on_commit: engine::OnCommit) {
        self.rows.submit(batch, on_commit);
    }
}

// The changes that a watcher finds without waiting.
fn change_now(watch: &mut AccountWatch) -> Option<AccountChange> {
    use std::task::{Context, Poll, Waker};
    let future = std::pin::pin!(watch.changed());
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(change) => Some(change),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_delivery_wakes_its_account_once_and_names_the_mailbox_to_read() {
    let engine = Arc::new(CountingEngine::default());
    let blobs = Arc::new(MemoryBlobs::default());
    let store = Store::open(engine.clone(), blobs, PasswordCost::NONE)
        .await
        .unwrap();
    let alice = alice(&store).await;
    let bob = store
        .add_account(
            NewAccount {
                address: "bob@a.test".parse().unwrap(),
                name: "Bob".into(),
                password: Secret::new("builder"),
            },
            [0; 16],
            Time(0),
        )
        .await
        .unwrap();
    let (inbox, folders) = (
        store.inbox(alice.id).await.unwrap(),
        store.folders(alice.id).await.unwrap(),
    );
    let mut tabs = [
        store.watch_account(alice.id),
        store.watch_account(alice.id),
        store.watch_account(bob.id),
    ];
    for _ in 0..3 {
        put(&store, &inbox, b"Subject: x\r\n\r\nhello\r\n").await;
    }
    engine.take_reads();
    let expected = AccountChange {
        folders: false,
        mailboxes: vec![inbox.id],
    };
    for tab in &mut tabs[..2] {
        let change = change_now(tab).unwrap();
        assert_eq!(change, expected, "three deliveries are one change");
        for mailbox in &change.mailboxes {
            assert_eq!(store.counters(*mailbox).await.unwrap().total, 3);
        }
        assert_eq!(change_now(tab), None);
    }
    assert_eq!(engine.take_reads(), 0, "an open mailbox is in memory");
    assert_eq!(change_now(&mut tabs[2]), None, "another account");
    // What every wake cost when it did not name the mailbox.
    store.folders(alice.id).await.unwrap();
    for folder in &folders {
        store.counters(folder.id).await.unwrap();
    }
    assert_eq!(engine.take_reads(), folders.len());
    store
        .create_folder(alice.id, &MailboxName::new("New").unwrap(), Time(1))
        .await
        .unwrap();
    let change = change_now(&mut tabs[0]).unwrap();
    assert_eq!((change.folders, change.mailboxes.len()), (true, 0));
}
