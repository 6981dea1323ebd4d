//! Requests and notifications of a tab, over an in-memory store.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../host/mod.rs"]
mod host;

mod drafts;
mod frames;
mod writing;

use event::{Kind, Role};
use host::{MESSAGE_BYTES_MAX, TestHost, message};
use mail::{Flags, JourneyId, MailboxId, SpecialUse, StoredMessageId, Time, flags};
use proptest::prelude::*;
use wire::{
    Call, Contact, Draft, FolderKind, Frame, Notification, Problem, RecipientProblem, Request,
    Response,
};

fn to(address: &str) -> Vec<Contact> {
    vec![Contact {
        name: String::new(),
        address: address.into(),
    }]
}

#[tokio::test(start_paused = true)]
async fn hello_returns_identity_and_sender_addresses() {
    let host = TestHost::new().await;
    host.store
        .add_alias(host.alice.id, host::address("al@here.test"))
        .await
        .unwrap();
    let mut tab = host.tab(&host.alice).await;
    let Ok(Response::Welcome(welcome)) = tab.call(Request::Hello { version: 0 }).await else {
        panic!()
    };
    assert_eq!(
        (
            welcome.version,
            welcome.who.address.as_str(),
            welcome.who.name.as_str()
        ),
        (wire::VERSION, "alice@here.test", "ALICE")
    );
    assert_eq!(welcome.identities, ["alice@here.test", "al@here.test"]);
    assert_eq!(
        (welcome.message_bytes_max, welcome.host.as_str()),
        (MESSAGE_BYTES_MAX, "mail.here.test")
    );
    assert_eq!(tab.call(Request::Ping).await, Ok(Response::Done));
}

#[tokio::test(start_paused = true)]
async fn lists_creates_renames_and_deletes_folders() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    let names = |answer: Result<Response, Problem>| match answer {
        Ok(Response::Folders(all)) => all.into_iter().map(|f| f.name).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let usual = ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"];
    assert_eq!(names(tab.call(Request::Folders).await), usual);
    let made = names(
        tab.call(Request::CreateFolder {
            name: "课程/作业".into(),
        })
        .await,
    );
    assert_eq!(made, [&usual[..], &["课程", "课程/作业"]].concat());
    assert_eq!(
        tab.call(Request::CreateFolder {
            name: "课程".into()
        })
        .await,
        Err(Problem::Exists)
    );
    assert!(matches!(
        tab.call(Request::CreateFolder {
            name: "a//b".into()
        })
        .await,
        Err(Problem::FolderName(wire::FolderNameProblem::Empty))
    ));
    let Ok(Response::Folders(all)) = tab.call(Request::Folders).await else {
        panic!()
    };
    let id = |name: &str| all.iter().find(|f| f.name == name).unwrap().id;
    for folder in [id("INBOX"), id("Trash")] {
        assert_eq!(
            tab.call(Request::RemoveFolder { folder }).await,
            Err(Problem::Protected)
        );
        assert_eq!(
            tab.call(Request::RenameFolder {
                folder,
                name: "x".into()
            })
            .await,
            Err(Problem::Protected)
        );
    }
    let renamed = names(
        tab.call(Request::RenameFolder {
            folder: id("课程"),
            name: "Kurs".into(),
        })
        .await,
    );
    assert_eq!(renamed[6..], ["Kurs", "Kurs/作业"]);
    assert_eq!(
        names(
            tab.call(Request::RemoveFolder {
                folder: id("课程/作业")
            })
            .await
        )[6..],
        ["Kurs"]
    );
    assert_eq!(
        tab.call(Request::RemoveFolder {
            folder: MailboxId(99)
        })
        .await,
        Err(Problem::Gone)
    );
    assert!(
        all.iter()
            .all(|f| (f.kind == FolderKind::Inbox) == (f.name == "INBOX"))
    );
}

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

