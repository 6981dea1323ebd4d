//! Actions on all messages of a list, and the deletion of folders.

use super::*;
use wire::Span;

async fn selected(tab: &mut host::Tab, request: Request) -> Vec<StoredMessageId> {
    let Ok(Response::Selected { messages, complete }) = tab.call(request).await else {
        panic!()
    };
    assert!(complete);
    messages.into_iter().flat_map(Span::ids).collect()
}

#[tokio::test(start_paused = true)]
async fn all_messages_of_a_folder_are_selected_and_moved() {
    let host = TestHost::new().await;
    for i in 0..60 {
        host.put(&host.alice, &message("b@b.test", &format!("n{i}"), "t"))
            .await;
    }
    let inbox = host.folder(host.alice.id, "INBOX").await;
    host.store
        .delete_permanently(&inbox, &[7, 30])
        .await
        .unwrap();
    let trash = host.special(host.alice.id, SpecialUse::Trash).await;
    let mut tab = host.tab(&host.alice).await;
    let ids = selected(&mut tab, Request::SelectFolder { folder: inbox.id }).await;
    let known: Vec<_> = inbox.read(|s| s.entries.iter().map(|e| inbox.message_id(e.uid)).collect());
    assert_eq!(ids, known);
    let Ok(Response::Moved(moved)) = tab.call(Request::Move { ids, to: trash.id }).await else {
        panic!()
    };
    assert_eq!((moved.len(), inbox.read(|s| s.entries.len())), (58, 0));
}

#[tokio::test(start_paused = true)]
async fn all_messages_that_a_search_finds_are_selected() {
    let host = TestHost::new().await;
    let archive = host.special(host.alice.id, SpecialUse::Archive).await;
    for i in 0..300 {
        let text = ["hay", "needle in a far place"][usize::from(i % 3 == 0)];
        let words = format!("{} {text}", "filler ".repeat(60));
        let fresh = message("b@b.test", "x", &words);
        if i % 2 == 0 {
            host.put(&host.alice, &fresh).await;
        } else {
            host.put_into(&archive, &fresh, Flags::default(), host.world.now())
                .await;
        }
    }
    let mut tab = host.tab(&host.alice).await;
    let request = Request::SelectFound {
        query: "needle".into(),
        folder: None,
        days: Vec::new(),
    };
    assert_eq!(selected(&mut tab, request).await.len(), 100);
    let request = Request::SelectFound {
        query: "needle".into(),
        folder: Some(archive.id),
        days: Vec::new(),
    };
    let ids = selected(&mut tab, request).await;
    assert!(ids.len() == 50 && ids.iter().all(|id| id.0 >> 32 == archive.id.0));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_folder_leaves_its_messages_in_trash() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    let name = |name: &str| Request::CreateFolder { name: name.into() };
    tab.call(name("Work/Sub/Deep")).await.unwrap();
    tab.call(name("Workshop")).await.unwrap();
    let names = ["Work", "Work/Sub", "Work/Sub/Deep", "Workshop"];
    for name in names {
        let folder = host.folder(host.alice.id, name).await;
        for i in 0..3 {
            let fresh = message("b@b.test", &format!("{name} {i}"), "t");
            host.put_into(&folder, &fresh, Flags::default(), host.world.now())
                .await;
        }
    }
    let work = host.folder(host.alice.id, "Work").await;
    let answer = tab.call(Request::RemoveFolder { folder: work.id }).await;
    let Ok(Response::FolderRemoved { folders, removed }) = answer else {
        panic!("{answer:?}")
    };
    let left: Vec<_> = folders
        .iter()
        .filter(|f| f.kind == FolderKind::Own)
        .collect();
    assert_eq!(
        (left.len(), left[0].name.as_str(), left[0].total),
        (1, "Workshop", 3)
    );
    let gone: Vec<_> = removed
        .iter()
        .map(|r| (r.name.as_str(), r.messages.len()))
        .collect();
    assert_eq!(gone, [("Work", 3), ("Work/Sub", 3), ("Work/Sub/Deep", 3)]);
    let trash = host.special(host.alice.id, SpecialUse::Trash).await;
    assert_eq!(trash.read(|s| s.entries.len()), 9);
    // The way back, as the browser takes it.
    for one in removed {
        let Ok(Response::Folders(all)) = tab.call(name(&one.name)).await else {
            panic!()
        };
        let to = all.iter().find(|f| f.name == one.name).unwrap().id;
        let ids = one.messages;
        assert!(
            matches!(tab.call(Request::Move { ids, to }).await, Ok(Response::Moved(back)) if back.len() == 3)
        );
    }
    let deep = host.folder(host.alice.id, "Work/Sub/Deep").await;
    assert_eq!(
        (
            deep.read(|s| s.entries.len()),
            trash.read(|s| s.entries.len())
        ),
        (3, 0)
    );
    let rows = tab.list(deep.id).await;
    assert_eq!(rows[2].subject, "Work/Sub/Deep 0");
}
