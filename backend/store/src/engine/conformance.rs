//! The test suite that every engine passes.

#![expect(
    clippy::disallowed_methods,
    reason = "an engine with threads of its own runs by the system's clock"
)]

use super::{Batch, Engine, Fault, Keyspace, after_prefix, commit, commit_soon};
use std::sync::{Arc, Mutex};

fn put(key: &[u8], value: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.put(Keyspace::Messages, key.to_vec(), value.to_vec());
    batch
}

async fn suite(engine: &dyn Engine) {
    commit(engine, put(b"b", b"2")).await.unwrap();
    commit(engine, put(b"a", b"1")).await.unwrap();
    commit(engine, put(b"b", b"3")).await.unwrap();
    commit(engine, put(b"\xff", b"\x00\xff")).await.unwrap();
    assert_eq!(
        engine
            .get(Keyspace::Messages, b"b")
            .await
            .unwrap()
            .as_deref(),
        Some(&b"3"[..]),
        "the last write counts"
    );
    assert_eq!(
        engine.get(Keyspace::Outlines, b"b").await.unwrap(),
        None,
        "keyspaces are separate"
    );
    let rows = engine
        .scan(Keyspace::Messages, b"a", &after_prefix(b"\xff"), 10)
        .await
        .unwrap();
    assert_eq!(
        rows.iter().map(|r| r.0.as_slice()).collect::<Vec<_>>(),
        [&b"a"[..], b"b", b"\xff"],
        "rows come in order of bytes"
    );
    assert_eq!(
        engine
            .scan(Keyspace::Messages, b"a", b"b", 10)
            .await
            .unwrap()
            .len(),
        1,
        "the end is not included"
    );
    assert_eq!(
        engine
            .scan(Keyspace::Messages, b"a", b"z", 1)
            .await
            .unwrap()
            .len(),
        1,
        "the limit holds"
    );

    let mut claim = put(b"c", b"mine");
    claim.assert_absent(Keyspace::Messages, b"a".to_vec());
    assert_eq!(commit(engine, claim).await, Err(Fault::Conflict));
    assert_eq!(
        engine.get(Keyspace::Messages, b"c").await.unwrap(),
        None,
        "nothing of a refused batch is done"
    );

    let mut gone = Batch::default();
    gone.delete_prefix(Keyspace::Messages, b"b");
    gone.delete(Keyspace::Messages, b"never there".to_vec());
    commit(engine, gone).await.unwrap();
    assert_eq!(engine.get(Keyspace::Messages, b"b").await.unwrap(), None);

    let order = Arc::new(Mutex::new(Vec::new()));
    for i in 0..100u8 {
        let order = order.clone();
        engine.submit(
            put(&[i], &[i]),
            Box::new(move |result| order.lock().unwrap().push((i, result))),
        );
        engine.flush();
    }
    commit(engine, put(b"end", b"")).await.unwrap();
    let finished = order.lock().unwrap().clone();
    assert_eq!(
        finished,
        (0..100).map(|i| (i, Ok(()))).collect::<Vec<_>>(),
        "callbacks run in the order of submission"
    );
}

#[tokio::test]
async fn memory_passes_the_suite() {
    suite(&super::memory::Memory::default()).await;
}

#[tokio::test]
async fn sqlite_passes_the_suite_and_finds_its_rows_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    suite(&super::sqlite::Sqlite::open(&path).unwrap()).await;
    let again = super::sqlite::Sqlite::open(&path).unwrap();
    assert_eq!(
        again
            .get(Keyspace::Messages, b"a")
            .await
            .unwrap()
            .as_deref(),
        Some(&b"a"[..])
    );
}

