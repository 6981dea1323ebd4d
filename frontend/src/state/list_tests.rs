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
fn asks_for_each_window_once_and_again_after_a_failure() {
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
fn a_new_message_stands_on_top_and_moves_the_rest_down() {
    let mut rows = open(1000);
    let news = Changed {
        rows: vec![row(1001)],
        ..changed(1001, 6)
    };
    rows.news(&news);
    assert_eq!(
        (
            rows.len(),
            rows.get(0).map(|r| r.uid),
            rows.get(1).map(|r| r.uid)
        ),
        (1001, Some(1001), Some(1000))
    );
    rows.news(&news);
    assert_eq!(rows.len(), 1001, "the same news twice changes nothing");
}

#[test]
fn a_message_between_unknown_neighbours_leaves_a_place_to_be_fetched() {
    let mut rows = open(200);
    rows.put(window(200, 100, 5));
    let mut back = row(120);
    back.id = StoredMessageId(9999);
    rows.news(&Changed {
        rows: vec![back],
        ..changed(201, 6)
    });
    assert_eq!(rows.len(), 201);
    assert!(!rows.want(50..100).is_empty());
    assert!(rows.since().is_some());
}

#[test]
fn a_message_that_is_gone_elsewhere_makes_the_list_stale_until_a_window_comes() {
    let mut rows = open(1000);
    rows.news(&Changed {
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
fn what_the_user_moves_leaves_at_once_and_the_confirmation_changes_nothing_more() {
    let mut rows = open(10);
    assert_eq!(
        rows.leave(&[StoredMessageId(10), StoredMessageId(9)]),
        Some(StoredMessageId(8))
    );
    assert_eq!(rows.len(), 8);
    rows.news(&Changed {
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
fn news_of_another_message_may_come_before_the_confirmation() {
    let mut rows = open(10);
    rows.leave(&[StoredMessageId(10)]);
    rows.news(&Changed {
        rows: vec![row(11)],
        ..changed(11, 6)
    });
    assert!(
        rows.since().is_some(),
        "11 messages: ours that is leaving, nine old ones and the new one"
    );
    rows.news(&Changed {
        gone: vec![StoredMessageId(10)],
        ..changed(10, 7)
    });
    assert_eq!((rows.len(), rows.get(0).map(|r| r.uid)), (10, Some(11)));
}

#[test]
fn a_refused_move_fetches_the_list_again() {
    let mut rows = open(10);
    rows.leave(&[StoredMessageId(10)]);
    rows.stay(&[StoredMessageId(10)]);
    assert_eq!(rows.want(0..10).len(), 1);
    rows.put(window(10, 0, 5));
    assert_eq!(rows.len(), 10);
}

#[test]
fn flags_are_shown_before_they_are_confirmed() {
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
fn a_window_with_another_total_replaces_everything() {
    let mut rows = open(1000);
    rows.put(window(1002, 50, 9));
    assert_eq!(
        (rows.len(), rows.get(0).is_none(), rows.get(50).is_some()),
        (1002, true, true)
    );
}

#[test]
fn scrolling_through_everything_keeps_a_part() {
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
fn an_empty_folder_is_known_to_be_empty_and_fills_by_news() {
    let mut rows = Rows::new(Source::Folder(INBOX));
    assert!(!rows.is_empty());
    let _ = rows.want(0..20);
    rows.put(window(0, 0, 1));
    assert!(rows.is_empty());
    assert_eq!(rows.want(0..20), []);
    rows.news(&Changed {
        rows: vec![row(1)],
        ..changed(1, 2)
    });
    assert_eq!(rows.get(0).map(|r| r.uid), Some(1));
}

#[test]
fn a_search_keeps_its_rows_current_and_takes_no_new_ones() {
    let mut rows = Rows::new(Source::Search {
        query: "x".into(),
        folder: None,
    });
    let _ = rows.want(0..20);
    rows.put(window(3, 0, 0));
    let mut seen = row(2);
    seen.flags = Flags::of(SEEN);
    rows.news(&Changed {
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