/// The next notification, which is that of a changed folder.
async fn hear_folder(tab: &mut host::Tab) -> wire::Changed {
    match tab.hear().await {
        Notification::Folder(changed) => changed,
        other => panic!("{other:?}"),
    }
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

#[tokio::test(start_paused = true)]
async fn flags_moves_and_deletes_messages() {
    let host = TestHost::new().await;
    let mut ids = Vec::new();
    for i in 0..3 {
        ids.push(
            host.put(&host.alice, &message("b@b.test", &format!("l{i}"), "t"))
                .await,
        );
    }
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let trash = host.folder(host.alice.id, "Trash").await;
    let mut tab = host.tab(&host.alice).await;
    let flag = |add: &[&str], remove: &[&str]| Request::Flag {
        ids: ids.clone(),
        add: add.iter().map(|f| (*f).to_owned()).collect(),
        remove: remove.iter().map(|f| (*f).to_owned()).collect(),
    };
    assert_eq!(
        tab.call(flag(&["\\Seen", "todo"], &[])).await,
        Ok(Response::Done)
    );
    assert_eq!(
        tab.call(flag(&["\\Flagged"], &["\\Seen"])).await,
        Ok(Response::Done)
    );
    assert_eq!(
        tab.call(flag(&["\\Nonsense"], &[])).await,
        Err(Problem::Malformed)
    );
    let all = inbox.read(|s| s.entries[0].all_flags());
    assert_eq!(
        (all.system, all.keywords),
        (flags::FLAGGED, vec!["todo".to_owned()])
    );
    // In the order of the request, without missing messages and duplicates.
    let asked = vec![ids[2], StoredMessageId(77), ids[0], ids[2]];
    let Ok(Response::Moved(moved)) = tab
        .call(Request::Move {
            ids: asked,
            to: trash.id,
        })
        .await
    else {
        panic!()
    };
    assert_eq!(moved.len(), 2);
    let subject = async |id| match host
        .tab(&host.alice)
        .await
        .call(Request::Message { id })
        .await
    {
        Ok(Response::Message(message)) => message.row.subject,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (
            subject(moved[0]).await.as_str(),
            subject(moved[1]).await.as_str()
        ),
        ("l2", "l0")
    );
    let Ok(Response::Moved(back)) = tab
        .call(Request::Move {
            ids: moved.clone(),
            to: inbox.id,
        })
        .await
    else {
        panic!()
    };
    assert_eq!(
        (
            back.len(),
            inbox.read(|s| s.entries.len()),
            trash.read(|s| s.entries.len())
        ),
        (2, 3, 0)
    );
    assert_eq!(
        tab.call(Request::Move {
            ids: back.clone(),
            to: inbox.id
        })
        .await,
        Ok(Response::Moved(back.clone()))
    );
    assert_eq!(
        tab.call(Request::Delete { ids: back }).await,
        Ok(Response::Done)
    );
    assert_eq!(inbox.read(|s| s.entries.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn cannot_access_another_account() {
    let host = TestHost::new().await;
    let id = host
        .put(&host.alice, &message("b@b.test", "secret", "t"))
        .await;
    let alices = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.bob).await;
    let draft = Draft {
        to: to("bob@here.test"),
        forwarded: vec![(id, "1".into())],
        ..Draft::default()
    };
    for ask in [
        Request::Message { id },
        Request::Open { id },
        Request::Follow { id },
        Request::FollowSent {
            journey: JourneyId(0xabc),
        },
        Request::List {
            folder: alices.id,
            offset: 0,
            count: 9,
        },
        Request::Since {
            folder: alices.id,
            state: 1,
        },
        Request::Search {
            query: "secret".into(),
            folder: Some(alices.id),
            offset: 0,
            count: 9,
        },
        Request::Move {
            ids: vec![],
            to: alices.id,
        },
        Request::RenameFolder {
            folder: alices.id,
            name: "x".into(),
        },
        Request::RemoveFolder { folder: alices.id },
        Request::Send {
            draft: draft.clone(),
        },
        Request::Save { draft },
    ] {
        assert_eq!(tab.call(ask.clone()).await, Err(Problem::Gone), "{ask:?}");
    }
    let bobs = host.folder(host.bob.id, "INBOX").await;
    assert_eq!(
        tab.call(Request::Move {
            ids: vec![id],
            to: bobs.id
        })
        .await,
        Ok(Response::Moved(vec![]))
    );
    assert_eq!(
        tab.call(Request::Delete { ids: vec![id] }).await,
        Ok(Response::Done)
    );
    assert_eq!(
        tab.call(Request::Flag {
            ids: vec![id],
            add: vec!["\\Seen".into()],
            remove: vec![]
        })
        .await,
        Ok(Response::Done)
    );
    assert_eq!(alices.read(|s| (s.entries.len(), s.unseen)), (1, 1));
    assert!(tab.search("secret").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn search_matches_all_parts_newest_first() {
    let host = TestHost::new().await;
    let archive = host.special(host.alice.id, SpecialUse::Archive).await;
    let trash = host.special(host.alice.id, SpecialUse::Trash).await;
    let day = |d| Time::from_civil(2026, 11, d, 12, 0, 0);
    let long = format!("{}今天我们学习邮件协议 END", "filler words ".repeat(100));
    host.put_into(
        &archive,
        &message("李雷 <lilei@a.test>", "Old plan", &long),
        Flags::default(),
        day(1),
    )
    .await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    host.put_into(
        &inbox,
        &message("carol@c.test", "Meeting", "about the PLAN"),
        Flags::of(flags::SEEN),
        day(3),
    )
    .await;
    host.put_into(
        &trash,
        &message("carol@c.test", "Trashed plan", "x"),
        Flags::default(),
        day(4),
    )
    .await;
    host.put_into(
        &archive,
        &message("dave@d.test", "Other", "nothing"),
        Flags::of(flags::FLAGGED),
        day(2),
    )
    .await;
    let mut tab = host.tab(&host.alice).await;
    for (query, expected) in [
        ("plan", &["Meeting", "Old plan"][..]),
        ("学习", &["Old plan"]),
        ("协议 end", &["Old plan"]),
        ("\"邮件协议\" old", &["Old plan"]),
        ("协议 meeting", &[]),
        ("from:carol", &["Meeting"]),
        ("from:carol in:trash", &["Trashed plan"]),
        ("plan in:all", &["Trashed plan", "Meeting", "Old plan"]),
        ("in:nowhere", &[]),
        ("is:unread", &["Other", "Old plan"]),
        ("is:flagged", &["Other"]),
        ("after:2026-11-02 before:2026-11-03", &["Other"]),
        ("to:alice", &["Meeting", "Other", "Old plan"]),
        ("", &["Meeting", "Other", "Old plan"]),
        ("has:attachment", &[]),
    ] {
        assert_eq!(tab.search(query).await, expected, "{query}");
    }
    let only = Request::Search {
        query: "plan".into(),
        folder: Some(trash.id),
        offset: 0,
        count: 9,
    };
    assert_eq!(tab.window(only).await.rows[0].subject, "Trashed plan");
    let page = Request::Search {
        query: "plan".into(),
        folder: None,
        offset: 1,
        count: 9,
    };
    assert_eq!(tab.window(page).await.rows[0].subject, "Old plan");
    let long = Request::Search {
        query: "x".repeat(2001),
        folder: None,
        offset: 0,
        count: 9,
    };
    assert_eq!(tab.call(long).await, Err(Problem::TooLarge(2000)));
}

#[tokio::test(start_paused = true)]
async fn search_omits_messages_deleted_meanwhile() {
    let host = TestHost::new().await;
    for i in 0..200 {
        host.put(
            &host.alice,
            &message("b@b.test", &format!("n{i:03}"), "needle"),
        )
        .await;
    }
    let inbox = host.folder(host.alice.id, "INBOX").await;
    let mut tab = host.tab(&host.alice).await;
    let ask = |offset| Request::Search {
        query: "needle".into(),
        folder: None,
        offset,
        count: 50,
    };
    assert_eq!(tab.window(ask(0)).await.total, 200);
    host.store.delete_permanently(&inbox, &[100]).await.unwrap();
    let window = tab.window(ask(50)).await;
    assert_eq!(
        (
            window.total,
            window.rows.len(),
            window.rows[0].subject.as_str()
        ),
        (199, 50, "n149")
    );
}

#[tokio::test(start_paused = true)]
async fn completes_addresses_from_past_mail() {
    let host = TestHost::new().await;
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    host.put(
        &host.alice,
        &message("Barbara Smith <barb@b.test>", "x", "t"),
    )
    .await;
    host.put(&host.alice, &message("李雷 <lilei@a.test>", "x", "t"))
        .await;
    host.put(&host.alice, &message("alice@here.test", "x", "t"))
        .await;
    let own = b"From: alice@here.test\r\nTo: Bart <bart@b.test>, broken\r\nSubject: x\r\n\r\n";
    host.put_into(&sent, own, Flags::default(), host.world.now())
        .await;
    let mut tab = host.tab(&host.alice).await;
    for (prefix, expected) in [
        ("bar", &["bart@b.test", "barb@b.test"][..]),
        ("SMI", &["barb@b.test"]),
        ("李", &["lilei@a.test"]),
        ("雷", &["lilei@a.test"]),
        ("arb", &[]),
        ("alice", &[]),
        (" ", &[]),
    ] {
        let Ok(Response::Contacts(found)) = tab
            .call(Request::Complete {
                prefix: prefix.into(),
            })
            .await
        else {
            panic!()
        };
        assert_eq!(
            found.iter().map(|c| c.address.as_str()).collect::<Vec<_>>(),
            expected,
            "{prefix}"
        );
    }
    host.put(&host.alice, &message("New <new@n.test>", "x", "t"))
        .await;
    let Ok(Response::Contacts(found)) = tab
        .call(Request::Complete {
            prefix: "new".into(),
        })
        .await
    else {
        panic!()
    };
    assert_eq!(found[0].name, "New");
}

#[tokio::test(start_paused = true)]
async fn message_view_reports_remote_content_and_inline_images() {
    let host = TestHost::new().await;
    let message = b"From: b@b.test\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p><img src=\"cid:a@x\"><img src=\"https://t.test/p.gif\">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\nAAAA\r\n--b\r\nContent-Type: image/png; name=stray.png\r\nContent-ID: <b@x>\r\n\r\nAAAA\r\n--b--\r\n";
    let id = host.put(&host.alice, message).await;
    let Ok(Response::Message(view)) = host
        .tab(&host.alice)
        .await
        .call(Request::Message { id })
        .await
    else {
        panic!()
    };
    assert!(view.has_html && view.has_remote);
    assert_eq!(
        view.attachments
            .iter()
            .map(|a| a.path.as_str())
            .collect::<Vec<_>>(),
        ["3"]
    );
    assert_eq!(view.text.trim(), "Hi");
}

#[tokio::test(start_paused = true)]
async fn tab_receives_bye_when_the_session_ends() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    tab.call(Request::Ping).await.unwrap();
    tab.end.take().unwrap().send(true).unwrap();
    assert_eq!(tab.hear().await, Notification::Bye { again: true });
    assert!(tab.closed().await);
}
