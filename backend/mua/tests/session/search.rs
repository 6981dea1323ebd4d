//! Search, and the completion of addresses.

use super::*;
use mail::Time;

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
