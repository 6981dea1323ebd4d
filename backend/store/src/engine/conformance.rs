//! One suite for every engine.

use super::{Batch, Engine, Fault, Space, after_prefix, commit};
use std::sync::{Arc, Mutex};

fn put(key: &[u8], value: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.put(Space::Messages, key.to_vec(), value.to_vec());
    batch
}

async fn suite(engine: &dyn Engine) {
    commit(engine, put(b"b", b"2")).await.unwrap();
    commit(engine, put(b"a", b"1")).await.unwrap();
    commit(engine, put(b"b", b"3")).await.unwrap();
    commit(engine, put(b"\xff", b"\x00\xff")).await.unwrap();
    assert_eq!(engine.get(Space::Messages, b"b").await.unwrap().as_deref(), Some(&b"3"[..]), "the last write counts");
    assert_eq!(engine.get(Space::Outlines, b"b").await.unwrap(), None, "spaces are apart");
    let rows = engine.scan(Space::Messages, b"a", &after_prefix(b"\xff"), 10).await.unwrap();
    assert_eq!(rows.iter().map(|r| r.0.as_slice()).collect::<Vec<_>>(), [&b"a"[..], b"b", b"\xff"], "rows come in order of bytes");
    assert_eq!(engine.scan(Space::Messages, b"a", b"b", 10).await.unwrap().len(), 1, "the end is not included");
    assert_eq!(engine.scan(Space::Messages, b"a", b"z", 1).await.unwrap().len(), 1, "the limit holds");

    let mut claim = put(b"c", b"mine");
    claim.assert_absent(Space::Messages, b"a".to_vec());
    assert_eq!(commit(engine, claim).await, Err(Fault::Conflict));
    assert_eq!(engine.get(Space::Messages, b"c").await.unwrap(), None, "nothing of a refused batch is done");

    let mut gone = Batch::default();
    gone.delete_prefix(Space::Messages, b"b");
    gone.delete(Space::Messages, b"never there".to_vec());
    commit(engine, gone).await.unwrap();
    assert_eq!(engine.get(Space::Messages, b"b").await.unwrap(), None);

    let order = Arc::new(Mutex::new(Vec::new()));
    for i in 0..100u8 {
        let order = order.clone();
        engine.submit(put(&[i], &[i]), Box::new(move |result| order.lock().unwrap().push((i, result))));
        engine.write();
    }
    commit(engine, put(b"end", b"")).await.unwrap();
    let told = order.lock().unwrap().clone();
    assert_eq!(told, (0..100).map(|i| (i, Ok(()))).collect::<Vec<_>>(), "done is told in the order of submission");
}

#[tokio::test]
async fn memory_keeps_the_promises_of_an_engine() {
    suite(&super::memory::Memory::default()).await;
}

#[tokio::test]
async fn sqlite_keeps_the_promises_of_an_engine_and_finds_its_rows_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    suite(&super::sqlite::Sqlite::open(&path).unwrap()).await;
    let again = super::sqlite::Sqlite::open(&path).unwrap();
    assert_eq!(again.get(Space::Messages, b"a").await.unwrap().as_deref(), Some(&b"a"[..]));
}

#[test]
fn the_end_of_a_prefix_lies_behind_all_that_begin_with_it() {
    assert_eq!(after_prefix(b"ab"), b"ac");
    assert_eq!(after_prefix(b"a\xff"), b"b");
    assert!(after_prefix(b"\xff\xff") > vec![0xff, 0xff, 0xff]);
}