fn key(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

// Checks keyspaces with integer keys.
async fn numbers(engine: &dyn Engine) {
    let mut batch = Batch::default();
    for number in [3, 1, 1 << 40, 255, 256] {
        batch.put(Keyspace::Contents, key(number), vec![1]);
    }
    for (mailbox, uid) in [(1u64, 7u32), (2, 1), (2, u32::MAX), (3, 1)] {
        batch.put(
            Keyspace::Outlines,
            [key(mailbox).as_slice(), &uid.to_be_bytes()].concat(),
            vec![2],
        );
    }
    batch.put(Keyspace::Contents, key(3), vec![9]);
    commit(engine, batch).await.unwrap();
    let scan = async |space, from: &[u8], to: &[u8]| {
        let rows = engine.scan(space, from, to, 10).await.unwrap();
        rows.into_iter().map(|r| r.0).collect::<Vec<_>>()
    };
    assert_eq!(
        engine.get(Keyspace::Contents, &key(3)).await.unwrap(),
        Some(vec![9])
    );
    assert_eq!(engine.get(Keyspace::Contents, b"odd").await.unwrap(), None);
    assert_eq!(
        scan(Keyspace::Contents, &[], &[u8::MAX; 9]).await,
        [1, 3, 255, 256, 1 << 40].map(key)
    );
    assert_eq!(
        scan(Keyspace::Contents, &after_prefix(&key(255)), &key(1 << 40)).await,
        [key(256)]
    );
    assert_eq!(
        scan(
            Keyspace::Contents,
            &[key(3), vec![0]].concat(),
            &[key(255), vec![0]].concat()
        )
        .await,
        [key(255)]
    );
    let mut gone = Batch::default();
    gone.delete_prefix(Keyspace::Outlines, &key(2));
    gone.delete(Keyspace::Contents, key(1));
    gone.delete(Keyspace::Contents, b"never there".to_vec());
    commit(engine, gone).await.unwrap();
    assert_eq!(
        scan(Keyspace::Outlines, &[], &[u8::MAX; 13]).await,
        [(1, 7u32), (3, 1)].map(|(m, u)| [key(m).as_slice(), &u.to_be_bytes()].concat())
    );
    assert_eq!(scan(Keyspace::Contents, &[], &key(4)).await, [key(3)]);
}

#[tokio::test]
async fn integer_keyspaces_behave_the_same_in_every_engine() {
    numbers(&super::memory::Memory::default()).await;
    let folder = tempfile::tempdir().unwrap();
    numbers(&super::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap()).await;
}

#[tokio::test]
async fn migrates_a_file_with_blob_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    let outline = [key(2).as_slice(), &7u32.to_be_bytes()].concat();
    let old = rusqlite::Connection::open(&path).unwrap();
    for (table, key) in [(4u8, &outline), (5, &key(9)), (7, &key(8))] {
        old.execute_batch(&format!(
            "CREATE TABLE t{table} (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL)"
        ))
        .unwrap();
        old.execute(
            &format!("INSERT INTO t{table} VALUES (?1, ?2)"),
            rusqlite::params![key, [table]],
        )
        .unwrap();
    }
    drop(old);
    // The second time there is nothing left to do.
    for _ in 0..2 {
        let engine = super::sqlite::Sqlite::open(&path).unwrap();
        for (space, key) in [
            (Keyspace::Outlines, &outline),
            (Keyspace::Contents, &key(9)),
            (Keyspace::Spool, &key(8)),
        ] {
            assert_eq!(
                engine.get(space, key).await.unwrap(),
                Some(vec![space as u8])
            );
        }
    }
}

#[tokio::test]
async fn a_malformed_integer_key_fails_only_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let engine = super::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap();
    let mut wrong = put(b"a", b"1");
    wrong.put(Keyspace::Contents, b"odd".to_vec(), vec![1]);
    assert!(matches!(
        commit(&engine, wrong).await,
        Err(Fault::Broken(_))
    ));
    assert_eq!(
        engine.get(Keyspace::Messages, b"a").await.unwrap(),
        None,
        "nothing of it is done"
    );
    commit(&engine, put(b"a", b"2")).await.unwrap();
    assert_eq!(
        engine
            .get(Keyspace::Messages, b"a")
            .await
            .unwrap()
            .as_deref(),
        Some(&b"2"[..])
    );
}

#[tokio::test]
async fn a_preallocated_log_works_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    let engine = super::sqlite::Sqlite::open(&path).unwrap();
    commit(&engine, put(b"a", b"1")).await.unwrap();
    engine.optimize_for_serving();
    let log = std::fs::metadata(folder.path().join("mail.db-wal"))
        .unwrap()
        .len();
    assert!(log > 16_000_000, "{log}");
    suite(&engine).await;
    // As after a crash: another one opens what lies there.
    for file in ["mail.db", "mail.db-wal"] {
        std::fs::copy(
            folder.path().join(file),
            folder.path().join(file.replace("mail", "copy")),
        )
        .unwrap();
    }
    let copy = super::sqlite::Sqlite::open(&folder.path().join("copy.db")).unwrap();
    assert_eq!(
        copy.get(Keyspace::Messages, b"end")
            .await
            .unwrap()
            .as_deref(),
        Some(&b""[..])
    );
    engine.optimize_for_serving();
    assert_eq!(
        std::fs::metadata(folder.path().join("mail.db-wal"))
            .unwrap()
            .len(),
        log,
        "once is enough"
    );
}

