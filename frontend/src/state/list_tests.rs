//! Tests of [`Rows`].

use super::*;
use mail::flags::SEEN;

const INBOX: MailboxId = MailboxId(1);

fn row(uid: u32) -> Row {
    let who = wire::Contact::default();
    Row {
        id: StoredMessageId(u64::from(uid)),
        folder: INBOX,
        uid,
        who,
        subject: String::new(),
        preview: String::new(),
        date: mail::Time(0),
        bytes: 0,
        attachments: 0,
        flags: Flags::default(),
    }
}

fn window(total: u32, offset: u32, state: u64) -> Window {
    let rows = (offset..(offset + WINDOW_ROWS).min(total))
        .map(|i| row(total - i))
        .collect();
    Window {
        total,
        offset,
        state,
        rows,
    }
}

fn open(total: u32) -> Rows {
    let mut rows = Rows::new(Source::Folder(INBOX));
    assert_eq!(rows.want(0..20).len(), 1);
    rows.put(window(total, 0, 5));
    rows
}

fn changed(total: u32, state: u64) -> Changed {
    Changed {
        folder: INBOX,
        total,
        state,
        ..Changed::default()
    }
}

#[test]
fn requests_each_window_once_and_again_after_a_failure() {
    let mut rows = open(100_000);
    assert_eq!(rows.want(0..30), []);
    let asked = rows.want(49_990..50_030);
    assert!(matches!(
        asked[..],
        [
            Request::List { offset: 49_950, .. },
            Request::List { offset: 50_000, .. }
        ]
    ));
    assert_eq!(rows.want(49_990..50_030), []);
    rows.failed(50_000);
    assert_eq!(rows.want(49_990..50_030).len(), 1);
    rows.put(window(100_000, 50_000, 5));
    assert_eq!(rows.get(50_000).map(|r| r.uid), Some(50_000));
}

#[test]
fn new_message_is_inserted_on_top() {
    let mut rows = open(1000);
    let change = Changed {
        rows: vec![row(1001)],
        ..changed(1001, 6)
    };
    rows.apply(&change);
    assert_eq!(
        (
            rows.len(),
            rows.get(0).map(|r| r.uid),
            rows.get(1).map(|r| r.uid)
        ),
        (1001, Some(1001), Some(1000))
    );
    rows.apply(&change);
    assert_eq!(rows.len(), 1001, "the same change twice changes nothing");
}

#[test]
fn message_between_unloaded_rows_leaves_a_placeholder() {
    let mut rows = open(200);
    rows.put(window(200, 100, 5));
    let mut back = row(120);
    back.id = StoredMessageId(9999);
    rows.apply(&Changed {
        rows: vec![back],
        ..changed(201, 6)
    });
    assert_eq!(rows.len(), 201);
    assert!(!rows.want(50..100).is_empty());
    assert!(rows.since().is_some());
}

#[test]
fn unknown_deleted_message_makes_the_list_stale() {
    let mut rows = open(1000);
    rows.apply(&Changed {
        gone: vec![StoredMessageId(3)],
        ..changed(999, 6)
    });
    assert!(rows.since().is_none());
    assert_eq!(
        rows.want(0..20).len(),
        1,
        "what is shown is asked for again"
    );
    rows.put(window(999, 0, 6));
    assert_eq!((rows.len(), rows.since().is_some()), (999, true));
}

#[test]
fn moved_messages_disappear_at_once() {
    let mut rows = open(10);
    assert_eq!(
        rows.leave(&[StoredMessageId(10), StoredMessageId(9)]),
        Some(StoredMessageId(8))
    );
    assert_eq!(rows.len(), 8);
    rows.apply(&Changed {
        gone: vec![StoredMessageId(10), StoredMessageId(9)],
        ..changed(8, 6)
    });
    assert_eq!((rows.len(), rows.since().is_some()), (8, true));
    assert_eq!(
        rows.leave(&[StoredMessageId(1)]),
        Some(StoredMessageId(2)),
        "after the last one stands the one before"
    );
}

#[test]
fn other_changes_may_precede_the_confirmation() {
    let mut rows = open(10);
    rows.leave(&[StoredMessageId(10)]);
    rows.apply(&Changed {
        rows: vec![row(11)],
        ..changed(11, 6)
    });
    assert!(
        rows.since().is_some(),
        "11 messages: ours that is leaving, nine old ones and the new one"
    );
    rows.apply(&Changed {
        gone: vec![StoredMessageId(10)],
        ..changed(10, 7)
    });
    assert_eq!((rows.len(), rows.get(0).map(|r| r.uid)), (10, Some(11)));
}

#[test]
fn failed_move_reloads_the_list() {
    let mut rows = open(10);
    rows.leave(&[StoredMessageId(10)]);
    rows.stay(&[StoredMessageId(10)]);
    assert_eq!(rows.want(0..10).len(), 1);
    rows.put(window(10, 0, 5));
    assert_eq!(rows.len(), 10);
}

#[test]
fn shows_flag_changes_before_confirmation() {
    let mut rows = open(3);
    rows.flag(&[StoredMessageId(2)], &["\\Seen"], &[]);
    assert!(
        rows.row(StoredMessageId(2))
            .is_some_and(|r| r.flags.has(SEEN))
    );
    rows.flag(&[StoredMessageId(2)], &[], &["\\Seen"]);
    assert!(
        rows.row(StoredMessageId(2))
            .is_some_and(|r| !r.flags.has(SEEN))
    );
}

#[test]
fn window_with_another_total_replaces_all_rows() {
    let mut rows = open(1000);
    rows.put(window(1002, 50, 9));
    assert_eq!(
        (rows.len(), rows.get(0).is_none(), rows.get(50).is_some()),
        (1002, true, true)
    );
}

#[test]
fn bounds_loaded_rows_while_scrolling() {
    let mut rows = open(100_000);
    for page in 0..200 {
        let _ = rows.want(page * 50..page * 50 + 50);
        rows.put(window(100_000, page as u32 * 50, 5));
        rows.forget_far(page * 50);
    }
    assert!(rows.filled.len() <= ROWS_KEPT_MAX + 50);
    assert!(rows.get(9_999).is_some());
    assert_eq!(rows.want(0..20).len(), 1);
}

#[test]
fn empty_folder_fills_by_notifications() {
    let mut rows = Rows::new(Source::Folder(INBOX));
    assert!(!rows.is_empty());
    let _ = rows.want(0..20);
    rows.put(window(0, 0, 1));
    assert!(rows.is_empty());
    assert_eq!(rows.want(0..20), []);
    rows.apply(&Changed {
        rows: vec![row(1)],
        ..changed(1, 2)
    });
    assert_eq!(rows.get(0).map(|r| r.uid), Some(1));
}

#[test]
fn search_updates_its_rows_and_adds_none() {
    let mut rows = Rows::new(Source::Search {
        query: "x".into(),
        folder: None,
    });
    let _ = rows.want(0..20);
    rows.put(window(3, 0, 0));
    let mut seen = row(2);
    seen.flags = Flags::of(SEEN);
    rows.apply(&Changed {
        rows: vec![seen, row(77)],
        gone: vec![StoredMessageId(1)],
        ..changed(9, 6)
    });
    assert_eq!(rows.len(), 2);
    assert!(
        rows.row(StoredMessageId(2))
            .is_some_and(|r| r.flags.has(SEEN))
    );
}
