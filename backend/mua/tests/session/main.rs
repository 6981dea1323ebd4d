//! Requests and notifications of a tab, over an in-memory store.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../host/mod.rs"]
mod host;

mod deceit;
mod drafts;
mod forwarding;
mod frames;
mod international;
mod lists;
mod origin;
mod reading;
mod reports;
mod search;
mod whole;
mod writing;

use event::{Kind, Role};
use host::{MESSAGE_BYTES_MAX, TestHost, message};
use mail::{Flags, JourneyId, MailboxId, SpecialUse, StoredMessageId, flags};
use proptest::prelude::*;
use wire::{
    Call, Contact, DeliveryChange, Draft, FolderKind, Frame, ListOrder, Notification, Problem,
    RecipientProblem, RejectedRecipient, Request, Response,
};

fn to(address: &str) -> Vec<Contact> {
    vec![Contact {
        name: String::new(),
        address: address.into(),
    }]
}

/// The next notification, which is that of a changed folder.
async fn hear_folder(tab: &mut host::Tab) -> wire::Changed {
    match tab.hear().await {
        Notification::Folder(changed) => changed,
        other => panic!("{other:?}"),
    }
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
    let removed = tab
        .call(Request::RemoveFolder {
            folder: id("课程/作业"),
        })
        .await;
    let Ok(Response::FolderRemoved { folders, removed }) = removed else {
        panic!("{removed:?}")
    };
    assert_eq!(names(Ok(Response::Folders(folders)))[6..], ["Kurs"]);
    assert_eq!(removed[0].name, "Kurs/作业");
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
            order: ListOrder::Newest,
        },
        Request::SelectFolder { folder: alices.id },
        Request::SelectFound {
            query: "secret".into(),
            folder: Some(alices.id),
            days: Vec::new(),
        },
        Request::Since {
            folder: alices.id,
            state: 1,
            order: ListOrder::Newest,
        },
        Request::Search {
            query: "secret".into(),
            folder: Some(alices.id),
            offset: 0,
            count: 9,
            days: Vec::new(),
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
    ] {
        assert_eq!(tab.call(ask.clone()).await, Err(Problem::Gone), "{ask:?}");
    }
    for ask in [
        Request::Send {
            draft: draft.clone(),
        },
        Request::Save { draft },
    ] {
        assert_eq!(
            tab.call(ask.clone()).await,
            Err(Problem::OriginalGone),
            "{ask:?}"
        );
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
