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
        sort: String::new(),
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
        notes: Vec::new(),
    }
}

fn open(total: u32) -> Rows {
    let mut rows = Rows::new(Source::Folder(INBOX), ListOrder::Newest);
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
        "the visible window is requested again"
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
        "the last message is replaced by the one before"
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
    let mut rows = Rows::new(Source::Folder(INBOX), ListOrder::Newest);
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
fn search_updates_its_rows_without_adding_any() {
    let mut rows = Rows::new(
        Source::Search {
            query: "x".into(),
            folder: None,
        },
        ListOrder::Newest,
    );
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

/// A row with a date that differs from its order of arrival.
fn dated(uid: u32, day: i64) -> Row {
    Row {
        date: mail::Time::from_secs(day * 86_400),
        ..row(uid)
    }
}

fn open_in(order: ListOrder, mut all: Vec<Row>) -> Rows {
    all.sort_by_key(|row| place(row, order));
    let mut rows = Rows::new(Source::Folder(INBOX), order);
    let _ = rows.want(0..20);
    rows.put(Window {
        total: all.len() as u32,
        offset: 0,
        state: 5,
        rows: all,
        notes: Vec::new(),
    });
    rows
}

fn uids(rows: &Rows) -> Vec<u32> {
    (0..rows.len())
        .map(|at| rows.get(at).map_or(0, |row| row.uid))
        .collect()
}

#[test]
fn new_message_is_inserted_according_to_its_date() {
    for (order, expected) in [
        (ListOrder::Newest, [3, 9, 1, 2]),
        (ListOrder::Oldest, [2, 1, 9, 3]),
    ] {
        let mut rows = open_in(order, vec![dated(1, 20), dated(2, 10), dated(3, 30)]);
        rows.apply(&Changed {
            rows: vec![dated(9, 25)],
            ..changed(4, 6)
        });
        assert_eq!(uids(&rows), expected, "{order:?}");
        assert!(rows.since().is_some());
    }
}

#[test]
fn new_message_is_inserted_according_to_the_order() {
    let one = |uid: u32, sort: &str, bytes: u64| Row {
        sort: sort.into(),
        bytes,
        ..dated(uid, i64::from(uid))
    };
    for (order, sort, expected) in [
        (
            ListOrder::Subject,
            ["plan", "zoo", "ants", "quay"],
            [3, 1, 4, 2],
        ),
        (ListOrder::Sender, ["bob", "bob", "al", "bob"], [3, 4, 2, 1]),
        (ListOrder::Size, [""; 4], [1, 4, 3, 2]),
    ] {
        let old = vec![
            one(1, sort[0], 30),
            one(2, sort[1], 10),
            one(3, sort[2], 20),
        ];
        let mut rows = open_in(order, old);
        rows.apply(&Changed {
            rows: vec![one(4, sort[3], 25)],
            ..changed(4, 6)
        });
        assert_eq!(uids(&rows), expected, "{order:?}");
    }
}

#[test]
fn moving_all_messages_includes_those_not_loaded() {
    let mut rows = open(5000);
    let all: Vec<_> = (1..=5000).map(StoredMessageId).collect();
    assert_eq!(rows.leave(&all), None);
    assert!(rows.is_empty());
    for (batch, left) in [(1..=1000, 4000), (1001..=5000, 0)] {
        rows.apply(&Changed {
            gone: batch.map(StoredMessageId).collect(),
            ..changed(left, u64::from(9000 - left))
        });
        assert!(rows.is_empty() && rows.since().is_some(), "{left}");
    }
}

#[test]
fn moving_some_messages_keeps_the_others() {
    let mut rows = open(5000);
    let some: Vec<_> = (100..=5000).map(StoredMessageId).collect();
    rows.leave(&some);
    assert!(!rows.is_empty());
}

#[test]
fn many_changes_make_the_list_stale() {
    let mut rows = open(1000);
    rows.apply(&Changed {
        many: true,
        ..changed(1000, 6)
    });
    assert_eq!(rows.want(0..20).len(), 1);
}
