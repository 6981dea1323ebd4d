//! What a tab may ask and what it is told, over a store in memory.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../house/mod.rs"]
mod house;

mod frames;
mod writing;

use event::{Kind, Role};
use house::{House, MESSAGE_BYTES_MAX, message};
use mail::{Flags, JourneyId, MailboxId, SpecialUse, StoredMessageId, Time, flags};
use proptest::prelude::*;
use wire::{Call, Contact, Draft, FolderKind, Frame, Notification, Problem, Request, Response};

fn to(address: &str) -> Vec<Contact> {
    vec![Contact {
        name: String::new(),
        address: address.into(),
    }]
}

#[tokio::test(start_paused = true)]
async fn hello_tells_who_is_signed_in_and_from_which_addresses() {
    let house = House::new().await;
    house
        .store
        .add_alias(house.alice.id, house::address("al@here.test"))
        .await
        .unwrap();
    let mut tab = house.tab(&house.alice).await;
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
async fn folders_stand_in_their_order_and_are_made_renamed_and_removed() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
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
        Err(Problem::Name(_))
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

#[tokio::test(start_paused = true)]
async fn a_window_shows_the_newest_first_and_the_open_folder_tells_what_changes() {
    let house = House::new().await;
    for i in 0..10 {
        house
            .put(
                &house.alice,
                &message("b@b.test", &format!("message {i}"), "hello"),
            )
            .await;
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.alice).await;
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
    assert!(tab.list(inbox.id).await.len() == 10 && tab.news.is_empty());
    // Another program sets a flag; a new message comes.
    house
        .store
        .change_flags(
            &inbox,
            &[3],
            &store::FlagChange::Add(Flags::of(flags::SEEN)),
        )
        .await
        .unwrap();
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
        (inbox.id, 10, 9, 1)
    );
    assert_eq!(
        (changed.rows[0].uid, changed.rows[0].flags.system),
        (3, flags::SEEN)
    );
    let id = house
        .put(
            &house.alice,
            &message("Carol <c@c.test>", "fresh", "new words"),
        )
        .await;
    let Notification::Folder(changed) = tab.hear().await else {
        panic!()
    };
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
    house
        .store
        .delete_permanently(&inbox, &[1, 2])
        .await
        .unwrap();
    let Notification::Folder(gone) = tab.hear().await else {
        panic!()
    };
    assert_eq!(
        (gone.gone, gone.total),
        (vec![inbox.message_id(1), inbox.message_id(2)], 9)
    );
    // What was missed is told by difference.
    let Ok(Response::Changes(Some(since))) = tab
        .call(Request::Since {
            folder: inbox.id,
            state: window.state,
        })
        .await
    else {
        panic!()
    };
    assert_eq!(
        (since.rows.len(), since.gone.len(), since.state),
        (2, 2, gone.state)
    );
    assert_eq!(
        tab.call(Request::Since {
            folder: inbox.id,
            state: u64::MAX
        })
        .await,
        Ok(Response::Changes(None))
    );
    assert_eq!(
        tab.call(Request::Since {
            folder: inbox.id,
            state: 0
        })
        .await,
        Ok(Response::Changes(None))
    );
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_not_open_tells_its_counts_only() {
    let house = House::new().await;
    let (inbox, trash) = (
        house.folder(house.alice.id, "INBOX").await,
        house.folder(house.alice.id, "Trash").await,
    );
    let mut tab = house.tab(&house.alice).await;
    tab.list(trash.id).await;
    house
        .put(&house.alice, &message("b@b.test", "x", "y"))
        .await;
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
    let mut other = house.tab(&house.alice).await;
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
async fn a_thousand_changes_are_not_told_one_by_one_after_an_absence() {
    let house = House::new().await;
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let state = inbox.read(|s| s.modseq);
    for _ in 0..501 {
        house
            .put(&house.alice, &message("b@b.test", "x", "y"))
            .await;
    }
    let mut tab = house.tab(&house.alice).await;
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
async fn messages_are_flagged_moved_and_back_and_erased() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for i in 0..3 {
        ids.push(
            house
                .put(&house.alice, &message("b@b.test", &format!("l{i}"), "t"))
                .await,
        );
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let trash = house.folder(house.alice.id, "Trash").await;
    let mut tab = house.tab(&house.alice).await;
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
    // In the order asked, without those that are gone, each once.
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
    let subject = async |id| match house
        .tab(&house.alice)
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
async fn nothing_of_another_account_can_be_reached() {
    let house = House::new().await;
    let id = house
        .put(&house.alice, &message("b@b.test", "secret", "t"))
        .await;
    let alices = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.bob).await;
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
    let bobs = house.folder(house.bob.id, "INBOX").await;
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
async fn search_finds_words_in_every_place_newest_first() {
    let house = House::new().await;
    let archive = house.special(house.alice.id, SpecialUse::Archive).await;
    let trash = house.special(house.alice.id, SpecialUse::Trash).await;
    let day = |d| Time::from_civil(2026, 11, d, 12, 0, 0);
    let long = format!("{}今天我们学习邮件协议 END", "filler words ".repeat(100));
    house
        .put_into(
            &archive,
            &message("李雷 <lilei@a.test>", "Old plan", &long),
            Flags::default(),
            day(1),
        )
        .await;
    let inbox = house.folder(house.alice.id, "INBOX").await;
    house
        .put_into(
            &inbox,
            &message("carol@c.test", "Meeting", "about the PLAN"),
            Flags::of(flags::SEEN),
            day(3),
        )
        .await;
    house
        .put_into(
            &trash,
            &message("carol@c.test", "Trashed plan", "x"),
            Flags::default(),
            day(4),
        )
        .await;
    house
        .put_into(
            &archive,
            &message("dave@d.test", "Other", "nothing"),
            Flags::of(flags::FLAGGED),
            day(2),
        )
        .await;
    let mut tab = house.tab(&house.alice).await;
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
async fn a_found_message_that_is_removed_is_not_shown_on_the_next_page() {
    let house = House::new().await;
    for i in 0..200 {
        house
            .put(
                &house.alice,
                &message("b@b.test", &format!("n{i:03}"), "needle"),
            )
            .await;
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.alice).await;
    let ask = |offset| Request::Search {
        query: "needle".into(),
        folder: None,
        offset,
        count: 50,
    };
    assert_eq!(tab.window(ask(0)).await.total, 200);
    house
        .store
        .delete_permanently(&inbox, &[100])
        .await
        .unwrap();
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
async fn addresses_are_completed_from_past_mail_best_first() {
    let house = House::new().await;
    let sent = house.special(house.alice.id, SpecialUse::Sent).await;
    house
        .put(
            &house.alice,
            &message("Barbara Smith <barb@b.test>", "x", "t"),
        )
        .await;
    house
        .put(&house.alice, &message("李雷 <lilei@a.test>", "x", "t"))
        .await;
    house
        .put(&house.alice, &message("alice@here.test", "x", "t"))
        .await;
    let own = b"From: alice@here.test\r\nTo: Bart <bart@b.test>, broken\r\nSubject: x\r\n\r\n";
    house
        .put_into(&sent, own, Flags::default(), house.world.now())
        .await;
    let mut tab = house.tab(&house.alice).await;
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
    house
        .put(&house.alice, &message("New <new@n.test>", "x", "t"))
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
async fn html_is_announced_with_what_it_wants_and_shows() {
    let house = House::new().await;
    let message = b"From: b@b.test\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p><img src=\"cid:a@x\"><img src=\"https://t.test/p.gif\">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\nAAAA\r\n--b\r\nContent-Type: image/png; name=stray.png\r\nContent-ID: <b@x>\r\n\r\nAAAA\r\n--b--\r\n";
    let id = house.put(&house.alice, message).await;
    let Ok(Response::Message(view)) = house
        .tab(&house.alice)
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
async fn a_tab_is_told_when_its_time_is_over() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
    tab.call(Request::Ping).await.unwrap();
    tab.end.take().unwrap().send(true).unwrap();
    assert_eq!(tab.hear().await, Notification::Bye { again: true });
    assert!(tab.closed().await);
}
