//! Windows of a list and the notifications of its changes.

use super::*;
use mail::Time;
use std::sync::Arc;

async fn host_with_ten_messages() -> TestHost {
    let host = TestHost::new().await;
    for i in 0..10 {
        host.put(
            &host.alice,
            &message("b@b.test", &format!("message {i}"), "hello"),
        )
        .await;
    }
    host
}

/// The difference to an earlier state of a folder, where it is known.
async fn since(tab: &mut host::Tab, folder: MailboxId, state: u64) -> Option<wire::Changed> {
    match tab
        .call(Request::Since {
            folder,
            state,
            order: ListOrder::Newest,
        })
        .await
    {
        Ok(Response::Changes(changes)) => changes,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn lists_newest_first() {
    let host = host_with_ten_messages().await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.alice).await;
    let window = tab
        .window(Request::List {
            folder: inbox.id,
            offset: 2,
            count: 3,
            order: ListOrder::Newest,
        })
        .await;
    assert_eq!((window.total, window.offset), (10, 2));
    assert_eq!(
        window
            .rows
            .iter()
            .map(|r| (r.uid, r.subject.as_str()))
            .collect::<Vec<_>>(),
        [(8, "message 7"), (7, "message 6"), (6, "message 5")]
    );
    assert!(tab.list(inbox.id).await.len() == 10 && tab.notifications.is_empty());
}

#[tokio::test(start_paused = true)]
async fn notifies_changes_of_the_open_folder() {
    let host = host_with_ten_messages().await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.alice).await;
    let window = tab
        .window(Request::List {
            folder: inbox.id,
            offset: 0,
            count: 200,
            order: ListOrder::Newest,
        })
        .await;
    // Another client sets a flag; a new message arrives.
    let seen = store::FlagChange::Add(Flags::of(flags::SEEN));
    host.store.change_flags(&inbox, &[3], &seen).await.unwrap();
    let changed = hear_folder(&mut tab).await;
    assert_eq!(
        (
            changed.folder,
            changed.total,
            changed.unread,
            changed.rows.len()
        ),
        (inbox.id, 10, 9, 1)
    );
    assert_eq!(
        (changed.rows[0].uid, changed.rows[0].flags.system),
        (3, flags::SEEN)
    );
    let fresh = message("Carol <c@c.test>", "fresh", "new words");
    let id = host.put(&host.alice, &fresh).await;
    let changed = hear_folder(&mut tab).await;
    assert_eq!(
        (changed.rows[0].id, changed.rows[0].preview.as_str()),
        (id, "new words")
    );
    let Notification::Arrived { folder, row } = tab.hear().await else {
        panic!()
    };
    assert_eq!(
        (folder, row.who.name.as_str(), row.id),
        (inbox.id, "Carol", id)
    );
    host.store
        .delete_permanently(&inbox, &[1, 2])
        .await
        .unwrap();
    let gone = hear_folder(&mut tab).await;
    assert_eq!(
        (gone.gone, gone.total),
        (vec![inbox.message_id(1), inbox.message_id(2)], 9)
    );
    // Missed changes are fetched by difference.
    let missed = since(&mut tab, inbox.id, window.state).await.unwrap();
    assert_eq!(
        (missed.rows.len(), missed.gone.len(), missed.state),
        (2, 2, gone.state)
    );
    assert_eq!(since(&mut tab, inbox.id, u64::MAX).await, None);
    assert_eq!(since(&mut tab, inbox.id, 0).await, None);
}

