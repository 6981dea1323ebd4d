//! Windows of a list and the notifications of its changes.

use super::*;

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
    match tab.call(Request::Since { folder, state }).await {
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
            state
        })
        .await,
        Ok(Response::Changes(None))
    );
    let Ok(Response::Changes(Some(changed))) = tab
        .call(Request::Since {
            folder: inbox.id,
            state: state + 1,
        })
        .await
    else {
        panic!()
    };
    assert_eq!(changed.rows.len(), 500);
}