#[tokio::test]
async fn the_checkpoint_thread_restarts_the_log_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    let engine = super::sqlite::Sqlite::open(&path).unwrap();
    engine.optimize_for_serving();
    let length = || {
        std::fs::metadata(folder.path().join("mail.db-wal"))
            .unwrap()
            .len()
    };
    let before = length();
    let (row, count) = (vec![7; 60_000], 2000_u64);
    for number in 0..count {
        let mut batch = Batch::default();
        batch.put(
            Keyspace::Contents,
            number.to_be_bytes().to_vec(),
            row.clone(),
        );
        commit(&engine, batch).await.unwrap();
    }
    // What was written would make it seven times as long.
    assert!(length() < 3 * before, "{} after {before}", length());
    for file in ["mail.db", "mail.db-wal"] {
        std::fs::copy(
            folder.path().join(file),
            folder.path().join(file.replace("mail", "copy")),
        )
        .unwrap();
    }
    let copy = super::sqlite::Sqlite::open(&folder.path().join("copy.db")).unwrap();
    let rows = copy
        .scan(Keyspace::Contents, &[], &count.to_be_bytes(), usize::MAX)
        .await
        .unwrap();
    assert_eq!(rows.len() as u64, count);
    assert!(rows.iter().all(|(_, value)| *value == row));
}

#[tokio::test]
async fn directory_writes_are_seen_at_once_and_soon_by_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    let (server, command) = (
        super::sqlite::Sqlite::open(&path).unwrap(),
        super::sqlite::Sqlite::open(&path).unwrap(),
    );
    let named = |value: u8| {
        let mut batch = Batch::default();
        batch.put(Keyspace::Directory, b"dexample".to_vec(), vec![value]);
        batch
    };
    for value in 0..20 {
        commit(&server, named(value)).await.unwrap();
        assert_eq!(
            server
                .get_cached(Keyspace::Directory, b"dexample")
                .await
                .unwrap(),
            Some(vec![value])
        );
    }
    commit(&command, named(99)).await.unwrap();
    assert_eq!(
        server.get(Keyspace::Directory, b"dexample").await.unwrap(),
        Some(vec![99]),
        "who is to write it anew sees it as it is"
    );
    world::poll::until("the row of the other process", || async {
        let cached = server.get_cached(Keyspace::Directory, b"dexample").await;
        cached.unwrap().filter(|row| *row == [99])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn urgent_and_deferred_batches_are_all_written() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(super::sqlite::Sqlite::open(&folder.path().join("mail.db")).unwrap());
    commit_soon(engine.as_ref(), put(b"alone", b"1"))
        .await
        .unwrap();
    let writers = (0..8u8).map(|writer| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for number in 0..60u8 {
                let batch = put(&[writer, number], b"1");
                if (writer + number) % 3 == 0 {
                    commit(engine.as_ref(), batch).await
                } else {
                    commit_soon(engine.as_ref(), batch).await
                }
                .unwrap();
                if number % 20 == 0 {
                    world::poll::until("a thread that looks no more by itself", || async {
                        engine.is_parked().then_some(())
                    })
                    .await;
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        tokio::time::timeout(world::poll::PATIENCE, writer)
            .await
            .expect("a batch is never written")
            .unwrap();
    }
    assert_eq!(
        engine
            .scan(Keyspace::Messages, &[0], &[9], 1000)
            .await
            .unwrap()
            .len(),
        8 * 60
    );
}

#[test]
fn the_end_of_a_prefix_lies_behind_all_that_begin_with_it() {
    assert_eq!(after_prefix(b"ab"), b"ac");
    assert_eq!(after_prefix(b"a\xff"), b"b");
    assert!(after_prefix(b"\xff\xff") > vec![0xff, 0xff, 0xff]);
}