#[tokio::test(start_paused = true)]
async fn notifies_only_counts_of_other_folders() {
    let host = TestHost::new().await;
    let (inbox, trash) = (
        host.folder(host.alice.id, "INBOX").await,
        host.folder(host.alice.id, "Trash").await,
    );
    let mut tab = host.tab(&host.alice).await;
    tab.list(trash.id).await;
    host.put(&host.alice, &message("b@b.test", "x", "y")).await;
    let Notification::Folder(changed) = tab.hear().await else {
        panic!()
    };
    assert_eq!(
        (
            changed.folder,
            changed.total,
            changed.unread,
            changed.rows.len()
        ),
        (inbox.id, 1, 1, 0)
    );
    assert!(matches!(tab.hear().await, Notification::Arrived { .. }));
    let mut other = host.tab(&host.alice).await;
    other
        .call(Request::CreateFolder { name: "new".into() })
        .await
        .unwrap();
    let Notification::Folders(all) = tab.hear().await else {
        panic!()
    };
    assert_eq!(all.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn too_many_changes_require_a_new_window() {
    let host = TestHost::new().await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let state = inbox.read(|s| s.modseq);
    for _ in 0..501 {
        host.put(&host.alice, &message("b@b.test", "x", "y")).await;
    }
    let mut tab = host.tab(&host.alice).await;
    assert_eq!(
        tab.call(Request::Since {
            folder: inbox.id,
            state,
            order: ListOrder::Newest,
        })
        .await,
        Ok(Response::Changes(None))
    );
    let Ok(Response::Changes(Some(changed))) = tab
        .call(Request::Since {
            folder: inbox.id,
            state: state + 1,
            order: ListOrder::Newest,
        })
        .await
    else {
        panic!()
    };
    assert_eq!(changed.rows.len(), 500);
}

/// Ten messages in Archive whose arrival has nothing to do with the order of their dates: `n0` is
/// the oldest.
async fn host_with_shuffled_dates() -> (TestHost, Arc<store::Mailbox>) {
    let host = TestHost::new().await;
    let archive = host.special(host.alice.id, SpecialUse::Archive).await;
    for i in [3, 9, 0, 7, 5, 1, 8, 2, 6, 4] {
        let text = "x".repeat((i * 7) % 10 * 100);
        let sender = format!("P{} <p@b.test>", (i * 3) % 10);
        let fresh = message(&sender, &format!("Re: n{i}"), &text);
        host.put_into(&archive, &fresh, Flags::default(), day(i as i64))
            .await;
    }
    (host, archive)
}

fn day(n: i64) -> Time {
    Time::from_secs(1_700_000_000 + n * 86_400)
}

async fn in_order(tab: &mut host::Tab, folder: MailboxId, order: ListOrder) -> Vec<String> {
    let request = Request::List {
        folder,
        offset: 0,
        count: 200,
        order,
    };
    let rows = tab.window(request).await.rows;
    rows.into_iter()
        .map(|r| r.subject.trim_start_matches("Re: n").to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn lists_are_in_the_order_that_is_asked_for() {
    let (host, archive) = host_with_shuffled_dates().await;
    let mut tab = host.tab(&host.alice).await;
    let expected = |rank: fn(i32) -> i32| {
        let mut all: Vec<i32> = (0..10).collect();
        all.sort_by_key(|i| rank(*i));
        all.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let newest = expected(|i| -i);
    assert_eq!(
        in_order(&mut tab, archive.id, ListOrder::Newest).await,
        newest
    );
    for (order, rank) in [
        (ListOrder::Oldest, (|i| i) as fn(i32) -> i32),
        (ListOrder::Sender, |i| (i * 3) % 10),
        (ListOrder::Subject, |i| i),
        (ListOrder::Size, |i| -((i * 7) % 10)),
    ] {
        assert_eq!(in_order(&mut tab, archive.id, order).await, expected(rank));
    }
    let part = Request::List {
        folder: archive.id,
        offset: 4,
        count: 3,
        order: ListOrder::Newest,
    };
    let dates: Vec<_> = tab.window(part).await.rows.iter().map(|r| r.date).collect();
    assert_eq!(dates, [day(5), day(4), day(3)]);
}

#[tokio::test(start_paused = true)]
async fn the_order_holds_while_messages_arrive_leave_and_come_back() {
    let (host, archive) = host_with_shuffled_dates().await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.alice).await;
    let newest = in_order(&mut tab, archive.id, ListOrder::Newest).await;
    for order in ListOrder::ALL {
        in_order(&mut tab, archive.id, order).await;
    }
    // The oldest is moved away and back: it has the highest UID then.
    let oldest = archive.read(|s| s.entries.iter().min_by_key(|e| e.date).unwrap().uid);
    let ids = vec![archive.message_id(oldest)];
    let Ok(Response::Moved(there)) = tab.call(Request::Move { ids, to: inbox.id }).await else {
        panic!()
    };
    assert_eq!(
        in_order(&mut tab, archive.id, ListOrder::Newest).await,
        newest[..9]
    );
    let back = Request::Move {
        ids: there,
        to: archive.id,
    };
    tab.call(back).await.unwrap();
    assert_eq!(
        in_order(&mut tab, archive.id, ListOrder::Newest).await,
        newest
    );
    let late = message("P4 <p@b.test>", "Re: n45", "late");
    host.put_into(&archive, &late, Flags::default(), day(4) + HALF_A_DAY)
        .await;
    let by_date = in_order(&mut tab, archive.id, ListOrder::Newest).await;
    assert_eq!(by_date[4..7], ["5", "45", "4"]);
    let by_subject = in_order(&mut tab, archive.id, ListOrder::Subject).await;
    assert_eq!(by_subject[4..7], ["4", "45", "5"]);
    let seen = store::FlagChange::Add(Flags::of(flags::SEEN));
    archive.read(|s| s.entries[0].uid);
    host.store
        .change_flags(&archive, &[1, 2], &seen)
        .await
        .unwrap();
    assert_eq!(
        in_order(&mut tab, archive.id, ListOrder::Newest).await,
        by_date
    );
}

const HALF_A_DAY: std::time::Duration = std::time::Duration::from_secs(43_200);

#[tokio::test(start_paused = true)]
async fn search_and_list_agree_about_the_date() {
    let (host, archive) = host_with_shuffled_dates().await;
    let mut tab = host.tab(&host.alice).await;
    let listed = in_order(&mut tab, archive.id, ListOrder::Newest).await;
    let found = tab.search("in:archive").await;
    let found: Vec<_> = found
        .iter()
        .map(|s| s.trim_start_matches("Re: n"))
        .collect();
    assert_eq!(found, listed);
}

#[tokio::test(start_paused = true)]
async fn many_changes_are_announced_without_rows() {
    let host = TestHost::new().await;
    for _ in 0..201 {
        host.put(&host.alice, &message("b@b.test", "x", "y")).await;
    }
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.alice).await;
    tab.list(inbox.id).await;
    let uids: Vec<u32> = (1..=201).collect();
    let seen = store::FlagChange::Add(Flags::of(flags::SEEN));
    host.store
        .change_flags(&inbox, &uids[1..], &seen)
        .await
        .unwrap();
    let changed = hear_folder(&mut tab).await;
    assert_eq!(
        (changed.many, changed.rows.len(), changed.unread),
        (false, 200, 1)
    );
    let flagged = store::FlagChange::Add(Flags::of(flags::FLAGGED));
    host.store
        .change_flags(&inbox, &uids, &flagged)
        .await
        .unwrap();
    let changed = hear_folder(&mut tab).await;
    assert_eq!(
        (changed.many, changed.rows.len(), changed.total),
        (true, 0, 201)
    );
    host.store.delete_permanently(&inbox, &uids).await.unwrap();
    let changed = hear_folder(&mut tab).await;
    assert_eq!(
        (changed.many, changed.gone.len(), changed.total),
        (false, 201, 0)
    );
}
