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
        days: Vec::new(),
    };
    assert_eq!(tab.window(only).await.rows[0].subject, "Trashed plan");
    let page = Request::Search {
        query: "plan".into(),
        folder: None,
        offset: 1,
        count: 9,
        days: Vec::new(),
    };
    assert_eq!(tab.window(page).await.rows[0].subject, "Old plan");
    let long = Request::Search {
        query: "x".repeat(2001),
        folder: None,
        offset: 0,
        count: 9,
        days: Vec::new(),
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
        days: Vec::new(),
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
async fn a_search_names_what_it_does_not_understand() {
    let host = TestHost::new().await;
    host.put(&host.alice, &message("b@b.test", "label:work", "t"))
        .await;
    let mut tab = host.tab(&host.alice).await;
    let request = Request::Search {
        query: "label:work before:soon".into(),
        folder: None,
        offset: 0,
        count: 9,
        days: Vec::new(),
    };
    let notes = tab.window(request).await.notes;
    let value = wire::SearchNote::BadValue {
        filter: "before".into(),
        value: "soon".into(),
    };
    assert_eq!(
        notes,
        [wire::SearchNote::UnknownFilter("label".into()), value]
    );
    assert_eq!(tab.search("label:work").await, ["label:work"]);
    for (folder, known) in [("nowhere", false), ("收件箱", true), ("INBOX", true)] {
        let request = Request::Search {
            query: format!("in:{folder}"),
            folder: None,
            offset: 0,
            count: 9,
            days: Vec::new(),
        };
        let window = tab.window(request).await;
        assert_eq!((window.notes.is_empty(), window.total == 1), (known, known));
    }
}

#[tokio::test(start_paused = true)]
async fn search_reads_names_of_files_and_excludes_words() {
    let host = TestHost::new().await;
    let with_file = b"From: b@b.test\r\nSubject: with\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nthe plan\r\n--b\r\nContent-Type: application/pdf; name=budget.pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n";
    host.put(&host.alice, with_file).await;
    host.put(&host.alice, &message("b@b.test", "without", "the plan"))
        .await;
    let mut tab = host.tab(&host.alice).await;
    for (query, expected) in [
        ("filename:budget", &["with"][..]),
        ("-filename:budget", &["without"]),
        ("plan -has:attachment", &["without"]),
        ("plan -subject:with", &[]),
        ("subject:without OR filename:pdf", &["without", "with"]),
        ("\"the plan\" -\"plan the\"", &["without", "with"]),
        ("newer_than:1d", &["without", "with"]),
        ("older_than:1d", &[]),
        ("smaller:1k -larger:150", &["without"]),
    ] {
        assert_eq!(tab.search(query).await, expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn days_begin_when_those_of_the_reader_do() {
    let host = TestHost::new().await;
    let inbox = host.folder(host.alice.id, "INBOX").await;
    // 17:00 UTC on the 27th: the 28th has begun in Shanghai.
    let at = Time::from_civil(2026, 11, 27, 17, 0, 0);
    host.put_into(
        &inbox,
        &message("b@b.test", "late", "t"),
        Flags::default(),
        at,
    )
    .await;
    let mut tab = host.tab(&host.alice).await;
    let shanghai = wire::Midnight {
        day: "2026-11-28".into(),
        at: Time::from_civil(2026, 11, 27, 16, 0, 0),
    };
    for (days, expected) in [(vec![], 1), (vec![shanghai], 0)] {
        let request = Request::Search {
            query: "before:2026-11-28".into(),
            folder: None,
            offset: 0,
            count: 9,
            days,
        };
        assert_eq!(tab.window(request).await.total, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn completes_and_finds_international_addresses_in_either_form() {
    let host = TestHost::new().await;
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    for to in [
        "Li <li@xn--fsqu00a.test>",
        "LI@例子.test",
        "info@bücher.test",
    ] {
        let own = format!("From: alice@here.test\r\nTo: {to}\r\nSubject: s {to}\r\n\r\n");
        host.put_into(&sent, own.as_bytes(), Flags::default(), host.world.now())
            .await;
    }
    let mut tab = host.tab(&host.alice).await;
    for (prefix, expected) in [
        ("例", 1),
        ("xn--fsq", 1),
        ("li", 1),
        ("bücher", 1),
        ("bu\u{308}ch", 1),
        ("xn--bch", 1),
    ] {
        let prefix = prefix.to_owned();
        let Ok(Response::Contacts(found)) = tab
            .call(Request::Complete {
                prefix: prefix.clone(),
            })
            .await
        else {
            panic!()
        };
        assert_eq!(found.len(), expected, "{prefix}");
    }
    for query in ["to:例子", "to:xn--fsqu00a.test", "LI@例子.test"] {
        assert_eq!(tab.search(query).await.len(), 2, "{query}");
    }
    assert_eq!(tab.search("to:BU\u{308}CHER").await.len(), 1);
}
