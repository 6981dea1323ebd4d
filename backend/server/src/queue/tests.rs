//! Commands on a queue without a running server.

use super::*;
use mail::{Envelope, SpanId};
use std::collections::BTreeMap;
use store::{BlobRef, PasswordCost};

async fn with_message() -> Queue {
    let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
    let entry = QueuedMessage {
        id: QueueId(0x2a),
        journey: JourneyId(0xabc),
        span: SpanId(1),
        envelope: Envelope::new("alice@a.test".parse().ok(), ["bob@b.test".parse().unwrap()]),
        prefix: String::new(),
        blob: BlobRef::Row(1),
        bytes: 99,
        arrived: Time::from_secs(0),
        attempts: 2,
        due: Time::from_secs(60),
        account: None,
        last: BTreeMap::new(),
        warned: false,
        held: false,
        has_nul: None,
    };
    let mut tx = store.begin();
    tx.spool(entry.id, None, Some(entry.due), entry.to_row());
    tx.commit().await.unwrap();
    queue_of(store)
}

#[tokio::test]
async fn holds_releases_retries_and_removes_a_message() {
    let queue = with_message().await;
    let id = find(&queue, "abc").await.unwrap().id;
    let order = async |command| command_one(&queue, id, command, true).await.unwrap();
    assert_eq!(order(QueueCommand::Release).await, "2a: not on hold");
    assert_eq!(order(QueueCommand::Hold).await, "2a: on hold");
    let line_of = async || {
        line(&queue, &find(&queue, "2a").await.unwrap())
            .await
            .unwrap()
    };
    assert!(line_of().await.starts_with("2a\ton hold\t2 attempts\tqueued 1970-01-01 00:00 UTC\t99 bytes\t<alice@a.test> -> bob@b.test"));
    assert!(
        queue
            .store()
            .due(Time(i64::MAX), 10)
            .await
            .unwrap()
            .0
            .is_empty(),
        "a held message is not due"
    );
    assert_eq!(
        order(QueueCommand::Retry).await,
        "2a: on hold; release it first"
    );
    assert_eq!(order(QueueCommand::Release).await, "2a: released");
    assert_eq!(
        queue.store().due(Time(i64::MAX), 10).await.unwrap().0.len(),
        1
    );
    // Another process has leased it.
    let (due, _) = queue.store().due(Time(i64::MAX), 10).await.unwrap();
    queue.store().lease(&due, Time(i64::MAX)).await.unwrap();
    assert!(line_of().await.contains("in delivery"));
    assert!(
        order(QueueCommand::Hold)
            .await
            .starts_with("2a: in delivery; on hold after")
    );
    assert!(
        command_one(&queue, QueueId(7), QueueCommand::Hold, true)
            .await
            .unwrap()
            .ends_with("no longer in the queue")
    );
    assert!(find(&queue, "zz").await.is_err() && find(&queue, "77").await.is_err());
}

#[tokio::test]
async fn reports_that_the_server_is_not_running() {
    let queue = with_message().await;
    let result = command_one(
        &queue,
        QueueId(0x2a),
        QueueCommand::Drop { notice: true },
        false,
    )
    .await
    .unwrap();
    assert_eq!(
        result,
        "2a: removed when the server starts (it is not running)"
    );
}
